//! The calls of JavaScript's operations, as the host of an isolate answers them: each hands on to the
//! part that owns the matter. Keeps no state of its own.

use std::future::ready;
use std::rc::Rc;
use std::time::Instant;

use partyrun_ops::Services;
use partyrun_ops::html::{HtmlEngine, HtmlListener, HtmlRewrite};
use partyrun_ops::http_cache::{CacheCall, CacheReply, HttpCache};
use partyrun_ops::interface::{
    Console, FunctionPlace, Gates, Level, Requests, SharedTime, Sockets,
};
use partyrun_ops::message::{
    HeaderList, HttpReply, HttpRequest, LocalFuture, Message, RequestId, SocketId, SocketRecord,
    StubReply,
};
use partyrun_ops::storage_interface::AlarmEnd;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::outgoing::{self, Answer};
use super::{IsolateHost, SocketEvent};
use crate::call::is_upgrade;
use crate::call::question;
use crate::call::{Chain, Reply, RequestKind, RoomKey, RoomRequest, Transport};
use crate::isolate::{Health, Verdict};
use crate::project::Event;

impl IsolateHost {
    /// What the isolate's ops call.
    pub fn services(self: &Rc<Self>) -> Services {
        Services {
            console: self.clone(),
            requests: self.clone(),
            sockets: self.clone(),
            gates: self.clone(),
            caches: self.clone(),
            html: self.clone(),
            ways_out: Some(self.clone()),
            bindings: Some(self.outside.borrow().bindings.clone()),
            time: self
                .clock()
                .is_adjustable()
                .then(|| -> SharedTime { self.clone() }),
        }
    }
}

impl Console for IsolateHost {
    fn console(&self, level: Level, text: String) {
        let place = match level {
            Level::Error | Level::Warn => self.place_in(&text),
            _ => None,
        };
        self.report_console(level, text, place);
    }

    fn tell_once(&self, kind: &str, text: &str) {
        let Some(room) = self.key.borrow().as_ref().map(RoomKey::address) else {
            return;
        };
        self.rooms().notice_once(
            format!("{kind}: {}", room.party),
            format!("Room `{room}` {text}"),
        );
    }

    fn warn_of(&self, function: FunctionPlace, text: String) {
        self.report_warning(&function, text);
    }

    fn is_inspected(&self) -> bool {
        self.is_debugged()
    }

    fn console_clear(&self) {
        self.report(Event::ConsoleClear);
    }

    fn user_error(&self, context: &str, stack: String) {
        self.report_error(context, stack);
    }

    fn say_once(&self, level: Level, text: &str) {
        self.rooms().say_once(level, text);
    }
}

impl Requests for IsolateHost {
    fn respond(&self, request: RequestId, reply: HttpReply) {
        self.reply(request, Reply::Response(reply));
    }

    fn fail(&self, request: RequestId, reply: HttpReply) {
        let reply = match self.take_trouble() {
            Some(trouble) => Reply::Failed(reply, trouble),
            None => Reply::Response(reply),
        };
        self.reply(request, reply);
    }

    fn accept(&self, request: RequestId, socket: SocketId, headers: HeaderList) {
        if let Some(slot) = self.sockets.take_far_end(socket) {
            return self.reply(request, Reply::Upgrade(slot, headers));
        }
        let (slot, transport) = oneshot::channel();
        let sockets = self.sockets.clone();
        let arriving = sockets.expect_transport();
        tokio::task::spawn_local(async move {
            match transport.await {
                Ok(transport) => sockets.attach(socket, transport),
                Err(_) => sockets.lose(socket),
            }
            drop(arriving);
        });
        self.reply(request, Reply::Upgrade(slot, headers));
    }

    fn pass(&self, request: RequestId) {
        self.reply(request, Reply::Pass);
    }

    fn forward(&self, request: RequestId, party: String, room: String, http: HttpRequest) {
        let Some(pending) = self.requests.borrow_mut().remove(&request) else {
            return;
        };
        let key = RoomKey::new(&party, &room);
        self.rooms().send(
            &key,
            RoomRequest {
                http,
                reply: pending.reply,
                chain: Chain::new(),
                kind: RequestKind::Client,
            },
        );
    }

    fn stub_fetch(
        &self,
        party: String,
        room: String,
        http: HttpRequest,
    ) -> LocalFuture<Result<StubReply, String>> {
        let (reply, answer) = question();
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
        let request = RoomRequest {
            http,
            reply,
            chain,
            kind: RequestKind::Client,
        };
        self.calls.borrow_mut().push((turn, key, request));
        self.note_activity();
        self.inbox.wake();
        let sockets = self.sockets.clone();
        Box::pin(async move {
            match answer.await {
                Ok(Reply::Response(reply) | Reply::Failed(reply, _)) => {
                    Ok(StubReply::Response(reply))
                }
                Ok(Reply::Upgrade(slot, headers)) => {
                    let socket = sockets.keep_far_end(slot);
                    // Nobody listens when the room is ending, which drops the socket too.
                    let _ = held.send(socket);
                    Ok(StubReply::Socket(socket, headers))
                }
                Ok(Reply::Pass) | Err(_) => Err(format!("The room `{party}/{room}` went away")),
            }
        })
    }

    fn fetch_socket(
        &self,
        url: String,
        headers: HeaderList,
    ) -> LocalFuture<Result<StubReply, String>> {
        if let Some(text) = self.refused_socket(&url) {
            return Box::pin(ready(Err(text)));
        }
        let sockets = self.sockets.clone();
        // A task of the thread's own: what an op awaits is polled where nothing local can be spawned.
        let asked = tokio::task::spawn_local(async move {
            match outgoing::fetch(&url, &headers).await {
                Ok(Answer::Open {
                    connection,
                    headers,
                }) => Ok(StubReply::Socket(sockets.keep_dialled(connection), headers)),
                Ok(Answer::Plain(reply)) => Ok(StubReply::Response(reply)),
                Err(error) => Err(error.to_string()),
            }
        });
        Box::pin(async move {
            let lost = |_| Err("The request was abandoned".to_owned());
            asked.await.unwrap_or_else(lost)
        })
    }

