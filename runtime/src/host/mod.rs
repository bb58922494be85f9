//! What an isolate's JavaScript reaches outside itself. It belongs to the thread and outlives the
//! isolate, which may be restarted above it. Never runs JavaScript.

mod beats;
mod code;
mod gate;
pub mod html;
mod inbox;
mod interface;
mod look;
mod outgoing;
mod outside;
mod readers;
mod reports;
mod sockets;
mod splice;
mod standing;
mod telling;
#[cfg(test)]
mod tests;
mod told;
mod touch;
mod way_out;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Instant;

use partyrun_ops::message::{RequestId, SocketId};

pub use beats::Beats;
pub use gate::{InputGate, OutputGate};
pub use inbox::{Inbox, SocketEvent, Ticket};
pub use outside::Outside;
pub use reports::Reports;
use sockets::Peer;
pub use sockets::{Kept, Refused, Sockets, TurnNumber};
pub use way_out::{Asked, Outbound, TestAnswer};

use crate::call::DueAlarm;
use crate::call::ReplySender;
use crate::call::text_reply;
use crate::call::{Chain, Reply, RoomKey, RoomRequest};
use crate::isolate::Health;
use crate::modules::CodeCounts;
use crate::project::{Event, Limits};
use crate::rooms::Rooms;

struct PendingRequest {
    reply: ReplySender,
    chain: Chain,
    since: Instant,
    /// What an upgrade opened for its answer; it goes with any other answer.
    socket: Option<SocketId>,
}

/// The host of one thread's isolate: a room, or the worker (`key` is `None`).
pub struct IsolateHost {
    key: RefCell<Option<RoomKey>>,
    rooms: RefCell<Arc<Rooms>>,
    outside: RefCell<Outside>,
    pub inbox: Rc<Inbox>,
    pub sockets: Rc<Sockets>,
    pub input_gate: InputGate,
    pub output_gate: OutputGate,
    next_request: Cell<RequestId>,
    requests: RefCell<HashMap<RequestId, PendingRequest>>,
    /// Answers that wait for the output gate.
    replies: RefCell<Vec<(TurnNumber, ReplySender, Reply)>>,
    /// Calls to other rooms that wait for the output gate.
    calls: RefCell<Vec<(TurnNumber, RoomKey, RoomRequest)>>,
    activity: Cell<u64>,
    fetches: way_out::Fetches,
    streams: Cell<usize>,
    work: Cell<usize>,
    /// The alarm whose handler runs.
    alarm: RefCell<Option<DueAlarm>>,
    /// Since when it runs.
    alarm_since: Cell<Option<Instant>>,
    reset: RefCell<Option<String>>,
    /// What it reports before it has a room.
    pub reports: Reports,
    /// Of the isolate that lives now.
    health: RefCell<Option<Health>>,
    code: code::RunningCode,
    pub beats: Beats,
}

impl IsolateHost {
    pub fn new(rooms: Arc<Rooms>, outside: Outside, limits: Limits) -> Rc<Self> {
        let inbox = Rc::new(Inbox::default());
        let sockets = Sockets::new(limits, inbox.clone());
        sockets.news.listen(outside.reporter.wants_sockets());
        Rc::new(IsolateHost {
            key: RefCell::default(),
            rooms: RefCell::new(rooms),
            outside: RefCell::new(outside),
            sockets: Rc::new(sockets),
            inbox,
            input_gate: InputGate::default(),
            output_gate: OutputGate::default(),
            next_request: Cell::new(1),
            requests: RefCell::default(),
            replies: RefCell::default(),
            calls: RefCell::default(),
            activity: Cell::new(0),
            fetches: way_out::Fetches::default(),
            streams: Cell::new(0),
            work: Cell::new(0),
            alarm: RefCell::default(),
            alarm_since: Cell::new(None),
            reset: RefCell::default(),
            reports: Reports::default(),
            health: RefCell::default(),
            code: code::RunningCode::default(),
            beats: Beats::default(),
        })
    }

    /// Says which room this is.
    pub fn assign(&self, key: RoomKey) {
        *self.key.borrow_mut() = Some(key);
    }

    /// Belongs, with its rooms and all that it reaches, elsewhere than it was made for. Only before it has a
    /// room.
    pub fn move_to(&self, rooms: Arc<Rooms>, outside: Outside) {
        *self.rooms.borrow_mut() = rooms;
        *self.outside.borrow_mut() = outside;
    }

