//! What an isolate's JavaScript reaches outside itself. It belongs to the thread and outlives the
//! isolate, which may be restarted above it. Never runs JavaScript.

mod gate;
mod inbox;
mod outgoing;
mod readers;
mod sockets;
mod splice;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Poll, Waker};

use partyrun_ops::bindings_interface::SharedBindings;
use partyrun_ops::html::{HtmlListener, HtmlRewrite};
use partyrun_ops::http_cache::{CacheCall, CacheReply};
use partyrun_ops::interface::{
    HeaderList, Host, HttpReply, HttpRequest, Level, LocalFuture, Message, RequestId, SocketId,
    SocketRecord, StubReply,
};
use partyrun_ops::storage_interface::AlarmEnd;
use rusqlite::Connection;
use tokio::sync::oneshot;

pub use gate::{InputGate, OutputGate};
use outgoing::Answer;

pub use inbox::{Inbox, SocketEvent};
pub use sockets::{Sockets, Turn};
pub use splice::Dialled;

use crate::alarms::DueAlarm;
use crate::event::{Chain, Reply, ReplySender, RoomKey, RoomRequest, Transport};
use crate::project::{Event, Limits, Reporter};
use crate::room::is_upgrade;
use crate::rooms::Rooms;

struct PendingRequest {
    reply: ReplySender,
    chain: Chain,
    /// What an upgrade opened for its answer; it goes with any other answer.
    socket: Option<SocketId>,
}

/// The host of one thread's isolate: a room, or the worker (`key` is `None`).
pub struct IsolateHost {
    key: RefCell<Option<RoomKey>>,
    rooms: Arc<Rooms>,
    reporter: Arc<dyn Reporter>,
    pub inbox: Rc<Inbox>,
    pub sockets: Rc<Sockets>,
    pub input_gate: InputGate,
    pub output_gate: OutputGate,
    next_request: Cell<RequestId>,
    requests: RefCell<HashMap<RequestId, PendingRequest>>,
    /// Answers that wait for the output gate.
    replies: RefCell<Vec<(Turn, ReplySender, Reply)>>,
    /// Calls to other rooms that wait for the output gate.
    calls: RefCell<Vec<(Turn, RoomKey, RoomRequest)>>,
    streams: Cell<usize>,
    work: Cell<usize>,
    /// The alarm whose handler runs.
    alarm: RefCell<Option<DueAlarm>>,
    reset: RefCell<Option<String>>,
}

impl IsolateHost {
    pub fn new(rooms: Arc<Rooms>, reporter: Arc<dyn Reporter>, limits: Limits) -> Rc<Self> {
        let inbox = Rc::new(Inbox::default());
        Rc::new(IsolateHost {
            key: RefCell::default(),
            rooms,
            reporter,
            sockets: Rc::new(Sockets::new(limits, inbox.clone())),
            inbox,
            input_gate: InputGate::default(),
            output_gate: OutputGate::default(),
            next_request: Cell::new(1),
            requests: RefCell::default(),
            replies: RefCell::default(),
            calls: RefCell::default(),
            streams: Cell::new(0),
            work: Cell::new(0),
            alarm: RefCell::default(),
            reset: RefCell::default(),
        })
    }

    /// Says which room this is.
    pub fn assign(&self, key: RoomKey) {
        *self.key.borrow_mut() = Some(key);
    }

