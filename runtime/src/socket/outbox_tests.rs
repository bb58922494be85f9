//! What the outbox puts on a real socket, and when.

use std::time::Duration;

use bytes::Bytes;

use super::testing::{PATIENCE, Peer, client_frame, connect, connect_as, on_room_thread};
use super::{Frame, Inbound, Limits, Outbox, Refused, Role, farewell};

/// A connection whose socket is known to be writable, so that `flush` writes at once.
async fn connect_writable() -> (super::Reader, Outbox, Peer) {
    let (reader, outbox, mut peer) = connect().await;
    outbox
        .push(&Frame::text("!"), 0)
        .expect("the queue is empty");
    outbox.flush();
    assert_eq!(peer.receive(3).await, b"\x81\x01!");
    (reader, outbox, peer)
}

#[test]
fn a_turn_of_many_frames_is_one_write() {
    on_room_thread(async {
        let (_reader, outbox, mut peer) = connect_writable().await;
        let before = outbox.writes();
        outbox.push(&Frame::text("one"), 0).expect("room");
        outbox.push(&Frame::text(""), 0).expect("room");
        outbox
            .push(&Frame::binary(Bytes::from(vec![2; 200])), 0)
            .expect("room");
        assert!(peer.is_silent().await, "nothing leaves before the flush");
        outbox.flush();
        assert_eq!(outbox.writes(), before + 1);
        assert_eq!(outbox.queued_bytes(), 0);
        let expected = [&b"\x81\x03one\x81\x00\x82\x7e\x00\xc8"[..], &[2; 200]].concat();
        assert_eq!(peer.receive(expected.len()).await, expected);
    });
}

#[test]
fn one_frame_goes_to_many_connections_and_is_encoded_once() {
    on_room_thread(async {
        let frame = Frame::text("to all");
        let mut peers = vec![];
        for _ in 0..20 {
            let (reader, outbox, peer) = connect().await;
            outbox.push(&frame, 0).expect("the queue is empty");
            outbox.flush();
            peers.push((reader, outbox, peer));
        }
        for (_, _, peer) in &mut peers {
            assert_eq!(peer.receive(8).await, b"\x81\x06to all");
        }
    });
}

#[test]
fn frames_wait_for_their_gate_and_keep_their_order() {
    on_room_thread(async {
        let (_reader, outbox, mut peer) = connect_writable().await;
        outbox.push(&Frame::text("a"), 0).expect("room");
        outbox.push(&Frame::text("b"), 7).expect("room");
        outbox.push(&Frame::text("c"), 0).expect("room");
        outbox.push(&Frame::text("d"), 9).expect("room");
        outbox.flush();
        assert_eq!(peer.receive(3).await, b"\x81\x01a");
        outbox.release(6);
        outbox.flush();
        assert!(peer.is_silent().await, "b is held, and c behind it");
        outbox.release(7);
        outbox.release(3);
        outbox.flush();
        assert_eq!(peer.receive(6).await, b"\x81\x01b\x81\x01c");
        assert!(peer.is_silent().await);
        outbox.release(9);
        outbox.flush();
        assert_eq!(peer.receive(3).await, b"\x81\x01d");
    });
}

#[test]
fn a_peer_that_does_not_read_fills_its_own_queue_only() {
    on_room_thread(async {
        let (_slow_reader, slow, mut slow_peer) = connect().await;
        let (_reader, other, mut other_peer) = connect_writable().await;
        let frame = Frame::binary(Bytes::from(vec![1; 100_000]));
        let mut queued = 0;
        let refused = loop {
            match slow.push(&frame, 0) {
                Ok(()) => queued += 1,
                Err(refused) => break refused,
            }
            slow.flush();
            tokio::task::yield_now().await;
            assert!(queued < 10_000, "the queue has a limit");
        };
        assert_eq!(refused, Refused::Full { limit: 16 << 20 });
        assert!(slow.queued_bytes() <= 16 << 20);
        assert!(slow.queued_bytes() > 15 << 20);

        other.push(&Frame::text("fine"), 0).expect("room");
        other.flush();
        assert_eq!(other_peer.receive(6).await, b"\x81\x04fine");

        // When it reads at last, everything that was queued arrives whole and in order.
        for _ in 0..queued {
            let bytes = slow_peer.receive(frame.wire_len()).await;
            assert_eq!(&bytes[..10], b"\x82\x7f\0\0\0\0\0\x01\x86\xa0");
            assert!(bytes[10..].iter().all(|byte| *byte == 1));
        }
        assert_eq!(slow.queued_bytes(), 0);
        slow.push(&frame, 0).expect("the queue is empty again");
    });
}

