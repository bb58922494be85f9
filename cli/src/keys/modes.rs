//! The terminal's modes: single keys are taken while this process is in the foreground, and whoever
//! gets the terminal next finds it as it was. Reads no key.
//!
//! Only line editing and echo are switched off: Ctrl-C and Ctrl-Z keep their meaning, and lines that
//! are printed still start at the left.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::process::getpgrp;
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr,
};

/// What this process has made of the terminal.
enum State {
    /// Left as it was.
    Untouched,
    /// Set to single keys; it was like this before.
    Taken(Termios),
    /// The process ends: the terminal is not touched again.
    Ended,
}

static STATE: Mutex<State> = Mutex::new(State::Untouched);

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has keys arrive one by one, if this process is in the foreground: in the background, changing the
/// terminal would stop it. Returns whether they do.
pub fn take() -> bool {
    let mut state = state();
    match *state {
        State::Untouched => {}
        State::Taken(_) => return in_foreground(),
        State::Ended => return false,
    }
    if !in_foreground() {
        return false;
    }
    let Ok(before) = tcgetattr(io::stdin()) else {
        return false;
    };
    if tcsetattr(io::stdin(), OptionalActions::Now, &single_keys(&before)).is_err() {
        return false;
    }
    *state = State::Taken(before);
    true
}

/// The process goes on after it was stopped: the shell has set modes of its own in between, even if
/// this process had no chance to give back the terminal.
pub fn renew() {
    let mut state = state();
    let State::Taken(before) = &*state else {
        return;
    };
    if in_foreground() {
        // A terminal that is gone needs no mode.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &single_keys(before));
    } else {
        *state = State::Untouched;
    }
}

/// Puts the terminal back as it was, until it is taken again.
pub fn give_back() {
    put_back(State::Untouched);
}

/// Puts the terminal back for good. For every way out of the process.
pub fn restore() {
    put_back(State::Ended);
}

fn put_back(next: State) {
    let mut state = state();
    if let State::Taken(before) = &*state
        && in_foreground()
    {
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
    }
    *state = next;
}

fn single_keys(before: &Termios) -> Termios {
    let mut modes = before.clone();
    modes
        .local_modes
        .remove(LocalModes::ICANON | LocalModes::ECHO);
    modes.special_codes[SpecialCodeIndex::VMIN] = 1;
    modes.special_codes[SpecialCodeIndex::VTIME] = 0;
    modes
}

/// Whether what is typed is meant for this process.
pub fn in_foreground() -> bool {
    tcgetpgrp(io::stdin()).is_ok_and(|group| group == getpgrp())
}
