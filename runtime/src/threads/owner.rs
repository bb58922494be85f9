//! Where a room's events come from: what has arrived waits here until the room may take it. Never
//! runs JavaScript.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use partyrun_ops::interface::Sockets;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::spawn_local;
use tokio::time::{Instant, Sleep};

use super::arrivals::Arrivals;
use super::instance::{Incoming, Owner};
use super::probes::Probes;
use crate::call::Beat;
use crate::call::DueAlarm;
use crate::call::is_upgrade;
use crate::call::{Generation, Leave, Leaving, RequestKind, RoomEvent, RoomRequest, Touch};
use crate::call::{IdleMark, Look};
use crate::host::{IsolateHost, Ticket};
use crate::isolate::{Delivery, IsolateKind};

/// How long a room may go on answering with old code after new code has arrived. Only requests that
/// take longer than this are cut off by a save.
const RELOAD_PATIENCE: Duration = Duration::from_secs(10);
/// After this long the user is told what new code waits for.
const RELOAD_QUIET: Duration = Duration::from_secs(1);
/// Timers and operations of user code keep an idle room so many times longer.
const WORKING_FACTOR: u32 = 6;
/// A room with sockets looks so many times more seldom whether it is idle: the end of the last one wakes it, and
/// thousands of rooms that wake for nothing would take a core.
const SOCKETS_FACTOR: u32 = 60;

/// The owner of a room's isolate, as its loop knows it.
pub(super) struct RoomOwner {
    pub(super) receiver: UnboundedReceiver<RoomEvent>,
    pub(super) queue: Arrivals<RoomRequest>,
    pub(super) alarm: Option<DueAlarm>,
    probes: Probes,
    touches: Vec<Touch>,
    looks: Vec<Look>,
    reload: Option<Generation>,
    leaving: Option<Leaving>,
    reload_wait: Option<ReloadWait>,
    pub(super) shutdown: bool,
    idle: Duration,
    idle_since: Instant,
    timer: Pin<Box<Sleep>>,
    /// Tells the registry.
    mark: IdleMark,
    /// It is to go if it is idle.
    is_unwanted: bool,
    pub(super) beats: Vec<Beat>,
    /// As `idle_since`, by a clock that can be set: what had passed by it.
    idle_passed: i64,
    is_fresh: bool,
}

impl RoomOwner {
    /// `idle`: how long the room may have nothing to do before its isolate goes.
    pub(super) fn new(
        receiver: UnboundedReceiver<RoomEvent>,
        idle: Duration,
        mark: IdleMark,
    ) -> Self {
        RoomOwner {
            receiver,
            queue: Arrivals::new(),
            alarm: None,
            probes: Probes::default(),
            touches: Vec::new(),
            looks: Vec::new(),
            reload: None,
            leaving: None,
            reload_wait: None,
            shutdown: false,
            idle,
            idle_since: Instant::now(),
            timer: Box::pin(tokio::time::sleep(idle)),
            mark,
            is_unwanted: false,
            beats: Vec::new(),
            idle_passed: 0,
            is_fresh: true,
        }
    }

    /// Its isolate is gone: there is nothing that could go.
    pub(super) fn has_no_isolate(&mut self) {
        self.mark.set(None);
        self.is_unwanted = false;
    }

    fn take_in(&mut self, event: RoomEvent) {
        match event {
            RoomEvent::Http(request) => self.queue.push(request),
            RoomEvent::Alarm(mut alarm) => {
                alarm.taken();
                self.alarm = Some(alarm);
            }
            RoomEvent::Reload(generation) => self.reload = Some(generation),
            // An earlier one that is not done yet is given up.
            RoomEvent::Leave(leaving) => self.leaving = Some(leaving),
            RoomEvent::Evict => self.is_unwanted = true,
            RoomEvent::Touch(touch) => self.touches.push(touch),
            RoomEvent::Look(look) => self.looks.push(look),
            RoomEvent::Probe(probe) => self.probes.push(probe),
            RoomEvent::Beat(beat) => self.beats.push(beat),
            RoomEvent::Visit(visitor) => drop(spawn_local(visitor)),
            // Being woken is all.
            RoomEvent::Rouse => {}
            RoomEvent::Shutdown => self.shutdown = true,
            RoomEvent::Assign(..) => unreachable!("a thread is assigned once, first"),
        }
    }