#[test]
fn empty_messages_count_against_the_limit() {
    on_room_thread(async {
        let limits = Limits {
            max_queue: 10_000,
            ..Limits::default()
        };
        let (_reader, outbox, _peer) = connect_as(Role::Server, limits, b"").await;
        let accepted = (0..5_000)
            .take_while(|_| outbox.push(&Frame::text(""), 0).is_ok())
            .count();
        assert!((50..1_000).contains(&accepted), "accepted {accepted}");
        // A Close frame is always taken.
        outbox.close(Some(1000), "", 0);
        assert!(outbox.is_closed());
    });
}

#[test]
fn a_cut_frees_a_queue_nobody_reads() {
    on_room_thread(async {
        let (mut reader, outbox, peer) = connect().await;
        let frame = Frame::binary(Bytes::from(vec![1; 1 << 20]));
        while outbox.push(&frame, 0).is_ok() {
            outbox.flush();
            tokio::task::yield_now().await;
        }
        outbox.abort();
        assert_eq!(outbox.queued_bytes(), 0);
        assert_eq!(outbox.push(&frame, 0), Err(Refused::Closed));
        assert_eq!(reader.next().await, Inbound::Lost);
        outbox.finished().await;
        drop(peer);
    });
}

#[test]
fn nothing_follows_a_close_frame() {
    on_room_thread(async {
        let (_reader, outbox, mut peer) = connect_writable().await;
        outbox.push(&Frame::text("last"), 0).expect("room");
        outbox.close(Some(4001), "enough", 0);
        outbox.close(Some(1000), "ignored", 0);
        assert_eq!(outbox.push(&Frame::text("late"), 0), Err(Refused::Closed));
        outbox.flush();
        outbox.finished().await;
        outbox.end_output();
        assert_eq!(
            peer.receive_all().await,
            b"\x81\x04last\x88\x08\x0f\xa1enough"
        );
    });
}

#[test]
fn close_without_code_has_no_payload_and_waits_for_its_gate() {
    on_room_thread(async {
        let (_reader, outbox, mut peer) = connect_writable().await;
        outbox.close(None, "lost without a code", 5);
        outbox.flush();
        assert!(peer.is_silent().await);
        outbox.release(5);
        outbox.flush();
        assert_eq!(peer.receive(2).await, b"\x88\x00");
    });
}

#[test]
fn a_long_reason_makes_a_legal_close_frame() {
    on_room_thread(async {
        let (_reader, outbox, mut peer) = connect_writable().await;
        outbox.close(Some(1011), &"\u{e9}".repeat(100), 0);
        outbox.flush();
        assert_eq!(peer.receive(4).await, b"\x88\x7c\x03\xf3");
        assert_eq!(peer.receive(122).await, "\u{e9}".repeat(61).as_bytes());
    });
}

#[test]
fn the_peers_close_is_answered_and_the_stream_ended() {
    on_room_thread(async {
        let (mut reader, outbox, mut peer) = connect_writable().await;
        peer.send(&client_frame(0x88, b"\x03\xe8done")).await;
        assert!(matches!(reader.next().await, Inbound::Close { .. }));
        // What is sent while the handler runs still arrives before the answer.
        outbox.push(&Frame::text("farewell"), 0).expect("room");
        outbox.close(Some(1000), "done", 0);
        outbox.flush();
        let peer_side = async {
            let received = peer.receive_all().await;
            drop(peer);
            received
        };
        let (received, ()) = tokio::join!(peer_side, farewell(reader, outbox, PATIENCE));
        assert_eq!(received, b"\x81\x08farewell\x88\x06\x03\xe8done");
    });
}

