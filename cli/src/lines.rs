//! The lines of the log: requests and sockets, as the original prints requests, and in columns where a person looks
//! at them. Owns their form.

use std::fmt::Write as _;
use std::time::Duration;

use anstyle::Style;
use partyrun_runtime::RoomAddress;

use crate::ui::Styles;

/// Bytes of a line of a request beside its method, path and phrase, with colours.
const BESIDE: usize = 64;

/// A request that was answered.
pub struct Request<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub status: u16,
    pub reason: &'a str,
    pub elapsed: Duration,
}

impl Request<'_> {
    /// As the original prints it (specification 9.6).
    pub fn line(&self, styles: Styles) -> String {
        let Request {
            method,
            path,
            status,
            reason,
            elapsed,
        } = self;
        let style = style_of(*status, styles);
        let gap = if reason.is_empty() { "" } else { " " };
        let milliseconds = elapsed.as_millis();
        // A room waits for it, and it is one allocation.
        let mut line = String::with_capacity(method.len() + path.len() + reason.len() + BESIDE);
        for part in ["[pk:inf] ", method, " ", path, " "] {
            line.push_str(part);
        }
        // Writing to a string does not fail.
        let _ = write!(
            line,
            "{style}{status}{gap}{reason}{style:#} ({milliseconds}ms)"
        );
        line
    }

    /// In columns.
    pub fn columns(&self, styles: Styles) -> String {
        let style = style_of(self.status, styles);
        let status = self.status.to_string();
        columns(self.method, &status, style, Some(self.elapsed), self.path)
    }
}

/// A socket that was opened or closed.
pub struct Socket<'a> {
    pub room: Option<&'a RoomAddress>,
    pub connection: Option<&'a str>,
    /// The code with which it was closed, and for how long it was open.
    pub end: Option<(u16, Option<Duration>)>,
    /// Sockets of the room that are open now.
    pub count: usize,
}

impl Socket<'_> {
    /// In columns.
    pub fn columns(&self, styles: Styles) -> String {
        let aside = styles.aside;
        let whose = match self.room {
            Some(RoomAddress { party, room }) => format!("/parties/{party}/{room}"),
            None => "onSocket".to_owned(),
        };
        let id = self.connection.map(|id| format!(" {aside}{id}{aside:#}"));
        let text = format!(
            "{whose}{} {aside}({} open){aside:#}",
            id.unwrap_or_default(),
            self.count
        );
        match self.end {
            None => columns("OPEN", "", Style::new(), None, &text),
            Some((code, open_for)) => {
                let style = match code {
                    1000 | 1001 | 1005 => Style::new(),
                    _ => styles.caution,
                };
                columns("CLOSE", &code.to_string(), style, open_for, &text)
            }
        }
    }
}

fn style_of(status: u16, styles: Styles) -> Style {
    match status {
        500.. => styles.failure,
        400.. => styles.caution,
        _ => Style::new(),
    }
}

fn columns(what: &str, code: &str, style: Style, took: Option<Duration>, text: &str) -> String {
    let took = took.map(time).unwrap_or_default();
    format!("{what:<7} {style}{code:>4}{style:#} {took:>8}  {text}")
}

/// A time in three digits or so.
fn time(time: Duration) -> String {
    let (milliseconds, seconds) = (time.as_millis(), time.as_secs());
    match seconds {
        0 => format!("{milliseconds} ms"),
        1..60 => format!("{:.1} s", time.as_secs_f64()),
        60..3600 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(status: u16, reason: &'static str) -> Request<'static> {
        Request {
            method: "GET",
            path: "/parties/main/x",
            status,
            reason,
            elapsed: Duration::from_micros(3_900),
        }
    }

    #[test]
    fn request_lines_have_the_format_of_the_original() {
        let line = |status, reason| request(status, reason).line(Styles::default());
        assert_eq!(line(200, "OK"), "[pk:inf] GET /parties/main/x 200 OK (3ms)");
        assert_eq!(
            line(101, "Switching Protocols"),
            "[pk:inf] GET /parties/main/x 101 Switching Protocols (3ms)"
        );
        assert_eq!(line(299, ""), "[pk:inf] GET /parties/main/x 299 (3ms)");
    }

    #[test]
    fn requests_and_sockets_stand_in_the_same_columns() {
        let room = RoomAddress {
            party: "main".to_owned(),
            room: "x".to_owned(),
        };
        let socket = |end| Socket {
            room: Some(&room),
            connection: Some("ada"),
            end,
            count: 2,
        };
        let styles = Styles::default();
        let closed = Some((1001, Some(Duration::from_secs(75))));
        assert_eq!(
            [
                request(404, "Not Found").columns(styles),
                socket(None).columns(styles),
                socket(closed).columns(styles),
            ],
            [
                "GET      404     3 ms  /parties/main/x",
                "OPEN                   /parties/main/x ada (2 open)",
                "CLOSE   1001    1 min  /parties/main/x ada (2 open)",
            ]
        );
    }
}
