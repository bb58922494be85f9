//! What a worker does once a newer one has taken over.

use std::task::{Context, Waker};

use tokio::time::Instant;

use super::super::instance::{Incoming, Owner};
use super::*;
use crate::call::{Reply, question};
use crate::project::Limits;
use crate::socket::testing::on_room_thread;
use crate::testing::{Heard, outside, rooms};

struct Begun {
    owner: WorkerOwner,
    events: UnboundedSender<WorkerEvent>,
    host: Rc<IsolateHost>,
}

fn worker() -> Begun {
    let heard = Arc::new(Heard::default());
    let limits = Limits::default();
    let rooms = rooms(limits, heard.clone(), Box::new(|_, _, _| ()));
    let (events, receiver) = unbounded_channel();
    Begun {
        owner: WorkerOwner::new(receiver),
        events,
        host: IsolateHost::new(rooms, outside(heard), limits),
    }
}

impl Begun {
    fn call(&self) -> tokio::sync::oneshot::Receiver<Reply> {
        let (reply, answer) = question();
        let http = HttpRequest {
            method: "GET".to_owned(),
            url: "http://127.0.0.1/".to_owned(),
            headers: Vec::new(),
            body: partyrun_ops::message::Body::Empty,
            client_accept_encoding: None,
        };
        let call = StaticCall::Fetch;
        let sent = self.events.send(WorkerEvent::Call { call, http, reply });
        assert!(sent.is_ok(), "the owner listens");
        answer
    }

    fn retire(&mut self) {
        assert!(self.events.send(WorkerEvent::Retire).is_ok());
        let _ = self.next();
    }

    fn next(&mut self) -> Option<Incoming> {
        let mut cx = Context::from_waker(Waker::noop());
        self.owner.next(&mut cx, &self.host)
    }

    fn rests(&mut self) -> bool {
        let mut cx = Context::from_waker(Waker::noop());
        self.owner.rest(&mut cx, &self.host, false)
    }

    /// The time that is left for what is in hand.
    fn left(&self) -> Duration {
        let patience = self.owner.retiring.as_ref().expect("it retires");
        patience
            .deadline()
            .saturating_duration_since(Instant::now())
    }
}

#[test]
fn worker_serves_until_a_newer_one_takes_over() {
    on_room_thread(async {
        let mut worker = worker();
        assert!(!worker.rests());
        let _answer = worker.call();
        assert!(matches!(worker.next(), Some(Incoming::Deliver(_))));
        assert!(!worker.rests());
    });
}

#[test]
fn worker_with_nothing_in_hand_ends_at_once() {
    on_room_thread(async {
        let mut worker = worker();
        worker.retire();
        assert!(worker.rests());
    });
}

#[test]
fn worker_that_retires_has_five_seconds_for_what_is_in_hand() {
    on_room_thread(async {
        let mut worker = worker();
        let answer = worker.call();
        assert!(matches!(worker.next(), Some(Incoming::Deliver(_))));
        worker.retire();
        assert!(!worker.rests());
        let left = worker.left();
        assert!(left <= Duration::from_secs(5) && left > Duration::from_secs(4));
        let patience = worker.owner.retiring.as_mut().expect("it retires");
        // Timers are late by up to some milliseconds.
        let past = Instant::now().checked_sub(Duration::from_millis(5));
        patience
            .as_mut()
            .reset(past.expect("the machine has been up"));
        let at_once = worker.rests();
        tokio::task::yield_now().await;
        assert!(at_once || worker.rests(), "the time is over");
        drop(answer);
    });
}

#[test]
fn calls_that_come_after_a_newer_worker_are_refused() {
    on_room_thread(async {
        let mut worker = worker();
        worker.retire();
        let mut answer = worker.call();
        assert!(worker.next().is_none());
        let answered = answer.try_recv();
        assert!(matches!(answered, Ok(Reply::Response(reply)) if reply.status == 503));
    });
}
