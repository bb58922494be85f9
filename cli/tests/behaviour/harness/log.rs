//! The text a child process has written so far, readable while it is still writing.

use std::io::Read;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Instant;

use super::PATIENCE;

/// One output stream of the program.
#[derive(Clone, Default)]
pub struct Log(Arc<(Mutex<Written>, Condvar)>);

#[derive(Default)]
struct Written {
    bytes: Vec<u8>,
    ended: bool,
}

impl Log {
    /// Collects `stream` on a thread that ends with the stream.
    pub fn follow(mut stream: impl Read + Send + 'static) -> Self {
        let log = Self::default();
        let shared = log.clone();
        thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(length @ 1..) = stream.read(&mut piece) {
                shared.update(|written| written.bytes.extend_from_slice(&piece[..length]));
            }
            shared.update(|written| written.ended = true);
        });
        log
    }

    fn update(&self, change: impl FnOnce(&mut Written)) {
        let (written, changed) = &*self.0;
        change(&mut written.lock().expect("no reader panics with the lock"));
        changed.notify_all();
    }

    /// Everything written so far.
    pub fn text(&self) -> String {
        let written = self.0.0.lock().expect("no reader panics with the lock");
        String::from_utf8_lossy(&written.bytes).into_owned()
    }

    /// Waits until `find` gives a value for the text so far; `None` when the stream ended or
    /// patience ran out first.
    pub fn wait<T>(&self, mut find: impl FnMut(&str) -> Option<T>) -> Option<T> {
        let deadline = Instant::now() + PATIENCE;
        let (written, changed) = &*self.0;
        let mut guard = written.lock().expect("no reader panics with the lock");
        loop {
            if let Some(value) = find(&String::from_utf8_lossy(&guard.bytes)) {
                return Some(value);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if guard.ended || left.is_zero() {
                return None;
            }
            guard = changed
                .wait_timeout(guard, left)
                .expect("no reader panics with the lock")
                .0;
        }
    }

    /// Waits until the stream has ended and gives all of it.
    pub fn rest(&self) -> String {
        let (written, changed) = &*self.0;
        let guard = written.lock().expect("no reader panics with the lock");
        let (guard, _) = changed
            .wait_timeout_while(guard, PATIENCE, |written| !written.ended)
            .expect("no reader panics with the lock");
        String::from_utf8_lossy(&guard.bytes).into_owned()
    }
}
