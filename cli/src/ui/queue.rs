//! What waits to be printed. Owns the bounds: how much each thread may have waiting, when it waits for
//! its turn, and what is left out; never formats or writes anything.
//!
//! Rooms print from threads of their own. A room that floods the terminal waits for its own lines only:
//! the others have room left. When the terminal stands still, nobody waits for it: lines are counted
//! instead, and the count is told when it moves again.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

/// Bytes that one thread may have waiting; a longer text waits alone.
const SHARE: usize = 256 * 1024;

/// Bytes that may wait in all.
const ALL: usize = 16 * 1024 * 1024;

/// Lines of the request log are left out while this many texts wait.
const BUSY: usize = 1024;

/// With as many texts the writer waits for no more.
const FEW: usize = BUSY / 4;

/// A write that takes longer stands still: a terminal that is held, a pipe that nobody reads.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is counted beside a text: its place in the queue.
const PER_TEXT: usize = 64;

/// Lines of the request log are joined until they have so many bytes.
const LONGEST_JOINED: usize = 4 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    Out,
    Err,
}

/// Something for the writer.
pub enum Job {
    Write {
        stream: Stream,
        /// One or more texts, with a newline between them.
        text: String,
        texts: usize,
        source: ThreadId,
    },
    Flush(Sender<()>),
}

/// How many lines were left out since it was last asked.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    pub requests: u64,
    pub texts: u64,
}

/// The queue between those who print and the one thread that writes.
#[derive(Default)]
pub struct Queue {
    state: Mutex<State>,
    filled: Condvar,
    drained: Condvar,
    tells_events: AtomicBool,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    /// Texts of all jobs.
    texts: usize,
    bytes: usize,
    shares: HashMap<ThreadId, usize>,
    left_out: LeftOut,
    /// Since when the writer is at what it has taken.
    writing: Option<Instant>,
    closed: bool,
}

impl State {
    fn fits(&self, source: ThreadId, size: usize) -> bool {
        let own = self.shares.get(&source).copied().unwrap_or(0);
        let within = |waiting: usize, limit: usize| waiting == 0 || waiting + size <= limit;
        within(own, SHARE) && within(self.bytes, ALL)
    }

    fn stands_still(&self) -> bool {
        self.writing
            .is_some_and(|since| since.elapsed() >= PATIENCE)
    }

    fn add(&mut self, stream: Stream, text: String, source: ThreadId) {
        self.count(source, text.len() + PER_TEXT);
        self.jobs.push_back(Job::Write {
            stream,
            text,
            texts: 1,
            source,
        });
    }

    /// Puts `text` behind the latest of the same thread, if that comes last and is short: the thread keeps the
    /// memory of `text`, and the writer has less to give back.
    fn append(&mut self, to: Stream, more: &str, by: ThreadId) -> bool {
        let Some(Job::Write {
            stream,
            text,
            texts,
            source,
        }) = self.jobs.back_mut()
        else {
            return false;
        };
        if (*stream, *source) != (to, by) || text.len() > LONGEST_JOINED || text.ends_with('\n') {
            return false;
        }
        text.push('\n');
        text.push_str(more);
        *texts += 1;
        self.count(by, more.len() + 1);
        true
    }

    fn count(&mut self, source: ThreadId, size: usize) {
        self.texts += 1;
        self.bytes += size;
        *self.shares.entry(source).or_default() += size;
    }
}

impl Queue {
    /// Adds a text. Waits while this thread has too much waiting and the writer gets on; leaves the text
    /// out when it does not.
    pub fn push(&self, stream: Stream, text: String) {
        let source = thread::current().id();
        let mut state = self.lock();
        while !state.fits(source, text.len() + PER_TEXT) {
            if state.stands_still() {
                state.left_out.texts += 1;
                return;
            }
            let waited = self.drained.wait_timeout(state, PATIENCE);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        self.add(&mut state, stream, text, source);
    }

    /// The writer waits only while nothing else does. Whoever tells it makes a system call.
    fn add(&self, state: &mut State, stream: Stream, text: String, source: ThreadId) {
        let is_first = state.jobs.is_empty();
        state.add(stream, text, source);
        if is_first {
            self.filled.notify_one();
        }
    }

    /// Adds a line that is left out when much is waiting.
    pub fn offer(&self, stream: Stream, text: String) {
        let source = thread::current().id();
        let mut state = self.lock();
        if state.texts >= BUSY || !state.fits(source, text.len() + PER_TEXT) {
            state.left_out.requests += 1;
            return;
        }
        if !state.append(stream, &text, source) {
            self.add(&mut state, stream, text, source);
        }
    }

    /// What was left out is told as an event from here on.
    pub fn count_as_events(&self) {
        self.tells_events.store(true, Ordering::Relaxed);
    }

    /// Whether it is.
    pub fn counts_as_events(&self) -> bool {
        self.tells_events.load(Ordering::Relaxed)
    }

    /// Asks to be told when everything before is written.
    pub fn flush(&self, done: Sender<()>) {
        self.lock().jobs.push_back(Job::Flush(done));
        self.filled.notify_one();
    }

    /// Nothing more will come.
    pub fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_one();
    }

