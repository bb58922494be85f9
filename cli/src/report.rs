//! Turns the runtime's events into lines (specification 9.6). Owns the wording of log lines; the
//! terminal itself is `ui`'s.

mod stack;

use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;

use anstyle::Style;
use partyrun_runtime::modules::{CodeCounts, Place};
use partyrun_runtime::{Event, Level, Reporter, RoomAddress};

use crate::lines::{Request, Socket};
use crate::machine::events::{self, Record};
use crate::sockets::OpenSockets;
use crate::ui::{Printer, Styles};

/// The status of a request that has become a socket, which has a line of its own.
const SWITCHING_PROTOCOLS: u16 = 101;

/// Reports what happens while serving to the terminal.
pub struct TerminalReporter {
    printer: Printer,
    /// The project's folder as a URL: what stands before the part of a file's name that matters.
    root: String,
    is_verbose: bool,
    sockets: Arc<OpenSockets>,
}

impl TerminalReporter {
    pub fn new(printer: Printer, root: &Path, is_verbose: bool) -> TerminalReporter {
        TerminalReporter {
            printer,
            root: url_of(root),
            is_verbose,
            sockets: Arc::default(),
        }
    }

    /// One that keeps count of sockets there, as far as they are shown.
    pub fn counting(self, sockets: Arc<OpenSockets>) -> TerminalReporter {
        TerminalReporter { sockets, ..self }
    }

    /// Whether a person looks at what is printed: then it stands in columns, and sockets have lines of their own.
    fn is_looked_at(&self) -> bool {
        self.printer.out_is_terminal && self.printer.shows_log()
    }

    fn log_request(&self, request: &Request<'_>) {
        let styles = self.printer.out_styles;
        if !self.is_looked_at() {
            self.printer.log(request.line(styles));
        } else if request.status != SWITCHING_PROTOCOLS {
            self.printer.log(request.columns(styles));
        }
    }

    /// `code`: with which it was closed, if it was.
    fn log_socket(&self, room: Option<&RoomAddress>, connection: Option<&str>, code: Option<u16>) {
        if !self.is_looked_at() {
            return;
        }
        let (end, count) = match code {
            None => (None, self.sockets.opened(room, connection)),
            Some(code) => {
                let (open_for, left) = self.sockets.closed(room, connection);
                (Some((code, open_for)), left)
            }
        };
        let socket = Socket {
            room,
            connection,
            end,
            count,
        };
        self.printer.log(socket.columns(self.printer.out_styles));
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
        let text = self.with_excerpt(text, place, style, styles);
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
    /// `mark` is how the place is underlined.
    fn with_excerpt(
        &self,
        text: String,
        place: Option<&Place>,
        mark: Style,
        styles: Styles,
    ) -> String {
        match place {
            Some(place) => {
                let excerpt = stack::excerpt(place, &self.root, mark, styles.aside);
                format!("{text}\n{excerpt}")
            }
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
        self.printer.may_tell_events() || self.is_looked_at()
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
                self.log_request(&Request {
                    method: &method,
                    path: &path,
                    status,
                    reason: &reason,
                    elapsed,
                });
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
                let text = self.with_excerpt(text, place.as_deref(), styles.failure, styles);
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
            } => self.log_request(&Request {
                method: "CRON",
                path: &name,
                status,
                reason: &reason,
                elapsed,
            }),
            Event::SocketOpen { room, connection } => {
                self.log_socket(room.as_ref(), connection.as_deref(), None);
            }
            Event::SocketClose {
                room,
                connection,
                code,
                ..
            } => self.log_socket(room.as_ref(), connection.as_deref(), Some(code)),
            // A person sees it by what it does.
            Event::Alarm { .. } => {}
        }
    }
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
