//! What keeps one isolate from taking the process with it: its heap limit, and the handle by which
//! another thread sees how long it computes, and where, and stops it.

use std::ffi::c_void;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

use deno_core::{JsRuntime, v8};

use super::buffers::Budget;
use super::debugging::Debugging;
use super::fatal;
use super::heap;
use super::memory::{Excess, MemoryUse};
use super::turn::{Turn, TurnMark};
use super::turn_stack::{self, Frame};
use super::verdict::{Subject, Verdict};
use super::wait::Waiting;
use crate::memory::account;
use crate::project::{Limits, Project};

/// A turn that has taken so long is looked at: where it computes is told when it goes on.
const LONG_TURN: Duration = Duration::from_secs(1);

/// Whether there has been a verdict on any isolate, so that nobody looks through thousands for one.
static IS_ANY_CONDEMNED: AtomicBool = AtomicBool::new(false);

/// Watches over one isolate from outside. Shared with the watchdog.
#[derive(Clone)]
pub struct Health {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    verdict: AtomicU8,
    pub(super) subject: Mutex<Option<Arc<Subject>>>,
    /// Set while JavaScript may be running.
    turn: Mutex<Option<Turn>>,
    pub(super) waiting: Waiting,
    /// When the verdict fell.
    condemned: OnceLock<Instant>,
    /// Another has taken its place.
    replaced: AtomicBool,
    /// Where the turn was that was condemned.
    pub(super) stopped_at: OnceLock<Vec<Frame>>,
    handle: v8::IsolateHandle,
    debugging: Debugging,
    memory: MemoryUse,
    /// What it had too much of.
    excess: OnceLock<Excess>,
    /// A look from inside is on its way.
    looking: AtomicBool,
    /// What V8 said when it gave up in it.
    pub(super) broken: OnceLock<String>,
    /// Somebody wants to know where it is, however short the turn has been.
    is_sought: AtomicBool,
}

impl Shared {
    pub(super) fn turn(&self) -> MutexGuard<'_, Option<Turn>> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn subject(&self) -> Option<Arc<Subject>> {
        let subject = self.subject.lock();
        subject.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn condemn(&self, verdict: Verdict) {
        IS_ANY_CONDEMNED.store(true, Ordering::Release);
        let first = self.verdict.compare_exchange(
            Verdict::Healthy as u8,
            verdict as u8,
            Ordering::AcqRel,
            Ordering::Acquire,
        );
        if first.is_ok() {
            // Nobody else sets it.
            let _ = self.condemned.set(Instant::now());
        }
        if first.is_ok() || verdict == Verdict::Shutdown {
            self.handle.terminate_execution();
            // Nothing else wakes a thread that is parked in a pause.
            self.debugging.close();
        }
    }

    fn condemn_for(&self, excess: Excess) {
        // The first one stands.
        let _ = self.excess.set(excess);
        self.condemn(Verdict::OutOfMemory);
    }

    /// V8 has given up in it, on its thread, which does nothing more.
    fn break_off(&self, message: &str) {
        let _ = self.broken.set(message.to_owned());
        self.condemn(Verdict::OutOfMemory);
        account::call_watcher();
    }

    /// SAFETY: as for [`MemoryUse::measure`].
    unsafe fn measure(&self, isolate: &mut v8::Isolate) {
        // SAFETY: by this function's own condition.
        if let Some(excess) = unsafe { self.memory.measure(isolate) } {
            self.condemn_for(excess);
        }
    }
}

impl Health {
    /// Of an isolate with the usual limits, and buffers that nobody counts.
    #[cfg(test)]
    pub fn alone(runtime: &mut JsRuntime) -> Self {
        let limits = Limits::default();
        Health::watch(runtime, limits, heap::create_params(limits).1)
    }

    pub fn watch(runtime: &mut JsRuntime, limits: Limits, budget: Arc<Budget>) -> Self {
        let handle = runtime.v8_isolate().thread_safe_handle();
        let health = Health {
            shared: Arc::new(Shared {
                verdict: AtomicU8::new(Verdict::Healthy as u8),
                subject: Mutex::default(),
                turn: Mutex::new(None),
                waiting: Waiting::default(),
                condemned: OnceLock::new(),
                replaced: AtomicBool::new(false),
                stopped_at: OnceLock::new(),
                handle,
                debugging: Debugging::default(),
                memory: MemoryUse::new(limits, budget.clone()),
                excess: OnceLock::new(),
                looking: AtomicBool::new(false),
                broken: OnceLock::new(),
                is_sought: AtomicBool::new(false),
            }),
        };
        let shared = Arc::downgrade(&health.shared);
        fatal::when_given_up(Box::new(move |message| {
            let shared = shared.upgrade();
            shared.inspect(|shared| shared.break_off(message)).is_some()
        }));
        runtime
            .v8_isolate()
            .set_oom_error_handler(fatal::out_of_memory);
        let condemned = health.shared.clone();
        heap::watch(runtime, limits, budget, move || {
            condemned.condemn_for(Excess::Heap(limits.heap));
        });
        health
    }

