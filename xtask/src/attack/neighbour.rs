//! Somebody whom an attack must not concern: a room of the same server that is asked all the time. Owns
//! the thread that asks and the longest gap between two answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::client::Client;

const EVERY: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Neighbour {
    is_over: Arc<AtomicBool>,
    worst: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl Neighbour {
    /// Asks `path` of the server on `port` until it is dropped.
    pub fn start(port: u16, path: &str) -> Neighbour {
        let (is_over, worst) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicU64::new(0)),
        );
        let (path, over, longest) = (path.to_owned(), is_over.clone(), worst.clone());
        let thread = thread::spawn(move || {
            let mut client = None;
            let mut answered = Instant::now();
            while !over.load(Ordering::Relaxed) {
                let open = match client.take() {
                    Some(open) => Ok(open),
                    None => Client::connect(port, PATIENCE),
                };
                client = open.ok().and_then(|mut open| {
                    let answer = open.get(&path).ok()?;
                    (answer.status == 200).then_some(open)
                });
                longest.fetch_max(millis(answered.elapsed()), Ordering::Relaxed);
                if client.is_some() {
                    answered = Instant::now();
                }
                thread::sleep(EVERY);
            }
        });
        Neighbour {
            is_over,
            worst,
            thread: Some(thread),
        }
    }

    /// The longest time between two answers since it was last asked for this.
    pub fn worst_gap(&self) -> Duration {
        Duration::from_millis(self.worst.swap(0, Ordering::Relaxed))
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl Drop for Neighbour {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It has nothing to say.
            let _ = thread.join();
        }
    }
}
