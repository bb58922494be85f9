//! Entries and alarms of rooms as a document of JSON, and back. Owns its form; values are as the control plane
//! has them.

use std::io::{self, Write};

use serde::Deserialize;
use serde_json::{Value, json};

use super::ask::{AskError, Asked};
use super::failure::Failure;
use super::room::{Entries, Entry, Range, Room};

/// The first field of a document, which tells it from others.
const FORM: &str = "partyrun-storage-1";
/// So many entries are stored at once, and so many bytes of them, roughly.
const BATCH: usize = 100;
const BATCH_BYTES: usize = 4 << 20;

/// What a document says.
#[derive(Debug, Deserialize)]
pub struct Document {
    form: String,
    pub rooms: Vec<Stored>,
}

/// What it says of a room.
#[derive(Debug, Deserialize)]
pub struct Stored {
    party: String,
    room: String,
    #[serde(default)]
    alarm: Option<i64>,
    entries: Vec<Entry>,
}

/// What has been written or stored.
#[derive(Debug, Default)]
pub struct Sum {
    pub rooms: usize,
    pub entries: usize,
    /// Rooms that cannot be read, and why.
    pub left_out: Vec<(String, String)>,
}

/// A room that is written: whether it ran before anybody asked, and when its alarm is due.
pub struct Source {
    pub room: Room,
    pub is_live: bool,
    pub alarm: Option<i64>,
}

/// Writes a document with these rooms, entry by entry. Rooms without any are left out.
pub fn export(asked: &Asked, sources: &[Source], out: &mut dyn Write) -> Result<Sum, Failure> {
    let mut sum = Sum::default();
    write!(out, "{{\n  \"form\": {},\n  \"rooms\": [", json!(FORM)).map_err(written)?;
    for source in sources {
        let room = &source.room;
        let mut entries = Entries::of(asked, room, Range::default());
        let mut page = match entries.next_page() {
            Ok(page) => page,
            // A room of a party that the project has no more, or one whose code does not load.
            Err(AskError::Refused { message, .. }) => {
                sum.left_out.push((room.shown(), message));
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        if page.is_empty() && source.alarm.is_none() {
            continue;
        }
        let gap = if sum.rooms == 0 { "" } else { "," };
        let (party, name, alarm) = (json!(room.party), json!(room.name), json!(source.alarm));
        write!(
            out,
            "{gap}\n    {{ \"party\": {party}, \"room\": {name}, \"alarm\": {alarm}, \"entries\": ["
        )
        .map_err(written)?;
        sum.rooms += 1;
        let mut gap = "";
        while !page.is_empty() {
            for (key, value) in &page {
                let key = json!(key);
                write!(out, "{gap}\n      [{key}, {value}]").map_err(written)?;
                gap = ",";
            }
            sum.entries += page.len();
            page = entries.next_page()?;
        }
        let end = if gap.is_empty() { "" } else { "\n    " };
        write!(out, "{end}] }}").map_err(written)?;
        if !source.is_live {
            room.let_go(asked);
        }
    }
    let end = if sum.rooms == 0 { "" } else { "\n  " };
    writeln!(out, "{end}]\n}}").map_err(written)?;
    out.flush().map_err(written)?;
    Ok(sum)
}

fn written(error: io::Error) -> Failure {
    match error.kind() {
        // Whoever read it has seen enough.
        io::ErrorKind::BrokenPipe => Failure::Quiet,
        _ => Failure::new(format!("Cannot write: {error}")),
    }
}

impl Document {
    /// Reads a document; `name` is what it is called in messages.
    pub fn read(text: &str, name: &str) -> Result<Document, Failure> {
        let wrong = |why: String| {
            Failure::new(format!(
                "It is no document of `partyrun storage export`, {why}: `{name}`"
            ))
        };
        let document: Document = serde_json::from_str(text).map_err(|error| {
            // Which is not what is expected is said before where it is.
            wrong(error.to_string())
        })?;
        match document.form == FORM {
            true => Ok(document),
            false => Err(wrong(format!(
                "its `form` is `{}`, not `{FORM}`",
                document.form
            ))),
        }
    }

    /// The parties in it.
    pub fn parties(&self) -> impl Iterator<Item = &str> {
        self.rooms.iter().map(|stored| stored.party.as_str())
    }
}

/// Stores what a document says; `replaces`: in the place of what the rooms have.
pub fn import(asked: &Asked, document: &Document, replaces: bool) -> Result<Sum, Failure> {
    let mut sum = Sum::default();
    for stored in &document.rooms {
        let room = Room {
            party: stored.party.clone(),
            name: stored.room.clone(),
        };
        let is_live = room.describe(asked)?["live"] == true;
        if replaces {
            room.reset(asked)?;
        }
        for batch in batches(&stored.entries) {
            if let Err(error) = room.put(asked, batch) {
                return Err(refused(asked, &room, batch, error, sum.entries));
            }
            sum.entries += batch.len();
        }
        if let Some(at) = stored.alarm {
            room.set_alarm(asked, at).map_err(|error| {
                Failure::new(format!(
                    "The alarm of `{}` cannot be set: {error}",
                    room.shown()
                ))
            })?;
        }
        if !is_live {
            room.let_go(asked);
        }
        sum.rooms += 1;
    }
    Ok(sum)
}

fn batches(mut entries: &[Entry]) -> impl Iterator<Item = &[Entry]> {
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = entries.iter().take(BATCH).take_while(|(key, value)| {
            let is_first = bytes == 0;
            bytes += key.len() + value.get().len();
            is_first || bytes <= BATCH_BYTES
        });
        let count = fits.count();
        let (batch, rest) = entries.split_at(count);
        entries = rest;
        (count > 0).then_some(batch)
    })
}

