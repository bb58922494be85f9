//! Turns the runtime's events into lines (specification 9.6). Owns the wording of log lines; the
//! terminal itself is `ui`'s.

use std::path::Path;
use std::time::Duration;

use partyrun_runtime::{Event, Level, Reporter, RoomAddress};

use crate::ui::{Printer, Styles};

/// Reports what happens while serving to the terminal.
pub struct TerminalReporter {
    printer: Printer,
    /// The project's folder as a URL: what stands before the part of a file's name that matters.
    root: String,
}

impl TerminalReporter {
    pub fn new(printer: Printer, root: &Path) -> TerminalReporter {
        let root = format!("file://{}/", root.display());
        TerminalReporter { printer, root }
    }
}

impl Reporter for TerminalReporter {
    fn report(&self, event: Event) {
        let printer = &self.printer;
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
            // No prefix and no room: scripts read what user code prints.
            Event::Console {
                level: Level::Log | Level::Info | Level::Debug,
                text,
                ..
            } => printer.out(text),
            Event::Console {
                level: Level::Warn,
                text,
                ..
            } => {
                let style = printer.err_styles.caution;
                printer.err(format!("{style}{text}{style:#}"));
            }
            Event::Console {
                level: Level::Error,
                text,
                ..
            } => {
                let style = printer.err_styles.failure;
                printer.err(format!("{style}{text}{style:#}"));
            }
            Event::UserError {
                context,
                text,
                room,
            } => {
                let text = text.replace(&self.root, "");
                printer.error(&user_error(&context, &text, room.as_ref()));
            }
            Event::Notice(text) => printer.note(&text),
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
        _ => anstyle::Style::new(),
    };
    let gap = if reason.is_empty() { "" } else { " " };
    let milliseconds = elapsed.as_millis();
    format!("[pk:inf] {method} {path} {style}{status}{gap}{reason}{style:#} ({milliseconds}ms)")
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
