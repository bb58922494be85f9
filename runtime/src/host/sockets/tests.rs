//! Sockets of a room whose other ends do not read, and what is dropped with a lost write.

mod kept;

use partyrun_ops::message::Message;

use super::*;
use crate::call::{PipeMessage, pipe};
use crate::socket::testing::{PATIENCE, on_room_thread};

const LIMIT: usize = 100_000;

fn sockets() -> Rc<Sockets> {
    let limits = Limits {
        max_queue: LIMIT,
        ..Limits::default()
    };
    Rc::new(Sockets::new(limits, Rc::default()))
}

fn text(bytes: usize) -> Message {
    Message::Text(vec![b'x'; bytes].into())
}

/// A socket to another isolate, and that one's end.
fn piped(sockets: &Rc<Sockets>) -> (SocketId, PipeEnd) {
    let (ours, theirs) = pipe(LIMIT);
    let id = sockets.open_outgoing(false, "https://other/");
    sockets.attach(id, Transport::Pipe(ours));
    (id, theirs)
}

/// A socket to a client that is there and reads nothing.
fn wired(sockets: &Rc<Sockets>) -> (SocketId, std::net::TcpStream) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    let far = std::net::TcpStream::connect(address).expect("it listens");
    let (near, _) = listener.accept().expect("it was connected to");
    near.set_nonblocking(true).expect("a socket takes options");
    let id = sockets.open();
    let transport = Transport::Tcp {
        stream: near,
        read_ahead: Bytes::new(),
        role: Role::Server,
    };
    sockets.attach(id, transport);
    (id, far)
}

/// The socket whose loss is the next event.
fn lost(sockets: &Sockets) -> Option<SocketId> {
    match sockets.inbox.pop() {
        Some(SocketEvent::Close {
            socket, code: 1006, ..
        }) => Some(socket),
        _ => None,
    }
}

/// What the other end gets until the socket is lost or closed: lengths of messages, and the code.
async fn received(end: &mut PipeEnd) -> (Vec<usize>, Option<u16>) {
    let mut lengths = Vec::new();
    loop {
        let next = tokio::time::timeout(PATIENCE, end.receiver.recv()).await;
        match next.expect("the other end has gone") {
            Some(PipeMessage::Message(Message::Text(bytes) | Message::Binary(bytes))) => {
                lengths.push(bytes.len());
            }
            Some(PipeMessage::Close { code, .. }) => return (lengths, code),
            None => return (lengths, None),
        }
    }
}

#[test]
fn other_room_that_does_not_read_is_cut_and_told_of() {
    on_room_thread(async {
        let sockets = sockets();
        let (id, mut theirs) = piped(&sockets);
        sockets.send(id, &text(LIMIT / 2), 1);
        sockets.flush(1);
        assert!(sockets.take_cut().is_empty());
        sockets.send(id, &text(LIMIT / 2), 2);
        // A small one behind the gap must not arrive, nor a Close that looks like an orderly end.
        sockets.send(id, &text(1), 2);
        sockets.close(id, Some(1000), "done", 2);
        sockets.flush(2);
        assert_eq!(lost(&sockets), Some(id));
        assert!(!sockets.knows(id));
        let cut = sockets.take_cut();
        assert_eq!(cut, [Peer::Server("https://other/".to_owned())]);
        assert_eq!(received(&mut theirs).await, (vec![LIMIT / 2], None));
    });
}

#[test]
fn what_the_gate_holds_back_counts_for_a_pipe() {
    on_room_thread(async {
        let sockets = sockets();
        let (id, mut theirs) = piped(&sockets);
        for turn in 1..=4 {
            sockets.send(id, &text(LIMIT / 3), turn);
            // Nothing is committed meanwhile.
            sockets.flush(0);
        }
        assert_eq!(lost(&sockets), Some(id));
        assert_eq!(sockets.take_cut().len(), 1);
        assert_eq!(received(&mut theirs).await, (vec![], None));
    });
}

#[test]
fn broadcast_cuts_only_who_does_not_read() {
    on_room_thread(async {
        let sockets = sockets();
        let ((slow, _slow_end), (quick, mut quick_end)) = (piped(&sockets), piped(&sockets));
        for id in [slow, quick] {
            sockets.set_member(id, true);
        }
        for turn in 1..=3 {
            sockets.broadcast(&text(LIMIT / 2 - 100), &[], turn);
            sockets.flush(turn);
            assert!(quick_end.receiver.recv().await.is_some());
        }
        assert_eq!(lost(&sockets), Some(slow));
        assert!(sockets.knows(quick) && sockets.inbox.is_empty());
        assert_eq!(sockets.take_cut().len(), 1);
    });
}

#[test]
fn socket_that_waits_too_long_for_its_transport_is_cut() {
    on_room_thread(async {
        let sockets = sockets();
        let id = sockets.open_outgoing(false, "wss://far/");
        sockets.send(id, &text(LIMIT + 1), 1);
        sockets.flush(1);
        assert_eq!(lost(&sockets), Some(id));
        assert!(!sockets.knows(id), "nobody forgets it later");
        assert_eq!(sockets.take_cut(), [Peer::Server("wss://far/".to_owned())]);
    });
}

#[test]
fn client_that_does_not_read_is_cut_and_told_of_by_its_name() {
    on_room_thread(async {
        let sockets = sockets();
        let (id, _far) = wired(&sockets);
        sockets.set_name(id, "slow".to_owned());
        let mut turn = 0;
        // The kernel takes some of it first.
        let cut = loop {
            turn += 1;
            assert!(turn < 1000, "nothing limits what waits");
            sockets.send(id, &text(LIMIT / 2), turn);
            sockets.flush(turn);
            let cut = sockets.take_cut();
            if !cut.is_empty() {
                break cut;
            }
        };
        assert_eq!(cut, [Peer::Client("slow".to_owned())]);
        while sockets.inbox.is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(lost(&sockets), Some(id));
    });
}

#[test]
fn what_tells_of_a_lost_write_is_dropped() {
    on_room_thread(async {
        let sockets = sockets();
        let (id, mut theirs) = piped(&sockets);
        let waiting = sockets.open();
        for id in [id, waiting] {
            sockets.send(id, &text(1), 1);
            sockets.send(id, &text(2), 2);
            sockets.close(id, Some(1000), "done", 2);
        }
        // The batch of turn 2 is lost.
        sockets.forget_held(1);
        sockets.flush(TurnNumber::MAX);
        let (ours, mut late) = pipe(LIMIT);
        sockets.attach(waiting, Transport::Pipe(ours));
        sockets.flush(TurnNumber::MAX);
        sockets.close_all(1011, "The room was reset");
        assert_eq!(received(&mut theirs).await, (vec![1], Some(1011)));
        assert_eq!(received(&mut late).await, (vec![1], Some(1011)));
    });
}

#[test]
fn messages_that_are_dropped_leave_room_for_others() {
    on_room_thread(async {
        let sockets = sockets();
        let (id, mut theirs) = piped(&sockets);
        sockets.send(id, &text(LIMIT / 2), 1);
        sockets.forget_held(0);
        sockets.send(id, &text(LIMIT - 100), 2);
        sockets.close(id, Some(1000), "", 2);
        sockets.flush(2);
        assert_eq!(received(&mut theirs).await, (vec![LIMIT - 100], Some(1000)));
    });
}
