//! The way of debuggers into an isolate. Any thread may use it; V8 takes what comes on the isolate's own
//! thread, also while that is parked in a pause. What is said is not read here.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::Waker;

use deno_core::futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use deno_core::{
    InspectorMsg, InspectorSessionChannels, InspectorSessionKind, InspectorSessionProxy,
};

use super::limits::Health;
use super::turn::Turn;
use super::verdict::Verdict;

/// Where debuggers come in.
#[derive(Default)]
pub(super) struct Debugging {
    door: OnceLock<UnboundedSender<InspectorSessionProxy>>,
    /// Somebody has come in whom the isolate may not have seen.
    knock: AtomicBool,
    /// The isolate's loop, as long as it does not listen to the door itself.
    loop_waker: Mutex<Option<Waker>>,
    sessions: Mutex<Sessions>,
    count: Arc<AtomicUsize>,
    /// The isolate has yet to begin, because a debugger is waited for.
    is_held: AtomicBool,
}

#[derive(Default)]
struct Sessions {
    open: Vec<UnboundedSender<String>>,
    /// Nobody comes in any more.
    closed: bool,
}

/// One debugger's session. V8 ends it when it is dropped, which resumes an isolate that nobody else holds.
pub struct DebugSession {
    /// Messages of the Chrome DevTools Protocol for V8.
    pub to: UnboundedSender<String>,
    /// Those of V8. It ends with the isolate.
    pub from: UnboundedReceiver<InspectorMsg>,
    count: Arc<AtomicUsize>,
}

impl Debugging {
    /// `door` is that of the isolate's inspector.
    pub fn open(&self, door: UnboundedSender<InspectorSessionProxy>) {
        // An isolate has one inspector.
        let _ = self.door.set(door);
    }

    fn attach(&self) -> Option<DebugSession> {
        let mut sessions = self.sessions();
        if sessions.closed {
            return None;
        }
        let (to, rx) = unbounded();
        let (tx, from) = unbounded();
        let proxy = InspectorSessionProxy {
            channels: InspectorSessionChannels::Regular { tx, rx },
            kind: InspectorSessionKind::NonBlocking {
                wait_for_disconnect: false,
            },
        };
        self.door.get()?.unbounded_send(proxy).ok()?;
        // Only now: whoever sees it finds the proxy.
        self.knock.store(true, Ordering::Release);
        self.wake();
        sessions.open.retain(|session| !session.is_closed());
        sessions.open.push(to.clone());
        self.count.fetch_add(1, Ordering::Relaxed);
        Some(DebugSession {
            to,
            from,
            count: self.count.clone(),
        })
    }

    /// Whether somebody has come in since this was last called.
    pub fn take_knock(&self) -> bool {
        // Reading alone is cheaper, and there is seldom more to do.
        self.knock.load(Ordering::Acquire) && self.knock.swap(false, Ordering::AcqRel)
    }

    /// Has those who come in wake the isolate's loop by `waker`.
    pub fn wake_by(&self, waker: &Waker) {
        *self.loop_waker() = Some(waker.clone());
    }

    fn wake(&self) {
        if let Some(waker) = &*self.loop_waker() {
            waker.wake_by_ref();
        }
    }

    fn loop_waker(&self) -> MutexGuard<'_, Option<Waker>> {
        self.loop_waker
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends all sessions, and has nobody come in again.
    pub fn close(&self) {
        let mut sessions = self.sessions();
        sessions.closed = true;
        for session in sessions.open.drain(..) {
            session.close_channel();
        }
    }

    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for DebugSession {
    fn drop(&mut self) {
        // The isolate's own list has another sender.
        self.to.close_channel();
        self.count.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Health {
    /// A session for a debugger; `None` if the isolate has none to give, or is about to go.
    pub fn attach_debugger(&self) -> Option<DebugSession> {
        self.debugging().attach()
    }

    /// Sends debuggers away for good. One that is paused goes on.
    pub fn close_debuggers(&self) {
        self.debugging().close();
        self.resume();
    }

    /// Lets debuggers in again that were sent away, unless it is about to go all the same.
    pub fn readmit_debuggers(&self) {
        let mut sessions = self.debugging().sessions();
        sessions.closed = self.verdict() != Verdict::Healthy;
    }

    /// Whether a debugger is attached.
    pub fn is_debugged(&self) -> bool {
        self.debugging().count.load(Ordering::Relaxed) > 0
    }

    /// Marks that a debugger holds what runs: from here on it does not compute.
    pub fn pause(&self) {
        self.change_turn(Turn::pause);
    }

    /// Marks that it computes again.
    pub fn resume(&self) {
        self.change_turn(Turn::resume);
    }

    /// Marks whether it waits for a debugger before it begins.
    pub fn hold(&self, is_held: bool) {
        self.debugging().is_held.store(is_held, Ordering::Relaxed);
    }

    /// Whether a debugger holds it, or it waits for one.
    pub fn is_paused(&self) -> bool {
        let is_paused = self.change_turn(|turn| turn.since().is_none());
        is_paused == Some(true) || self.debugging().is_held.load(Ordering::Relaxed)
    }
}
