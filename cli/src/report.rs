//! Turns the runtime's events into lines (specification 9.6). Owns the wording of log lines; the
//! terminal itself is `ui`'s.

mod stack;

use std::fmt::Display;
use std::path::Path;
use std::time::Duration;

use anstyle::Style;
use partyrun_runtime::modules::{CodeCounts, Place};
use partyrun_runtime::{Event, Level, Reporter, RoomAddress};

use crate::machine::events::{self, Record};
use crate::ui::{Printer, Styles};

/// Reports what happens while serving to the terminal.
pub struct TerminalReporter {
    printer: Printer,
    /// The project's folder as a URL: what stands before the part of a file's name that matters.
    root: String,
    is_verbose: bool,
}

impl TerminalReporter {
    pub fn new(printer: Printer, root: &Path, is_verbose: bool) -> TerminalReporter {
        TerminalReporter {
            printer,
            root: url_of(root),
            is_verbose,
        }
    }
}

impl TerminalReporter {
    /// An event as a program reads it. Requests may be too many to be read.
    fn emit(&self, space: Option<&str>, event: &Event) {
        let Some(record) = self.as_record(space, event) else {
            return;
        };
        match event {
            Event::Request { .. } => self.printer.offer(&record),
            _ => self.printer.emit(&record),
        }
    }

    fn as_record(&self, space: Option<&str>, event: &Event) -> Option<Record> {
        let short = |text: &str| text.replace(&self.root, "");
        Some(events::reported(event, short)?.in_space(space))
    }

    /// What user code printed. A terminal shows which room it is from; scripts that read the output get
    /// the text alone.
    fn console(&self, level: Level, text: &str, room: Option<&RoomAddress>, place: Option<&Place>) {
        let printer = &self.printer;
        let (styles, is_terminal) = match level {
            Level::Debug | Level::Log | Level::Info => {
                (printer.out_styles, printer.out_is_terminal)
            }
            Level::Warn | Level::Error | Level::Trace => {
                (printer.err_styles, printer.err_is_terminal)
            }
        };
        let style = match level {
            Level::Warn => styles.caution,
            Level::Error => styles.failure,
            _ => Style::new(),
        };
        let text = stack::with_short_frames(text, &self.root);
        let text = stack::styled(&text, style, styles);
        let text = self.with_excerpt(text, place, styles);
        let text = match room.filter(|_| is_terminal) {
            Some(address) => behind(&margin(address, styles.aside), &text),
            None => text,
        };
        match level {
            Level::Debug | Level::Log | Level::Info => printer.out(text),
            Level::Warn | Level::Error | Level::Trace => printer.err(text),
        }
    }

    /// A text with the lines of `place` below it.
    fn with_excerpt(&self, text: String, place: Option<&Place>, styles: Styles) -> String {
        match place {
            Some(place) => format!("{text}\n{}", stack::excerpt(place, &self.root, styles)),
            None => text,
        }
    }
}

/// What is wrong with the code of the project in the folder `root`.
pub fn in_the_code(error: &impl Display, root: &Path) -> String {
    error.to_string().replace(&url_of(root), "")
}

/// A folder as the URLs of the files below it begin.
fn url_of(root: &Path) -> String {
    format!("file://{}/", root.display())
}

/// Says which room a line is from. Most projects have one party, which says nothing.
fn margin(address: &RoomAddress, style: Style) -> String {
    let RoomAddress { party, room } = address;
    match party.as_str() {
        "main" => format!("{style}{room} |{style:#} "),
        _ => format!("{style}{party}/{room} |{style:#} "),
    }
}

/// A text with `margin` before each line.
fn behind(margin: &str, text: &str) -> String {
    let lines = text.split('\n').map(|line| format!("{margin}{line}"));
    lines.collect::<Vec<_>>().join("\n")
}

impl Reporter for TerminalReporter {
    fn report(&self, event: Event) {
        self.tell(None, event);
    }

    fn report_of(&self, space: &str, event: Event) {
        self.tell(Some(space), event);
    }

    fn record(&self, space: Option<&str>, event: &Event) -> Option<serde_json::Value> {
        Some(self.as_record(space, event)?.into_json())
    }