/// Says which of the entries it was. All of them were refused with it.
fn refused(
    asked: &Asked,
    room: &Room,
    batch: &[Entry],
    error: AskError,
    stored_before: usize,
) -> Failure {
    if !matches!(error, AskError::Refused { .. }) {
        return error.into();
    }
    let (mut stored, mut place, mut error) = (stored_before, String::new(), error);
    for entry in batch {
        if let Err(own) = room.put(asked, std::slice::from_ref(entry)) {
            (place, error) = (format!(", key {}", Value::from(entry.0.as_str())), own);
            break;
        }
        stored += 1;
    }
    Failure::new(format!(
        "Room `{}`{place}: {error}. Entries that were stored before it: {stored}",
        room.shown()
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    fn entry(key: &str, value: &str) -> Entry {
        let value = RawValue::from_string(value.to_owned()).expect("it is JSON");
        (key.to_owned(), value)
    }

    #[test]
    fn other_documents_are_refused_with_the_place() {
        let error = |text: &str| match Document::read(text, "x.json") {
            Err(Failure::Told(text)) => text,
            other => panic!("{other:?}"),
        };
        let told = error("{\n  \"form\": \"partyrun-storage-1\",\n  \"rooms\": [1]\n}");
        assert!(told.contains("line 3 column"), "{told}");
        assert!(told.ends_with(": `x.json`"), "{told}");
        assert!(error("{ \"form\": \"a\", \"rooms\": [] }").contains("not `partyrun-storage-1`"));
        assert!(error("{").contains("line 1"));
    }

    #[test]
    fn entries_are_stored_in_batches_that_are_bounded_by_bytes_too() {
        let small: Vec<_> = (0..250).map(|n| entry(&n.to_string(), "1")).collect();
        let lengths: Vec<_> = batches(&small).map(<[_]>::len).collect();
        assert_eq!(lengths, [100, 100, 50]);
        let large = format!("\"{}\"", "x".repeat(3 << 20));
        let large = [entry("a", &large), entry("b", &large), entry("c", "1")];
        let lengths: Vec<_> = batches(&large).map(<[_]>::len).collect();
        assert_eq!(lengths, [1, 2]);
        assert_eq!(batches(&[]).count(), 0);
    }
}