    /// Ends the isolate: stops what it runs now. The first verdict stands.
    /// Whether an isolate of this process has ever been condemned.
    pub fn is_any_condemned() -> bool {
        IS_ANY_CONDEMNED.load(Ordering::Acquire)
    }

    pub fn condemn(&self, verdict: Verdict) {
        self.shared.condemn(verdict);
    }

    /// Ends the isolate because the process has too much memory and most of it is this one's.
    pub fn condemn_for_shortage(&self, ceiling: u64) {
        let memory = &self.shared.memory;
        self.shared
            .condemn_for(Excess::Process(ceiling, memory.total()));
        if let Some(subject) = self.shared.subject() {
            (subject.wake)();
        }
    }

    /// What it has too much of, for a sentence about the room.
    pub fn excess(&self) -> String {
        let excess = self.shared.excess.get();
        excess.map_or_else(String::new, ToString::to_string)
    }

    /// Bytes that it has, in its heap and outside.
    pub fn memory(&self) -> u64 {
        self.shared.memory.total()
    }

    /// Whether what Rust holds for it is within its limit.
    pub fn has_room(&self) -> bool {
        self.shared.memory.has_room()
    }

    /// Looks at the memory of an isolate that has just run, if there is reason to.
    pub fn measure(&self, runtime: &mut JsRuntime) {
        if self.shared.memory.is_due() {
            // SAFETY: no JavaScript runs, on the isolate's thread.
            unsafe { self.shared.measure(runtime.v8_isolate()) };
        }
    }

    pub fn verdict(&self) -> Verdict {
        match self.shared.verdict.load(Ordering::Acquire) {
            1 => Verdict::OutOfMemory,
            2 => Verdict::TooLong,
            3 => Verdict::Shutdown,
            4 => Verdict::Outdated,
            5 => Verdict::WaitedTooLong,
            _ => Verdict::Healthy,
        }
    }

