//! The answer with a file: its headers, and which part of it (RFC 9110, sections 13 and 14).

use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::time::SystemTime;

use bytes::Bytes;
use partyrun_ops::body_stream::BodyStream;
use partyrun_ops::message::{Body, HeaderList, HttpReply};

use super::Live;
use super::find::Found;
use super::media_type;

/// Files up to this size are read at once; others are streamed.
const WHOLE_BYTES: u64 = 256 << 10;
/// Pages up to this size get the script that reloads them.
const PAGE_BYTES: u64 = 8 << 20;

pub const ETAG: &[u8] = b"etag";
pub const ACCEPT_RANGES: &[u8] = b"accept-ranges";

/// What decides, besides the file, how it is answered.
#[derive(Default)]
pub struct Asked {
    head: bool,
    if_none_match: Option<String>,
    range: Option<String>,
    if_range: Option<String>,
    /// Goes at the end of each page.
    script: Option<String>,
    /// Whether whoever asks can use validators and ranges.
    plain: bool,
}

impl Asked {
    /// A client's request for a file.
    pub fn by(method: &str, headers: &HeaderList, live: &Live) -> Asked {
        let head = method == "HEAD";
        Asked {
            head,
            if_none_match: value(headers, b"if-none-match"),
            range: value(headers, b"range").filter(|_| !head),
            if_range: value(headers, b"if-range"),
            script: live.tag(),
            plain: false,
        }
    }

    /// A client's request that is answered with a file which it did not ask for.
    pub fn plainly(method: &str, live: &Live) -> Asked {
        Asked {
            head: method == "HEAD",
            script: live.tag(),
            plain: true,
            ..Asked::default()
        }
    }

    pub fn by_user_code() -> Asked {
        Asked {
            plain: true,
            ..Asked::default()
        }
    }
}

/// Whether a browser is on its way to a page, not to a part of one.
pub fn navigates(headers: &HeaderList) -> bool {
    value(headers, b"sec-fetch-mode").is_some_and(|mode| mode == "navigate")
}

/// Whether whoever asks would show a page: a browser on its way to one, or a script that says so.
pub fn shows_pages(headers: &HeaderList) -> bool {
    navigates(headers) || value(headers, b"accept").is_some_and(|types| accepts_pages(&types))
}

/// Whether an `Accept` header names pages; `*/*` is what everybody sends.
fn accepts_pages(types: &str) -> bool {
    types.split(',').any(|part| {
        let media_type = part.split(';').next().unwrap_or_default();
        media_type.trim().eq_ignore_ascii_case("text/html")
    })
}

pub fn header(name: &'static str, value: impl Into<Bytes>) -> (Bytes, Bytes) {
    (Bytes::from_static(name.as_bytes()), value.into())
}

fn value(headers: &HeaderList, name: &[u8]) -> Option<String> {
    let (_, value) = headers.iter().find(|(other, _)| other == name)?;
    Some(String::from_utf8_lossy(value).into_owned())
}

impl Found {
    pub fn is_page(&self) -> bool {
        media_type::of(&self.name).starts_with("text/html")
    }

    /// The answer with this file; `None` when it cannot be read after all.
    pub fn answer(mut self, asked: &Asked) -> Option<HttpReply> {
        let media_type = media_type::of(&self.name);
        let page = media_type.starts_with("text/html") && self.length <= PAGE_BYTES;
        let script = asked.script.as_ref().filter(|_| page);
        let mut whole = None;
        if let Some(script) = script {
            let mut text = self.read(0..self.length)?;
            text.extend_from_slice(script.as_bytes());
            self.length = text.len() as u64;
            self.tag = format!("{}-{:x}", self.tag, script_number(script));
            whole = Some(Bytes::from(text));
        }
        let etag = format!("\"{}\"", self.tag);

        let mut headers = vec![
            header("content-type", media_type),
            header("access-control-allow-origin", "*"),
            header("date", httpdate::fmt_http_date(SystemTime::now())),
        ];
        if !asked.plain {
            headers.push(header("etag", etag.clone()));
            headers.push(header("accept-ranges", "bytes"));
        }
        if matches(asked.if_none_match.as_deref(), &etag) {
            headers.remove(0);
            return Some(reply(304, headers, Body::Empty));
        }
        let range = asked
            .range
            .as_deref()
            .filter(|_| asked.if_range.as_ref().is_none_or(|tag| *tag == etag));
        let (status, part) = match range.map_or(Part::Whole, |range| part(range, self.length)) {
            Part::Whole => (200, 0..self.length),
            Part::Bytes(part) => {
                let text = format!("bytes {}-{}/{}", part.start, part.end - 1, self.length);
                headers.push(header("content-range", text));
                (206, part)
            }
            Part::Outside => {
                let text = format!("bytes */{}", self.length);
                headers.push(header("content-range", text));
                return Some(reply(416, headers, Body::Empty));
            }
        };
        let length = part.end - part.start;
        headers.push(header("content-length", length.to_string()));
        let body = match whole {
            _ if asked.head => Body::Empty,
            // Within the length, which is that of these bytes.
            Some(whole) => Body::Bytes(whole.slice(part.start as usize..part.end as usize)),
            None if length <= WHOLE_BYTES => Body::Bytes(self.read(part)?.into()),
            None => {
                self.file.seek(SeekFrom::Start(part.start)).ok()?;
                Body::Stream(BodyStream::file(self.file, length))
            }
        };
        Some(reply(status, headers, body))
    }