    fn shorten(&self, text: &str) -> String {
        text.replace(&self.root, "")
    }

    fn wants_sockets(&self) -> bool {
        self.printer.may_tell_events()
    }
}

impl TerminalReporter {
    fn tell(&self, space: Option<&str>, event: Event) {
        let printer = &self.printer;
        if printer.tells_events() {
            self.emit(space, &event);
        }
        if printer.is_of_events() {
            return;
        }
        match event {
            Event::Request {
                method,
                path,
                status,
                reason,
                elapsed,
            } => {
                printer.log(request_line(
                    printer.out_styles,
                    &method,
                    &path,
                    status,
                    &reason,
                    elapsed,
                ));
            }
            Event::Console {
                level,
                text,
                room,
                place,
            } => self.console(level, &text, room.as_ref(), place.as_deref()),
            Event::ConsoleClear => printer.clear(),
            Event::UserError {
                context,
                text,
                room,
                place,
            } => {
                let styles = printer.err_styles;
                let text = text.replace(&self.root, "");
                let text = stack::styled(&text, Style::new(), styles);
                let text = self.with_excerpt(text, place.as_deref(), styles);
                printer.show_error(&user_error(&context, &text, room.as_ref()));
            }
            Event::Loaded { room, code } => {
                if self.is_verbose {
                    printer.status(loaded(room.as_ref(), code));
                }
            }
            Event::Notice(text) => printer.show_note(&text.replace(&self.root, "")),
            Event::Cron {
                name,
                status,
                reason,
                elapsed,
                ..
            } => {
                let styles = printer.out_styles;
                printer.log(request_line(
                    styles, "CRON", &name, status, &reason, elapsed,
                ));
            }
            // A person sees them by what they do.
            Event::SocketOpen { .. } | Event::SocketClose { .. } | Event::Alarm { .. } => {}
        }
    }
}

fn request_line(
    styles: Styles,
    method: &str,
    path: &str,
    status: u16,
    reason: &str,
    elapsed: Duration,
) -> String {
    let style = match status {
        500.. => styles.failure,
        400.. => styles.caution,
        _ => Style::new(),
    };
    let gap = if reason.is_empty() { "" } else { " " };
    let milliseconds = elapsed.as_millis();
    format!("[pk:inf] {method} {path} {style}{status}{gap}{reason}{style:#} ({milliseconds}ms)")
}

/// How an isolate came by the code of what it has loaded. The worker is what static handlers run in.
fn loaded(room: Option<&RoomAddress>, code: CodeCounts) -> String {
    let whose = match room {
        Some(address) => format!("Room `{address}`"),
        None => "Static handlers".to_owned(),
    };
    let CodeCounts {
        kept,
        compiled,
        refused,
    } = code;
    format!(
        "{whose}: {kept} scripts with code kept from before, {compiled} compiled, {refused} refused by V8"
    )
}

fn user_error(context: &str, text: &str, room: Option<&RoomAddress>) -> String {
    match room {
        Some(address) => format!(
            "{context} (room `{}/{}`):\n{text}",
            address.party, address.room
        ),
        None => format!("{context}:\n{text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_lines_have_the_format_of_the_original() {
        let line = |status, reason| {
            let elapsed = Duration::from_micros(3_900);
            request_line(
                Styles::default(),
                "GET",
                "/parties/main/x",
                status,
                reason,
                elapsed,
            )
        };
        assert_eq!(line(200, "OK"), "[pk:inf] GET /parties/main/x 200 OK (3ms)");
        assert_eq!(
            line(101, "Switching Protocols"),
            "[pk:inf] GET /parties/main/x 101 Switching Protocols (3ms)"
        );
        assert_eq!(line(299, ""), "[pk:inf] GET /parties/main/x 299 (3ms)");
    }

    #[test]
    fn user_errors_say_where_before_what() {
        let room = RoomAddress {
            party: "main".to_owned(),
            room: "lobby".to_owned(),
        };
        assert_eq!(
            user_error(
                "Error in `onMessage`",
                "Error: boom\n    at src/server.ts:3:9",
                Some(&room)
            ),
            "Error in `onMessage` (room `main/lobby`):\nError: boom\n    at src/server.ts:3:9",
        );
    }
}