    /// What waits, at most about `bytes` of it, and what was left out; `None` when the queue is closed
    /// and empty. Call [`Queue::written`] with it afterwards.
    pub fn take(&self, bytes: usize) -> Option<(Vec<Job>, LeftOut)> {
        let mut state = self.lock();
        while state.jobs.is_empty() {
            if state.closed {
                return None;
            }
            let waited = self.filled.wait(state);
            state = waited.unwrap_or_else(PoisonError::into_inner);
        }
        let mut taken = Vec::new();
        let mut size = 0;
        while size < bytes {
            let Some(job) = state.jobs.pop_front() else {
                break;
            };
            if let Job::Write { text, texts, .. } = &job {
                size += text.len() + PER_TEXT;
                state.texts -= texts;
            }
            taken.push(job);
        }
        state.writing = Some(Instant::now());
        Some((taken, std::mem::take(&mut state.left_out)))
    }

    /// Whether what waits may wait for more to go with it.
    pub fn is_short(&self) -> bool {
        let state = self.lock();
        state.texts < FEW && state.bytes < SHARE / 4
    }

    /// What was taken is on its way: there is room for more.
    pub fn written(&self, jobs: Vec<Job>) {
        let mut state = self.lock();
        state.writing = None;
        for job in &jobs {
            if let Job::Write { text, source, .. } = job {
                let size = text.len() + PER_TEXT;
                state.bytes -= size;
                if let Some(share) = state.shares.get_mut(source) {
                    *share -= size;
                    if *share == 0 {
                        state.shares.remove(source);
                    }
                }
            }
        }
        drop(state);
        self.drained.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The sums stay as they were before a step that panicked.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::channel;

    use super::*;

    fn text(bytes: usize) -> String {
        "x".repeat(bytes)
    }

    #[test]
    fn a_thread_waits_for_its_own_lines_only() {
        let queue = Arc::new(Queue::default());
        let (told, tells) = channel();
        let flooding = Arc::clone(&queue);
        let flood = thread::spawn(move || {
            for _ in 0..8 {
                flooding.push(Stream::Out, text(SHARE / 4));
                let _ = told.send(());
            }
        });
        for _ in 0..3 {
            tells.recv().expect("the first ones fit");
        }
        assert!(tells.recv_timeout(Duration::from_millis(50)).is_err());
        queue.push(Stream::Out, "another thread's".to_owned());
        while !flood.is_finished() {
            // The lock is free again before anything is taken.
            let is_any = !queue.lock().jobs.is_empty();
            if is_any && let Some((jobs, _)) = queue.take(SHARE) {
                queue.written(jobs);
            }
        }
        flood.join().expect("it only prints");
    }

    #[test]
    fn nobody_waits_for_a_writer_that_stands_still() {
        let queue = Queue::default();
        queue.push(Stream::Out, text(SHARE));
        let (held, _) = queue.take(usize::MAX).expect("something waits");
        let started = Instant::now();
        queue.push(Stream::Out, "late".to_owned());
        assert!(started.elapsed() >= PATIENCE);
        let again = Instant::now();
        for _ in 0..100 {
            queue.push(Stream::Out, "later".to_owned());
        }
        assert!(again.elapsed() < PATIENCE);
        queue.written(held);
        queue.push(Stream::Out, "fits".to_owned());
        let (_, left_out) = queue.take(usize::MAX).expect("something waits");
        assert_eq!(left_out.texts, 101);
    }

    #[test]
    fn a_long_text_waits_alone() {
        let queue = Queue::default();
        queue.push(Stream::Out, text(2 * SHARE));
        queue.offer(Stream::Out, "a request".to_owned());
        let (jobs, left_out) = queue.take(usize::MAX).expect("something waits");
        assert_eq!((jobs.len(), left_out.requests), (1, 1));
    }

    #[test]
    fn lines_of_one_thread_are_joined_and_count_each() {
        let queue = Queue::default();
        queue.offer(Stream::Out, "a".to_owned());
        queue.offer(Stream::Out, "b".to_owned());
        queue.offer(Stream::Err, "c".to_owned());
        queue.push(Stream::Err, "d\n".to_owned());
        queue.offer(Stream::Err, "e".to_owned());
        thread::scope(|scope| {
            scope.spawn(|| queue.offer(Stream::Err, "f".to_owned()));
        });
        for _ in 6..BUSY {
            queue.offer(Stream::Out, "g".to_owned());
        }
        queue.offer(Stream::Out, "too many".to_owned());
        let (jobs, left_out) = queue.take(usize::MAX).expect("something waits");
        let texts = jobs.iter().take(5).map(|job| match job {
            Job::Write { text, texts, .. } => (text.as_str(), *texts),
            Job::Flush(_) => panic!("nobody asked for it"),
        });
        let texts: Vec<_> = texts.collect();
        assert_eq!(
            texts,
            [("a\nb", 2), ("c", 1), ("d\n", 1), ("e", 1), ("f", 1)]
        );
        assert_eq!(left_out.requests, 1);
        queue.written(jobs);
        let state = queue.lock();
        assert_eq!((state.texts, state.bytes, state.shares.len()), (0, 0, 0));
    }

    #[test]
    fn a_closed_queue_is_emptied_first() {
        let queue = Queue::default();
        queue.push(Stream::Out, "last".to_owned());
        queue.close();
        assert!(queue.take(1).is_some());
        assert!(queue.take(1).is_none());
    }
}