    fn rooms(&self) -> Arc<Rooms> {
        self.rooms.borrow().clone()
    }

    /// Takes the isolate whose calls this host answers.
    pub fn watch(&self, health: Health) {
        *self.health.borrow_mut() = Some(health);
    }

    /// Whether a debugger is attached to the isolate.
    pub fn is_debugged(&self) -> bool {
        let health = self.health.borrow();
        health.as_ref().is_some_and(Health::is_debugged)
    }

    /// Takes a request in; JavaScript answers it by the number.
    pub fn admit(&self, reply: ReplySender, chain: Chain, socket: Option<SocketId>) -> RequestId {
        let id = self.next_request.get();
        self.next_request.set(id.wrapping_add(1));
        let pending = PendingRequest {
            reply,
            chain,
            since: Instant::now(),
            socket,
        };
        self.requests.borrow_mut().insert(id, pending);
        id
    }

    /// Takes an alarm in, and gives the time it was due. JavaScript tells how its handler ends.
    pub fn admit_alarm(&self, alarm: DueAlarm) -> i64 {
        let at_ms = alarm.at_ms();
        *self.alarm.borrow_mut() = Some(alarm);
        at_ms
    }

    /// The isolate in which a handler of an alarm may have run is gone.
    pub fn fail_alarm(&self) {
        if let Some(alarm) = self.alarm.borrow_mut().take() {
            let due_ms = alarm.at_ms();
            drop(alarm);
            self.tell_of_alarm(due_ms, true);
        }
    }

    /// Requests that JavaScript has not answered, and work that outlives its handler. A request whose
    /// client has gone holds nothing up.
    pub fn is_busy(&self) -> bool {
        let waited_for = |request: &PendingRequest| !request.reply.is_closed();
        self.requests.borrow().values().any(waited_for)
            || !self.replies.borrow().is_empty()
            || !self.calls.borrow().is_empty()
            || self.work.get() > 0
            || self.sockets.is_any_held()
            || self.alarm.borrow().is_some()
    }

    /// Whether answers are still being streamed.
    pub fn is_streaming(&self) -> bool {
        self.streams.get() > 0
    }

    /// Whether a call must pass the closed gate because this room itself waits for its answer.
    pub fn waits_for(&self, chain: &Chain) -> bool {
        let key = self.key.borrow();
        key.as_ref().is_some_and(|key| chain.contains(key))
    }

    /// Everything that waits, through this isolate, for the call it makes now. Handlers interleave,
    /// so it may be any of those in progress: naming too many opens a gate early, too few deadlocks.
    fn chain(&self) -> Chain {
        let mut chain: Chain = self.key.borrow().iter().cloned().collect();
        for request in self.requests.borrow().values() {
            for key in &request.chain {
                if !chain.contains(key) {
                    chain.push(key.clone());
                }
            }
        }
        chain
    }

    /// Ends the turn of one event, in which storage sealed the batch `sealed`.
    pub fn end_turn(&self, sealed: Option<u64>) {
        self.output_gate.end_turn(sealed);
    }

    /// Releases what storage has committed. Wakes `waker` when more can be released.
    pub fn flush(&self, waker: &Waker) {
        let released = self.output_gate.released(waker);
        self.sockets.flush(released);
        for peer in self.sockets.take_cut() {
            self.tell_of_cut(&peer);
        }
        if let Some(size) = self.sockets.too_large.take() {
            self.tell_of_refusal(size);
        }
        self.tell_of_sockets();
        let mut replies = self.replies.borrow_mut();
        let free = replies.partition_point(|(turn, ..)| *turn <= released);
        for (_, sender, reply) in replies.drain(..free) {
            sender.send(reply);
        }
        let mut calls = self.calls.borrow_mut();
        let free = calls.partition_point(|(turn, ..)| *turn <= released);
        for (_, key, request) in calls.drain(..free) {
            self.rooms().send(&key, request);
        }
    }

