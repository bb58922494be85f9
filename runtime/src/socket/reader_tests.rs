//! What the reader makes of literal bytes on a real socket.

use bytes::Bytes;

use super::testing::{A_WHILE, client_frame, connect, connect_as, on_room_thread};
use super::{Inbound, Limits, Role};

fn text(text: &'static str) -> Inbound {
    Inbound::Text(Bytes::from_static(text.as_bytes()))
}

/// What a server makes of `bytes`, first thing on a connection that then stays silent.
async fn first(bytes: &[u8]) -> Inbound {
    let (mut reader, _outbox, mut peer) = connect().await;
    peer.send(bytes).await;
    reader.next().await
}

async fn violation(bytes: &[u8]) -> (u16, &'static str) {
    match first(bytes).await {
        Inbound::Protocol { close_code, reason } => (close_code, reason),
        other => panic!("{bytes:?} gave {other:?}"),
    }
}

#[test]
fn the_masked_hello_of_the_standard() {
    on_room_thread(async {
        // RFC 6455 section 5.7.
        let hello = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
        assert_eq!(first(hello).await, text("Hello"));
    });
}

#[test]
fn messages_of_every_length_form_arrive_in_order() {
    on_room_thread(async {
        let (mut reader, _outbox, mut peer) = connect().await;
        let lengths = [0, 1, 125, 126, 65535, 65536, 300_000];
        let sending = async {
            for length in lengths {
                peer.send(&client_frame(0x82, &vec![length as u8; length]))
                    .await;
            }
        };
        let reading = async {
            for length in lengths {
                let expected = Inbound::Binary(Bytes::from(vec![length as u8; length]));
                assert!(reader.next().await == expected, "length {length}");
            }
        };
        tokio::join!(sending, reading);
    });
}

#[test]
fn bytes_read_ahead_by_the_http_layer_come_first() {
    on_room_thread(async {
        let ahead = b"\x81\x81\0\0\0\0a\x81\x82\0\0";
        let (mut reader, _outbox, mut peer) =
            connect_as(Role::Server, Limits::default(), ahead).await;
        assert_eq!(reader.next().await, text("a"));
        peer.send(b"\0\0bc").await;
        assert_eq!(reader.next().await, text("bc"));
    });
}

#[test]
fn a_message_may_arrive_byte_by_byte() {
    on_room_thread(async {
        let (mut reader, _outbox, mut peer) = connect().await;
        let reading = tokio::task::spawn_local(async move { reader.next().await });
        for byte in client_frame(0x81, "h\u{e9}".as_bytes()) {
            peer.send(&[byte]).await;
            tokio::task::yield_now().await;
        }
        assert_eq!(reading.await.expect("no panic"), text("h\u{e9}"));
    });
}

#[test]
fn a_dropped_wait_loses_nothing() {
    on_room_thread(async {
        let (mut reader, _outbox, mut peer) = connect().await;
        peer.send(b"\x81\x82\0\0").await;
        let wait = tokio::time::timeout(A_WHILE, reader.next()).await;
        assert!(wait.is_err(), "half a frame is no message");
        peer.send(b"\0\0ok").await;
        assert_eq!(reader.next().await, text("ok"));
    });
}

#[test]
fn frames_against_the_protocol_are_refused_with_1002() {
    on_room_thread(async {
        for (bytes, reason) in [
            (&b"\x81\x02hi"[..], "Client frame is not masked"),
            (
                b"\xc1\x80",
                "Received a WebSocket frame whose compression bit was set, but the compression extension was not negotiated for this connection",
            ),
            (b"\xa1\x80", "Received frame had RSV bits 2 or 3 set"),
            (b"\x91\x80", "Received frame had RSV bits 2 or 3 set"),
            (b"\x83\x80", "Unknown opcode 3"),
            (b"\x87\x80", "Unknown opcode 7"),
            (b"\x8b\x80", "Unknown opcode 11"),
            (b"\x8f\x80", "Unknown opcode 15"),
            (b"\x09\x80", "Received fragmented control frame"),
            (b"\x08\x80", "Received fragmented control frame"),
            (b"\x89\xfe", "Control frame is longer than 125 bytes"),
            (b"\x8a\xff", "Control frame is longer than 125 bytes"),
            (b"\x88\xfe", "Control frame is longer than 125 bytes"),
            (b"\x80\x80\0\0\0\0", "Unexpected continuation frame"),
            (
                b"\x01\x81\0\0\0\0a\x81\x81\0\0\0\0b",
                "Missing continuation frame",
            ),
            (b"\x88\x81\0\0\0\0\x03", "Close payload is one byte long"),
            (
                b"\x88\x82\0\0\0\0\x03\xed",
                "Close code is not allowed on the wire",
            ),
        ] {
            assert_eq!(violation(bytes).await, (1002, reason), "{bytes:?}");
        }
    });
}

