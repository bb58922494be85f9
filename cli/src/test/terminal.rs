//! The terminal of `partyrun test`: the command has it while it runs, so that keys reach it and not us.
//! Owns who is in the foreground; reads no key.

use std::io::{self, IsTerminal};

use nix::sys::signal::{SigSet, Signal as Unixes};
use rustix::process::{Pid, Signal, getpgrp, getsid, kill_current_process_group};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr, tcsetpgrp};

/// A terminal that was this process's when it started.
pub struct Terminal {
    /// How it was then.
    modes: Termios,
}

impl Terminal {
    /// `None`: there is none, or it is somebody else's at the moment.
    pub fn of_foreground() -> Option<Terminal> {
        if !io::stdin().is_terminal() || !is_in_foreground() {
            return None;
        }
        let modes = tcgetattr(io::stdin()).ok()?;
        Some(Terminal { modes })
    }

    /// Gives it to the group `command`, if it is ours.
    pub fn give(command: Pid) {
        if is_in_foreground() {
            // A group that has ended meanwhile needs none.
            let _ = tcsetpgrp(io::stdin(), command);
        }
    }

    /// Takes it back as it was: a command that was killed leaves it in any state.
    pub fn take_back(&self) {
        let mut looked_away = SigSet::empty();
        looked_away.add(Unixes::SIGTTOU);
        // Who is not in the foreground is stopped for this, unless it looks away.
        if looked_away.thread_block().is_err() {
            return;
        }
        // A terminal that is gone needs no order.
        let _ = tcsetpgrp(io::stdin(), getpgrp());
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.modes);
        let _ = looked_away.thread_unblock();
    }
}

fn is_in_foreground() -> bool {
    tcgetpgrp(io::stdin()).is_ok_and(|group| group == getpgrp())
}

/// Stops this process, and those started by the same line of a shell; the shell says when they go on. False
/// where there is no shell that could.
pub fn stop_all() -> bool {
    let is_below_a_shell = getsid(None).is_ok_and(|session| session != getpgrp());
    is_below_a_shell && kill_current_process_group(Signal::TSTP).is_ok()
}