    fn read(&mut self, part: Range<u64>) -> Option<Vec<u8>> {
        let length = part.end - part.start;
        self.file.seek(SeekFrom::Start(part.start)).ok()?;
        let mut bytes = Vec::with_capacity(length as usize);
        (&self.file).take(length).read_to_end(&mut bytes).ok()?;
        // Cut short by whoever writes it: the next request will see all of it.
        (bytes.len() as u64 == length).then_some(bytes)
    }
}

fn reply(status: u16, headers: HeaderList, body: Body) -> HttpReply {
    HttpReply {
        status,
        reason: String::new(),
        headers,
        body,
    }
}

/// Tells pages apart whose script differs.
fn script_number(script: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    script.hash(&mut hasher);
    hasher.finish()
}

/// Whether `If-None-Match` names this tag; weak tags count (RFC 9110, section 13.1.2).
fn matches(if_none_match: Option<&str>, etag: &str) -> bool {
    let Some(tags) = if_none_match else {
        return false;
    };
    tags.split(',').map(str::trim).any(|tag| {
        let tag = tag.strip_prefix("W/").unwrap_or(tag);
        tag == "*" || tag == etag
    })
}

#[derive(Debug, PartialEq, Eq)]
enum Part {
    Whole,
    Bytes(Range<u64>),
    Outside,
}

/// The part of `length` bytes that a `Range` header asks for. Several ranges, other units and
/// nonsense mean the whole (RFC 9110, section 14.2). Not by a crate: http-range-header takes a suffix that
/// is longer than the file for unsatisfiable, and an end beyond 64 bits for nonsense.
fn part(range: &str, length: u64) -> Part {
    let Some((first, last)) = range
        .trim()
        .strip_prefix("bytes=")
        .and_then(|range| range.trim().split_once('-'))
    else {
        return Part::Whole;
    };
    let number = |text: &str| match text.bytes().all(|byte| byte.is_ascii_digit()) {
        // Longer than any file.
        true => Some(text.parse().unwrap_or(u64::MAX)),
        false => None,
    };
    let bytes = match (first, last) {
        ("", "") => return Part::Whole,
        ("", last) => number(last).map(|count| length.saturating_sub(count)..length),
        (first, "") => number(first).map(|first| first..length),
        (first, last) => match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => {
                Some(first..last.saturating_add(1).min(length))
            }
            _ => None,
        },
    };
    match bytes {
        None => Part::Whole,
        Some(bytes) if bytes.start >= bytes.end => Part::Outside,
        Some(bytes) => Part::Bytes(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_those_of_the_standard() {
        for (range, expected) in [
            ("bytes=0-3", Part::Bytes(0..4)),
            ("bytes=5-", Part::Bytes(5..10)),
            ("bytes=-3", Part::Bytes(7..10)),
            ("bytes=-30", Part::Bytes(0..10)),
            ("bytes=8-99999999999999999999", Part::Bytes(8..10)),
            ("bytes=10-", Part::Outside),
            ("bytes=12-14", Part::Outside),
            ("bytes=-0", Part::Outside),
            ("bytes=3-2", Part::Whole),
            ("bytes=0-1,3-4", Part::Whole),
            ("bytes=-", Part::Whole),
            ("bytes=a-b", Part::Whole),
            ("lines=0-3", Part::Whole),
        ] {
            assert_eq!(part(range, 10), expected, "{range}");
        }
        assert_eq!(part("bytes=0-", 0), Part::Outside);
    }

    #[test]
    fn browsers_accept_pages_and_programs_take_anything() {
        for (types, expected) in [
            (
                "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                true,
            ),
            ("application/json, Text/HTML;q=0.5", true),
            ("text/html", true),
            ("*/*", false),
            ("text/*", false),
            ("text/htmlx", false),
            ("text/css,*/*;q=0.1", false),
            ("", false),
        ] {
            assert_eq!(accepts_pages(types), expected, "{types}");
        }
    }

    #[test]
    fn a_tag_matches_in_a_list_and_when_weak() {
        for (tags, expected) in [
            ("\"a\"", true),
            ("W/\"a\"", true),
            ("\"x\", \"a\"", true),
            ("*", true),
            ("\"ab\"", false),
            ("a", false),
        ] {
            assert_eq!(matches(Some(tags), "\"a\""), expected, "{tags}");
        }
        assert!(!matches(None, "\"a\""));
    }
}
