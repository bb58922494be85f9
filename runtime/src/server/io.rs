//! The thread that accepts, parses, routes and answers, and the clocks of alarms and crons. Runs no
//! JavaScript and knows nothing of HTTP.
//!
//! There is one, whatever the number of cores: what clients do one after the other reaches rooms in
//! that order because one queue of tasks is worked off in the order in which the kernel woke them.
//! Several threads would have to wait for each other to keep it. The work is in the rooms, which have
//! their own threads.

use std::io;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// Most threads that read static files; each request for one takes a moment of one.
const MAX_FILE_THREADS: usize = 8;

/// The running thread. Dropping it ends the thread, some time later.
pub struct IoThread {
    handle: Handle,
    stop: oneshot::Sender<()>,
    stopped: mpsc::Receiver<()>,
}

impl IoThread {
    /// # Errors
    /// When the system refuses the thread, or what it waits with.
    pub fn start(name: &str) -> io::Result<Self> {
        let runtime = Builder::new_current_thread()
            .max_blocking_threads(MAX_FILE_THREADS)
            .thread_name("files")
            .enable_all()
            .build()?;
        let handle = runtime.handle().clone();
        let (stop, asked) = oneshot::channel::<()>();
        let (done, stopped) = mpsc::channel();
        thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                // A sender that is dropped asks as well.
                let _ = runtime.block_on(asked);
                // Connections are cut here. Threads that read files end by themselves.
                runtime.shutdown_background();
                // Nobody may be waiting.
                let _ = done.send(());
            })?;
        Ok(IoThread {
            handle,
            stop,
            stopped,
        })
    }

    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.handle.spawn(task);
    }

    /// Ends the thread and everything on it. One that has not ended after `patience` is left alone.
    pub fn stop(self, patience: Duration) {
        // A thread that has ended already needs no telling.
        let _ = self.stop.send(());
        let _ = self.stopped.recv_timeout(patience);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn tasks_run_in_the_order_in_which_they_were_woken() {
        let io = IoThread::start("io").expect("a thread can be started");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (senders, receivers): (Vec<_>, Vec<_>) =
            (0..500).map(|_| oneshot::channel::<()>()).unzip();
        let (last, all) = mpsc::channel::<()>();
        for (number, receiver) in receivers.into_iter().enumerate() {
            let (seen, last) = (seen.clone(), last.clone());
            io.spawn(async move {
                receiver.await.expect("it is sent");
                seen.lock().expect("nobody panicked").push(number);
                drop(last);
            });
        }
        drop(last);
        io.spawn(async move {
            // The others wait by now. All are woken within one poll of this task.
            for sender in senders {
                sender.send(()).expect("it is waited for");
            }
        });
        let _ = all.recv();
        let seen = seen.lock().expect("nobody panicked");
        assert!(seen.is_sorted(), "{seen:?}");
        assert_eq!(seen.len(), 500);
        drop(seen);
        io.stop(Duration::from_secs(5));
    }
}
