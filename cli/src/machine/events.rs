//! What happens, as data: one JSON object for each event, with the fields that `docs/testing.md` names.
//! Owns names and fields; never decides what is an event, and never writes one anywhere.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use partyrun_runtime::modules::Place;
use partyrun_runtime::{Event, Level, RoomAddress};
use serde_json::{Map, Value, json};

use super::Ready;

/// One event. Its name comes first, then its time.
#[derive(Debug)]
pub struct Record(Map<String, Value>);

impl Record {
    fn new(event: &str) -> Self {
        let mut fields = Map::new();
        fields.insert("event".to_owned(), event.into());
        fields.insert("time".to_owned(), now_ms().into());
        Record(fields)
    }

    fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.0.insert(field.to_owned(), value.into());
        self
    }

    /// Which room it is about. Static handlers are in none.
    fn of(self, room: Option<&RoomAddress>) -> Self {
        match room {
            Some(RoomAddress { party, room }) => self
                .with("party", party.as_str())
                .with("room", room.as_str()),
            None => self,
        }
    }

    /// Where in the project's code it happened.
    fn at(self, place: Option<&Place>, short: impl Fn(&str) -> String) -> Self {
        match place {
            Some(place) => self
                .with("place", short(&place.to_string()))
                .with("frame", place.frame()),
            None => self,
        }
    }

    fn took(self, elapsed: Duration) -> Self {
        // Whole microseconds: more digits would only pretend.
        self.with("ms", elapsed.as_micros() as f64 / 1000.0)
    }

    /// Which space it is about, unless that is the one with which the server started.
    pub fn in_space(self, space: Option<&str>) -> Self {
        match space {
            Some(space) => self.with("space", space),
            None => self,
        }
    }

    /// As data.
    pub fn into_json(self) -> Value {
        self.0.into()
    }

    /// One line, without its end.
    pub fn line(&self) -> String {
        Value::from(self.0.clone()).to_string()
    }
}

/// Something that the program says of its own accord.
pub fn note(level: &str, text: &str) -> Record {
    Record::new("note").with("level", level).with("text", text)
}

/// Something went wrong that is no exception of user code.
pub fn error(text: &str) -> Record {
    Record::new("error").with("text", text)
}

/// The project is served.
pub fn ready(ready: &Ready) -> Record {
    let mut record = Record::new("ready");
    if let Value::Object(fields) = ready.to_json() {
        record.0.extend(fields);
    }
    record
}

/// A change has been dealt with: by new code, or by going back to the code that runs.
pub fn reload(changed: bool, elapsed: Duration) -> Record {
    Record::new("reload")
        .with("ok", true)
        .with("changed", changed)
        .took(elapsed)
}

/// A change makes the project one that cannot be served: what was served still is.
pub fn failed_reload(problem: &str) -> Record {
    Record::new("reload")
        .with("ok", false)
        .with("text", problem)
}

/// The program ends, with this exit code.
pub fn exit(code: u8) -> Record {
    Record::new("exit").with("code", code)
}

/// Lines that were left out because nobody read what was printed.
pub fn lost(requests: u64, texts: u64) -> Record {
    Record::new("lost")
        .with("requests", requests)
        .with("texts", texts)
}

/// What a server reports; `None` if it is nothing to anybody but a person who looks at the terminal.
/// `short` shortens the names of files.
pub fn reported(event: &Event, short: impl Fn(&str) -> String) -> Option<Record> {
    Some(match event {
        Event::Request {
            method,
            path,
            status,
            elapsed,
            ..
        } => Record::new("request")
            .with("method", method.as_str())
            .with("path", path.as_str())
            .with("status", *status)
            .took(*elapsed),
        Event::Console {
            level,
            text,
            room,
            place,
        } => Record::new("console")
            .with("level", level_name(*level))
            .with("text", plain(&short(text)))
            .of(room.as_ref())
            .at(place.as_deref(), &short),
        Event::UserError {
            context,
            text,
            room,
            place,
        } => error(&plain(&short(text)))
            .with("context", context.as_str())
            .of(room.as_ref())
            .at(place.as_deref(), &short),
        Event::SocketOpen { room, connection } => Record::new("socket-open")
            .of(room.as_ref())
            .with("connection", json!(connection)),
        Event::SocketClose {
            room,
            connection,
            code,
            reason,
            clean,
        } => Record::new("socket-close")
            .of(room.as_ref())
            .with("connection", json!(connection))
            .with("code", *code)
            .with("reason", reason.as_str())
            .with("clean", *clean),
        Event::Alarm {
            room,
            due_ms,
            elapsed,
            is_retried,
        } => Record::new("alarm")
            .of(room.as_ref())
            .with("scheduled", *due_ms)
            .with("retry", *is_retried)
            .took(*elapsed),
        Event::Cron {
            name,
            expression,
            status,
            elapsed,
            ..
        } => Record::new("cron")
            .with("name", name.as_str())
            .with("expression", expression.as_str())
            .with("status", *status)
            .took(*elapsed),
        Event::Notice(text) => note("warn", &short(text)),
        Event::ConsoleClear | Event::Loaded { .. } => return None,
    })
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::Debug => "debug",
        Level::Log => "log",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
        Level::Trace => "trace",
    }
}

/// Without the colours of a terminal, which mean nothing to a program.
pub fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(record: &Record) -> Value {
        serde_json::from_str(&record.line()).expect("a record is JSON")
    }

    fn lobby() -> Option<RoomAddress> {
        Some(RoomAddress {
            party: "main".to_owned(),
            room: "lobby".to_owned(),
        })
    }

    #[test]
    fn an_event_is_one_line_whatever_its_text() {
        let event = Event::Console {
            level: Level::Warn,
            text: "two\nlines \u{1b}[31mred\u{1b}[39m".to_owned(),
            room: lobby(),
            place: None,
        };
        let record = reported(&event, str::to_owned).expect("it is an event");
        assert!(!record.line().contains('\n'));
        let fields = fields(&record);
        assert_eq!(fields["event"], "console");
        assert_eq!(fields["level"], "warn");
        assert_eq!(fields["text"], "two\nlines red");
        assert_eq!(fields["party"], "main");
        assert_eq!(fields["room"], "lobby");
    }

    #[test]
    fn static_handlers_name_no_room() {
        let event = Event::UserError {
            context: "onFetch error".to_owned(),
            text: "Error: x\n    at file:///p/a.ts:1:2".to_owned(),
            room: None,
            place: None,
        };
        let short = |text: &str| text.replace("file:///p/", "");
        let fields = fields(&reported(&event, short).expect("it is an event"));
        assert_eq!(fields.get("room"), None);
        assert_eq!(fields["text"], "Error: x\n    at a.ts:1:2");
    }

    #[test]
    fn times_are_milliseconds_with_three_digits_at_most() {
        let record = reload(true, Duration::from_nanos(12_345_678));
        assert_eq!(fields(&record)["ms"], json!(12.345));
    }

    #[test]
    fn what_only_a_terminal_shows_is_no_event() {
        assert!(reported(&Event::ConsoleClear, str::to_owned).is_none());
    }
}
