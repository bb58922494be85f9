//! One room, as the control plane names it: its path, and what can be asked of it. Prints nothing.

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use serde_json::value::RawValue;

use super::ask::{AskError, Asked};

/// What a URL's path cannot have as it is; a room's name has what stands for it there.
const IN_PATHS: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'/')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'^')
    .add(b'\\');
/// So many entries are asked for at once.
pub const PAGE: usize = 500;

/// A text as a part of a path or of a query.
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// A room, by names as the storage has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    pub party: String,
    pub name: String,
}

impl Room {
    /// The room that somebody means who types its name: a name is what stands in URLs, also where it is typed
    /// as it reads.
    pub fn typed(party: &str, name: &str) -> Room {
        Room {
            party: party.to_owned(),
            name: utf8_percent_encode(name, IN_PATHS).to_string(),
        }
    }

    pub fn shown(&self) -> String {
        format!("{}/{}", self.party, self.name)
    }

    pub fn path(&self) -> String {
        format!("/rooms/{}/{}", encoded(&self.party), self.name)
    }

    pub fn key_path(&self, key: &str) -> String {
        format!("{}/storage/{}", self.path(), encoded(key))
    }

    /// What is known of it: is it live, when is its alarm.
    pub fn describe(&self, asked: &Asked) -> Result<Value, AskError> {
        Ok(json(&asked.ask("GET", &self.path(), "")?))
    }

    /// Stores entries, whose values are JSON.
    pub fn put(&self, asked: &Asked, entries: &[Entry]) -> Result<(), AskError> {
        let entries = serde_json::to_string(entries).expect("it is made of JSON");
        let body = format!("{{\"entries\":{entries}}}");
        let path = format!("{}/storage", self.path());
        asked.ask("PUT", &path, &body).map(drop)
    }

    pub fn set_alarm(&self, asked: &Asked, at: i64) -> Result<(), AskError> {
        let path = format!("{}/alarm", self.path());
        let body = format!("{{\"at\":{at}}}");
        asked.ask("PUT", &path, &body).map(drop)
    }

    /// Deletes what it has stored.
    pub fn reset(&self, asked: &Asked) -> Result<(), AskError> {
        let path = format!("{}/reset", self.path());
        asked.ask("POST", &path, "").map(drop)
    }

    /// Lets its isolate go, if it has no sockets.
    pub fn let_go(&self, asked: &Asked) {
        let path = format!("{}/evict", self.path());
        // A room that has a client by now stays.
        let _ = asked.ask("POST", &path, "{\"sockets\":\"keep\"}");
    }
}

/// A key, and its value as the JSON that it came as: numbers keep their digits and objects the order of their
/// keys.
pub type Entry = (String, Box<RawValue>);

/// Which entries of a room are listed.
#[derive(Clone, Debug, Default)]
pub struct Range {
    pub prefix: Option<String>,
    pub start: Option<String>,
    pub end: Option<String>,
    pub limit: Option<usize>,
    pub reverse: bool,
}

/// The entries of a room, page by page.
pub struct Entries<'a> {
    asked: &'a Asked,
    room: &'a Room,
    range: Range,
    is_over: bool,
}

impl<'a> Entries<'a> {
    pub fn of(asked: &'a Asked, room: &'a Room, range: Range) -> Self {
        Entries {
            asked,
            room,
            range,
            is_over: false,
        }
    }

    /// The next ones; none when there are no more.
    pub fn next_page(&mut self) -> Result<Vec<Entry>, AskError> {
        #[derive(serde::Deserialize)]
        struct Page {
            entries: Vec<Entry>,
        }
        let left = self.range.limit.unwrap_or(usize::MAX);
        if self.is_over || left == 0 {
            return Ok(Vec::new());
        }
        let wanted = left.min(PAGE);
        let path = format!("{}/storage?{}", self.room.path(), self.query(wanted));
        let text = self.asked.ask("GET", &path, "")?;
        let page: Page = serde_json::from_str(&text).map_err(|_| AskError::Other)?;
        self.is_over = page.entries.len() < wanted;
        self.range.limit = self.range.limit.map(|limit| limit - page.entries.len());
        if let Some((last, _)) = page.entries.last() {
            match self.range.reverse {
                // The end is not part of a range, and its start is.
                true => self.range.end = Some(last.clone()),
                false => self.range.start = Some(format!("{last}\0")),
            }
        }
        Ok(page.entries)
    }

    fn query(&self, limit: usize) -> String {
        let Range {
            prefix, start, end, ..
        } = &self.range;
        let mut query = format!("limit={limit}&reverse={}", self.range.reverse);
        for (name, value) in [("prefix", prefix), ("start", start), ("end", end)] {
            if let Some(value) = value {
                query += &format!("&{name}={}", encoded(value));
            }
        }
        query
    }
}

/// What an answer says that is JSON.
pub fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_are_named_as_in_urls() {
        let name = |typed: &str| Room::typed("main", typed).name;
        assert_eq!(name("lobby"), "lobby");
        assert_eq!(name("a b"), "a%20b");
        assert_eq!(name("a%20b"), "a%20b");
        assert_eq!(name("caf\u{e9}/x"), "caf%C3%A9%2Fx");
        let room = Room::typed("a b", "x");
        assert_eq!(
            room.key_path("u:1/2 %"),
            "/rooms/a%20b/x/storage/u%3A1%2F2%20%25"
        );
    }
}
