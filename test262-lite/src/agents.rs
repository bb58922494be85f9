//! `$262.agent`: threads with an isolate of V8 each, which share memory with the test. They are V8
//! alone, whatever the test runs in.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use deno_core::v8;

use crate::ending::When;
use crate::host::{method, property};
use crate::javascript::run_script;

/// How often an agent looks whether it is over.
const PAUSE: Duration = Duration::from_millis(1);
/// How long `broadcast` waits for one agent: one that never listens must not hold up the rest.
const PATIENCE: Duration = Duration::from_secs(5);

static ORIGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The agents of one run.
#[derive(Default)]
pub struct Agents {
    shared: Arc<Shared>,
    running: Vec<Agent>,
}

#[derive(Default)]
struct Shared {
    reports: Mutex<VecDeque<String>>,
    over: AtomicBool,
}

struct Agent {
    sender: Sender<Broadcast>,
    handle: v8::IsolateHandle,
}

struct Broadcast {
    memory: Memory,
    number: f64,
    received: Sender<()>,
}

/// The memory behind a `SharedArrayBuffer`.
struct Memory(v8::SharedRef<v8::BackingStore>);

// SAFETY: the reference counts atomically, and the bytes are read and written by JavaScript only, for
// which memory that is shared is what it asked for.
unsafe impl Send for Memory {}

/// What a thread knows of itself as an agent.
struct Own {
    shared: Arc<Shared>,
    receiver: Receiver<Broadcast>,
    leaving: bool,
}

thread_local! {
    static OWN: RefCell<Option<Own>> = const { RefCell::new(None) };
}

impl Agents {
    /// Starts a thread that runs `source`.
    ///
    /// # Errors
    /// When the system refuses one.
    pub fn start(&mut self, source: String) -> std::io::Result<()> {
        let (sender, receiver) = channel();
        let (ready, started) = channel();
        let shared = self.shared.clone();
        std::thread::Builder::new()
            .name("agent".into())
            .spawn(move || {
                let own = Own {
                    shared,
                    receiver,
                    leaving: false,
                };
                run(own, &source, &ready);
            })?;
        if let Ok(handle) = started.recv() {
            self.running.push(Agent { sender, handle });
        }
        Ok(())
    }

    /// Hands memory to every agent, and waits until they have it.
    pub fn broadcast(&self, memory: &v8::SharedRef<v8::BackingStore>, number: f64) {
        let (received, acknowledged) = channel();
        let mut listeners = 0;
        for agent in &self.running {
            let broadcast = Broadcast {
                memory: Memory(memory.clone()),
                number,
                received: received.clone(),
            };
            listeners += usize::from(agent.sender.send(broadcast).is_ok());
        }
        drop(received);
        for _ in 0..listeners {
            if acknowledged.recv_timeout(PATIENCE).is_err() {
                return;
            }
        }
    }

    /// The oldest report that was not yet asked for.
    pub fn report(&self) -> Option<String> {
        let mut reports = self
            .shared
            .reports
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        reports.pop_front()
    }

    /// Stops all of them; their threads end by themselves.
    pub fn end(self) {
        self.shared.over.store(true, Ordering::Release);
        for agent in self.running {
            agent.handle.terminate_execution();
        }
    }
}

fn run(own: Own, source: &str, ready: &Sender<v8::IsolateHandle>) {
    let shared = own.shared.clone();
    OWN.set(Some(own));
    let mut isolate = v8::Isolate::new(v8::CreateParams::default());
    if ready.send(isolate.thread_safe_handle()).is_ok() {
        v8::scope!(let scope, &mut isolate);
        let context = v8::Context::new(scope, Default::default());
        let scope = &mut v8::ContextScope::new(scope, context);
        install(scope);
        let times = (When::Parse, When::Runtime);
        if let Err(ending) = run_script(scope, "agent.js", source, times) {
            report_text(&shared, format!("The agent failed: {ending:?}"));
        }
        while !is_over(&shared) {
            scope.perform_microtask_checkpoint();
            std::thread::sleep(PAUSE);
        }
    }
    OWN.set(None);
}

fn is_over(shared: &Shared) -> bool {
    let leaving = OWN.with_borrow(|own| own.as_ref().is_none_or(|own| own.leaving));
    leaving || shared.over.load(Ordering::Acquire)
}

fn install(scope: &mut v8::PinScope) {
    let context = scope.get_current_context();
    let global = context.global(scope);
    let host = v8::Object::new(scope);
    let agent = v8::Object::new(scope);
    method(scope, agent, "receiveBroadcast", receive_broadcast);
    method(scope, agent, "report", report);
    method(scope, agent, "sleep", sleep);
    method(scope, agent, "leaving", leaving);
    method(scope, agent, "monotonicNow", monotonic_now);
    property(scope, host, "agent", agent.into());
    property(scope, global, "$262", host.into());
}

/// Blocks until there is a broadcast, and calls the function that it was given.
fn receive_broadcast(
    scope: &mut v8::PinScope,
    arguments: v8::FunctionCallbackArguments,
    _: v8::ReturnValue,
) {
    let Ok(listener) = v8::Local::<v8::Function>::try_from(arguments.get(0)) else {
        return;
    };
    let received = OWN.with_borrow(|own| own.as_ref()?.receiver.recv().ok());
    // None: the run is over.
    let Some(broadcast) = received else { return };
    let buffer = v8::SharedArrayBuffer::with_backing_store(scope, &broadcast.memory.0);
    // Nobody waits any more when it cannot be sent.
    let _ = broadcast.received.send(());
    let number = v8::Number::new(scope, broadcast.number);
    let undefined = v8::undefined(scope);
    listener.call(scope, undefined.into(), &[buffer.into(), number.into()]);
}

fn report(scope: &mut v8::PinScope, arguments: v8::FunctionCallbackArguments, _: v8::ReturnValue) {
    let text = arguments.get(0).to_rust_string_lossy(scope);
    OWN.with_borrow(|own| {
        if let Some(own) = own {
            report_text(&own.shared, text);
        }
    });
}

fn report_text(shared: &Shared, text: String) {
    let mut reports = shared
        .reports
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    reports.push_back(text);
}

fn leaving(_: &mut v8::PinScope, _: v8::FunctionCallbackArguments, _: v8::ReturnValue) {
    OWN.with_borrow_mut(|own| {
        if let Some(own) = own {
            own.leaving = true;
        }
    });
}

/// Sleeps for so many milliseconds.
pub fn sleep(
    scope: &mut v8::PinScope,
    arguments: v8::FunctionCallbackArguments,
    _: v8::ReturnValue,
) {
    let milliseconds = arguments.get(0).number_value(scope).unwrap_or(0.0);
    if let Ok(duration) = Duration::try_from_secs_f64(milliseconds / 1000.0) {
        std::thread::sleep(duration);
    }
}

/// Milliseconds since some moment, the same for all agents.
pub fn monotonic_now(
    _: &mut v8::PinScope,
    _: v8::FunctionCallbackArguments,
    mut result: v8::ReturnValue,
) {
    result.set_double(ORIGIN.elapsed().as_secs_f64() * 1000.0);
}
