//! Writes what was queued to stdout and stderr, in the order it came. Owns the batches; decides nothing.

use std::io::Write;
use std::thread;
use std::time::Duration;

use crate::machine::events;

use super::queue::{Job, LeftOut, Queue, Stream};

/// A batch is written once it holds this many bytes.
const BATCH_BYTES: usize = 64 * 1024;

/// Between two writes. A line is printed at once; those that follow within this time go together, so
/// that a loaded server does not pay a thread switch for each line of its request log.
const PAUSE: Duration = Duration::from_millis(2);

/// Writes until the queue is closed.
pub fn write_all(queue: &Queue, out: &mut dyn Write, err: &mut dyn Write) {
    let mut batch = Batch {
        stream: Stream::Out,
        text: String::new(),
        out,
        err,
    };
    while let Some((jobs, left_out)) = queue.take(BATCH_BYTES) {
        for job in &jobs {
            match job {
                Job::Write { stream, text, .. } => batch.add(*stream, text),
                Job::Flush(done) => {
                    batch.write();
                    let _ = done.send(());
                }
            }
        }
        batch.tell(&left_out, queue.counts_as_events());
        batch.write();
        queue.written(jobs);
        if queue.is_short() {
            thread::sleep(PAUSE);
        }
    }
}

/// Lines for one stream that wait to be written together; changing the stream writes them first,
/// so that the order of lines survives where both streams end in one terminal.
struct Batch<'a> {
    stream: Stream,
    text: String,
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
}

impl Batch<'_> {
    fn add(&mut self, stream: Stream, text: &str) {
        if stream != self.stream {
            self.write();
            self.stream = stream;
        }
        self.text.push_str(text.strip_suffix('\n').unwrap_or(text));
        self.text.push('\n');
    }

    fn tell(&mut self, left_out: &LeftOut, as_event: bool) {
        let LeftOut { requests, texts } = left_out;
        if as_event {
            if requests + texts > 0 {
                self.add(Stream::Out, &events::lost(*requests, *texts).line());
            }
            return;
        }
        if *requests > 0 {
            self.add(Stream::Out, &format!("({requests} request lines left out)"));
        }
        if *texts > 0 {
            let why = "what reads this output did not keep up";
            self.add(
                Stream::Err,
                &format!("({texts} console lines left out: {why})"),
            );
        }
    }

    fn write(&mut self) {
        let target: &mut dyn Write = match self.stream {
            Stream::Out => self.out,
            Stream::Err => self.err,
        };
        // Nobody listens any more (a closed pipe): serving goes on.
        let _ = target
            .write_all(self.text.as_bytes())
            .and_then(|()| target.flush());
        self.text.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    fn printed(fill: impl FnOnce(&Queue)) -> (String, String) {
        let queue = Queue::default();
        fill(&queue);
        queue.close();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        write_all(&queue, &mut out, &mut err);
        (
            String::from_utf8(out).expect("text"),
            String::from_utf8(err).expect("text"),
        )
    }

    #[test]
    fn each_text_ends_with_one_newline_on_its_own_stream() {
        let printed = printed(|queue| {
            queue.push(Stream::Out, "a".to_owned());
            queue.push(Stream::Err, "b\n".to_owned());
            queue.push(Stream::Out, "c\nd".to_owned());
        });
        assert_eq!(printed, ("a\nc\nd\n".to_owned(), "b\n".to_owned()));
    }

    #[test]
    fn left_out_request_lines_are_counted() {
        let (out, _) = printed(|queue| {
            for _ in 0..1030 {
                queue.offer(Stream::Out, "a".to_owned());
            }
        });
        assert_eq!(out.matches("a\n").count(), 1024);
        assert!(out.contains("(6 request lines left out)"));
    }

    #[test]
    fn flush_is_answered_after_what_came_before() {
        let (done, wait) = channel();
        printed(|queue| {
            queue.push(Stream::Err, "a".to_owned());
            queue.flush(done);
        });
        assert_eq!(wait.try_recv(), Ok(()));
    }
}