#[test]
fn a_refused_message_still_being_sent_does_not_destroy_the_close_frame() {
    on_room_thread(async {
        let (mut reader, outbox, peer) = connect_writable().await;
        let (mut input, mut output) = peer.0.into_split();
        let serving = async {
            let refused = reader.next().await;
            assert_eq!(refused, Inbound::TooLarge { size: 8 << 20 });
            outbox.close(Some(1009), "Message is too large: 8388608 > 1048576", 0);
            outbox.flush();
            farewell(reader, outbox, PATIENCE).await;
        };
        let sending = async {
            let frame = client_frame(0x82, &vec![0; 8 << 20]);
            tokio::io::AsyncWriteExt::write_all(&mut output, &frame)
                .await
                .expect("the server takes all of it");
            drop(output);
            let mut received = vec![];
            tokio::io::AsyncReadExt::read_to_end(&mut input, &mut received)
                .await
                .expect("an orderly end, no reset");
            received
        };
        let ((), received) = tokio::join!(serving, sending);
        assert_eq!(
            received,
            b"\x88\x29\x03\xf1Message is too large: 8388608 > 1048576"
        );
    });
}

#[test]
fn a_farewell_has_an_end() {
    on_room_thread(async {
        let (reader, outbox, mut peer) = connect_writable().await;
        // The gate is never released and the peer never ends its side.
        outbox.close(Some(1000), "", 1);
        outbox.flush();
        farewell(reader, outbox, Duration::from_millis(20)).await;
        let end = tokio::io::AsyncReadExt::read(&mut peer.0, &mut [0; 8]).await;
        assert!(matches!(end, Ok(0) | Err(_)), "cut without a Close frame");
    });
}

#[test]
fn a_cut_sends_what_was_written_and_no_close_frame() {
    on_room_thread(async {
        let (mut reader, outbox, mut peer) = connect_writable().await;
        outbox.push(&Frame::text("kept"), 0).expect("room");
        outbox.flush();
        outbox.abort();
        assert_eq!(reader.next().await, Inbound::Lost);
        assert_eq!(peer.receive_all().await, b"\x81\x04kept");
    });
}

#[test]
fn writing_to_a_vanished_peer_ends_both_sides() {
    on_room_thread(async {
        let (mut reader, outbox, peer) = connect_writable().await;
        peer.0.set_zero_linger().expect("the socket is open");
        drop(peer);
        assert_eq!(reader.next().await, Inbound::Lost);
        while outbox.push(&Frame::text("gone"), 0).is_ok() {
            outbox.flush();
        }
        assert_eq!(outbox.queued_bytes(), 0);
        outbox.finished().await;
    });
}

#[test]
fn a_flood_of_pings_from_a_peer_that_does_not_read_is_bounded() {
    on_room_thread(async {
        let limits = Limits {
            max_queue: 1 << 16,
            ..Limits::default()
        };
        let (mut reader, outbox, mut peer) = connect_as(Role::Server, limits, b"").await;
        let reading = tokio::task::spawn_local(async move { reader.next().await });
        let pings = client_frame(0x89, &[b'p'; 125]).repeat(1_000);
        for _ in 0..100 {
            peer.send(&pings).await;
            assert!(outbox.queued_bytes() <= 1 << 16);
        }
        peer.send(&client_frame(0x81, b"done")).await;
        let inbound = reading.await.expect("no panic");
        assert_eq!(inbound, Inbound::Text(Bytes::from_static(b"done")));
        assert!(!outbox.is_closed());
    });
}

#[test]
fn a_client_masks_what_it_sends() {
    on_room_thread(async {
        let (_reader, outbox, mut peer) = connect_as(Role::Client, Limits::default(), b"").await;
        outbox.push(&Frame::text("secret"), 0).expect("room");
        outbox.flush();
        let bytes = peer.receive(12).await;
        assert_eq!(&bytes[..2], b"\x81\x86");
        let plain: Vec<u8> = (0..6).map(|i| bytes[6 + i] ^ bytes[2 + i % 4]).collect();
        assert_eq!(plain, b"secret");
    });
}
