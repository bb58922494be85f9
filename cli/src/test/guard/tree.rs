//! The processes below this one: who they are, and ways to reach them all. On Linux the system gives this
//! process the orphans among them, and tells who is whose parent; elsewhere only groups can be reached.

use std::process::Command;

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(not(target_os = "linux"))]
use others as system;

pub use system::{adopt_orphans, is_anybody_left, signal_all};

/// Has `command` end with this process, and begin with the terminal if it is to have it.
#[allow(
    unsafe_code,
    reason = "there is no other way to do something between fork and exec"
)]
pub fn bind(command: &mut Command, terminal: bool) {
    use std::os::unix::process::CommandExt;
    let guard = rustix::process::getpid();
    let prepare = move || {
        system::end_with_parent(guard)?;
        match terminal {
            true => take_terminal(),
            false => Ok(()),
        }
    };
    // SAFETY: runs in the child after fork, where only one thread exists and memory is a copy. It makes
    // system calls only: nothing is allocated, no lock is taken.
    unsafe { command.pre_exec(prepare) };
}

/// Makes this process's group the one in the foreground of its terminal.
fn take_terminal() -> std::io::Result<()> {
    use nix::sys::signal::{SigSet, Signal};
    // A group that is not in the foreground yet is stopped for it, unless it looks away.
    let mut looked_away = SigSet::empty();
    looked_away.add(Signal::SIGTTOU);
    looked_away.thread_block()?;
    // One that is no terminal any more is no reason not to run.
    let _ = rustix::termios::tcsetpgrp(rustix::stdio::stdin(), rustix::process::getpid());
    looked_away.thread_unblock()?;
    Ok(())
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;
    use std::io::{self, ErrorKind};

    use rustix::process::{
        Pid, Signal, getpid, getppid, kill_process, set_child_subreaper,
        set_parent_process_death_signal,
    };

    /// The system makes those below this process its children when their parents have ended.
    pub fn adopt_orphans() {
        // A system without it is one without orphans to look after, too.
        let _ = set_child_subreaper(Some(getpid()));
    }

    /// Called in the child.
    pub fn end_with_parent(parent: Pid) -> io::Result<()> {
        set_parent_process_death_signal(Some(Signal::KILL))?;
        // The parent may have ended before.
        match getppid() == Some(parent) {
            true => Ok(()),
            false => Err(ErrorKind::NotFound.into()),
        }
    }

    struct Process {
        pid: i32,
        parent: i32,
        has_ended: bool,
    }

    impl Process {
        /// Of the text of `/proc/<pid>/stat`. The second field is a name in parentheses, which may hold
        /// any character.
        fn of(stat: &str) -> Option<Process> {
            let (pid, rest) = stat.split_once(" (")?;
            let (_, rest) = rest.rsplit_once(") ")?;
            let mut fields = rest.split(' ');
            let state = fields.next()?;
            Some(Process {
                pid: pid.parse().ok()?,
                parent: fields.next()?.parse().ok()?,
                has_ended: matches!(state, "Z" | "X"),
            })
        }
    }

    /// All that live below this process.
    fn below() -> Vec<Pid> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let is_number = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
        let mut rest: Vec<Process> = entries
            .filter(|entry| entry.file_name().to_str().is_some_and(is_number))
            .filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok())
            .filter_map(|stat| Process::of(&stat))
            .collect();
        let mut known = vec![getpid().as_raw_pid()];
        let mut found = Vec::new();
        loop {
            let (children, others): (Vec<_>, Vec<_>) = rest
                .into_iter()
                .partition(|process| known.contains(&process.parent));
            if children.is_empty() {
                return found;
            }
            rest = others;
            known = children.iter().map(|process| process.pid).collect();
            let living = children.iter().filter(|process| !process.has_ended);
            found.extend(living.filter_map(|process| Pid::from_raw(process.pid)));
        }
    }

    pub fn is_anybody_left() -> bool {
        !below().is_empty()
    }

    /// Whether there was anybody to send it to.
    pub fn signal_all(signal: Signal) -> bool {
        let all = below();
        for process in &all {
            // One that has ended meanwhile needs no signal.
            let _ = kill_process(*process, signal);
            if signal != Signal::KILL {
                let _ = kill_process(*process, Signal::CONT);
            }
        }
        !all.is_empty()
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn names_may_hold_anything() {
            let process = Process::of("42 (a) (b) c) S 7 42 42 0").expect("it is one");
            assert_eq!((process.pid, process.parent), (42, 7));
            assert!(!process.has_ended);
            assert!(Process::of("43 (x) Z 7 43").expect("it is one").has_ended);
            assert!(Process::of("nothing").is_none());
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod others {
    use std::io;

    use rustix::process::{Pid, Signal};

    pub fn adopt_orphans() {}

    pub fn end_with_parent(_parent: Pid) -> io::Result<()> {
        Ok(())
    }

    pub fn is_anybody_left() -> bool {
        false
    }

    pub fn signal_all(_signal: Signal) -> bool {
        false
    }
}
