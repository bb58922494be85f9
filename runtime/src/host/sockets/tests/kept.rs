//! Sockets between two codes of their room.

use std::io::Write as _;

use partyrun_ops::message::{Body, HttpRequest};

use super::*;
use crate::host::Kept;

fn request() -> HttpRequest {
    HttpRequest {
        method: "GET".to_owned(),
        url: "http://host/parties/main/r".to_owned(),
        headers: vec![("x-name".into(), "n".into())],
        body: Body::Empty,
        client_accept_encoding: None,
    }
}

/// A connection of a client, whose upgrade is remembered if sockets are to be kept.
fn connected(sockets: &Rc<Sockets>) -> (SocketId, std::net::TcpStream) {
    let (id, far) = wired(sockets);
    sockets.remember(id, &request());
    sockets.set_name(id, format!("c{id}"));
    sockets.set_member(id, true);
    (id, far)
}

/// A text frame of one letter, from a client.
const FRAME: &[u8] = &[0x81, 0x81, 0, 0, 0, 0, b'x'];

fn resumed(sockets: &Sockets) -> Option<SocketId> {
    match sockets.inbox.pop() {
        Some(SocketEvent::Resume(socket)) => Some(socket),
        _ => None,
    }
}

#[test]
fn what_is_kept_is_resumed_in_order_and_before_all_else() {
    on_room_thread(async {
        let sockets = sockets();
        sockets.keep_over_saves(true);
        let (first, _far) = connected(&sockets);
        let (second, _far) = connected(&sockets);
        sockets
            .inbox
            .push_now(SocketEvent::Message(first, super::text(1)));
        for id in [second, first] {
            sockets.keep(id, vec![7]);
        }
        assert_eq!(sockets.count_ending(), 0);
        sockets.close_ending(1012, "Reloaded");
        sockets.hand_on();
        // A second save before the first is over.
        sockets.hand_on();
        assert_eq!(resumed(&sockets), Some(first));
        assert_eq!(resumed(&sockets), Some(second));
        assert!(matches!(
            sockets.inbox.pop(),
            Some(SocketEvent::Message(id, _)) if id == first
        ));
        let Kept { request, left } = sockets.take_kept(first).expect("it is there");
        assert_eq!(request.url, "http://host/parties/main/r");
        assert_eq!((request.headers.len(), left), (1, vec![7]));
        assert!(sockets.take_kept(first).is_none(), "it is taken once");
    });
}

#[test]
fn nothing_is_read_of_a_held_socket() {
    on_room_thread(async {
        let sockets = sockets();
        sockets.keep_over_saves(true);
        let (id, mut far) = connected(&sockets);
        sockets.keep(id, Vec::new());
        for _ in 0..3 {
            far.write_all(FRAME).expect("the kernel takes it");
        }
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
        assert!(sockets.inbox.is_empty());
        assert!(sockets.is_any_held());
        sockets.let_go(id);
        assert!(!sockets.is_any_held());
        for _ in 0..3 {
            while sockets.inbox.is_empty() {
                tokio::task::yield_now().await;
            }
            assert!(matches!(
                sockets.inbox.pop(),
                Some(SocketEvent::Message(..))
            ));
        }
    });
}

#[test]
fn what_cannot_be_kept_is_counted_by_its_reason_and_closed() {
    on_room_thread(async {
        let sockets = sockets();
        let (early, _far) = connected(&sockets);
        sockets.keep_over_saves(true);
        let (listening, _far) = connected(&sockets);
        let (kept, _far) = connected(&sockets);
        let (_joined, _theirs) = wired(&sockets);
        sockets.keep(early, Vec::new());
        sockets.keep_not(listening, "with listeners", None);
        sockets.keep(kept, Vec::new());
        let refused = sockets.take_refused();
        let refused: Vec<_> = refused
            .iter()
            .map(|(why, refused)| (why.as_str(), refused.count))
            .collect();
        assert_eq!(
            refused,
            [
                ("from before sockets were kept", 1),
                ("of a `WebSocketPair` or to another room", 1),
                ("with listeners", 1),
            ]
        );
        assert_eq!(sockets.count_ending(), 2);
        sockets.close_ending(1012, "Reloaded");
        assert!(!sockets.knows(early) && !sockets.knows(listening));
        assert!(sockets.knows(kept));
        sockets.close_awake(1011, "The room was reset");
        assert!(!sockets.knows(kept) && !sockets.is_any_held());
    });
}
