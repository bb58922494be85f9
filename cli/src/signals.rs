//! Ctrl-C and SIGTERM: the first one asks for an orderly end and bounds how long it may take, the
//! second one ends the process at once. Owns the process's signal handler.

use std::process;
use std::thread;
use std::time::Duration;

use crate::keys;
use crate::threads;

/// An orderly end takes no longer: the main thread may be inside user code that never returns. What
/// storage has acknowledged is on disk already, so nothing is lost by ending without it.
const GRACE: Duration = Duration::from_millis(900);

/// What a shell reports for a process that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// Calls `stop`, once, when the process is asked to end.
pub fn on_stop(stop: impl FnOnce() + Send + 'static) -> Result<(), ctrlc::Error> {
    let mut stop = Some(stop);
    ctrlc::set_handler(move || match stop.take() {
        Some(stop) => {
            stop();
            bound_the_end();
        }
        None => exit(INTERRUPTED),
    })
}

/// Ends the process, with success, unless it has ended by itself in time.
pub fn bound_the_end() {
    bound_the_end_with(0);
}

/// The same with another exit code.
pub fn bound_the_end_with(code: u8) {
    // Without the thread nothing bounds it; a second Ctrl-C still ends the process.
    let _ = threads::start("end", move || {
        thread::sleep(GRACE);
        exit(code.into());
    });
}

/// Nothing is dropped on this way out, so the terminal is put back here.
fn exit(code: i32) -> ! {
    keys::restore();
    process::exit(code)
}
