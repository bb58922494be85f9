//! The header of one incoming frame (RFC 6455 section 5.2) and the rules it can break by itself.
//!
//! Pure: reads bytes, never a socket, and never looks at a payload.

use fastwebsockets::OpCode;

use super::Role;

/// A rule of the protocol broken by the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Violation {
    /// The code to close with: 1002 or 1007.
    pub close_code: u16,
    pub reason: &'static str,
}

impl Violation {
    pub(super) const fn protocol(reason: &'static str) -> Self {
        Self {
            close_code: 1002,
            reason,
        }
    }

    pub(super) const fn not_utf8(reason: &'static str) -> Self {
        Self {
            close_code: 1007,
            reason,
        }
    }
}

/// Everything the header says except the masking key, which may not have arrived yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub fin: bool,
    pub opcode: OpCode,
    pub masked: bool,
    /// Declared payload length in bytes; nothing says that so many will follow.
    pub length: u64,
    /// Bytes before the masking key.
    prefix: usize,
}

impl Header {
    /// Bytes of the whole header, the masking key included.
    pub(super) fn size(&self) -> usize {
        self.prefix + if self.masked { 4 } else { 0 }
    }

    /// The masking key, or zeros (which change nothing) for an unmasked frame. `bytes` holds the
    /// whole header.
    pub(super) fn mask(&self, bytes: &[u8]) -> [u8; 4] {
        if !self.masked {
            return [0; 4];
        }
        bytes[self.prefix..self.prefix + 4]
            .try_into()
            .expect("a slice of four bytes is an array of four bytes")
    }
}

/// The original's text but for its final stop, with which the Close frame would be too long.
const COMPRESSED: &str = "Received a WebSocket frame whose compression bit was set, but the compression extension was not negotiated for this connection";

fn unknown_opcode(opcode: u8) -> &'static str {
    match opcode {
        3 => "Unknown opcode 3",
        4 => "Unknown opcode 4",
        5 => "Unknown opcode 5",
        6 => "Unknown opcode 6",
        7 => "Unknown opcode 7",
        11 => "Unknown opcode 11",
        12 => "Unknown opcode 12",
        13 => "Unknown opcode 13",
        14 => "Unknown opcode 14",
        _ => "Unknown opcode 15",
    }
}

/// Decodes the header at the start of `bytes`; `None` while its length field is incomplete.
///
/// Answers as soon as the length is known, so that a frame can be refused before its masking key or
/// any payload arrives.
pub(super) fn decode(bytes: &[u8], role: Role) -> Result<Option<Header>, Violation> {
    let [first, second, rest @ ..] = bytes else {
        return Ok(None);
    };
    if first & 0x70 != 0 {
        return Err(Violation::protocol(match first & 0x40 {
            0 => "Received frame had RSV bits 2 or 3 set",
            _ => COMPRESSED,
        }));
    }
    let opcode = OpCode::try_from(first & 0x0f)
        .map_err(|_| Violation::protocol(unknown_opcode(first & 0x0f)))?;
    let fin = first & 0x80 != 0;
    let masked = second & 0x80 != 0;
    match role {
        Role::Server if !masked => return Err(Violation::protocol("Client frame is not masked")),
        Role::Client if masked => return Err(Violation::protocol("Server frame is masked")),
        _ => {}
    }
    let short_length = second & 0x7f;
    if is_control(opcode) {
        if !fin {
            return Err(Violation::protocol("Received fragmented control frame"));
        }
        if short_length > 125 {
            return Err(Violation::protocol(
                "Control frame is longer than 125 bytes",
            ));
        }
    }
    let (length, prefix) = match short_length {
        126 => match rest.first_chunk::<2>() {
            Some(length) => (u64::from(u16::from_be_bytes(*length)), 4),
            None => return Ok(None),
        },
        127 => match rest.first_chunk::<8>() {
            Some(length) => (u64::from_be_bytes(*length), 10),
            None => return Ok(None),
        },
        short => (u64::from(short), 2),
    };
    Ok(Some(Header {
        fin,
        opcode,
        masked,
        length,
        prefix,
    }))
}

/// Close, Ping or Pong (section 5.5).
pub(super) fn is_control(opcode: OpCode) -> bool {
    matches!(opcode, OpCode::Close | OpCode::Ping | OpCode::Pong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_is_known_before_the_masking_key_arrives() {
        let huge = decode(b"\x82\xff\x80\0\0\0\0\0\0\0", Role::Server)
            .expect("the header breaks no rule by itself")
            .expect("the length is complete");
        assert_eq!(huge.length, 1 << 63);
        assert_eq!(huge.size(), 14);
    }

    #[test]
    fn an_incomplete_length_is_no_header_yet() {
        for partial in [
            &b""[..],
            b"\x81",
            b"\x81\xfe",
            b"\x81\xfe\x01",
            b"\x81\xff\0\0\0\0\0\0\0",
        ] {
            assert_eq!(decode(partial, Role::Server), Ok(None), "{partial:?}");
        }
    }

    #[test]
    fn the_three_length_forms() {
        for (bytes, length, size) in [
            (&b"\x81\xfd"[..], 125, 6),
            (b"\x81\xfe\x01\x00", 256, 8),
            (b"\x81\xff\0\0\0\0\0\x01\0\0", 65536, 14),
        ] {
            let header = decode(bytes, Role::Server)
                .expect("valid")
                .expect("complete");
            assert_eq!((header.length, header.size()), (length, size));
        }
    }

    #[test]
    fn each_end_insists_on_the_masking_of_the_other() {
        let refused = decode(b"\x81\x00", Role::Server).expect_err("unmasked");
        assert_eq!(refused.reason, "Client frame is not masked");
        let refused = decode(b"\x81\x80", Role::Client).expect_err("masked");
        assert_eq!(refused.reason, "Server frame is masked");
        assert!(decode(b"\x81\x00", Role::Client).is_ok());
    }
}
