//! Outgoing frames: encoded once, shared by every connection they are sent to.
//!
//! Owns the bytes of a frame; never knows which connection sends it.

use bytes::Bytes;
use fastwebsockets::{OpCode, Payload};

use super::close;

/// Opcode, 64-bit length, no masking key.
const MAX_HEAD: usize = 10;

/// One unfragmented frame, ready for the wire as a server sends it. Cloning shares the payload.
#[derive(Clone, Debug)]
pub struct Frame {
    head: [u8; MAX_HEAD],
    head_len: u8,
    payload: Bytes,
}

impl Frame {
    /// A text message; the text is copied once.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::new(OpCode::Text, Bytes::copy_from_slice(text.as_bytes()))
    }

    /// A text message from bytes that the caller knows to be UTF-8; nothing is copied or checked.
    #[must_use]
    pub fn text_bytes(text: Bytes) -> Self {
        Self::new(OpCode::Text, text)
    }

    /// A binary message; nothing is copied.
    #[must_use]
    pub fn binary(payload: Bytes) -> Self {
        Self::new(OpCode::Binary, payload)
    }

    pub(super) fn pong(payload: Bytes) -> Self {
        Self::new(OpCode::Pong, payload)
    }

    pub(super) fn close(code: Option<u16>, reason: &str) -> Self {
        Self::new(OpCode::Close, close::encode(code, reason))
    }

    fn new(opcode: OpCode, payload: Bytes) -> Self {
        let mut head = [0; MAX_HEAD];
        let borrowed = Payload::Borrowed(&payload);
        let size = fastwebsockets::Frame::new(true, opcode, None, borrowed).fmt_head(&mut head);
        let head_len = u8::try_from(size).expect("a frame head is at most ten bytes");
        Self {
            head,
            head_len,
            payload,
        }
    }

    /// The same frame as a client must send it (RFC 6455 section 5.3): copied and masked under a
    /// fresh key, so it is never shared.
    pub(super) fn masked(&self) -> Self {
        let opcode =
            OpCode::try_from(self.head[0] & 0x0f).expect("the first byte was made from an opcode");
        let payload = Payload::Owned(self.payload.to_vec());
        let mut frame = fastwebsockets::Frame::new(true, opcode, None, payload);
        frame.mask();
        let mut bytes = Vec::new();
        let length = frame.write(&mut bytes).len();
        bytes.truncate(length);
        Self {
            head: [0; MAX_HEAD],
            head_len: 0,
            payload: Bytes::from(bytes),
        }
    }

    /// Bytes on the wire.
    #[must_use]
    pub fn wire_len(&self) -> usize {
        self.head().len() + self.payload.len()
    }

    pub(super) fn head(&self) -> &[u8] {
        &self.head[..usize::from(self.head_len)]
    }

    pub(super) fn payload(&self) -> &[u8] {
        &self.payload
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(frame: &Frame) -> Vec<u8> {
        [frame.head(), frame.payload()].concat()
    }

    #[test]
    fn heads_use_the_shortest_length() {
        assert_eq!(wire(&Frame::text("")), b"\x81\x00");
        assert_eq!(wire(&Frame::text("hi")), b"\x81\x02hi");
        let binary = |length| Frame::binary(Bytes::from(vec![7; length]));
        assert_eq!(binary(125).head(), b"\x82\x7d");
        assert_eq!(binary(126).head(), b"\x82\x7e\x00\x7e");
        assert_eq!(binary(65535).head(), b"\x82\x7e\xff\xff");
        assert_eq!(binary(65536).head(), b"\x82\x7f\0\0\0\0\0\x01\0\0");
        assert_eq!(binary(65536).wire_len(), 65546);
    }

    #[test]
    fn clones_share_the_payload() {
        let frame = Frame::text("shared");
        let clone = frame.clone();
        assert_eq!(frame.payload().as_ptr(), clone.payload().as_ptr());
    }

    #[test]
    fn a_masked_frame_is_its_plain_frame_under_the_key() {
        for length in [0, 5, 125, 126, 65536] {
            let plain = Frame::binary(Bytes::from(vec![9; length]));
            let masked = wire(&plain.masked());
            let head = plain.head();
            assert_eq!(masked.len(), head.len() + 4 + length);
            assert_eq!(masked[0], head[0]);
            assert_eq!(masked[1], head[1] | 0x80);
            assert_eq!(&masked[2..head.len()], &head[2..]);
            let (key, payload) = masked[head.len()..].split_at(4);
            let mut payload = payload.to_vec();
            fastwebsockets::unmask(&mut payload, key.try_into().expect("four bytes"));
            assert_eq!(payload, plain.payload());
        }
    }
}
