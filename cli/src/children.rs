//! The programs that partyrun runs for a project, esbuild and `build.command`: none outlives it, however
//! it ends. Owns a process group for each kind of them; waits for none of them.
//!
//! Nothing of a process runs when it is killed, so somebody else must see to it: a shell of a few
//! hundred kilobytes, made for the first program, that waits for the end of a pipe and then kills its own
//! group. Every program is started into that group, and what it starts is in it too. A parent-death
//! signal would reach only the program itself, not what its shell has started, and it is sent when the
//! *thread* ends that started it.
//!
//! A program that leaves the group, as a daemon does, is left alone.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::process::{Pid, Signal, kill_process_group};

/// esbuild. Apart from the other, whose scripts may signal all of their own group (`kill 0`).
pub static CLIENT_BUILD: Group = Group::new();
/// `build.command`, and what its runs have left behind.
pub static CUSTOM_BUILD: Group = Group::new();

/// What the leader does. It bears every signal that a script may send to all of its group. The last
/// word is what lists of processes show.
const WATCH: [&str; 3] = [
    "-c",
    "trap '' HUP INT QUIT TERM USR1 USR2; read -r _; kill -KILL 0",
    "partyrun-children",
];

/// A process group that ends with this process.
pub struct Group(Mutex<Option<Leader>>);

struct Leader {
    shell: Child,
    /// Closed by the system when this process is gone: no program that is started inherits it.
    _lifeline: ChildStdin,
}

impl Leader {
    fn start() -> io::Result<Leader> {
        let mut shell = Command::new("/bin/sh")
            .args(WATCH)
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let lifeline = shell.stdin.take().expect("its input is a pipe");
        Ok(Leader {
            shell,
            _lifeline: lifeline,
        })
    }

    fn group(&self) -> Option<Pid> {
        i32::try_from(self.shell.id()).ok().and_then(Pid::from_raw)
    }

    fn is_there(&mut self) -> bool {
        matches!(self.shell.try_wait(), Ok(None))
    }
}

impl Group {
    pub(super) const fn new() -> Group {
        Group(Mutex::new(None))
    }

    fn leader(&self) -> MutexGuard<'_, Option<Leader>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts `command` in the group. Without a shell on the system it gets a group of its own: in
    /// this process's, Ctrl-C would end it as if the code were at fault.
    pub fn spawn(&self, command: &mut Command) -> io::Result<Child> {
        let mut leader = self.leader();
        // Somebody may have ended it; a group without members cannot be joined.
        if !leader.as_mut().is_some_and(Leader::is_there) {
            *leader = Leader::start().ok();
        }
        let group = leader.as_ref().and_then(Leader::group);
        let group = group.map_or(0, Pid::as_raw_pid);
        command.process_group(group).spawn()
    }

    /// Ends all of them at once, and what they have started.
    pub fn end(&self) {
        let Some(mut leader) = self.leader().take() else {
            return;
        };
        if let Some(group) = leader.group() {
            // It may have ended by itself just now.
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = leader.shell.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::{ChildStdout, Stdio};

    use super::*;

    /// A shell whose own child sleeps; it has said so.
    fn sleeping(group: &Group, script: &str) -> (Child, ChildStdout) {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", script]).stdout(Stdio::piped());
        let mut child = group.spawn(&mut shell).expect("there is a shell");
        let mut output = child.stdout.take().expect("it is a pipe");
        output.read_exact(&mut [0]).expect("it says so");
        (child, output)
    }

    #[test]
    fn a_group_ends_with_what_its_programs_started_and_can_be_used_again() {
        let group = Group::new();
        for _ in 0..2 {
            let (mut child, mut output) = sleeping(&group, "sleep 60 & echo; wait");
            group.end();
            assert_eq!(child.wait().expect("it is ours").signal(), Some(9));
            // The sleeper has the pipe's other end, too.
            let mut rest = Vec::new();
            output.read_to_end(&mut rest).expect("all of them are gone");
        }
    }

    #[test]
    fn a_script_that_signals_its_whole_group_leaves_the_leader() {
        let group = Group::new();
        let (mut child, _output) = sleeping(&group, "echo; kill -TERM 0; sleep 60");
        assert_eq!(child.wait().expect("it is ours").signal(), Some(15));
        let (mut child, mut output) = sleeping(&group, "sleep 60 & echo; wait");
        group.end();
        assert_eq!(child.wait().expect("it is ours").signal(), Some(9));
        let mut rest = Vec::new();
        output.read_to_end(&mut rest).expect("all of them are gone");
    }
}
