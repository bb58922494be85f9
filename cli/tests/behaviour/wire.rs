//! Clients that break the protocol, or the rules of politeness, on literal bytes (RFC 6455).

use std::io::{Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::opcode::{BINARY, CLOSE, PING, TEXT};
use crate::harness::{Dev, ROOM, masked, unmasked};

/// Echoes; `flood` sends more than any client's buffers hold; GET counts the connections.
const ECHO: &str = r#"
export default class {
  constructor(readonly room) {}
  onMessage(message, conn) {
    if (message === "flood") for (let i = 0; i < 200; i++) conn.send("x".repeat(1_000_000));
    else if (message === "all") this.room.broadcast("x".repeat(1_000_000));
    else conn.send(typeof message === "string" ? message : new Uint8Array(message));
  }
  onClose() { console.log("onClose ran"); }
  onRequest() { return new Response(String([...this.room.getConnections()].length)); }
}"#;

/// Writes `bytes` after a handshake and asserts the code of the answered Close frame, while another
/// socket of the same room is served as ever.
fn closes_with(code: u16, bytes: &[u8]) {
    let dev = Dev::inline(ECHO);
    let mut bystander = dev.ws(ROOM);
    let mut socket = dev.raw_ws(ROOM);
    socket.write(bytes);
    assert_eq!(
        socket.closed().code,
        code,
        "for {:02x?}",
        &bytes[..bytes.len().min(16)]
    );
    assert_eq!(bystander.ask("unharmed"), "unharmed");
}

/// Row 91.
#[test]
fn literal_text_frame_is_echoed() {
    let dev = Dev::inline(ECHO);
    let mut socket = dev.raw_ws(ROOM);
    socket.write(&[
        0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58,
    ]);
    assert_eq!(socket.frame(), Some((0x81, b"Hello".to_vec())));
}

/// Row 92.
#[test]
fn frames_of_every_length_form_are_echoed() {
    let dev = Dev::inline(ECHO);
    let mut socket = dev.raw_ws(ROOM);
    for length in [0, 1, 125, 126, 127, 65_535, 65_536, 1_000_000] {
        let payload: Vec<u8> = (0..=255).cycle().take(length).collect();
        socket.write(&masked(BINARY, &payload));
        assert_eq!(socket.frame(), Some((BINARY, payload)));
    }
}

#[test]
fn fragments_make_one_message() {
    let dev = Dev::inline(ECHO);
    let mut socket = dev.raw_ws(ROOM);
    socket.write(&masked(0x01, b"one "));
    socket.write(&masked(0x00, b"two "));
    socket.write(&masked(PING, b"between"));
    socket.write(&masked(0x80, b"three"));
    assert_eq!(socket.frame(), Some((0x8a, b"between".to_vec())));
    assert_eq!(socket.text(), "one two three");
}

#[test]
fn character_split_between_fragments_is_whole() {
    let dev = Dev::inline(ECHO);
    let mut socket = dev.raw_ws(ROOM);
    let text = "€".as_bytes();
    socket.write(&masked(0x01, &text[..1]));
    socket.write(&masked(0x80, &text[1..]));
    assert_eq!(socket.text(), "€");
}

#[test]
fn bytes_may_arrive_one_by_one() {
    let dev = Dev::inline(ECHO);
    let mut socket = dev.raw_ws(ROOM);
    for byte in masked(TEXT, b"slow") {
        socket.write(&[byte]);
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(socket.text(), "slow");
}

#[test]
fn many_frames_in_one_packet_are_all_heard() {
    let dev = Dev::inline(ECHO);
    let mut socket = dev.raw_ws(ROOM);
    let packet: Vec<u8> = (0..1000)
        .flat_map(|i| masked(TEXT, i.to_string().as_bytes()))
        .collect();
    socket.write(&packet);
    for i in 0..1000 {
        assert_eq!(socket.text(), i.to_string());
    }
}

#[test]
fn unmasked_frame_is_refused() {
    closes_with(1002, &unmasked(TEXT, b"bare"));
}

#[test]
fn reserved_bits_and_opcodes_are_refused() {
    closes_with(1002, &masked(0xc1, b"compressed?"));
    closes_with(1002, &masked(0x83, b"no such opcode"));
    closes_with(1002, &masked(0x8b, b""));
}

#[test]
fn broken_control_frames_are_refused() {
    closes_with(1002, &masked(0x09, b"fragmented ping"));
    closes_with(1002, &masked(PING, &[0; 126]));
}

#[test]
fn continuation_without_a_start_is_refused() {
    closes_with(1002, &masked(0x80, b"of what"));
    closes_with(
        1002,
        &[masked(0x01, b"start"), masked(TEXT, b"another")].concat(),
    );
}

#[test]
fn broken_close_frames_are_refused() {
    closes_with(1002, &masked(CLOSE, &[3]));
    for code in [0_u16, 999, 1005, 1006, 5000] {
        closes_with(1002, &masked(CLOSE, &code.to_be_bytes()));
    }
    closes_with(1007, &masked(CLOSE, &[3, 232, 0xff, 0xfe]));
}

#[test]
fn text_that_is_not_utf8_is_refused() {
    closes_with(1007, &masked(TEXT, &[0xc3, 0x28]));
    closes_with(
        1007,
        &[masked(0x01, &[0xe2, 0x82]), masked(0x80, b"x")].concat(),
    );
}

/// Row 95.
#[test]
fn huge_length_is_refused_from_its_header() {
    for length in [2_u64 << 30, 1 << 62] {
        let mut header = vec![BINARY, 0xff];
        header.extend(length.to_be_bytes());
        header.extend([1, 2, 3, 4]);
        let start = Instant::now();
        closes_with(1009, &header);
        assert!(start.elapsed() < Duration::from_secs(5));
    }
}

/// Row 95.
#[test]
fn fragments_have_a_total_limit() {
    let mut frames = masked(0x02, &[0; 600_000]);
    frames.extend(masked(0x80, &[0; 600_000]));
    closes_with(1009, &frames);
}

/// Row 100.
#[test]
fn close_is_answered_with_the_same_code() {
    let dev = Dev::inline(ECHO);
    let mut socket = dev.raw_ws(ROOM);
    socket.write(&masked(CLOSE, &[0x0f, 0xa5, b'b', b'y', b'e']));
    assert_eq!(
        socket.frame(),
        Some((CLOSE, vec![0x0f, 0xa5, b'b', b'y', b'e']))
    );
    assert_eq!(socket.frame(), None, "the server ends the connection");
}

/// Row 100.
#[test]
fn empty_close_is_answered_with_an_empty_one() {
    let dev = Dev::inline(ECHO);
    let mut socket = dev.raw_ws(ROOM);
    socket.write(&masked(CLOSE, b""));
    assert_eq!(socket.frame(), Some((CLOSE, Vec::new())));
}

/// Row 99.
#[test]
fn half_a_frame_and_silence_harms_nobody() {
    let dev = Dev::inline(ECHO);
    let mut half = dev.raw_ws(ROOM);
    half.write(&masked(TEXT, b"never finished")[..9]);
    let mut other = dev.ws(ROOM);
    assert_eq!(other.ask("served"), "served");
    half.end();
    dev.stdout_has("onClose ran");
    assert_eq!(other.ask("still"), "still");
}

#[test]
fn garbage_instead_of_http_harms_nobody() {
    let dev = Dev::inline(ECHO);
    for garbage in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"\0\0\0\0\r\n\r\n",
        b"GET\r\n\r\n",
    ] {
        let mut stream = dev.connect();
        stream.write_all(garbage).expect("the listener accepts");
        stream
            .set_read_timeout(Some(Duration::from_millis(300)))
            .expect("not zero");
        let _ = stream.read(&mut [0; 512]);
    }
    assert_eq!(dev.get(ROOM).text(), "0");
}

#[test]
fn client_that_never_reads_harms_nobody() {
    let dev = Dev::inline(ECHO);
    let mut deaf = dev.raw_ws(ROOM);
    deaf.write(&masked(TEXT, b"flood"));
    let mut other = dev.ws(ROOM);
    for i in 0..20 {
        let start = Instant::now();
        assert_eq!(other.ask(&i.to_string()), i.to_string());
        assert!(
            start.elapsed() < Duration::from_secs(3),
            "took {:?}",
            start.elapsed()
        );
    }
    drop(deaf);
}

#[test]
fn deaf_client_is_cut_off_and_broadcasts_go_on() {
    let dev = Dev::inline(ECHO);
    let _deaf = dev.raw_ws(&format!("{ROOM}?_pk=deaf"));
    let mut other = dev.ws(ROOM);
    for _ in 0..150 {
        assert_eq!(other.ask("all").len(), 1_000_000);
    }
    assert_eq!(dev.get(ROOM).text(), "1", "its queue is bounded");
    dev.prints("The connection `deaf` of the room `main/r` was closed: the other end is not reading, and more than `64 MiB` are waiting for it");
}

#[test]
fn client_that_floods_is_slowed_and_not_buffered_for_ever() {
    let dev = Dev::inline(
        r#"
export default class {
  async onMessage(message, conn) { if (message === "last") conn.send("heard"); }
}"#,
    );
    let mut socket = dev.raw_ws(ROOM);
    let flood: Vec<u8> = (0..50_000)
        .flat_map(|_| masked(TEXT, b"0123456789"))
        .collect();
    let sent = socket.write_until_stuck(&flood, Duration::from_secs(10));
    assert_eq!(sent, flood.len(), "the room keeps reading");
    socket.write(&masked(TEXT, b"last"));
    assert_eq!(socket.text(), "heard");
}

#[test]
fn broken_handshakes_are_refused() {
    let dev = Dev::inline(ECHO);
    let no_key = dev
        .request("GET", ROOM)
        .header("Connection", "Upgrade")
        .header("Upgrade", "websocket")
        .header("Sec-WebSocket-Version", "13")
        .send();
    assert!((400..600).contains(&no_key.status), "{no_key:?}");
    assert_eq!(dev.get(ROOM).text(), "0");
}