#[test]
fn text_that_is_not_utf8_is_refused_with_1007() {
    on_room_thread(async {
        let text = (1007, "Text message is not valid UTF-8");
        assert_eq!(violation(b"\x81\x82\0\0\0\0\xc3\x28").await, text);
        // A surrogate, and a character cut short.
        assert_eq!(violation(b"\x81\x83\0\0\0\0\xed\xa0\x80").await, text);
        assert_eq!(violation(b"\x81\x81\0\0\0\0\xc3").await, text);
        let reason = (1007, "Close reason is not valid UTF-8");
        assert_eq!(violation(b"\x88\x83\0\0\0\0\x03\xe8\xff").await, reason);
        // The same bytes are fine in a binary message.
        let binary = first(b"\x82\x82\0\0\0\0\xc3\x28").await;
        assert_eq!(binary, Inbound::Binary(Bytes::from_static(b"\xc3\x28")));
    });
}

#[test]
fn fragments_become_one_message_and_control_frames_may_come_between() {
    on_room_thread(async {
        let (mut reader, _outbox, mut peer) = connect().await;
        // A character of two bytes is split between the fragments.
        peer.send(b"\x01\x82\0\0\0\0a\xc3").await;
        peer.send(b"\x89\x82\0\0\0\0hi").await;
        peer.send(b"\x00\x80\0\0\0\0").await;
        peer.send(b"\x80\x82\0\0\0\0\xa9b").await;
        assert_eq!(reader.next().await, text("a\u{e9}b"));
        assert_eq!(peer.receive(4).await, b"\x8a\x02hi");
    });
}

#[test]
fn pings_are_answered_and_pongs_ignored() {
    on_room_thread(async {
        let (mut reader, _outbox, mut peer) = connect().await;
        peer.send(&client_frame(0x8a, b"unasked")).await;
        peer.send(&client_frame(0x89, b"")).await;
        peer.send(&client_frame(0x89, &[b'p'; 125])).await;
        peer.send(&client_frame(0x81, b"after")).await;
        assert_eq!(reader.next().await, text("after"));
        assert_eq!(peer.receive(2).await, b"\x8a\x00");
        assert_eq!(peer.receive(2).await, b"\x8a\x7d");
        assert_eq!(peer.receive(125).await, [b'p'; 125]);
    });
}

#[test]
fn the_pings_of_one_read_are_answered_by_one_write() {
    on_room_thread(async {
        let pings = client_frame(0x89, b"p").repeat(50);
        let (mut reader, outbox, mut peer) =
            connect_as(Role::Server, Limits::default(), &pings).await;
        peer.send(&client_frame(0x81, b"after")).await;
        assert_eq!(reader.next().await, text("after"));
        assert_eq!(peer.receive(150).await, b"\x8a\x01p".repeat(50));
        // The first may find a socket that is not yet known to be writable.
        assert!(outbox.writes() <= 2, "writes: {}", outbox.writes());
    });
}

#[test]
fn memory_follows_what_arrived_and_not_what_is_declared() {
    on_room_thread(async {
        let (mut reader, _outbox, mut peer) = connect().await;
        let idle = tokio::time::timeout(A_WHILE, reader.next()).await;
        assert!(idle.is_err());
        assert_eq!(reader.buffer_capacity(), 0, "an idle connection holds none");
        // 1 MiB declared, four bytes and a key sent.
        peer.send(b"\x82\xff\0\0\0\0\0\x10\0\0\0\0\0\0half").await;
        let waiting = tokio::time::timeout(A_WHILE, reader.next()).await;
        assert!(waiting.is_err());
        let held = reader.buffer_capacity();
        assert!((18..=64 << 10).contains(&held), "held {held}");
    });
}

