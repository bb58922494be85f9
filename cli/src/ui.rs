//! Everything the program prints goes through a [`Printer`]: one thread owns stdout and stderr and
//! writes what the others queue. Owns colours and the marks of notes and errors; never decides what
//! is worth saying.
//!
//! A thread of its own, because rooms and the listener report from threads that must not wait for a
//! slow terminal line by line, and because a burst then costs one write, not one per line.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, TrySendError, channel, sync_channel};
use std::thread;
use std::time::Duration;

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};

/// Lines that may wait for the terminal before whoever prints has to wait too.
const QUEUED_LINES: usize = 1024;

/// A batch is written once it holds this many bytes.
const BATCH_BYTES: usize = 64 * 1024;

/// How long the end of the program waits for a terminal that does not read.
const FLUSH_LIMIT: Duration = Duration::from_millis(300);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stream {
    Out,
    Err,
}

enum Job {
    Write(Stream, String),
    Flush(Sender<()>),
}

/// How much the program says of its own accord; what user code prints always passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    None,
    Error,
    Warn,
    Info,
    Log,
    Debug,
}

impl Verbosity {
    /// The environment variable that sets it, as the original names it (specification 9.6).
    pub const VARIABLE: &str = "PARTYKIT_LOG";

    /// Its values, least first.
    const NAMES: [(&str, Verbosity); 6] = [
        ("none", Verbosity::None),
        ("error", Verbosity::Error),
        ("warn", Verbosity::Warn),
        ("info", Verbosity::Info),
        ("log", Verbosity::Log),
        ("debug", Verbosity::Debug),
    ];

    fn named(name: &str) -> Option<Verbosity> {
        let mut names = Verbosity::NAMES.iter();
        names
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, verbosity)| *verbosity)
    }
}

/// How text looks on one stream; every style is empty where colours are off.
#[derive(Clone, Copy, Debug, Default)]
pub struct Styles {
    pub failure: Style,
    pub caution: Style,
}

impl Styles {
    fn coloured() -> Styles {
        Styles {
            failure: AnsiColor::Red.on_default(),
            caution: AnsiColor::Yellow.on_default(),
        }
    }

    fn of(choice: ColorChoice) -> Styles {
        match forced(std::env::var("FORCE_COLOR").ok().as_deref()) {
            Some(true) => Styles::coloured(),
            Some(false) => Styles::default(),
            None if choice == ColorChoice::Never => Styles::default(),
            None => Styles::coloured(),
        }
    }
}

/// What `FORCE_COLOR` asks for, as Node's tools read it: it outranks `NO_COLOR`.
fn forced(value: Option<&str>) -> Option<bool> {
    value.map(|value| !matches!(value, "0" | "false"))
}

/// Between two writes. A line is printed at once; those that follow within this time go together, so
/// that a loaded server does not pay a thread switch for each line of its request log.
const PAUSE: Duration = Duration::from_millis(2);

/// The way to stdout and stderr; clones share one queue.
#[derive(Clone)]
pub struct Printer {
    jobs: SyncSender<Job>,
    left_out: Arc<AtomicU64>,
    verbosity: Verbosity,
    /// Styles for [`Printer::out`] and [`Printer::log`].
    pub out_styles: Styles,
    /// Styles for [`Printer::err`].
    pub err_styles: Styles,
}

