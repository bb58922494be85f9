//! The header lines of an answer: their order and spelling are those of the original, which clients
//! print and tests compare, though HTTP gives neither a meaning. Names that the platform knows come
//! first, in its order and its spelling; others follow by name, spelled as user code did.

use std::cmp::Ordering;

use bytes::{BufMut, Bytes, BytesMut};
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{HeaderMap, Response};
use partyrun_ops::message::HeaderList;

use super::spelling;

/// Names that come first, in this order.
const ORDER: [HeaderName; 48] = [
    header::SEC_WEBSOCKET_KEY,
    header::SEC_WEBSOCKET_VERSION,
    header::SEC_WEBSOCKET_ACCEPT,
    header::SEC_WEBSOCKET_EXTENSIONS,
    header::HOST,
    header::DATE,
    header::LOCATION,
    header::CONTENT_TYPE,
    header::RANGE,
    header::CONTENT_RANGE,
    header::ACCEPT_CHARSET,
    header::ACCEPT_ENCODING,
    header::ACCEPT_LANGUAGE,
    header::ACCEPT_RANGES,
    header::ACCEPT,
    header::ACCESS_CONTROL_ALLOW_ORIGIN,
    header::AGE,
    header::ALLOW,
    header::AUTHORIZATION,
    header::CACHE_CONTROL,
    header::CONTENT_DISPOSITION,
    header::CONTENT_ENCODING,
    header::CONTENT_LANGUAGE,
    header::CONTENT_LOCATION,
    header::COOKIE,
    header::ETAG,
    header::EXPECT,
    header::EXPIRES,
    header::FROM,
    header::IF_MATCH,
    header::IF_MODIFIED_SINCE,
    header::IF_NONE_MATCH,
    header::IF_RANGE,
    header::IF_UNMODIFIED_SINCE,
    header::LAST_MODIFIED,
    header::LINK,
    header::MAX_FORWARDS,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::REFERER,
    header::REFRESH,
    header::RETRY_AFTER,
    header::SERVER,
    header::SET_COOKIE,
    header::STRICT_TRANSPORT_SECURITY,
    header::USER_AGENT,
    header::VARY,
    header::VIA,
];
/// Those of them at the end of the order whose spelling is not the usual one either.
const LAST: [HeaderName; 2] = [header::WWW_AUTHENTICATE, header::SEC_WEBSOCKET_PROTOCOL];

/// Headers that say how one connection is used (RFC 9110, section 7.6.1): they are not user code's.
const OF_THE_CONNECTION: [HeaderName; 5] = [
    header::CONNECTION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

fn is_of_the_connection(name: &HeaderName) -> bool {
    OF_THE_CONNECTION.contains(name) || name == "keep-alive"
}

/// Where a name stands; `None` of those that follow by name.
fn rank(name: &HeaderName) -> Option<usize> {
    let at = |names: &[HeaderName]| names.iter().position(|known| known == name);
    at(&ORDER).or_else(|| at(&LAST).map(|at| ORDER.len() + at))
}

/// The platform's spelling of a name, where each word's first letter is not its only capital.
fn known_spelling(name: &HeaderName) -> Option<&'static [u8]> {
    Some(match *name {
        header::ETAG => b"ETag",
        header::WWW_AUTHENTICATE => b"WWW-Authenticate",
        header::SEC_WEBSOCKET_ACCEPT => b"Sec-WebSocket-Accept",
        header::SEC_WEBSOCKET_KEY => b"Sec-WebSocket-Key",
        header::SEC_WEBSOCKET_VERSION => b"Sec-WebSocket-Version",
        header::SEC_WEBSOCKET_PROTOCOL => b"Sec-WebSocket-Protocol",
        header::SEC_WEBSOCKET_EXTENSIONS => b"Sec-WebSocket-Extensions",
        _ => return None,
    })
}

/// Whether each word begins with a capital and has no other: what hyper writes by itself.
fn is_title_case(name: &[u8]) -> bool {
    let mut first = true;
    name.iter().all(|byte| {
        let usual = match first {
            true => !byte.is_ascii_lowercase(),
            false => !byte.is_ascii_uppercase(),
        };
        first = *byte == b'-';
        usual
    })
}

