//! Messages, fragments and control frames on literal bytes, to the letter of RFC 6455: sizes about the
//! forms of the length, writes cut anywhere, characters cut between fragments, pings in between.

use crate::harness::opcode::{BINARY, FIRST, LAST, MORE, PING, PONG, TEXT};
use crate::harness::{Dev, ROOM, RawSocket, masked};

const ECHO: &str = r#"
export default class {
  onMessage(message, conn) { conn.send(typeof message === "string" ? message : new Uint8Array(message)); }
}"#;

/// About the places where the length changes its form.
const SIZES: [usize; 8] = [0, 1, 125, 126, 127, 128, 65_535, 65_536];

/// A server that gives messages back, and a connection to it.
fn echo() -> (Dev, RawSocket) {
    let dev = Dev::inline(ECHO);
    let socket = dev.raw_ws(ROOM);
    (dev, socket)
}

fn write_in_pieces(socket: &mut RawSocket, bytes: &[u8], size: usize) {
    for piece in bytes.chunks(size) {
        socket.write(piece);
    }
}

#[test]
fn texts_and_bytes_of_every_size_come_back_however_they_are_cut() {
    let (_dev, mut socket) = echo();
    for size in SIZES {
        let text: Vec<u8> = b"abcdefgh".iter().copied().cycle().take(size).collect();
        let bytes: Vec<u8> = (0..=255).cycle().take(size).collect();
        for cut in [usize::MAX, 997, 13] {
            // A small cut of a long message is many packets that prove the same.
            if size / cut > 1000 {
                continue;
            }
            write_in_pieces(&mut socket, &masked(TEXT, &text), cut);
            assert_eq!(
                socket.frame(),
                Some((TEXT, text.clone())),
                "{size} by {cut}"
            );
            write_in_pieces(&mut socket, &masked(BINARY, &bytes), cut);
            assert_eq!(
                socket.frame(),
                Some((BINARY, bytes.clone())),
                "{size} by {cut}"
            );
        }
    }
}

#[test]
fn long_message_may_come_in_fragments_of_any_size() {
    let (_dev, mut socket) = echo();
    let payload: Vec<u8> = (0..=255).cycle().take(1 << 20).collect();
    for size in [64, 4096, 65_536, 1 << 19] {
        let mut frames = Vec::new();
        let count = payload.len() / size;
        for (at, part) in payload.chunks(size).enumerate() {
            let opcode = if at == 0 { 0x02 } else { 0 };
            let fin = if at + 1 == count { 0x80 } else { 0 };
            frames.extend(masked(fin | opcode, part));
        }
        socket.write(&frames);
        let (first, echoed) = socket.frame().expect("it is echoed");
        assert!(first == BINARY && echoed == payload, "fragments of {size}");
    }
}

#[test]
fn empty_fragments_are_fragments() {
    let (_dev, mut socket) = echo();
    socket.write(&masked(FIRST, b""));
    socket.write(&masked(MORE, b""));
    socket.write(&masked(LAST, b""));
    assert_eq!(socket.frame(), Some((TEXT, Vec::new())));
    socket.write(&masked(FIRST, b""));
    socket.write(&masked(MORE, b"middle"));
    socket.write(&masked(LAST, b""));
    assert_eq!(socket.text(), "middle");
}

#[test]
fn pings_between_fragments_are_answered_at_once_and_in_order() {
    let dev = Dev::inline(ECHO);
    for cut in [usize::MAX, 1] {
        let mut socket = dev.raw_ws(ROOM);
        let mut bytes = masked(FIRST, b"fragment1");
        for payload in ["one", "", "three"] {
            bytes.extend(masked(PING, payload.as_bytes()));
            bytes.extend(masked(PONG, b"nobody asked"));
            bytes.extend(masked(MORE, b"-"));
        }
        write_in_pieces(&mut socket, &bytes, cut);
        for payload in ["one", "", "three"] {
            assert_eq!(socket.frame(), Some((PONG, payload.into())));
        }
        socket.write(&masked(LAST, b"fragment2"));
        assert_eq!(socket.text(), "fragment1---fragment2");
    }
}

#[test]
fn ping_takes_any_bytes_and_gives_them_back() {
    let (_dev, mut socket) = echo();
    for payload in [&b""[..], b"\0\xff\xfe\xfd\xfc\xfb\0\xff", &[0xfe; 125]] {
        for cut in [usize::MAX, 1] {
            write_in_pieces(&mut socket, &masked(PING, payload), cut);
            assert_eq!(socket.frame(), Some((PONG, payload.to_vec())));
        }
    }
    let many: Vec<u8> = (0..10).flat_map(|at| masked(PING, &[at])).collect();
    socket.write(&many);
    for at in 0..10 {
        assert_eq!(socket.frame(), Some((PONG, vec![at])));
    }
}

#[test]
fn pongs_that_nobody_asked_for_are_nothing() {
    let (_dev, mut socket) = echo();
    socket.write(&masked(PONG, b""));
    socket.write(&masked(PONG, b"unasked"));
    socket.write(&masked(PING, b"asked"));
    assert_eq!(socket.frame(), Some((PONG, b"asked".to_vec())));
}

#[test]
fn every_character_is_text_wherever_it_is_cut() {
    let (_dev, mut socket) = echo();
    // The first and the last of each length, those about the surrogates, and some that are no characters.
    let text = "\0\u{7f}\u{80}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{fffd}\u{fffe}\u{ffff}\u{10000}\u{1fffe}\u{10ffff}";
    let bytes = text.as_bytes();
    socket.write(&masked(TEXT, bytes));
    assert_eq!(socket.text(), text);
    for cut in 1..bytes.len() {
        socket.write(&masked(FIRST, &bytes[..cut]));
        socket.write(&masked(LAST, &bytes[cut..]));
        assert_eq!(socket.text(), text, "cut at {cut}");
    }
    let mut each = masked(FIRST, b"");
    each.extend(bytes.iter().flat_map(|byte| masked(MORE, &[*byte])));
    each.extend(masked(LAST, b""));
    socket.write(&each);
    assert_eq!(socket.text(), text);
}

#[test]
fn lengths_in_a_longer_form_than_they_need_are_understood() {
    let (_dev, mut socket) = echo();
    socket.write(b"\x81\xfe\0\x02\0\0\0\0hi");
    assert_eq!(socket.text(), "hi");
    socket.write(b"\x81\xff\0\0\0\0\0\0\0\x02\0\0\0\0ho");
    assert_eq!(socket.text(), "ho");
}

#[test]
fn compression_is_not_agreed_to() {
    let dev = Dev::inline(ECHO);
    let answer = dev
        .request("GET", ROOM)
        .header(
            "Sec-WebSocket-Extensions",
            "permessage-deflate; client_max_window_bits",
        )
        .upgrade()
        .open();
    assert_eq!(answer.so_far.status, 101);
    assert_eq!(answer.so_far.header("sec-websocket-extensions"), None);
}
