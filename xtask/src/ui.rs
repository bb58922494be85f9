//! Everything xtask prints. Results go to stdout, progress and failures to stderr, so that a table can
//! be piped while the progress is watched. Never decides what to say.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use crate::error::Failure;

/// A line about what is being done.
pub fn step(text: &str) {
    // With stderr gone nobody watches; the work goes on.
    let _ = writeln!(std::io::stderr(), "xtask: {text}");
}

/// A line of the result.
pub fn result(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// The reason why the command ends without having done its work.
pub fn failure(failure: &Failure) {
    for line in failure.to_string().lines() {
        let _ = writeln!(std::io::stderr(), "xtask: {line}");
    }
}

/// One line that changes while something long is done: rewritten on a terminal, elsewhere said again
/// every half minute.
pub struct Progress {
    is_terminal: bool,
    last: Option<Instant>,
}

impl Progress {
    pub fn new() -> Progress {
        Progress {
            is_terminal: std::io::stderr().is_terminal(),
            last: None,
        }
    }

    /// Shows the text, if it is time to.
    pub fn show(&mut self, text: &str) {
        let pause = Duration::from_millis(if self.is_terminal { 100 } else { 30_000 });
        if self.last.is_some_and(|last| last.elapsed() < pause) {
            return;
        }
        self.last = Some(Instant::now());
        if self.is_terminal {
            let line = format!("xtask: {text}");
            let columns = rustix::termios::tcgetwinsize(std::io::stderr())
                .map_or(80, |size| usize::from(size.ws_col))
                .max(20);
            let shown: String = line.chars().take(columns - 1).collect();
            // Back to the start of the line, and away with the rest of the longer text before.
            let _ = write!(std::io::stderr(), "\r{shown}\x1b[K");
        } else {
            step(text);
        }
    }

    /// Leaves the last text standing.
    pub fn end(self) {
        if self.is_terminal && self.last.is_some() {
            let _ = writeln!(std::io::stderr());
        }
    }
}