struct Line {
    rank: Option<usize>,
    name: HeaderName,
    /// As user code wrote it.
    given: Bytes,
    value: HeaderValue,
}

impl Line {
    fn of(given: Bytes, value: Bytes) -> Option<Line> {
        let name = HeaderName::from_bytes(&given).ok()?;
        Some(Line {
            rank: rank(&name),
            name,
            given,
            value: HeaderValue::from_maybe_shared(value).ok()?,
        })
    }

    fn compare(&self, other: &Line) -> Ordering {
        match (self.rank, other.rank) {
            (None, None) => self.name.as_str().cmp(other.name.as_str()),
            (Some(mine), Some(others)) => mine.cmp(&others),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
        }
    }
}

/// Puts the lines of a head behind those that `response` has. What is not HTTP, says how the
/// connection is used, or is not to `keep` is left out.
pub fn extend<B>(
    response: &mut Response<B>,
    given: HeaderList,
    keep: impl Fn(&HeaderName) -> bool,
) {
    let mut lines: Vec<Line> = given
        .into_iter()
        .filter_map(|(name, value)| Line::of(name, value))
        .filter(|line| !is_of_the_connection(&line.name) && keep(&line.name))
        .collect();
    if lines.len() > 1 {
        lines.sort_by(Line::compare);
    }
    let mut odd = Vec::new();
    for name in response.headers().keys() {
        odd.extend(known_spelling(name).map(Bytes::from_static));
    }
    let headers = response.headers_mut();
    for line in lines {
        match (line.rank, known_spelling(&line.name)) {
            (Some(_), Some(spelling)) => odd.push(Bytes::from_static(spelling)),
            (None, _) if !is_title_case(&line.given) => odd.push(line.given),
            _ => {}
        }
        append(headers, line.rank.is_some(), line.name, line.value);
    }
    if !odd.is_empty() {
        spelling::ask_for(response.extensions_mut(), &odd);
    }
}

/// Values of one name that the platform knows are one line, but for cookies.
fn append(headers: &mut HeaderMap, known: bool, name: HeaderName, value: HeaderValue) {
    if known
        && name != header::SET_COOKIE
        && let Some(earlier) = headers.get_mut(&name)
    {
        let mut both = BytesMut::from(earlier.as_bytes());
        both.put_slice(b", ");
        both.put_slice(value.as_bytes());
        *earlier = HeaderValue::from_maybe_shared(both.freeze())
            .expect("two header values with a comma between them are one");
        return;
    }
    headers.append(name, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arranged(given: &[(&'static str, &'static str)]) -> Vec<(String, String)> {
        let mut response = Response::new(());
        let list = given
            .iter()
            .map(|(name, value)| (Bytes::from_static(name.as_bytes()), Bytes::from(*value)));
        extend(&mut response, list.collect(), |_| true);
        let lines = response.headers().iter();
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        lines
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect()
    }

    #[test]
    fn known_names_come_first_and_others_by_name() {
        let lines = arranged(&[
            ("zz", "1"),
            ("X-b", "2"),
            ("Sec-WebSocket-Protocol", "3"),
            ("vary", "4"),
            ("x-A", "5"),
            ("Content-Type", "6"),
            ("connection", "close"),
            ("location", "7"),
        ]);
        let order: String = lines.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(order, "7643521");
    }

    #[test]
    fn values_of_a_known_name_are_one_line_but_for_cookies() {
        let lines = arranged(&[
            ("vary", "a"),
            ("set-cookie", "c"),
            ("x", "e"),
            ("Vary", "b"),
            ("Set-Cookie", "d"),
            ("X", "f"),
        ]);
        let values: Vec<&str> = lines.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(values, ["c", "d", "a, b", "e", "f"]);
    }

    #[test]
    fn only_capitals_at_the_start_of_words_are_usual() {
        for usual in ["Content-Type", "X-2fa", "A", "X--B"] {
            assert!(is_title_case(usual.as_bytes()), "{usual}");
        }
        for odd in ["content-type", "ETag", "X-b", "CF-Ray"] {
            assert!(!is_title_case(odd.as_bytes()), "{odd}");
        }
    }
}
