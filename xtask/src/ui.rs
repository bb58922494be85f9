//! Everything xtask prints. Results go to stdout, progress and failures to stderr, so that a table can
//! be piped while the progress is watched. Never decides what to say.

use std::io::Write as _;

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
