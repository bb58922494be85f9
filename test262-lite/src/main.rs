//! Will run cases in test262's format through partyrun's transpiler, loader and isolates. Until then it
//! refuses, so that nobody takes its silence for a pass.

use std::io::Write;
use std::process::ExitCode;

/// The exit code of a command that cannot do what it was asked.
const NOT_YET: u8 = 2;

fn main() -> ExitCode {
    // Without a place to say it, the exit code says it.
    let _ = writeln!(
        std::io::stderr(),
        "test262-lite cannot run cases in this version of partyrun yet"
    );
    ExitCode::from(NOT_YET)
}
