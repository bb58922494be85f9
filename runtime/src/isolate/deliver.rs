//! Events into JavaScript: one call of a function that the bootstrap made, then the microtasks, so
//! that what an event starts has settled, as far as it can, before the next one.

use bytes::Bytes;
use deno_core::error::{CoreError, JsError};
use deno_core::{JsRuntime, v8};
use partyrun_ops::RequestHead;
use partyrun_ops::message::{HttpRequest, Message, RequestId, SocketId};

use super::{Handlers, Isolate, LoadError, long_error};
use crate::call::StaticCall;

/// The functions that `90_bootstrap.js` answers with.
pub struct Calls {
    register: v8::Global<v8::Function>,
    configure: v8::Global<v8::Function>,
    assign_room: v8::Global<v8::Function>,
    request: v8::Global<v8::Function>,
    connect: v8::Global<v8::Function>,
    message: v8::Global<v8::Function>,
    close: v8::Global<v8::Function>,
    error: v8::Global<v8::Function>,
    pair_open: v8::Global<v8::Function>,
    pair_message: v8::Global<v8::Function>,
    pair_close: v8::Global<v8::Function>,
    pair_error: v8::Global<v8::Function>,
    before_request: v8::Global<v8::Function>,
    before_connect: v8::Global<v8::Function>,
    fetch: v8::Global<v8::Function>,
    socket: v8::Global<v8::Function>,
    scheduled: v8::Global<v8::Function>,
    alarm: v8::Global<v8::Function>,
    cron: v8::Global<v8::Function>,
    cron_request: v8::Global<v8::Function>,
    control: v8::Global<v8::Function>,
    tick: v8::Global<v8::Function>,
    part: v8::Global<v8::Function>,
    resume: v8::Global<v8::Function>,
}

/// One event for JavaScript.
pub enum Delivery {
    Request(RequestId, HttpRequest),
    Connect(RequestId, HttpRequest, SocketId),
    Static(RequestId, StaticCall, HttpRequest),
    /// A call of the control plane, as JSON.
    Control(RequestId, String),
    Open(SocketId, String),
    Message(SocketId, Message),
    Close {
        socket: SocketId,
        code: u16,
        reason: String,
        clean: bool,
    },
    Error(SocketId, String),
    /// The code is about to end: it leaves its connections to the next.
    Part,
    /// A connection that the code before has left.
    Resume {
        socket: SocketId,
        request: HttpRequest,
        left: Vec<u8>,
    },
    /// Its first timer may be due, by a clock that can be set.
    Tick,
    /// The room's alarm was due at this time, in milliseconds since 1970.
    Alarm {
        at_ms: i64,
    },
}

impl Delivery {
    /// The socket whose end this tells, and whether the peer took leave with a Close frame.
    pub fn ended(&self) -> Option<(SocketId, bool)> {
        match self {
            Delivery::Close { socket, clean, .. } => Some((*socket, *clean)),
            _ => None,
        }
    }

    /// The request that is answered by whoever handles this.
    pub fn request(&self) -> Option<RequestId> {
        match self {
            Delivery::Request(id, ..)
            | Delivery::Connect(id, ..)
            | Delivery::Static(id, ..)
            | Delivery::Control(id, _) => Some(*id),
            _ => None,
        }
    }
}

/// Whose isolate it is, which decides which of its objects hears of sockets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum IsolateKind {
    Room,
    Worker,
}

const MAX_ARGUMENTS: usize = 8;

impl Calls {
    pub fn new(runtime: &mut JsRuntime, events: &v8::Global<v8::Value>) -> Result<Self, CoreError> {
        deno_core::scope!(scope, runtime);
        let events = v8::Local::new(scope, events);
        let events = v8::Local::<v8::Object>::try_from(events)
            .expect("the bootstrap answers with an object");
        let function = |name: &str| {
            let key = v8::String::new(scope, name).expect("a short string fits");
            let value = events
                .get(scope, key.into())
                .and_then(|value| v8::Local::<v8::Function>::try_from(value).ok())
                .unwrap_or_else(|| panic!("the bootstrap has a function {name}"));
            v8::Global::new(scope, value)
        };
        Ok(Calls {
            register: function("register"),
            configure: function("configure"),
            assign_room: function("assignRoom"),
            request: function("request"),
            connect: function("connect"),
            message: function("message"),
            close: function("close"),
            error: function("error"),
            pair_open: function("pairOpen"),
            pair_message: function("pairMessage"),
            pair_close: function("pairClose"),
            pair_error: function("pairError"),
            before_request: function("beforeRequest"),
            before_connect: function("beforeConnect"),
            fetch: function("fetch"),
            socket: function("socket"),
            scheduled: function("scheduled"),
            alarm: function("alarm"),
            cron: function("cron"),
            cron_request: function("cronRequest"),
            control: function("control"),
            tick: function("tick"),
            part: function("part"),
            resume: function("resume"),
        })
    }
}