    fn asset(&self, path: &str) -> Option<HttpReply> {
        self.outside.borrow().pages.fetch(path)
    }
}

impl Sockets for IsolateHost {
    fn socket_open(&self) -> SocketId {
        self.sockets.open()
    }

    fn socket_connect(&self, url: String, protocols: Vec<String>) -> SocketId {
        let inside = self.input_gate.is_closed();
        let socket = self.sockets.open_outgoing(inside, &url);
        let (sockets, inbox) = (self.sockets.clone(), self.inbox.clone());
        let refused = self.refused_socket(&url);
        tokio::task::spawn_local(async move {
            let connected = match refused {
                Some(text) => Err(text),
                None => outgoing::connect(&url, &protocols)
                    .await
                    .map_err(|error| error.to_string()),
            };
            match connected {
                Ok((connection, protocol)) => {
                    inbox.push(SocketEvent::Open { socket, protocol }).await;
                    sockets.attach(socket, Transport::Dialled(connection));
                }
                Err(error) => {
                    let failed = SocketEvent::Failed {
                        socket,
                        message: error,
                        close: None,
                    };
                    inbox.push(failed).await;
                    sockets.forget(socket);
                }
            }
        });
        socket
    }

    fn socket_accept(&self, socket: SocketId) {
        self.sockets.accept(socket, self.input_gate.is_closed());
    }

    fn socket_send(&self, socket: SocketId, message: Message) {
        self.note_activity();
        self.sockets.send(socket, &message, self.output_gate.turn());
    }

    fn socket_close(&self, socket: SocketId, code: Option<u16>, reason: &str) {
        self.note_activity();
        let reason = crate::socket::truncate_reason(reason);
        self.sockets
            .close(socket, code, reason, self.output_gate.turn());
    }

    fn socket_member(&self, socket: SocketId, member: bool) {
        self.sockets.set_member(socket, member);
    }

    fn socket_name(&self, socket: SocketId, name: String) {
        self.sockets.set_name(socket, name);
    }

    fn socket_keep(&self, socket: SocketId, left: Vec<u8>) {
        self.sockets.keep(socket, left);
    }

    fn socket_keep_not(&self, socket: SocketId, why: &str, place: Option<FunctionPlace>) {
        let place = place.and_then(|place| self.place_of(&place));
        self.sockets.keep_not(socket, why, place);
    }

    fn socket_resumed(&self, socket: SocketId) {
        self.sockets.let_go(socket);
    }

    fn broadcast(&self, message: Message, except: &[SocketId]) {
        self.note_activity();
        self.sockets
            .broadcast(&message, except, self.output_gate.turn());
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
}

impl Gates for IsolateHost {
    fn gate_close(&self) {
        self.input_gate.close();
    }

    fn gate_open(&self) {
        self.input_gate.open();
        self.inbox.wake();
    }

    fn gate_pause(&self) {
        if self.input_gate.pause()
            && let Some(health) = &*self.health.borrow()
        {
            health.start_wait(self.inbox.waker());
        }
    }

    fn gate_resume(&self) {
        if self.input_gate.resume()
            && let Some(health) = &*self.health.borrow()
        {
            health.end_wait();
        }
        self.inbox.wake();
    }

    fn is_stopped(&self) -> bool {
        let health = self.health.borrow();
        health
            .as_ref()
            .is_some_and(|health| health.verdict() != Verdict::Healthy)
    }

    fn has_room(&self) -> bool {
        let health = self.health.borrow();
        health.as_ref().is_none_or(Health::has_room)
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

    fn alarm_begun(&self) {
        self.alarm_since.set(Some(Instant::now()));
    }

    fn alarm_ended(&self, end: AlarmEnd) -> bool {
        let Some(alarm) = self.alarm.borrow_mut().take() else {
            return true;
        };
        let due_ms = alarm.at_ms();
        let goes_on = alarm.end(end);
        self.tell_of_alarm(due_ms, end == AlarmEnd::Unsettled && goes_on);
        if !goes_on {
            let room = self.key.borrow().as_ref().map(RoomKey::address);
            let room = room.map(|room| room.to_string()).unwrap_or_default();
            self.report(Event::Notice(format!(
                "Gave up on the alarm of room `{room}` after seven failures"
            )));
        }
        self.inbox.wake();
        goes_on
    }

    fn reset(&self, reason: String) {
        *self.reset.borrow_mut() = Some(reason);
        self.inbox.wake();
    }
}

impl HttpCache for IsolateHost {
    fn http_cache(&self, call: CacheCall) -> LocalFuture<Result<CacheReply, String>> {
        self.note_activity();
        let now = self.outside.borrow().clock.now();
        let serve =
            move |connection: &mut Connection| crate::storage::serve_cache(connection, call, now);
        let answer = self.outside.borrow().storage.run(serve);
        Box::pin(async move {
            match answer.await {
                Ok(reply) => reply.map_err(|error| format!("Cannot use the cache: {error}")),
                Err(_) => Err("The storage is closed".to_owned()),
            }
        })
    }
}

impl HtmlEngine for IsolateHost {
    fn rewrite_html(
        &self,
        listeners: Vec<HtmlListener>,
        encoding: &str,
    ) -> Result<Rc<dyn HtmlRewrite>, String> {
        super::html::open(listeners, encoding)
    }
}
