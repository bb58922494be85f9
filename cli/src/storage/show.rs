//! What is printed of rooms and entries: tables for people, JSON for programs. Owns the words.

use serde_json::Value;
use time::OffsetDateTime;

use super::room::Entry;
use crate::ui::Printer;

/// A value longer than this is cut in a list that a person looks at.
const SHOWN: usize = 100;

/// The rooms of the control plane that have stored something, or live.
pub fn rooms(rooms: &[Value], printer: &Printer) -> String {
    let aside = printer.out_styles.aside;
    let rows: Vec<[String; 5]> = rooms
        .iter()
        .map(|room| {
            let number = |field: &str| room[field].as_u64().unwrap_or(0);
            let name =
                [&room["party"], &room["room"]].map(|name| name.as_str().unwrap_or_default());
            let mut about = Vec::new();
            if room["live"] == true {
                about.push("live".to_owned());
            }
            if let Some(at) = room["alarm"].as_i64() {
                about.push(format!("alarm at {}", time(at)));
            }
            [
                name[0].to_owned(),
                name[1].to_owned(),
                number("entries").to_string(),
                size(number("bytes")),
                about.join(", "),
            ]
        })
        .collect();
    let head = ["PARTY", "ROOM", "ENTRIES", "SIZE", ""].map(str::to_owned);
    let width = |at: usize| {
        let cells = rows
            .iter()
            .chain([&head])
            .map(|row| row[at].chars().count());
        cells.max().unwrap_or(0)
    };
    let widths = [width(0), width(1), width(2), width(3)];
    let line = |row: &[String; 5]| {
        let [party, room, entries, size, about] = row;
        let [a, b, c, d] = widths;
        let line = format!("{party:<a$}  {room:<b$}  {entries:>c$}  {size:>d$}  {about}");
        line.trim_end().to_owned()
    };
    let mut lines = vec![format!("{aside}{}{aside:#}", line(&head))];
    lines.extend(rows.iter().map(line));
    lines.join("\n")
}

/// An entry on one line; a long value is cut if a person looks at it.
pub fn entry((key, value): &Entry, printer: &Printer) -> String {
    let aside = printer.out_styles.aside;
    let key = key_text(key);
    let value = value.get();
    if !printer.out_is_terminal || value.chars().count() <= SHOWN {
        return format!("{key}  {value}");
    }
    let start: String = value.chars().take(SHOWN).collect();
    let length = size(value.len() as u64);
    format!("{key}  {start}{aside}\u{2026} ({length}){aside:#}")
}

/// A key on one line.
fn key_text(key: &str) -> String {
    let is_plain = |c: char| !c.is_control() && !c.is_whitespace() && c != '"';
    match !key.is_empty() && key.chars().all(is_plain) {
        true => key.to_owned(),
        false => Value::from(key).to_string(),
    }
}

/// So many bytes, for people.
fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
}

/// Milliseconds since 1970 as a date and a time.
fn time(at_ms: i64) -> String {
    let Ok(at) = OffsetDateTime::from_unix_timestamp(at_ms.div_euclid(1000)) else {
        return format!("{at_ms} ms");
    };
    let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
    let (hour, minute, second) = (at.hour(), at.minute(), at.second());
    format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

/// One thing or several.
pub fn count(number: usize, one: &str, several: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        number => format!("{number} {several}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_are_for_people() {
        assert_eq!(size(1023), "1023 B");
        assert_eq!(size(1536), "1.5 KiB");
        assert_eq!(size(5 << 20), "5.0 MiB");
        assert_eq!(time(1_700_000_000_999), "2023-11-14 22:13:20 UTC");
    }

    #[test]
    fn odd_keys_are_quoted() {
        assert_eq!(key_text("user:1"), "user:1");
        assert_eq!(key_text("a b"), "\"a b\"");
        assert_eq!(key_text(""), "\"\"");
        assert_eq!(key_text("\n"), "\"\\n\"");
    }
}
