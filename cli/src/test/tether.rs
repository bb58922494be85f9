//! The way from `partyrun test` to its guard, and the guard's life. When this is dropped, or the process
//! with it, the guard ends what it guards.

use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead, BufReader, Write};
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::guard;
use super::passing;
use super::words::{Order, Told};

/// How long the guard may take to end when it has nothing left to do.
const PATIENCE: Duration = Duration::from_millis(500);

/// Gives orders to a guard.
pub struct Tether {
    orders: Mutex<UnixStream>,
    guard: Mutex<Child>,
}

/// Hears what the guard tells.
pub struct Hearing(BufReader<UnixStream>);

impl Hearing {
    /// `None` when the guard is gone.
    pub fn next(&mut self) -> Option<Told> {
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let told = serde_json::from_str(&line).ok();
            if let Some(told) = told.as_ref().and_then(Told::of) {
                return Some(told);
            }
        }
    }
}

/// Starts a guard for a command whose standard input is `stdin`.
///
/// # Errors
/// When the system refuses a process or a socket.
pub fn start(
    program: &Path,
    words: &[OsString],
    stdin: BorrowedFd<'_>,
) -> io::Result<(Tether, Hearing)> {
    // What a guard that was killed leaves behind comes to this process.
    guard::tree::adopt_orphans();
    let (ours, theirs) = UnixStream::pair()?;
    let (name, arguments) = words
        .split_first()
        .map_or((OsStr::new(""), &[][..]), |split| {
            (split.0.as_os_str(), split.1)
        });
    let guard = Command::new(own_program()?)
        .arg0(guard::NAME)
        .arg(guard::WORD)
        .arg(program)
        .arg(name)
        .args(arguments)
        .stdin(OwnedFd::from(theirs))
        .process_group(0)
        .spawn()?;
    passing::send(&ours, stdin)?;
    let hearing = Hearing(BufReader::new(ours.try_clone()?));
    let tether = Tether {
        orders: Mutex::new(ours),
        guard: Mutex::new(guard),
    };
    Ok((tether, hearing))
}

/// The file that this process runs, also when another has taken its name since.
#[cfg(target_os = "linux")]
#[expect(clippy::unnecessary_wraps, reason = "other systems may not know it")]
fn own_program() -> io::Result<&'static Path> {
    Ok(Path::new("/proc/self/exe"))
}

#[cfg(not(target_os = "linux"))]
fn own_program() -> io::Result<std::path::PathBuf> {
    std::env::current_exe()
}

impl Tether {
    pub fn order(&self, order: &Order) {
        let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        // That the guard is gone is what `Hearing` tells.
        let _ = writeln!(orders, "{}", Value::from(order));
    }

    /// Ends the guard, and returns when it has ended.
    pub fn end(&self) {
        let orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = orders.shutdown(std::net::Shutdown::Both);
        drop(orders);
        let mut guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner);
        let end = Instant::now() + PATIENCE;
        while matches!(guard.try_wait(), Ok(None)) && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

/// Ends all that is left below this process: for when the guard was killed.
pub fn end_orphans() {
    let end = Instant::now() + PATIENCE;
    while guard::tree::signal_all(rustix::process::Signal::KILL) && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(10));
    }
}
