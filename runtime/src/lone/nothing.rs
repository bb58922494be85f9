//! The world of an isolate that has none: it prints, and whatever else it asks for is not there.

use std::cell::Cell;
use std::future::ready;
use std::rc::Rc;
use std::sync::Arc;

use partyrun_ops::Services;
use partyrun_ops::html::{HtmlEngine, HtmlListener, HtmlRewrite};
use partyrun_ops::http_cache::{CacheCall, CacheReply, HttpCache};
use partyrun_ops::interface::{
    Console, FunctionPlace, Gates, Level, Requests, SharedTime, Sockets, Time,
};
use partyrun_ops::message::{
    HeaderList, HttpReply, HttpRequest, LocalFuture, Message, RequestId, SocketId, SocketRecord,
    StubReply,
};
use partyrun_ops::storage_interface::AlarmEnd;

use crate::project::{Event, Reporter};
use crate::time::Clock;

const NO_SERVER: &str = "This isolate has no server";

pub(super) struct LoneHost {
    reporter: Arc<dyn Reporter>,
    next_socket: Cell<SocketId>,
    clock: Clock,
}

impl LoneHost {
    pub fn new(reporter: Arc<dyn Reporter>, clock: Clock) -> Self {
        LoneHost {
            reporter,
            clock,
            next_socket: Cell::new(1),
        }
    }

    pub fn services(self: &Rc<Self>) -> Services {
        Services {
            console: self.clone(),
            requests: self.clone(),
            sockets: self.clone(),
            gates: self.clone(),
            caches: self.clone(),
            html: self.clone(),
            ways_out: None,
            bindings: None,
            time: self
                .clock
                .is_adjustable()
                .then(|| -> SharedTime { self.clone() }),
        }
    }
}

fn absent<T: 'static>() -> LocalFuture<Result<T, String>> {
    Box::pin(ready(Err(NO_SERVER.to_owned())))
}

impl Console for LoneHost {
    fn console(&self, level: Level, text: String) {
        self.reporter.report(Event::Console {
            level,
            text,
            room: None,
            place: None,
        });
    }

    fn console_clear(&self) {
        self.reporter.report(Event::ConsoleClear);
    }

    fn user_error(&self, context: &str, stack: String) {
        self.reporter.report(Event::UserError {
            context: context.to_owned(),
            text: stack,
            room: None,
            place: None,
        });
    }

    fn say_once(&self, level: Level, text: &str) {
        self.console(level, text.to_owned());
    }
}

impl Requests for LoneHost {
    fn respond(&self, _: RequestId, _: HttpReply) {}

    fn accept(&self, _: RequestId, _: SocketId, _: HeaderList) {}

    fn pass(&self, _: RequestId) {}

    fn forward(&self, _: RequestId, _: String, _: String, _: HttpRequest) {}

    fn stub_fetch(
        &self,
        _: String,
        _: String,
        _: HttpRequest,
    ) -> LocalFuture<Result<StubReply, String>> {
        absent()
    }

    fn fetch_socket(&self, _: String, _: HeaderList) -> LocalFuture<Result<StubReply, String>> {
        absent()
    }

    fn asset(&self, _: &str) -> Option<HttpReply> {
        None
    }
}

/// A clock that nobody sets: all timers come by themselves.
impl Time for LoneHost {
    fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    fn is_controlled(&self) -> bool {
        self.clock.is_controlled()
    }

    fn passed_ms(&self) -> i64 {
        self.clock.passed_ms()
    }

    fn next_timer(&self, due: Option<i64>) -> Option<i64> {
        Some((due? - self.clock.passed_ms()).max(0))
    }
}

/// Sockets that are never connected.
impl Sockets for LoneHost {
    fn socket_open(&self) -> SocketId {
        let id = self.next_socket.get();
        self.next_socket.set(id.wrapping_add(1));
        id
    }

    fn socket_connect(&self, _: String, _: Vec<String>) -> SocketId {
        self.socket_open()
    }

    fn socket_accept(&self, _: SocketId) {}

    fn socket_send(&self, _: SocketId, _: Message) {}

    fn socket_close(&self, _: SocketId, _: Option<u16>, _: &str) {}

    fn socket_member(&self, _: SocketId, _: bool) {}

    fn socket_name(&self, _: SocketId, _: String) {}

    fn socket_keep(&self, _: SocketId, _: Vec<u8>) {}

    fn socket_keep_not(&self, _: SocketId, _: &str, _: Option<FunctionPlace>) {}

    fn socket_resumed(&self, _: SocketId) {}

    fn broadcast(&self, _: Message, _: &[SocketId]) {}

    fn socket_record(&self, _: SocketRecord) {}

    fn socket_records(&self) -> Vec<SocketRecord> {
        Vec::new()
    }

    fn set_attachment(&self, _: SocketId, _: Vec<u8>) {}

    fn attachment(&self, _: SocketId) -> Option<Vec<u8>> {
        None
    }
}

/// No event is ever held back.
impl Gates for LoneHost {
    fn gate_close(&self) {}

    fn gate_open(&self) {}

    fn gate_pause(&self) {}

    fn gate_resume(&self) {}

    fn is_stopped(&self) -> bool {
        false
    }

    fn has_room(&self) -> bool {
        true
    }

    fn work_started(&self) {}

    fn work_finished(&self) {}

    fn stream_started(&self) {}

    fn stream_finished(&self) {}

    fn alarm_begun(&self) {}

    fn alarm_ended(&self, _: AlarmEnd) -> bool {
        true
    }

    fn reset(&self, _: String) {}
}

impl HttpCache for LoneHost {
    fn http_cache(&self, _: CacheCall) -> LocalFuture<Result<CacheReply, String>> {
        absent()
    }
}

impl HtmlEngine for LoneHost {
    fn rewrite_html(&self, _: Vec<HtmlListener>, _: &str) -> Result<Rc<dyn HtmlRewrite>, String> {
        Err(NO_SERVER.to_owned())
    }
}
