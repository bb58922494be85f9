//! Everything the program prints goes through a [`Printer`]: one thread owns stdout and stderr and
//! writes what the others queue (`writer`, `queue`). Owns colours and the marks of notes and errors; never decides what
//! is worth saying.
//!
//! A thread of its own, because rooms and the listener report from threads that must not wait for a
//! slow terminal line by line, and because a burst then costs one write, not one per line.

mod held;
mod queue;
mod telling;
mod times;
mod writer;

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Effects, Style};

use partyrun_runtime::EventFeed;

use crate::machine::{Verbosity, events};
pub use held::Held;
use queue::{Queue, Stream};

/// The name of the thread that prints.
const THREAD: &str = "printer";

/// Clears screen and scrollback, and goes to the upper left corner.
pub const CLEAR: &str = "\x1b[2J\x1b[3J\x1b[H";

/// How long the end of the program waits for a terminal that does not read.
const FLUSH_LIMIT: Duration = Duration::from_millis(300);

/// How text looks on one stream; every style is empty where colours are off.
#[derive(Clone, Copy, Debug, Default)]
pub struct Styles {
    pub failure: Style,
    pub caution: Style,
    /// What is only there to tell other things apart.
    pub aside: Style,
    /// Black on white, whatever the terminal has.
    pub paper: Style,
}

impl Styles {
    fn coloured() -> Styles {
        Styles {
            failure: AnsiColor::Red.on_default(),
            caution: AnsiColor::Yellow.on_default(),
            aside: Style::new().effects(Effects::DIMMED),
            paper: AnsiColor::Black.on(AnsiColor::BrightWhite),
        }
    }

    fn of(choice: ColorChoice) -> Styles {
        let forced = forced(std::env::var("FORCE_COLOR").ok().as_deref());
        if forced.unwrap_or(choice != ColorChoice::Never) {
            Styles::coloured()
        } else {
            Styles::default()
        }
    }

    /// Whether they show at all.
    pub fn are_coloured(&self) -> bool {
        self.failure != Style::new()
    }
}

/// What `FORCE_COLOR` asks for, as Node's tools read it: it outranks `NO_COLOR`.
fn forced(value: Option<&str>) -> Option<bool> {
    value.map(|value| !matches!(value, "0" | "false"))
}

/// The way to stdout and stderr; clones share one queue.
#[derive(Clone)]
pub struct Printer {
    queue: Arc<Way>,
    verbosity: Verbosity,
    /// Whether each text begins with the time.
    has_times: bool,
    way: Destination,
    /// Every text is an event, and events are all that is printed.
    is_json: bool,
    /// Who else hears events.
    feed: Option<Arc<EventFeed>>,
    /// Whether a person looks at stdout.
    pub out_is_terminal: bool,
    /// Whether a person looks at stderr.
    pub err_is_terminal: bool,
    /// Styles for [`Printer::out`] and [`Printer::log`].
    pub out_styles: Styles,
    /// Styles for [`Printer::err`].
    pub err_styles: Styles,
}

/// Where a printer's texts go.
#[derive(Clone)]
enum Destination {
    /// Each to its own stream.
    Streams,
    /// All to standard error: standard output is somebody else's.
    Err,
    Held(Arc<Held>),
}

/// What all clones of a [`Printer`] share: the last one closes the queue.
struct Way(Arc<Queue>);