    pub(super) fn poll_receive(&mut self, cx: &mut Context<'_>) {
        while let Poll::Ready(event) = self.receiver.poll_recv(cx) {
            match event {
                Some(event) => self.take_in(event),
                None => {
                    self.shutdown = true;
                    return;
                }
            }
        }
    }

    /// Takes in what has arrived, without waiting.
    pub(super) fn drain(&mut self) {
        while let Ok(event) = self.receiver.try_recv() {
            self.take_in(event);
        }
    }

    /// Whether the code goes, and the next is to have its sockets.
    pub(super) fn keeps_sockets(&self) -> bool {
        let keeps = |next: &Generation| next.project.keeps_sockets;
        !self.shutdown && self.leaving.is_none() && self.reload.as_ref().is_some_and(keeps)
    }

    pub(super) fn take_reload(&mut self) -> Option<Generation> {
        self.reload_wait = None;
        self.reload.take()
    }

    pub(super) fn take_leaving(&mut self) -> Option<Leaving> {
        self.reload_wait = None;
        self.leaving.take()
    }

    /// Whether this life of the isolate is to end.
    pub(super) fn is_leaving(&self) -> bool {
        self.reload.is_some() || self.leaving.is_some()
    }

    /// Sockets that live in the isolate cannot be kept without it.
    fn refuse_what_cannot_be_kept(&mut self, host: &IsolateHost) {
        let count = host.sockets.count(false);
        let cannot = |leaving: &mut Leaving| leaving.how == Leave::Keep && count > 0;
        if let Some(leaving) = self.leaving.take_if(cannot) {
            // Whoever asked may have given up.
            let _ = leaving.done.send(Err(count));
        }
    }

    /// Shows the room, and does to connections what is asked for.
    fn touch(&mut self, host: &Rc<IsolateHost>, is_asleep: bool) {
        for look in self.looks.drain(..) {
            host.show(look, is_asleep);
        }
        for Touch {
            connection,
            how,
            done,
        } in self.touches.drain(..)
        {
            let is_there = host.touch(connection.as_deref(), &how);
            // Whoever asked may have given up.
            let _ = done.send(is_there);
        }
    }

    /// Says how the room stands, to those who have asked, when it has nothing to do for the moment.
    pub(super) fn tell_standing(
        &mut self,
        cx: &mut Context<'_>,
        host: &Rc<IsolateHost>,
        is_asleep: bool,
    ) {
        self.touch(host, is_asleep);
        self.probes.look(host);
        let is_queue_empty = self.queue.is_empty() && self.alarm.is_none();
        self.probes.answer(cx, host, is_queue_empty, is_asleep);
    }

    pub(super) fn has_work(&self, host: &IsolateHost) -> bool {
        !self.queue.is_empty() || self.alarm.is_some() || !host.inbox.is_empty()
    }

    /// New code waits for the answers that are under way, but not forever.
    fn may_leave(&mut self, cx: &mut Context<'_>, host: &IsolateHost) -> bool {
        self.refuse_what_cannot_be_kept(host);
        if !self.is_leaving() {
            return false;
        }
        if !host.is_busy() && !host.sockets.is_any_arriving() {
            return true;
        }
        let begin = || ReloadWait::begin(Instant::now());
        let wait = self.reload_wait.get_or_insert_with(begin);
        wait.is_over(cx, host)
    }

    /// The next request that may be delivered: any when the gate is open, else one that the room
    /// itself waits for.
    fn next_request(&mut self, host: &IsolateHost) -> Option<RoomRequest> {
        if host.input_gate.is_open() {
            return self.queue.pop();
        }
        self.queue.take(|request| host.waits_for(&request.chain))
    }
}

/// New code waits for what is under way.
struct ReloadWait {
    since: Instant,
    is_told: bool,
    timer: Pin<Box<Sleep>>,
}

impl ReloadWait {
    fn begin(since: Instant) -> Self {
        ReloadWait {
            since,
            is_told: false,
            timer: Box::pin(tokio::time::sleep_until(since + RELOAD_QUIET)),
        }
    }

    fn is_over(&mut self, cx: &mut Context<'_>, host: &IsolateHost) -> bool {
        while self.timer.as_mut().poll(cx).is_ready() {
            if self.is_told {
                return true;
            }
            self.is_told = true;
            host.tell_of_old_code((RELOAD_PATIENCE - RELOAD_QUIET).as_secs());
            self.timer.as_mut().reset(self.since + RELOAD_PATIENCE);
        }
        false
    }
}

