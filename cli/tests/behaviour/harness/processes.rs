//! Processes as the system shows them: a program that runs beside a test, and families of processes that
//! are told by a word on their command lines.

use std::fs;
use std::process::{Child, Command, ExitStatus};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::eventually;
use super::log::Log;

/// A program that runs; killed when dropped.
pub struct Running {
    child: Child,
    pub stdout: Log,
    pub stderr: Log,
}

impl Running {
    /// Starts `command`, whose output is piped.
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().expect("the program can be started");
        Self {
            stdout: Log::follow(child.stdout.take().expect("stdout is piped")),
            stderr: Log::follow(child.stderr.take().expect("stderr is piped")),
            child,
        }
    }

    /// Waits until standard output has `needle`.
    pub fn says(&self, needle: &str) {
        let found = self.stdout.wait(|text| text.contains(needle).then_some(()));
        let (out, err) = (self.stdout.text(), self.stderr.text());
        assert!(found.is_some(), "Not on stdout: `{needle}`\n{out}\n{err}");
    }

    /// Waits until standard error has `needle`.
    pub fn complains(&self, needle: &str) {
        let found = self.stderr.wait(|text| text.contains(needle).then_some(()));
        assert!(
            found.is_some(),
            "Not on stderr: `{needle}`\n{}",
            self.stderr.text()
        );
    }

    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("a child not yet waited for can be signalled");
    }

    /// Sends a signal to all of its group, which it leads.
    pub fn signal_group(&self, signal: Signal) {
        kill_process_group(self.pid(), signal).expect("the group has somebody in it");
    }

    /// The child, for what it has besides output.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    pub fn ends(&mut self) -> ExitStatus {
        eventually("the program ends", || {
            self.child.try_wait().expect("it is ours to wait for")
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Processes whose command lines have a word that no others have.
pub struct Family {
    /// A number of seconds for `sleep`.
    pub word: String,
}

impl Family {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let word = format!("10{number:03}{}", std::process::id());
        Self { word }
    }

    /// Those that live: their numbers and command lines.
    pub fn living(&self) -> Vec<(i32, String)> {
        let entries = fs::read_dir("/proc").expect("the system shows processes");
        let process = |entry: fs::DirEntry| {
            let pid: i32 = entry.file_name().to_str()?.parse().ok()?;
            let words = fs::read(entry.path().join("cmdline")).ok()?;
            let words = String::from_utf8_lossy(&words).replace('\0', " ");
            words.contains(&self.word).then_some((pid, words))
        };
        entries.flatten().filter_map(process).collect()
    }

    /// Those whose command line begins with `name`.
    pub fn named(&self, name: &str) -> Vec<i32> {
        let living = self.living().into_iter();
        let named = living.filter(|(_, words)| words.starts_with(name));
        named.map(|(pid, _)| pid).collect()
    }

    /// Waits until so many of them sleep.
    pub fn sleeps(&self, count: usize) {
        eventually(&format!("{count} processes sleep"), || {
            (self.named("sleep ").len() == count).then_some(())
        });
    }

    /// Asserts that none is left a second after `since`.
    pub fn is_gone_since(&self, since: Instant) {
        while since.elapsed() < Duration::from_secs(1) {
            if self.living().is_empty() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let left = self.living();
        assert!(left.is_empty(), "Left behind: {left:?}");
    }
}

impl Drop for Family {
    fn drop(&mut self) {
        for (pid, _) in self.living() {
            if let Some(pid) = Pid::from_raw(pid) {
                let _ = kill_process(pid, Signal::KILL);
            }
        }
    }
}
