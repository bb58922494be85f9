//! The payload of a Close frame (RFC 6455 sections 5.5.1 and 7.4): encoding and checking.
//!
//! Never decides when a connection closes.

use bytes::{BufMut, Bytes, BytesMut};

use super::header::Violation;

/// A control frame carries at most 125 bytes, two of which are the code.
const MAX_REASON: usize = 123;

/// The longest beginning of `reason` that fits a Close frame: at most 123 bytes, whole characters.
#[must_use]
pub fn truncate_reason(reason: &str) -> &str {
    &reason[..reason.floor_char_boundary(MAX_REASON)]
}

/// The payload for `code` and `reason`. Without a code there is no payload: a reason cannot travel
/// alone.
pub(super) fn encode(code: Option<u16>, reason: &str) -> Bytes {
    let Some(code) = code else {
        return Bytes::new();
    };
    let reason = truncate_reason(reason);
    let mut payload = BytesMut::with_capacity(2 + reason.len());
    payload.put_u16(code);
    payload.put_slice(reason.as_bytes());
    payload.freeze()
}

/// Reads the code and reason of a Close frame from the peer.
pub(super) fn decode(payload: &[u8]) -> Result<(Option<u16>, String), Violation> {
    let (high, low, reason) = match payload {
        [] => return Ok((None, String::new())),
        [_] => return Err(Violation::protocol("Close payload is one byte long")),
        [high, low, reason @ ..] => (*high, *low, reason),
    };
    let code = u16::from_be_bytes([high, low]);
    if !may_be_sent(code) {
        return Err(Violation::protocol("Close code is not allowed on the wire"));
    }
    let reason = std::str::from_utf8(reason)
        .map_err(|_| Violation::not_utf8("Close reason is not valid UTF-8"))?;
    Ok((Some(code), reason.to_owned()))
}

/// Codes an endpoint may put in a Close frame: section 7.4.1, the IANA registry (1012-1014) and the
/// ranges for libraries and applications. 1004, 1005, 1006 and 1015 are reserved.
fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_cut_at_a_character_within_123_bytes() {
        assert_eq!(truncate_reason("done"), "done");
        assert_eq!(truncate_reason(&"a".repeat(123)).len(), 123);
        assert_eq!(truncate_reason(&"a".repeat(124)).len(), 123);
        // 122 bytes, then a character of four that would end at 126.
        let long = format!("{}\u{1F600}", "a".repeat(122));
        assert_eq!(truncate_reason(&long), "a".repeat(122));
        // Two bytes each: 61 characters make 122, the next would end at 124.
        assert_eq!(truncate_reason(&"\u{e9}".repeat(80)).len(), 122);
        // Ends exactly at the limit.
        let exact = format!("{}\u{1F600}", "a".repeat(119));
        assert_eq!(truncate_reason(&exact), exact);
    }

    #[test]
    fn payloads_are_code_and_reason() {
        assert_eq!(encode(None, "ignored"), Bytes::new());
        assert_eq!(encode(Some(1000), ""), &b"\x03\xe8"[..]);
        assert_eq!(encode(Some(4000), "bye"), &b"\x0f\xa0bye"[..]);
        assert_eq!(encode(Some(1011), &"x".repeat(500)).len(), 125);
    }

    #[test]
    fn codes_reserved_by_the_standard_are_refused() {
        for code in [
            0u16, 1, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65535,
        ] {
            let refused = decode(&code.to_be_bytes()).expect_err("the code is not allowed");
            assert_eq!(refused.close_code, 1002, "code {code}");
        }
        for code in [
            1000u16, 1001, 1002, 1003, 1007, 1009, 1011, 1014, 3000, 4999,
        ] {
            let (decoded, _) = decode(&code.to_be_bytes()).expect("the code is allowed");
            assert_eq!(decoded, Some(code));
        }
    }
}