impl Owner for RoomOwner {
    const KIND: IsolateKind = IsolateKind::Room;

    fn receive(&mut self, cx: &mut Context<'_>, host: &Rc<IsolateHost>) {
        self.poll_receive(cx);
        self.beats
            .drain(..)
            .for_each(|beat| host.beats.take_in(beat));
        self.queue.place(&host.inbox, !host.sockets.is_empty());
        self.touch(host, false);
        self.probes.look(host);
    }

    fn place(&self, host: &IsolateHost) -> Option<Ticket> {
        if self.shutdown || self.is_leaving() || !host.input_gate.is_open() {
            return None;
        }
        self.queue.first()
    }

    fn next(&mut self, cx: &mut Context<'_>, host: &Rc<IsolateHost>) -> Option<Incoming> {
        self.receive(cx, host);
        if self.shutdown || self.may_leave(cx, host) {
            return Some(Incoming::Leave);
        }
        if self.is_leaving() && host.input_gate.is_open() {
            // The rest is for the next isolate.
            return None;
        }
        if host.input_gate.is_open()
            && let Some(alarm) = self.alarm.take()
        {
            let at_ms = host.admit_alarm(alarm);
            return Some(Incoming::Deliver(Delivery::Alarm { at_ms }));
        }
        let request = self.next_request(host)?;
        if request.kind == RequestKind::Control {
            let id = host.admit(request.reply, request.chain, None);
            return Some(Incoming::Deliver(Delivery::Control(id, request.http.url)));
        }
        let upgrade = is_upgrade(&request.http);
        let socket = upgrade.then(|| host.socket_open());
        if let Some(socket) = socket {
            host.sockets.remember(socket, &request.http);
        }
        let id = host.admit(request.reply, request.chain, socket);
        Some(Incoming::Deliver(match socket {
            Some(socket) => Delivery::Connect(id, request.http, socket),
            None => Delivery::Request(id, request.http),
        }))
    }

    fn rest(&mut self, cx: &mut Context<'_>, host: &Rc<IsolateHost>, working: bool) -> bool {
        self.tell_standing(cx, host, false);
        let kept = host.is_busy() || host.is_streaming() || self.has_work(host);
        let has_sockets = !kept && host.sockets.is_any(false);
        let is_idle = !kept && !has_sockets;
        // Whoever looks at a room in a debugger finds it there: only a lack of memory ends it.
        if !is_idle || host.is_debugged() {
            self.idle_since = Instant::now();
            self.is_fresh = true;
        }
        let working = working || host.beats.has_timers();
        let can_go = is_idle && !working;
        self.mark.set(can_go.then(|| self.idle_since.into_std()));
        if std::mem::take(&mut self.is_unwanted) && can_go {
            return true;
        }
        let idle = match (has_sockets, working) {
            (true, _) => self.idle * SOCKETS_FACTOR,
            (false, true) => self.idle * WORKING_FACTOR,
            (false, false) => self.idle,
        };
        if host.clock().is_adjustable() {
            let passed = host.clock().passed_ms();
            if std::mem::take(&mut self.is_fresh) {
                self.idle_passed = passed;
            }
            let idle = i64::try_from(idle.as_millis()).unwrap_or(i64::MAX);
            if host.clock().is_controlled() && is_idle && passed - self.idle_passed >= idle {
                return true;
            }
            if host.clock().is_frozen() {
                return false;
            }
        }
        // The timer is moved only when it fires, or was set for a later end: most turns leave it alone.
        if is_idle && self.timer.deadline() > self.idle_since + idle {
            self.timer.as_mut().reset(self.idle_since + idle);
        }
        while self.timer.as_mut().poll(cx).is_ready() {
            let due = self.idle_since + idle;
            if Instant::now() >= due {
                return true;
            }
            self.timer.as_mut().reset(due);
        }
        false
    }

    fn has_more(&self, host: &IsolateHost) -> bool {
        host.input_gate.is_open() && (self.alarm.is_some() || !self.queue.is_empty())
    }

    fn delivered(&mut self) {
        self.idle_since = Instant::now();
        self.is_fresh = true;
    }
}

#[cfg(test)]
mod tests;
