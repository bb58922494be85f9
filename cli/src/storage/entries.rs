//! What is done with the entries of one room: listed, read, written, deleted.

use std::io;

use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::ask::AskError;
use super::failure::Failure;
use super::room::{Entries, Range, Room, json};
use super::show::{self, count};
use super::{Command, DASH, read_all};
use crate::storage_args::RangeArgs;

impl Command<'_> {
    pub(super) fn list(&self, room: &Room, range: &RangeArgs) -> Result<(), Failure> {
        let range = Range {
            prefix: range.prefix.clone(),
            start: range.start.clone(),
            end: range.end.clone(),
            limit: range.limit.map(|limit| limit as usize),
            reverse: range.reverse,
        };
        let is_whole = range.prefix.is_none() && range.start.is_none() && range.end.is_none();
        self.with_stored(|reached| {
            let mut entries = Entries::of(&reached.asked, room, range);
            let mut page = entries.next_page()?;
            if page.is_empty() {
                self.check_room(reached, room)?;
                if self.is_json {
                    return self.data("{\"entries\":[]}\n");
                }
                let what = if is_whole {
                    "has no entries"
                } else {
                    "has no such entries"
                };
                self.printer.out(format!("`{}` {what}", room.shown()));
                return Ok(());
            }
            let mut start = "{\"entries\":[";
            while !page.is_empty() {
                let text = match self.is_json {
                    true => page
                        .iter()
                        .map(|(key, value)| {
                            let key = Value::from(key.as_str());
                            format!("{}[{key},{value}]", std::mem::replace(&mut start, ","))
                        })
                        .collect::<String>(),
                    false => page
                        .iter()
                        .map(|entry| format!("{}\n", show::entry(entry, self.printer)))
                        .collect(),
                };
                self.data(&text)?;
                page = entries.next_page()?;
            }
            match self.is_json {
                true => self.data("]}\n"),
                false => Ok(()),
            }
        })
    }

    pub(super) fn get(&self, room: &Room, key: &str) -> Result<(), Failure> {
        self.with_stored(
            |reached| match reached.asked.ask("GET", &room.key_path(key), "") {
                Ok(value) => self.data(&format!("{}\n", value.trim_end())),
                Err(AskError::Refused { code, .. }) if code == "key" => {
                    self.check_room(reached, room)?;
                    Err(no_key(room, key))
                }
                Err(error) => Err(error.into()),
            },
        )
    }

    pub(super) fn put(&self, room: &Room, key: &str, value: &str) -> Result<(), Failure> {
        let value = match value {
            DASH => read_all(&mut io::stdin(), "standard input")?,
            value => value.to_owned(),
        };
        let value = checked(&value)?;
        self.with(&self.parties, |reached| {
            room.put(&reached.asked, &[(key.to_owned(), value)])?;
            self.done(
                &format!("Stored `{key}` in `{}`", room.shown()),
                &json!({ "stored": 1 }),
            )
        })
    }

    pub(super) fn delete(&self, room: &Room, keys: &[String]) -> Result<(), Failure> {
        self.with_stored(|reached| {
            let mut missing = None;
            let mut deleted = 0;
            for key in keys {
                let answer = json(&reached.asked.ask("DELETE", &room.key_path(key), "")?);
                match answer["deleted"] == true {
                    true => deleted += 1,
                    false => missing = missing.or(Some(key)),
                }
            }
            if deleted > 0 || self.is_json {
                let entries = count(deleted, "entry", "entries");
                self.done(
                    &format!("Deleted {entries} of `{}`", room.shown()),
                    &json!({ "deleted": deleted }),
                )?;
            }
            let Some(key) = missing else { return Ok(()) };
            self.check_room(reached, room)?;
            Err(no_key(room, key))
        })
    }
}

fn no_key(room: &Room, key: &str) -> Failure {
    let room = room.shown();
    Failure::new(format!(
        "`{room}` has nothing under the key `{key}`; its keys: `partyrun storage list {}`",
        room.replacen('/', " ", 1)
    ))
}

/// A value, if it is JSON.
fn checked(text: &str) -> Result<Box<RawValue>, Failure> {
    let text = text.trim();
    let valid = serde_json::from_str::<IgnoredAny>(text)
        .and_then(|_| RawValue::from_string(text.to_owned()));
    valid.map_err(|error| {
        Failure::new(format!(
            "The value is not JSON: {error}. A text stands in quotes, which the shell must leave in place: '\"text\"'"
        ))
    })
}