    /// Releases what is, or is about to be, committed, and drops what depends on lost writes. For the end of
    /// an isolate, whose last turn may never have ended.
    pub async fn settle(&self) {
        poll_fn(|cx| {
            self.flush(cx.waker());
            let over = self.output_gate.is_settled(cx.waker()) || self.output_gate.has_failed();
            if over { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        let released = self.output_gate.released(Waker::noop());
        self.sockets.forget_held(released);
    }

    /// Answers every request that JavaScript has left open, because its isolate is gone.
    pub fn fail_requests(&self, status: u16, text: &str) {
        let requests = std::mem::take(&mut *self.requests.borrow_mut());
        for request in requests.into_values() {
            if let Some(socket) = request.socket {
                self.sockets.forget(socket);
            }
            request
                .reply
                .send(Reply::Response(text_reply(status, text)));
        }
        for (_, sender, _) in self.replies.borrow_mut().drain(..) {
            sender.send(Reply::Response(text_reply(status, text)));
        }
        self.calls.borrow_mut().clear();
        self.input_gate.reset();
        self.work.set(0);
    }

    /// Answers a request that JavaScript has not answered.
    pub fn fail_request(&self, request: RequestId, status: u16, text: &str) {
        self.reply(request, Reply::Response(text_reply(status, text)));
    }

    /// Why user code's state must be discarded, or `None`.
    pub fn take_reset(&self) -> Option<String> {
        self.reset.borrow_mut().take()
    }

    pub fn report(&self, event: Event) {
        if let Some(event) = self.reports.take_in(event) {
            self.outside.borrow().reporter.report(event);
        }
    }

    /// Sends the reports that have waited for the room.
    pub fn release_reports(&self) {
        let address = self.key.borrow().as_ref().map(RoomKey::address);
        for event in self.reports.of_room(address.as_ref()) {
            self.outside.borrow().reporter.report(event);
        }
    }

    /// Reports what the new code waits for, and for how many seconds at most.
    pub fn tell_of_old_code(&self, seconds: u64) {
        let Some(address) = self.key.borrow().as_ref().map(RoomKey::address) else {
            return;
        };
        let what = if !self.requests.borrow().is_empty() {
            "a request"
        } else if self.alarm.borrow().is_some() {
            "an alarm"
        } else {
            "what it began"
        };
        self.report(Event::Notice(format!(
            "Room `{address}` is finishing {what} on the old code (up to {seconds} s)"
        )));
    }

    /// Reports a peer that was cut because it does not read.
    fn tell_of_cut(&self, peer: &Peer) {
        let who = match peer {
            Peer::Client(id) => format!("The connection `{id}`"),
            Peer::Server(url) => format!("The WebSocket to `{url}`"),
            Peer::Unknown => "A WebSocket".to_owned(),
        };
        let room = self.key.borrow().as_ref().map(RoomKey::address);
        let place = room.map_or_else(String::new, |room| format!(" of the room `{room}`"));
        let limit = self.sockets.limits.max_queue >> 20;
        self.report(Event::Notice(format!(
            "{who}{place} was closed: the other end is not reading, and more than `{limit} MiB` are waiting for it"
        )));
    }

    /// Says, once for each party, that a message was too large: its client only sees a code.
    fn tell_of_refusal(&self, size: u64) {
        let address = self.key.borrow().as_ref().map(RoomKey::address);
        let place = match &address {
            Some(address) => format!("room `{address}`"),
            None => "the static handlers".to_owned(),
        };
        let party = address.map_or_else(String::new, |address| address.party);
        let limit = self.sockets.limits.max_message;
        self.rooms().notice_once(
            format!("too large: {party}"),
            format!(
                "A WebSocket message for {place} was refused and its connection closed with 1009: {size} bytes, the limit is {limit}"
            ),
        );
    }

    /// Says that the modules are loaded, and how their code was come by.
    pub fn report_loaded(&self, code: CodeCounts) {
        let room = self.key.borrow().as_ref().map(RoomKey::address);
        self.report(Event::Loaded { room, code });
    }

    /// Answers a request; its upgrade's socket goes, unless the answer is that socket.
    fn reply(&self, request: RequestId, reply: Reply) {
        let Some(pending) = self.requests.borrow_mut().remove(&request) else {
            return;
        };
        let is_upgrade = matches!(reply, Reply::Upgrade(..));
        if let Some(socket) = pending.socket.filter(|_| !is_upgrade) {
            self.sockets.forget(socket);
        }
        let turn = self.output_gate.turn();
        self.replies.borrow_mut().push((turn, pending.reply, reply));
        self.inbox.wake();
    }
}