impl Drop for Way {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Printer {
    /// Starts the printing thread; it ends when the last `Printer` is dropped.
    pub fn start() -> Printer {
        let queue = Arc::new(Queue::default());
        let waiting = Arc::clone(&queue);
        thread::Builder::new()
            .name(THREAD.to_owned())
            .spawn(move || writer::write_all(&waiting, &mut io::stdout(), &mut io::stderr()))
            .expect("a thread can be started before anything else runs");
        let wanted = std::env::var(Verbosity::VARIABLE).ok();
        let verbosity = wanted.as_deref().map(|name| (name, Verbosity::named(name)));
        let printer = Printer {
            queue: Arc::new(Way(queue)),
            out_is_terminal: io::stdout().is_terminal(),
            err_is_terminal: io::stderr().is_terminal(),
            verbosity: verbosity
                .and_then(|(_, known)| known)
                .unwrap_or(Verbosity::Log),
            has_times: false,
            way: Destination::Streams,
            is_json: false,
            feed: None,
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
        self.out_styles.are_coloured() && self.err_styles.are_coloured()
    }

    /// Prints to stdout; waits while this thread has much waiting.
    pub fn out(&self, text: impl Into<String>) {
        match self.is_json {
            true => self.emit(&events::note("info", &events::plain(&text.into()))),
            false => self.push(Stream::Out, self.timed(text.into())),
        }
    }

    /// Prints to stderr; waits while this thread has much waiting.
    pub fn err(&self, text: impl Into<String>) {
        match self.is_json {
            true => self.emit(&events::note("warn", &events::plain(&text.into()))),
            false => self.push(Stream::Err, self.timed(text.into())),
        }
    }

    fn push(&self, stream: Stream, text: String) {
        match &self.way {
            Destination::Streams => self.queue.0.push(stream, text),
            Destination::Err => self.queue.0.push(Stream::Err, text),
            Destination::Held(held) => held.add(text),
        }
    }

    fn leave(&self, stream: Stream, text: String) {
        match &self.way {
            Destination::Streams => self.queue.0.offer(stream, text),
            Destination::Err => self.queue.0.offer(Stream::Err, text),
            Destination::Held(held) => held.add(text),
        }
    }

    /// Prints again what was kept.
    pub fn shown(&self, text: String) {
        self.push(Stream::Err, text);
    }

    /// A printer whose texts go to standard error only.
    pub fn to_err(&self) -> Printer {
        Printer {
            way: Destination::Err,
            out_styles: self.err_styles,
            out_is_terminal: self.err_is_terminal,
            ..self.clone()
        }
    }

    /// A printer whose texts are kept by `held`, as they would look on standard error.
    pub fn to_held(&self, held: Arc<Held>) -> Printer {
        Printer {
            way: Destination::Held(held),
            ..self.to_err()
        }
    }

    /// Prints to stdout what the program does, unless less was asked for.
    pub fn status(&self, text: impl Into<String>) {
        if self.is_json || self.verbosity >= Verbosity::Info {
            self.out(text);
        }
    }

    /// Prints to stdout `first` and, unless less was asked for, `more`, with nothing of others between them.
    pub fn block(&self, first: &str, more: Vec<String>) {
        let is_all = self.is_json || self.verbosity >= Verbosity::Info;
        let more = more.into_iter().filter(|_| is_all);
        let lines = std::iter::once(first.to_owned()).chain(more);
        if self.is_json {
            return lines.for_each(|line| self.out(line));
        }
        let lines: Vec<_> = lines.map(|line| self.timed(line)).collect();
        self.push(Stream::Out, lines.join("\n"));
    }

    /// Prints to stdout a line that may be left out when the terminal does not keep up, or when less
    /// was asked for.
    pub fn log(&self, line: String) {
        if self.verbosity < Verbosity::Info {
            return;
        }
        self.leave(Stream::Out, self.timed(line));
    }

    /// Prints what went wrong, to stderr.
    pub fn error(&self, message: &str) {
        self.emit(&events::error(&events::plain(message)));
        self.show_error(message);
    }

    /// The same without an event, which there is already.
    pub fn show_error(&self, message: &str) {
        if self.is_json || self.verbosity < Verbosity::Error {
            return;
        }
        let style = self.err_styles.failure;
        self.err(format!("{style}✘{style:#} {message}"));
    }

    /// Prints a fault of partyrun itself, however little else is to be said, and waits until it is out:
    /// the process may end with it.
    pub fn internal_error(&self, message: &str) {
        let style = self.err_styles.failure;
        let line = format!("{style}✘{style:#} {message}");
        if thread::current().name() == Some(THREAD) {
            // The one that prints has panicked itself. Nobody may be there to read it either.
            let _ = writeln!(io::stderr(), "{line}");
            return;
        }
        self.err(line);
        self.flush();
    }

    /// Prints what the user should know and can live with, to stderr.
    pub fn note(&self, message: &str) {
        self.emit(&events::note("warn", &events::plain(message)));
        self.show_note(message);
    }

    /// The same without an event, which there is already.
    pub fn show_note(&self, message: &str) {
        if self.is_json || self.verbosity < Verbosity::Warn {
            return;
        }
        let style = self.err_styles.caution;
        self.err(format!("{style}Note:{style:#} {message}"));
    }

    /// Writes to stdout what somebody asked for: all of it, however long that takes.
    ///
    /// # Errors
    /// When nobody reads it.
    pub fn data(&self, text: &str) -> io::Result<()> {
        self.flush();
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    /// Returns when everything queued before is written, or the terminal has stopped reading.
    pub fn flush(&self) {
        let (done, wait) = channel();
        self.queue.0.flush(done);
        let _ = wait.recv_timeout(FLUSH_LIMIT);
    }

    /// Empties the screen, if there is one.
    pub fn clear(&self) {
        if self.out_is_terminal {
            self.push(Stream::Out, CLEAR.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn force_color_is_read_as_node_tools_do() {
        assert_eq!(forced(None), None);
        assert_eq!(forced(Some("1")), Some(true));
        assert_eq!(forced(Some("")), Some(true));
        assert_eq!(forced(Some("0")), Some(false));
    }

    #[test]
    fn plain_styles_leave_no_trace() {
        let style = Styles::default().failure;
        assert_eq!(format!("{style}x{style:#}"), "x");
    }
}