    /// Says whose JavaScript it runs from now on.
    pub fn serve(&self, subject: Subject) {
        *self
            .shared
            .subject
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(subject));
    }

    /// Marks the start of a stretch of JavaScript; it ends when the mark is dropped.
    pub fn start_turn(&self) -> TurnMark {
        *self.shared.turn() = Some(Turn::start());
        TurnMark(self.clone())
    }

    pub(super) fn end_turn(&self) {
        *self.shared.turn() = None;
    }

    /// Marks what `future` runs. It computes only while it is polled, not while it waits.
    pub async fn mark<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        poll_fn(|cx| {
            let _mark = self.start_turn();
            future.as_mut().poll(cx)
        })
        .await
    }

    /// Has the isolate look, when it next runs JavaScript, at its memory outside the heap, as resizable
    /// buffers and `WebAssembly.Memory` are bounded by nothing else, and at where a long turn is.
    pub fn look(&self) {
        self.shared.memory.want_measure();
        if self.shared.looking.swap(true, Ordering::AcqRel) {
            return;
        }
        let data = Arc::as_ptr(&self.shared).cast_mut().cast();
        // An isolate that is gone needs no limit.
        self.shared.handle.request_interrupt(look_inside, data);
    }

    /// The same, and finds out where any turn is.
    pub fn seek(&self) {
        self.shared.is_sought.store(true, Ordering::Release);
        self.look();
    }

    /// When the stretch of JavaScript began that may be running.
    pub fn computing_since(&self) -> Option<Instant> {
        self.shared.turn().as_ref()?.since()
    }

    /// Condemns the isolate when it is in a turn that began before `earliest`.
    pub fn stop(&self, verdict: Verdict, earliest: Instant) {
        // Held until the verdict stands: a turn that ends meanwhile is not taken for the next one.
        let mut turn = self.shared.turn();
        let Some(turn) = turn.as_mut().filter(|turn| turn.is_older(earliest)) else {
            return;
        };
        // The first verdict's place stands too.
        let _ = self.shared.stopped_at.set(std::mem::take(&mut turn.frames));
        self.shared.condemn(verdict);
    }

    /// Stops a condemned isolate that computes all the same: what it was stopped in may have been a
    /// getter that the runtime asked for the text of an error, and gone on with the next one. Answers
    /// whether it was so.
    pub fn stop_again(&self) -> bool {
        let goes_on = self.verdict() != Verdict::Healthy
            && self.computing_since().is_some()
            && self.shared.broken.get().is_none();
        if goes_on {
            self.shared.handle.terminate_execution();
        }
        goes_on
    }

    /// Whether it was condemned for its memory less than `patience` ago, and the memory is to come back.
    pub fn owes_memory(&self, patience: Duration) -> bool {
        let is_recent = |at: &Instant| at.elapsed() < patience;
        self.verdict() == Verdict::OutOfMemory
            && self.shared.broken.get().is_none()
            && self.shared.condemned.get().is_some_and(is_recent)
    }

    /// Whether V8 gave up in it: its memory does not come back.
    pub fn is_lost(&self) -> bool {
        self.shared.broken.get().is_some()
    }

    /// Puts another in the place of an isolate in which V8 gave up, or which has gone on for `patience`
    /// after its verdict in a function that V8 cannot stop. What to tell of it, once.
    pub fn give_up(&self, patience: Duration) -> Option<String> {
        let condemned = self.shared.condemned.get()?;
        let subject = self.shared.subject()?;
        let broken = self.shared.broken.get();
        let goes_on = || {
            let turn = self.computing_since();
            turn.is_some_and(|turn| turn < *condemned) && condemned.elapsed() > patience
        };
        let is_lost = broken.is_some() || goes_on();
        if !is_lost || self.shared.replaced.swap(true, Ordering::AcqRel) {
            return None;
        }
        (subject.give_up)();
        let frames = self.shared.stopped_at.get();
        let place = frames
            .and_then(|frames| frames.first())
            .map_or_else(String::new, |frame| {
                format!(", at {}", frame.place(&subject.project.graph))
            });
        let name = subject.name();
        Some(match broken {
            Some(message) => format!(
                "{name} is lost{place}: V8 cannot go on in it. A new one takes its place; the memory of \
                 the lost one comes back when the server ends. V8 says: `{message}`"
            ),
            None => format!("{name} cannot be stopped{place}: a new one takes its place"),
        })
    }

    /// Whether another has taken its place.
    pub fn is_replaced(&self) -> bool {
        self.shared.replaced.load(Ordering::Acquire)
    }

    /// Marks the start of work on another thread that user code takes for its own computing. `waker` is
    /// that of the isolate's loop.
    pub fn start_wait(&self, waker: Option<Waker>) {
        self.shared.waiting.start(waker);
    }

    pub fn end_wait(&self) {
        self.shared.waiting.end();
    }

    /// Condemns the isolate when it waits for such work since before `earliest`.
    pub fn stop_waiting(&self, earliest: Instant) {
        let condemn = || self.shared.condemn(Verdict::WaitedTooLong);
        self.shared.waiting.interrupt(earliest, condemn);
    }

    pub(super) fn debugging(&self) -> &Debugging {
        &self.shared.debugging
    }

    /// Changes the stretch of JavaScript that may be running.
    pub(super) fn change_turn<T>(&self, change: impl FnOnce(&mut Turn) -> T) -> Option<T> {
        self.shared.turn().as_mut().map(change)
    }

    /// Whether it runs other code than `project`. Servers of one process may differ in their variables alone.
    pub fn is_outdated(&self, project: &Arc<Project>) -> bool {
        let subject = self.shared.subject();
        subject.is_some_and(|subject| {
            !Arc::ptr_eq(&subject.project, project)
                && !Arc::ptr_eq(&subject.project.graph, &project.graph)
        })
    }
}

/// SAFETY: `data` must point to the `Shared` of this very isolate. `Isolate` keeps one for longer than
/// its runtime, without which V8 calls nothing.
unsafe extern "C" fn look_inside(mut isolate: v8::UnsafeRawIsolatePtr, data: *mut c_void) {
    // SAFETY: by this function's own condition.
    let shared = unsafe { &*data.cast::<Shared>() };
    shared.looking.store(false, Ordering::Release);
    // SAFETY: V8 calls this on the isolate's thread, with the isolate, between two instructions of its
    // JavaScript; nothing here calls back into it.
    let isolate = unsafe { v8::Isolate::ref_from_raw_isolate_ptr_mut_unchecked(&mut isolate) };
    // SAFETY: V8 is between two instructions, where it may collect garbage.
    unsafe { shared.measure(isolate) };
    let is_long = |turn: &Turn| {
        turn.since()
            .is_some_and(|since| since.elapsed() > LONG_TURN)
    };
    let is_sought = shared.is_sought.swap(false, Ordering::AcqRel);
    if is_sought || shared.turn().as_ref().is_some_and(is_long) {
        // SAFETY: as above.
        let frames = unsafe { turn_stack::current(isolate) };
        if let Some(turn) = shared.turn().as_mut() {
            turn.frames = frames;
        }
    }
}