#[test]
fn the_largest_message_passes_and_one_byte_more_does_not() {
    on_room_thread(async {
        const LIMIT: usize = 1 << 20;
        let (mut reader, _outbox, mut peer) = connect().await;
        let largest = client_frame(0x82, &vec![7; LIMIT]);
        let (_, inbound) = tokio::join!(peer.send(&largest), reader.next());
        assert!(matches!(inbound, Inbound::Binary(payload) if payload.len() == LIMIT));
        // 1048577 bytes declared, none sent, not even the masking key.
        peer.send(b"\x82\xff\0\0\0\0\0\x10\0\x01").await;
        assert_eq!(reader.next().await, Inbound::TooLarge { size: 1_048_577 });
    });
}

#[test]
fn impossible_lengths_are_refused_from_the_header_alone() {
    on_room_thread(async {
        let two_gib = first(b"\x82\xff\0\0\0\0\x80\0\0\0").await;
        assert_eq!(two_gib, Inbound::TooLarge { size: 1 << 31 });
        let top_bit = first(b"\x81\xff\x80\0\0\0\0\0\0\0").await;
        assert_eq!(top_bit, Inbound::TooLarge { size: 1 << 63 });
        // A fragment before it must not make the sum overflow.
        let sum = first(b"\x01\x81\0\0\0\0a\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff").await;
        assert_eq!(sum, Inbound::TooLarge { size: u64::MAX });
    });
}

#[test]
fn fragments_share_one_limit() {
    on_room_thread(async {
        let limits = Limits {
            max_message: 10,
            ..Limits::default()
        };
        let (mut reader, _outbox, mut peer) = connect_as(Role::Server, limits, b"").await;
        peer.send(&client_frame(0x01, b"12345")).await;
        peer.send(&client_frame(0x80, b"67890")).await;
        assert_eq!(reader.next().await, text("1234567890"));
        peer.send(&client_frame(0x01, b"12345")).await;
        peer.send(&client_frame(0x00, b"67890")).await;
        peer.send(b"\x80\x81").await;
        assert_eq!(reader.next().await, Inbound::TooLarge { size: 11 });
    });
}

#[test]
fn a_close_frame_tells_code_and_reason_and_ends_the_input() {
    on_room_thread(async {
        let (mut reader, outbox, mut peer) = connect().await;
        peer.send(b"\x88\x85\0\0\0\0\x0f\xa0bye\x81\x81\0\0\0\0x")
            .await;
        let close = Inbound::Close {
            code: Some(4000),
            reason: "bye".to_owned(),
        };
        assert_eq!(reader.next().await, close);
        assert_eq!(reader.next().await, Inbound::Lost);
        // The answer is not the reader's to give.
        assert!(!outbox.is_closed());
        assert!(peer.is_silent().await);

        let close = Inbound::Close {
            code: None,
            reason: String::new(),
        };
        assert_eq!(first(b"\x88\x80\0\0\0\0").await, close);
    });
}

#[test]
fn an_end_without_close_is_a_loss() {
    on_room_thread(async {
        for bytes in [&b""[..], b"\x81", b"\x81\x85\0\0\0\0he"] {
            let (mut reader, _outbox, mut peer) = connect().await;
            peer.send(bytes).await;
            drop(peer);
            assert_eq!(reader.next().await, Inbound::Lost);
        }
    });
}

#[test]
fn a_client_reads_unmasked_frames_only() {
    on_room_thread(async {
        let (mut reader, _outbox, mut peer) =
            connect_as(Role::Client, Limits::default(), b"").await;
        peer.send(b"\x81\x02hi").await;
        assert_eq!(reader.next().await, text("hi"));
        peer.send(b"\x81\x80\0\0\0\0").await;
        let masked = Inbound::Protocol {
            close_code: 1002,
            reason: "Server frame is masked",
        };
        assert_eq!(reader.next().await, masked);
    });
}

#[test]
fn garbage_is_refused_and_never_panics() {
    on_room_thread(async {
        // A fixed linear congruential sequence: every run reads the same garbage.
        let mut state = 2_u64;
        for _ in 0..200 {
            let mut bytes = vec![];
            for _ in 0..64 {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                bytes.push((state >> 56) as u8);
            }
            let (mut reader, _outbox, mut peer) = connect().await;
            peer.send(&bytes).await;
            drop(peer);
            while let Inbound::Text(_) | Inbound::Binary(_) = reader.next().await {}
            assert_eq!(reader.next().await, Inbound::Lost);
        }
    });
}