impl Printer {
    /// Starts the printing thread; it ends when the last `Printer` is dropped.
    pub fn start() -> Printer {
        let (jobs, queue) = sync_channel(QUEUED_LINES);
        let left_out = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&left_out);
        thread::Builder::new()
            .name("printer".to_owned())
            .spawn(move || print(&queue, &counter, &mut io::stdout(), &mut io::stderr()))
            .expect("a thread can be started before anything else runs");
        let wanted = std::env::var(Verbosity::VARIABLE).ok();
        let verbosity = wanted.as_deref().map(|name| (name, Verbosity::named(name)));
        let printer = Printer {
            jobs,
            left_out,
            verbosity: verbosity
                .and_then(|(_, known)| known)
                .unwrap_or(Verbosity::Log),
            out_styles: Styles::of(AutoStream::choice(&io::stdout())),
            err_styles: Styles::of(AutoStream::choice(&io::stderr())),
        };
        if let Some((name, None)) = verbosity {
            let names = Verbosity::NAMES.map(|(name, _)| name).join(", ");
            let variable = Verbosity::VARIABLE;
            printer.note(&format!("`{variable}` is one of {names}, not: `{name}`"));
        }
        printer
    }

    /// Whether both streams are shown where colours work.
    pub fn has_colors(&self) -> bool {
        let shown = |choice| choice != ColorChoice::Never;
        shown(AutoStream::choice(&io::stdout())) && shown(AutoStream::choice(&io::stderr()))
    }

    /// Prints to stdout; waits while the queue is full.
    pub fn out(&self, text: impl Into<String>) {
        self.write(Stream::Out, text.into());
    }

    /// Prints to stderr; waits while the queue is full.
    pub fn err(&self, text: impl Into<String>) {
        self.write(Stream::Err, text.into());
    }

    /// Prints to stdout what the program does, unless less was asked for.
    pub fn status(&self, text: impl Into<String>) {
        if self.verbosity >= Verbosity::Info {
            self.out(text);
        }
    }

    /// Prints to stdout a line that may be left out when the terminal does not keep up, or when less
    /// was asked for.
    pub fn log(&self, line: String) {
        if self.verbosity < Verbosity::Info {
            return;
        }
        if let Err(TrySendError::Full(_)) = self.jobs.try_send(Job::Write(Stream::Out, line)) {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Prints what went wrong, to stderr.
    pub fn error(&self, message: &str) {
        if self.verbosity < Verbosity::Error {
            return;
        }
        let style = self.err_styles.failure;
        self.err(format!("{style}✘{style:#} {message}"));
    }

    /// Prints what the user should know and can live with, to stderr.
    pub fn note(&self, message: &str) {
        if self.verbosity < Verbosity::Warn {
            return;
        }
        let style = self.err_styles.caution;
        self.err(format!("{style}Note:{style:#} {message}"));
    }

    /// Returns when everything queued before is written, or the terminal has stopped reading.
    pub fn flush(&self) {
        let (done, wait) = channel();
        if self.jobs.try_send(Job::Flush(done)).is_ok() {
            let _ = wait.recv_timeout(FLUSH_LIMIT);
        }
    }

    fn write(&self, stream: Stream, text: String) {
        // The thread lives as long as any `Printer`, so a send cannot fail.
        let _ = self.jobs.send(Job::Write(stream, text));
    }
}

fn print(queue: &Receiver<Job>, left_out: &AtomicU64, out: &mut dyn Write, err: &mut dyn Write) {
    let mut batch = Batch {
        stream: Stream::Out,
        text: String::new(),
        out,
        err,
    };
    while let Ok(first) = queue.recv() {
        let mut next = Some(first);
        while let Some(job) = next {
            match job {
                Job::Write(stream, text) => batch.add(stream, &text),
                Job::Flush(done) => {
                    batch.write();
                    let _ = done.send(());
                }
            }
            next = queue.try_recv().ok();
        }
        match left_out.swap(0, Ordering::Relaxed) {
            0 => {}
            count => batch.add(Stream::Out, &format!("({count} request lines left out)")),
        }
        batch.write();
        thread::sleep(PAUSE);
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
        if stream != self.stream || self.text.len() > BATCH_BYTES {
            self.write();
            self.stream = stream;
        }
        self.text.push_str(text.strip_suffix('\n').unwrap_or(text));
        self.text.push('\n');
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
    use super::*;

    fn printed(jobs: Vec<Job>, left_out: u64) -> (String, String) {
        let (sender, queue) = sync_channel(jobs.len());
        for job in jobs {
            sender.send(job).expect("the queue has room");
        }
        drop(sender);
        let (mut out, mut err) = (Vec::new(), Vec::new());
        print(&queue, &AtomicU64::new(left_out), &mut out, &mut err);
        (
            String::from_utf8(out).expect("text"),
            String::from_utf8(err).expect("text"),
        )
    }

    #[test]
    fn each_text_ends_with_one_newline_on_its_own_stream() {
        let jobs = vec![
            Job::Write(Stream::Out, "a".to_owned()),
            Job::Write(Stream::Err, "b\n".to_owned()),
            Job::Write(Stream::Out, "c\nd".to_owned()),
        ];
        assert_eq!(printed(jobs, 0), ("a\nc\nd\n".to_owned(), "b\n".to_owned()));
    }

    #[test]
    fn left_out_lines_are_counted() {
        let (out, _) = printed(vec![Job::Write(Stream::Out, "a".to_owned())], 7);
        assert_eq!(out, "a\n(7 request lines left out)\n");
    }

    #[test]
    fn flush_is_answered_after_what_came_before() {
        let (done, wait) = channel();
        printed(
            vec![Job::Write(Stream::Err, "a".to_owned()), Job::Flush(done)],
            0,
        );
        assert_eq!(wait.try_recv(), Ok(()));
    }

    #[test]
    fn force_color_is_read_as_node_tools_do() {
        assert_eq!(forced(None), None);
        assert_eq!(forced(Some("1")), Some(true));
        assert_eq!(forced(Some("")), Some(true));
        assert_eq!(forced(Some("0")), Some(false));
    }

    #[test]
    fn verbosity_has_the_names_of_the_original() {
        assert_eq!(Verbosity::named("Warn"), Some(Verbosity::Warn));
        assert_eq!(Verbosity::named("all"), None);
        assert!(Verbosity::None < Verbosity::Error && Verbosity::Info < Verbosity::Log);
    }

    #[test]
    fn plain_styles_leave_no_trace() {
        let style = Styles::default().failure;
        assert_eq!(format!("{style}x{style:#}"), "x");
    }
}
