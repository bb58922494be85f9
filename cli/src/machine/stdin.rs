//! The end of standard input as a request to end: a program that started this one and is killed cannot
//! ask in any other way. Whatever is read is dropped.

use std::io::{self, Read};

use crate::threads::{self, NoThread};

/// Calls `end` once standard input has ended.
///
/// # Errors
/// When the system refuses a thread.
pub fn end_with_stdin(end: impl FnOnce() + Send + 'static) -> Result<(), NoThread> {
    // Ends with the process: a read cannot be given up.
    threads::start("standard input", move || {
        let mut piece = [0; 4096];
        let mut stdin = io::stdin().lock();
        loop {
            match stdin.read(&mut piece) {
                Ok(1..) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // One that cannot be read tells of no end either.
                Ok(0) | Err(_) => return end(),
            }
        }
    })
}
