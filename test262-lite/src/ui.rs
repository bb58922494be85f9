//! Everything that is printed.

use std::fmt::Display;
use std::io::{IsTerminal as _, Write as _};

/// Results, on the standard output. A reader that is gone does not want the rest.
pub fn result(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// What goes wrong, on the standard error.
pub fn failure(error: &dyn Display) {
    let _ = writeln!(std::io::stderr().lock(), "error: {error}");
}

/// How far it is, where somebody watches.
pub fn progress(done: usize, all: usize) {
    let mut errors = std::io::stderr().lock();
    if errors.is_terminal() {
        let end = if done == all { "\r\x1b[K" } else { "" };
        let _ = write!(errors, "\r{done} of {all}{end}");
    }
}