fn text<'s>(scope: &mut v8::PinScope<'s, '_>, value: &str) -> v8::Local<'s, v8::Value> {
    bytes_text(scope, value.as_bytes())
}

/// `value` is UTF-8. An ASCII text, which most are, is copied without decoding.
fn bytes_text<'s>(scope: &mut v8::PinScope<'s, '_>, value: &[u8]) -> v8::Local<'s, v8::Value> {
    let string = if value.is_ascii() {
        v8::String::new_from_one_byte(scope, value, v8::NewStringType::Normal)
    } else {
        v8::String::new_from_utf8(scope, value, v8::NewStringType::Normal)
    };
    match string {
        Some(string) => string.into(),
        // Longer than a V8 string can be; messages are limited far below.
        None => v8::String::empty(scope).into(),
    }
}

fn array_buffer<'s>(scope: &mut v8::PinScope<'s, '_>, bytes: &Bytes) -> v8::Local<'s, v8::Value> {
    let store = v8::ArrayBuffer::new_backing_store_from_vec(bytes.to_vec()).make_shared();
    v8::ArrayBuffer::with_backing_store(scope, &store).into()
}

impl Isolate {
    /// Checks and keeps a party's default export, in the worker isolate.
    pub fn register(
        &mut self,
        party: &str,
        export: &v8::Global<v8::Value>,
    ) -> Result<Handlers, LoadError> {
        let function = self.calls.register.clone();
        deno_core::scope!(scope, &mut self.runtime);
        v8::tc_scope!(let scope, scope);
        let arguments = [text(scope, party), v8::Local::new(scope, export)];
        let function = v8::Local::new(scope, function);
        let receiver = v8::undefined(scope).into();
        match function.call(scope, receiver, &arguments) {
            Some(handlers) => Ok(deno_core::serde_v8::from_v8(scope, handlers)
                .expect("register answers with the handlers' flags")),
            None => Err(exception(scope)),
        }
    }

    /// Gives the isolate its settings, as JSON. User modules may be loaded after it.
    pub fn configure(&mut self, config: &str) -> Result<(), LoadError> {
        let function = self.calls.configure.clone();
        deno_core::scope!(scope, &mut self.runtime);
        v8::tc_scope!(let scope, scope);
        let argument = text(scope, config);
        call_once(scope, &function, argument)
    }

    /// Gives a room's isolate its server: the default export of the party's module.
    pub fn assign_room(&mut self, server: &v8::Global<v8::Value>) -> Result<(), LoadError> {
        let function = self.calls.assign_room.clone();
        deno_core::scope!(scope, &mut self.runtime);
        v8::tc_scope!(let scope, scope);
        let argument = v8::Local::new(scope, server);
        call_once(scope, &function, argument)
    }

