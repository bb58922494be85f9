//! The program in a terminal of its own.

use std::fs::File;
use std::io::Write;
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::process::{Child, ExitStatus};

use pty_process::blocking::{Command, open};
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{LocalModes, tcgetattr};

use super::dev::ready_port;
use super::eventually;
use super::http::{Response, get};
use super::log::Log;
use super::project::Project;
use super::socket::Socket;

/// A running program and the keyboard and screen in front of it; killed when dropped.
pub struct Terminal {
    _project: Project,
    child: Child,
    keyboard: File,
    screen: Log,
}

impl Terminal {
    /// Runs `partyrun dev` for `project`.
    pub fn run(project: Project) -> Self {
        project.write_config();
        let command = project.command(None);
        Self::of(project, command)
    }

    /// Runs a script of a shell with job control, in which `"$@"` is `partyrun dev` for `project`.
    pub fn script(project: Project, script: &str) -> Self {
        project.write_config();
        let dev = project.command(None);
        let mut shell = std::process::Command::new("sh");
        shell
            .args(["-m", "-c", script, "sh"])
            .arg(dev.get_program())
            .args(dev.get_args())
            .envs(
                dev.get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            );
        if let Some(folder) = dev.get_current_dir() {
            shell.current_dir(folder);
        }
        Self::of(project, shell)
    }

    /// Runs `partyrun test` with `words` as its command.
    pub fn tested(project: Project, words: &[&str]) -> Self {
        let command = project.tested(words);
        Self::of(project, command)
    }

    /// Runs a script of a shell with job control, in which `"$@"` is `partyrun test` with `words`.
    pub fn tested_by_script(project: Project, words: &[&str], script: &str) -> Self {
        let tested = project.tested(words);
        let mut shell = std::process::Command::new("sh");
        shell
            .args(["-m", "-c", script, "sh"])
            .arg(tested.get_program())
            .args(tested.get_args())
            .current_dir(project.path());
        Self::of(project, shell)
    }

    fn of(project: Project, command: std::process::Command) -> Self {
        let (pty, pts) = open().expect("the system has pseudo terminals");
        let child = Command::from(command)
            .spawn(pts)
            .expect("the program can be started");
        let keyboard = File::from(OwnedFd::from(pty));
        let screen = keyboard.try_clone().expect("a descriptor can be copied");
        Self {
            _project: project,
            child,
            keyboard,
            screen: Log::follow(screen),
        }
    }

    /// Everything on the screen so far.
    pub fn text(&self) -> String {
        self.screen.text()
    }

    /// Waits until the screen has shown `needle`.
    pub fn shows(&self, needle: &str) {
        let found = self.screen.wait(|text| text.contains(needle).then_some(()));
        assert!(found.is_some(), "Not shown: `{needle}`\n{}", self.text());
    }

    /// Waits until the program serves; gives its port.
    pub fn ready_port(&self) -> u16 {
        self.screen
            .wait(ready_port)
            .unwrap_or_else(|| panic!("The program never became ready\n{}", self.text()))
    }

    /// `GET path`.
    pub fn get(&self, path: &str) -> Response {
        get(self.ready_port(), path)
    }

    /// Opens a WebSocket to `path`.
    pub fn ws(&self, path: &str) -> Socket {
        let port = self.ready_port();
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("the program listens");
        Socket::open(stream, &format!("127.0.0.1:{port}"), path, &[])
    }

    /// Presses keys.
    pub fn types(&mut self, keys: &str) {
        self.keyboard
            .write_all(keys.as_bytes())
            .expect("the terminal takes keys");
    }

    /// How the terminal treats what is typed.
    pub fn modes(&self) -> LocalModes {
        let modes = tcgetattr(&self.keyboard).expect("it is a terminal");
        modes.local_modes
    }

    /// Sends a signal.
    pub fn signals(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).expect("a child not yet waited for can be signalled");
    }

    /// Waits until the program ends.
    pub fn ends(&mut self) -> ExitStatus {
        eventually("the program ends", || {
            self.child
                .try_wait()
                .expect("the child is ours to wait for")
        })
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
