//! What the first process of a container owes to the others: on Linux every process whose parent has
//! ended becomes a child of process 1, and stays as a zombie until that asks for its status. Owns the
//! reaping and the signals' way; knows nothing of what partyrun does.
//!
//! partyrun itself then runs as a child of process 1. It could ask for the statuses of strangers only by
//! knowing at every moment which children are its own, those of the libraries that it uses included;
//! a process that has one child and nothing else to do cannot take one that somebody waits for.

use std::process::ExitCode;

/// Runs this program below this process to its end if this is the first process; `None` if it is not,
/// or if the system does not let it.
pub fn run_below() -> Option<ExitCode> {
    #[cfg(target_os = "linux")]
    if std::process::id() == 1 {
        return linux::run_below().ok();
    }
    None
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io::{self, IsTerminal as _};
    use std::os::unix::process::CommandExt as _;
    use std::process::{Command, ExitCode};

    use rustix::io::Errno;
    use rustix::process::{
        Pid, Signal, WaitOptions, WaitStatus, getpgrp, kill_process, kill_process_group, wait,
    };
    use rustix::termios::{tcgetpgrp, tcsetpgrp};
    use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
    use signal_hook::iterator::Signals;

    /// What others may send to process 1 and mean for partyrun.
    const HANDED_ON: [i32; 6] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];
    /// Shells report a program that a signal has ended with this much added to its number.
    const BY_SIGNAL: i32 = 128;

    pub fn run_below() -> io::Result<ExitCode> {
        // Before there is a child, whose end would go unnoticed otherwise.
        let mut signals = Signals::new(HANDED_ON.iter().chain(&[SIGCHLD]))?;
        let mut words = std::env::args_os();
        let name = words.next().unwrap_or_default();
        let child = Command::new(std::env::current_exe()?)
            .arg0(name)
            .args(words)
            .process_group(0)
            .spawn()?;
        let child = Pid::from_child(&child);
        hand_over_terminal(child);
        for signal in signals.forever() {
            if signal != SIGCHLD {
                let signal = Signal::from_named_raw(signal).expect("those asked for have names");
                // It may have ended just now, of which the next signal tells.
                let _ = kill_process(child, signal);
            } else if let Some(code) = reap(child) {
                return Ok(code);
            }
        }
        Ok(ExitCode::FAILURE)
    }

    /// Keys like Ctrl-C go to the group that has the terminal: with both programs in it, partyrun would
    /// hear of each twice.
    fn hand_over_terminal(child: Pid) {
        let stdin = io::stdin();
        if stdin.is_terminal() && tcgetpgrp(&stdin).is_ok_and(|group| group == getpgrp()) {
            let _ = tcsetpgrp(&stdin, child);
            // It may have asked for something of the terminal already, and was stopped for that.
            let _ = kill_process_group(child, Signal::CONT);
        }
    }

    /// Takes the status of everybody who has ended; gives the exit code once `child` is among them.
    fn reap(child: Pid) -> Option<ExitCode> {
        loop {
            match wait(WaitOptions::NOHANG | WaitOptions::UNTRACED) {
                Ok(Some((pid, status))) if pid == child && status.stopped() => {
                    // There is no shell that could continue it.
                    let _ = kill_process(child, Signal::CONT);
                }
                Ok(Some((pid, status))) if pid == child => return Some(exit_code(status)),
                Ok(Some(_)) | Err(Errno::INTR) => {}
                Ok(None) | Err(_) => return None,
            }
        }
    }

    fn exit_code(status: WaitStatus) -> ExitCode {
        let by_signal = || status.terminating_signal().map(|signal| BY_SIGNAL + signal);
        let code = status.exit_status().or_else(by_signal).unwrap_or(1);
        ExitCode::from(u8::try_from(code).unwrap_or(1))
    }
}