    /// Delivers an event and runs the microtasks it leaves. JavaScript reports what user code
    /// throws; an error here means that the isolate was stopped, or is broken.
    pub fn deliver(&mut self, kind: IsolateKind, delivery: Delivery) -> Result<(), LoadError> {
        self.cache.count();
        deno_core::scope!(scope, &mut self.runtime);
        v8::tc_scope!(let scope, scope);
        let undefined: v8::Local<v8::Value> = v8::undefined(scope).into();
        let mut arguments = [undefined; MAX_ARGUMENTS];
        let room = kind == IsolateKind::Room;
        let (function, count) = match delivery {
            Delivery::Request(id, http) => {
                put_request(scope, &mut arguments, id, http);
                (&self.calls.request, 5)
            }
            Delivery::Connect(id, http, socket) => {
                put_request(scope, &mut arguments, id, http);
                arguments[4] = v8::Integer::new_from_unsigned(scope, socket).into();
                (&self.calls.connect, 5)
            }
            Delivery::Control(id, call) => {
                arguments[0] = v8::Integer::new_from_unsigned(scope, id).into();
                arguments[1] = text(scope, &call);
                (&self.calls.control, 2)
            }
            Delivery::Static(id, StaticCall::Scheduled, http) => {
                arguments[0] = v8::Integer::new_from_unsigned(scope, id).into();
                arguments[1] = text(scope, &http.url);
                (&self.calls.scheduled, 2)
            }
            Delivery::Static(id, StaticCall::CronRequest, http) => {
                arguments[0] = v8::Integer::new_from_unsigned(scope, id).into();
                arguments[1] = text(scope, &http.url);
                (&self.calls.cron_request, 2)
            }
            Delivery::Static(id, StaticCall::Cron(run), _) => {
                arguments[0] = v8::Integer::new_from_unsigned(scope, id).into();
                arguments[1] = text(scope, &run.name);
                arguments[2] = text(scope, &run.expression);
                arguments[3] = v8::Number::new(scope, run.at_ms as f64).into();
                (&self.calls.cron, 4)
            }
            Delivery::Static(id, call, http) => {
                put_request(scope, &mut arguments, id, http);
                match call {
                    StaticCall::BeforeRequest {
                        key,
                        has_on_request,
                    } => {
                        arguments[5] = text(scope, &key.party);
                        arguments[6] = text(scope, &key.room);
                        arguments[7] = v8::Boolean::new(scope, has_on_request).into();
                        (&self.calls.before_request, 8)
                    }
                    StaticCall::BeforeConnect { key } => {
                        arguments[5] = text(scope, &key.party);
                        arguments[6] = text(scope, &key.room);
                        (&self.calls.before_connect, 7)
                    }
                    StaticCall::Socket => (&self.calls.socket, 4),
                    _ => (&self.calls.fetch, 5),
                }
            }
            Delivery::Open(socket, protocol) => {
                arguments[0] = v8::Integer::new_from_unsigned(scope, socket).into();
                arguments[1] = text(scope, &protocol);
                (&self.calls.pair_open, 2)
            }
            Delivery::Message(socket, message) => {
                arguments[0] = v8::Integer::new_from_unsigned(scope, socket).into();
                arguments[1] = match message {
                    Message::Text(bytes) => bytes_text(scope, &bytes),
                    Message::Binary(bytes) => array_buffer(scope, &bytes),
                };
                let calls = &self.calls;
                let function = if room {
                    &calls.message
                } else {
                    &calls.pair_message
                };
                (function, 2)
            }
            Delivery::Close {
                socket,
                code,
                reason,
                clean,
            } => {
                arguments[0] = v8::Integer::new_from_unsigned(scope, socket).into();
                arguments[1] = v8::Integer::new_from_unsigned(scope, code.into()).into();
                arguments[2] = text(scope, &reason);
                arguments[3] = v8::Boolean::new(scope, clean).into();
                let calls = &self.calls;
                (
                    if room {
                        &calls.close
                    } else {
                        &calls.pair_close
                    },
                    4,
                )
            }
            Delivery::Tick => (&self.calls.tick, 0),
            Delivery::Part => (&self.calls.part, 0),
            Delivery::Resume {
                socket,
                request,
                left,
            } => {
                put_request(scope, &mut arguments, socket, request);
                arguments[5] = array_buffer(scope, &left.into());
                (&self.calls.resume, 6)
            }
            Delivery::Alarm { at_ms } => {
                arguments[0] = v8::Number::new(scope, at_ms as f64).into();
                (&self.calls.alarm, 1)
            }
            Delivery::Error(socket, message) => {
                arguments[0] = v8::Integer::new_from_unsigned(scope, socket).into();
                arguments[1] = text(scope, &message);
                let calls = &self.calls;
                (
                    if room {
                        &calls.error
                    } else {
                        &calls.pair_error
                    },
                    2,
                )
            }
        };
        let function = v8::Local::new(scope, function);
        // An `AsyncLocalStorage` that the event before entered ends with that event.
        scope.set_continuation_preserved_embedder_data(undefined);
        if function
            .call(scope, undefined, &arguments[..count])
            .is_none()
        {
            return Err(exception(scope));
        }
        scope.perform_microtask_checkpoint();
        if scope.has_terminated() {
            return Err(exception(scope));
        }
        Ok(())
    }
}

fn call_once<'s>(
    scope: &mut v8::PinnedRef<'_, v8::TryCatch<'_, 's, v8::HandleScope<'_>>>,
    function: &v8::Global<v8::Function>,
    argument: v8::Local<'s, v8::Value>,
) -> Result<(), LoadError> {
    let function = v8::Local::new(scope, function);
    let receiver = v8::undefined(scope).into();
    match function.call(scope, receiver, &[argument]) {
        Some(_) => Ok(()),
        None => Err(exception(scope)),
    }
}

fn put_request<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: &mut [v8::Local<'s, v8::Value>; MAX_ARGUMENTS],
    id: RequestId,
    http: HttpRequest,
) {
    let (head, method, url, has_body) = RequestHead::new(http);
    arguments[0] = v8::Integer::new_from_unsigned(scope, id).into();
    arguments[1] = deno_core::cppgc::make_cppgc_object(scope, head).into();
    arguments[2] = text(scope, &method);
    arguments[3] = text(scope, &url);
    arguments[4] = v8::Boolean::new(scope, has_body).into();
}

fn exception(
    scope: &mut v8::PinnedRef<'_, v8::TryCatch<'_, '_, v8::HandleScope<'_>>>,
) -> LoadError {
    if scope.has_terminated() {
        scope.cancel_terminate_execution();
        return LoadError(super::STOPPED.to_owned());
    }
    match scope.exception() {
        Some(exception) => {
            if let Some(text) = long_error::described(scope, exception) {
                return LoadError(text);
            }
            let error = JsError::from_v8_exception(scope, exception);
            LoadError(partyrun_ops::describe(&error))
        }
        None => LoadError("JavaScript ended without an exception".to_owned()),
    }
}
