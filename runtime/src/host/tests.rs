//! What leaves an isolate waits for the storage: answers, calls to other rooms, messages. And what
//! becomes of it when a write is lost.

use partyrun_ops::interface::{Gates, Requests};
use partyrun_ops::message::{Body, HttpRequest};
use partyrun_ops::storage_interface::StorageFailure;
use tokio::sync::oneshot::Receiver;

use super::*;
use crate::call::RoomEvent;
use crate::call::question;
use crate::socket::testing::on_room_thread;
use crate::testing::{Heard, PATIENCE, generation, outside, rooms};

const PARTY: &str = "export default {}";

/// The host of a room, and what reaches the threads of other rooms.
fn host() -> (Rc<IsolateHost>, std::sync::mpsc::Receiver<String>) {
    let (told, calls) = std::sync::mpsc::channel();
    let told = std::sync::Mutex::new(told);
    let heard = Arc::new(Heard::default());
    let limits = Limits {
        spares: 0,
        ..Limits::default()
    };
    let main = move |_, mut receiver: tokio::sync::mpsc::UnboundedReceiver<RoomEvent>, _| {
        while let Some(event) = receiver.blocking_recv() {
            if let RoomEvent::Http(request) = event {
                let told = told.lock().expect("nobody panicked");
                // The test may be over.
                let _ = told.send(request.http.url);
            }
        }
    };
    let rooms = rooms(limits, heard.clone(), Box::new(main));
    rooms.reload(generation(&["main"], PARTY), None);
    let host = IsolateHost::new(rooms, outside(heard), limits);
    host.assign(RoomKey::new("main", "a"));
    (host, calls)
}

/// A request that JavaScript has answered with `status`, and where the answer arrives.
fn answered(host: &IsolateHost, status: u16) -> Receiver<Reply> {
    let (reply, answer) = question();
    let request = host.admit(reply, Chain::new(), None);
    host.respond(request, text_reply(status, "from JavaScript"));
    answer
}

fn status(answer: &mut Receiver<Reply>) -> Option<u16> {
    match answer.try_recv() {
        Ok(Reply::Response(reply)) => Some(reply.status),
        _ => None,
    }
}

fn call(host: &IsolateHost, url: &str) {
    let http = HttpRequest {
        method: "GET".to_owned(),
        url: url.to_owned(),
        headers: Vec::new(),
        body: Body::Empty,
        client_accept_encoding: None,
    };
    // The answer is of no interest.
    drop(host.stub_fetch("main".to_owned(), "b".to_owned(), http));
}

#[test]
fn answers_and_calls_of_a_turn_wait_for_its_writes() {
    on_room_thread(async {
        let (host, calls) = host();
        let committed = host.output_gate.renew();
        let mut first = answered(&host, 200);
        host.end_turn(None);
        let mut second = answered(&host, 201);
        call(&host, "http://b/second");
        host.end_turn(Some(1));
        let mut third = answered(&host, 202);
        host.end_turn(None);
        host.flush(Waker::noop());
        assert_eq!(status(&mut first), Some(200));
        assert!(status(&mut second).is_none() && status(&mut third).is_none());
        assert!(calls.try_recv().is_err());
        assert!(host.is_busy(), "it owes what is held back");
        committed(1, None);
        host.flush(Waker::noop());
        assert_eq!(status(&mut second), Some(201));
        assert_eq!(status(&mut third), Some(202));
        let called = calls.recv_timeout(PATIENCE).expect("the call has left");
        assert_eq!(called, "http://b/second");
        assert!(!host.is_busy());
    });
}

#[test]
fn output_of_the_turn_that_goes_on_stays() {
    on_room_thread(async {
        let (host, _calls) = host();
        let mut answer = answered(&host, 200);
        host.flush(Waker::noop());
        assert!(status(&mut answer).is_none(), "its turn may still write");
        host.end_turn(None);
        host.flush(Waker::noop());
        assert_eq!(status(&mut answer), Some(200));
    });
}

#[test]
fn what_tells_of_a_lost_write_never_leaves() {
    on_room_thread(async {
        let (host, calls) = host();
        let listener = host.output_gate.renew();
        let mut before = answered(&host, 200);
        host.end_turn(None);
        let mut told = answered(&host, 201);
        call(&host, "http://b/told");
        host.end_turn(Some(1));
        listener(1, Some(&StorageFailure::new("disk full")));
        let failure = host
            .output_gate
            .take_failure()
            .expect("the room is to know");
        assert_eq!(failure.to_string(), "disk full");
        host.settle().await;
        host.fail_requests(500, "The room was reset");
        assert_eq!(status(&mut before), Some(200));
        assert_eq!(status(&mut told), Some(500));
        host.flush(Waker::noop());
        assert!(calls.try_recv().is_err());
        assert!(!host.is_busy());
    });
}

#[test]
fn end_of_an_isolate_waits_for_writes_that_are_under_way() {
    on_room_thread(async {
        let (host, _calls) = host();
        let committed = host.output_gate.renew();
        let mut answer = answered(&host, 200);
        host.end_turn(Some(1));
        let settling = tokio::task::spawn_local({
            let host = host.clone();
            async move { host.settle().await }
        });
        tokio::task::yield_now().await;
        assert!(!settling.is_finished());
        committed(1, None);
        settling.await.expect("it does not panic");
        assert_eq!(status(&mut answer), Some(200));
    });
}

#[test]
fn request_that_javascript_has_not_answered_is_failed() {
    on_room_thread(async {
        let (host, _calls) = host();
        let (reply, mut answer) = question();
        host.admit(reply, Chain::new(), None);
        host.input_gate.close();
        host.work_started();
        host.fail_requests(503, "The room was restarted with new code");
        assert_eq!(status(&mut answer), Some(503));
        assert!(host.input_gate.is_open() && !host.is_busy());
    });
}