    /// Takes a request in; JavaScript answers it by the number.
    pub fn admit(&self, reply: ReplySender, chain: Chain, socket: Option<SocketId>) -> RequestId {
        let id = self.next_request.get();
        self.next_request.set(id.wrapping_add(1));
        let pending = PendingRequest {
            reply,
            chain,
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
        self.alarm.borrow_mut().take();
    }

    /// Requests that JavaScript has not answered, and work that outlives its handler. A request whose
    /// client has gone holds nothing up.
    pub fn is_busy(&self) -> bool {
        let waited_for = |request: &PendingRequest| !request.reply.is_closed();
        self.requests.borrow().values().any(waited_for)
            || !self.replies.borrow().is_empty()
            || !self.calls.borrow().is_empty()
            || self.work.get() > 0
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

    /// Lets out what storage has committed. `waker` is woken when more may go.
    pub fn flush(&self, waker: &Waker) {
        let released = self.output_gate.released(waker);
        self.sockets.flush(released);
        let mut replies = self.replies.borrow_mut();
        let free = replies.partition_point(|(turn, ..)| *turn <= released);
        for (_, sender, reply) in replies.drain(..free) {
            // A client that is gone does not want its answer.
            let _ = sender.send(reply);
        }
        let mut calls = self.calls.borrow_mut();
        let free = calls.partition_point(|(turn, ..)| *turn <= released);
        for (_, key, request) in calls.drain(..free) {
            self.rooms.send(&key, request);
        }
    }

    /// Lets out what is, or is about to be, committed; drops what tells of lost writes. For the end of
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

    /// Answers everything that JavaScript still owes, because its isolate is gone.
    pub fn fail_requests(&self, status: u16, text: &str) {
        let requests = std::mem::take(&mut *self.requests.borrow_mut());
        for request in requests.into_values() {
            if let Some(socket) = request.socket {
                self.sockets.forget(socket);
            }
            let _ = request
                .reply
                .send(Reply::Response(text_reply(status, text)));
        }
        for (_, sender, _) in self.replies.borrow_mut().drain(..) {
            let _ = sender.send(Reply::Response(text_reply(status, text)));
        }
        self.calls.borrow_mut().clear();
        self.input_gate.reset();
        self.work.set(0);
    }

    /// Why user code's state must be thrown away, when it must.
    pub fn take_reset(&self) -> Option<String> {
        self.reset.borrow_mut().take()
    }

    pub fn report(&self, event: Event) {
        self.reporter.report(event);
    }

    /// Reports an exception of user code that happened outside any handler of JavaScript's.
    pub fn report_error(&self, context: &str, text: String) {
        let room = self.key.borrow().as_ref().map(RoomKey::address);
        self.report(Event::UserError {
            context: context.to_owned(),
            text,
            room,
        });
    }

    /// Answers a request; its upgrade's socket goes, unless the answer is that socket.
    fn reply(&self, request: RequestId, reply: Reply) {
        let Some(pending) = self.requests.borrow_mut().remove(&request) else {
            return;
        };
        if let (Some(socket), Reply::Response(_) | Reply::Pass) = (pending.socket, &reply) {
            self.sockets.forget(socket);
        }
        let turn = self.output_gate.turn();
        self.replies.borrow_mut().push((turn, pending.reply, reply));
        self.inbox.wake();
    }
}

/// An answer of our own.
pub fn text_reply(status: u16, text: &str) -> HttpReply {
    HttpReply {
        status,
        reason: String::new(),
        headers: vec![("content-type".into(), "text/plain;charset=UTF-8".into())],
        body: partyrun_ops::interface::Body::Bytes(text.to_owned().into()),
    }
}

impl Host for IsolateHost {
    fn console(&self, level: Level, text: String) {
        let room = self.key.borrow().as_ref().map(RoomKey::address);
        let text = text.strip_suffix('\n').map(str::to_owned).unwrap_or(text);
        self.report(Event::Console { level, text, room });
    }

    fn user_error(&self, context: &str, stack: String) {
        self.report_error(context, stack);
    }

    fn respond(&self, request: RequestId, reply: HttpReply) {
        self.reply(request, Reply::Response(reply));
    }

    fn pass(&self, request: RequestId) {
        self.reply(request, Reply::Pass);
    }

    fn accept(&self, request: RequestId, socket: SocketId, headers: HeaderList) {
        if let Some(slot) = self.sockets.take_held(socket) {
            return self.reply(request, Reply::Upgrade(slot, headers));
        }
        let (slot, transport) = oneshot::channel();
        let sockets = self.sockets.clone();
        tokio::task::spawn_local(async move {
            match transport.await {
                Ok(transport) => sockets.attach(socket, transport),
                Err(_) => sockets.lose(socket),
            }
        });
        self.reply(request, Reply::Upgrade(slot, headers));
    }

    fn forward(&self, request: RequestId, party: String, room: String, http: HttpRequest) {
        let Some(pending) = self.requests.borrow_mut().remove(&request) else {
            return;
        };
        let key = RoomKey::new(&party, &room);
        self.rooms.send(
            &key,
            RoomRequest {
                http,
                reply: pending.reply,
                chain: Chain::new(),
            },
        );
    }

    fn stub_fetch(
        &self,
        party: String,
        room: String,
        http: HttpRequest,
    ) -> LocalFuture<Result<StubReply, String>> {
        let (reply, answer) = oneshot::channel();
        let chain = self.chain();
        let key = RoomKey::new(&party, &room);
        let turn = self.output_gate.turn();
        let (held, holding) = oneshot::channel();
        if is_upgrade(&http) {
            let sockets = self.sockets.clone();
            tokio::task::spawn_local(async move {
                if let Ok(socket) = holding.await {
                    sockets.give_up(socket).await;
                }
            });
        }
        let request = RoomRequest { http, reply, chain };
        self.calls.borrow_mut().push((turn, key, request));
        self.inbox.wake();
        let sockets = self.sockets.clone();
        Box::pin(async move {
            match answer.await {
                Ok(Reply::Response(reply)) => Ok(StubReply::Response(reply)),
                Ok(Reply::Upgrade(slot, headers)) => {
                    let socket = sockets.hold(slot);
                    // Nobody listens when the room is ending, which drops the socket too.
                    let _ = held.send(socket);
                    Ok(StubReply::Socket(socket, headers))
                }
                Ok(Reply::Pass) | Err(_) => Err(format!("The room `{party}/{room}` went away")),
            }
        })
    }

    fn asset(&self, path: &str) -> Option<HttpReply> {
        self.rooms.surroundings.assets.fetch(path)
    }

    fn socket_open(&self) -> SocketId {
        self.sockets.open()
    }

    fn socket_connect(&self, url: String, protocols: Vec<String>) -> SocketId {
        let inside = !self.input_gate.is_open();
        let socket = self.sockets.open_outgoing(inside);
        let (sockets, inbox) = (self.sockets.clone(), self.inbox.clone());
        tokio::task::spawn_local(async move {
            match outgoing::connect(&url, &protocols).await {
                Ok((connection, protocol)) => {
                    inbox.push(SocketEvent::Open { socket, protocol }).await;
                    sockets.attach(socket, Transport::Dialled(connection));
                }
                Err(error) => {
                    inbox
                        .push(SocketEvent::Failed(socket, error.to_string()))
                        .await;
                    sockets.forget(socket);
                }
            }
        });
        socket
    }

    fn fetch_socket(
        &self,
        url: String,
        headers: HeaderList,
    ) -> LocalFuture<Result<StubReply, String>> {
        let sockets = self.sockets.clone();
        // A task of the thread's own: what an op awaits is polled where nothing local can be spawned.
        let asked = tokio::task::spawn_local(async move {
            match outgoing::fetch(&url, &headers).await {
                Ok(Answer::Open {
                    connection,
                    headers,
                }) => Ok(StubReply::Socket(sockets.hold_dialled(connection), headers)),
                Ok(Answer::Plain(reply)) => Ok(StubReply::Response(reply)),
                Err(error) => Err(error.to_string()),
            }
        });
        Box::pin(async move {
            let lost = |_| Err("The request was given up".to_owned());
            asked.await.unwrap_or_else(lost)
        })
    }

    fn socket_accept(&self, socket: SocketId) {
        self.sockets.accept(socket, !self.input_gate.is_open());
    }

    fn socket_send(&self, socket: SocketId, message: Message) {
        self.sockets.send(socket, &message, self.output_gate.turn());
    }

    fn socket_close(&self, socket: SocketId, code: Option<u16>, reason: &str) {
        let reason = crate::socket::truncate_reason(reason);
        self.sockets
            .close(socket, code, reason, self.output_gate.turn());
    }

    fn socket_member(&self, socket: SocketId, member: bool) {
        self.sockets.set_member(socket, member);
    }

    fn broadcast(&self, message: Message, except: &[SocketId]) {
        self.sockets
            .broadcast(&message, except, self.output_gate.turn());
    }

    fn http_cache(&self, call: CacheCall) -> LocalFuture<Result<CacheReply, String>> {
        let serve =
            move |connection: &mut Connection| crate::storage::serve_cache(connection, call);
        let answer = self.rooms.surroundings.storage.run(serve);
        Box::pin(async move {
            match answer.await {
                Ok(reply) => reply.map_err(|error| format!("Cannot use the cache: {error}")),
                Err(_) => Err("The storage is closed".to_owned()),
            }
        })
    }

    fn rewrite_html(
        &self,
        listeners: Vec<HtmlListener>,
        encoding: &str,
    ) -> Result<Rc<dyn HtmlRewrite>, String> {
        crate::html::open(listeners, encoding)
    }

    fn socket_record(&self, record: SocketRecord) {
        self.sockets.set_record(record);
    }

    fn socket_records(&self) -> Vec<SocketRecord> {
        self.sockets.records()
    }

    fn set_attachment(&self, socket: SocketId, bytes: Vec<u8>) {
        self.sockets.set_attachment(socket, bytes);
    }

    fn attachment(&self, socket: SocketId) -> Option<Vec<u8>> {
        self.sockets.attachment(socket)
    }

    fn gate_close(&self) {
        self.input_gate.close();
    }

    fn gate_open(&self) {
        self.input_gate.open();
        self.inbox.wake();
    }

    fn work_started(&self) {
        self.work.set(self.work.get() + 1);
    }

    fn work_finished(&self) {
        self.work.set(self.work.get().saturating_sub(1));
        self.inbox.wake();
    }

    fn stream_started(&self) {
        self.streams.set(self.streams.get() + 1);
    }

    fn stream_finished(&self) {
        self.streams.set(self.streams.get().saturating_sub(1));
        self.inbox.wake();
    }

    fn alarm_ended(&self, end: AlarmEnd) -> bool {
        let Some(alarm) = self.alarm.borrow_mut().take() else {
            return true;
        };
        let goes_on = alarm.end(end);
        if !goes_on {
            let room = self.key.borrow().as_ref().map(RoomKey::address);
            let room = room.map(|room| room.to_string()).unwrap_or_default();
            self.report(Event::Notice(format!(
                "An alarm has failed seven times and is given up, the room: `{room}`"
            )));
        }
        self.inbox.wake();
        goes_on
    }

    fn bindings(&self) -> SharedBindings {
        self.rooms.surroundings.bindings.clone()
    }

    fn say_once(&self, level: Level, text: &str) {
        self.rooms.say_once(level, text);
    }

    fn reset(&self, reason: String) {
        *self.reset.borrow_mut() = Some(reason);
        self.inbox.wake();
    }
}
