//! The registry of live rooms: finds a room's thread or makes one, keeps spare threads with their
//! isolates ready, bounds how many there are. Any thread may call it. What a room's thread does is given
//! to it.

mod bounds;
mod control;
mod lending;
mod live;
mod places;
mod preparing;
mod refusals;
mod scarcity;
mod spare;
mod telling;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::call::{DueAlarm, IdleMark};
use crate::call::{Generation, Reply, RoomEvent, RoomKey, RoomRequest, Visitor};
use crate::memory::Gauge;
use crate::project::{Event, Limits, Reporter};
use bounds::RoomBound;
use lending::Lender;
use live::{Count, Live, LiveRooms, evict};
use places::Places;
use preparing::Ahead;
use refusals::{Refusal, Refusals, unavailable};
use spare::take_spare;

pub use bounds::{most_rooms, raise_file_limit};
pub use preparing::Preparing;
pub use spare::Spare;

/// A room's JavaScript stack is within V8's own limit of about 1 MB; the rest is Rust's.
const STACK_BYTES: usize = 2 << 20;

/// What a room's thread does, to its end. A spare is given a [`Preparing`].
pub type Main =
    Box<dyn Fn(Arc<Rooms>, UnboundedReceiver<RoomEvent>, Option<Preparing>) + Send + Sync>;

/// The live rooms of a server. It only posts: what a thread is made of, and what it does, is the
/// business of whoever made its [`Main`].
pub struct Rooms {
    main: Main,
    reporter: Arc<dyn Reporter>,
    memory: Arc<Gauge>,
    /// Threads kept ready for rooms that do not exist yet.
    most_spares: usize,
    /// Whose spares it takes in the place of its own.
    lender: Option<Lender>,
    inner: Mutex<Inner>,
    refusals: Refusals,
    said: Mutex<HashSet<String>>,
}

struct Inner {
    generation: Option<Generation>,
    live: LiveRooms,
    places: Places,
    /// The one that has waited longest comes first.
    spares: Vec<Spare>,
    /// The party of the room that was made last: the next one is likely to be of it too.
    latest: Option<Arc<str>>,
    /// Spare threads that are still making their isolate.
    preparing: usize,
    closed: bool,
    /// What is to be told when this is free again.
    news: Option<String>,
}

/// Where an alarm went.
pub enum Wake {
    Sent,
    /// No code that is running has the room's party.
    NoParty(DueAlarm),
    /// The room cannot be made.
    NoPlace(DueAlarm),
}

impl Rooms {
    /// `memory` has what the process takes, which bounds the number of rooms.
    pub fn new(
        limits: &Limits,
        memory: Arc<Gauge>,
        reporter: Arc<dyn Reporter>,
        main: Main,
    ) -> Arc<Self> {
        let most = RoomBound::of(limits);
        if let Some(text) = most.first_word() {
            reporter.report(Event::Notice(text));
        }
        Arc::new(Self::with(most, limits, memory, reporter, main, None))
    }

    fn with(
        most: RoomBound,
        limits: &Limits,
        memory: Arc<Gauge>,
        reporter: Arc<dyn Reporter>,
        main: Main,
        lender: Option<Lender>,
    ) -> Self {
        Rooms {
            main,
            reporter,
            memory,
            most_spares: match &lender {
                Some(_) => 0,
                None => limits.spares,
            },
            lender,
            inner: Mutex::new(Inner {
                generation: None,
                live: LiveRooms::new(),
                places: Places::new(most),
                spares: Vec::new(),
                latest: None,
                preparing: 0,
                closed: false,
                news: None,
            }),
            refusals: Refusals::default(),
            said: Mutex::default(),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a request to its room, which is made when there is none.
    pub fn send(self: &Arc<Self>, key: &RoomKey, request: RoomRequest) {
        let mut inner = self.inner();
        let delivered = self.deliver(&mut inner, key, RoomEvent::Http(request));
        self.release(inner);
        if let Err(refused) = delivered {
            let (event, refusal) = *refused;
            self.tell_of_refusal(format!("Cannot start room `{}`: {refusal}", key.address()));
            if let RoomEvent::Http(request) = event {
                let text = format!("Cannot start the room: {}", refusal.text);
                request.reply.send(Reply::Response(unavailable(&text)));
            }
        }
    }

    /// Sends an alarm to its room, which is made when there is none.
    pub fn wake(self: &Arc<Self>, alarm: DueAlarm) -> Wake {
        let mut inner = self.inner();
        let key = alarm.key().clone();
        let has_party = |generation: &Generation| {
            let parties = &generation.project.parties;
            parties.iter().any(|party| **party == *key.party)
        };
        if !inner.generation.as_ref().is_some_and(has_party) {
            return Wake::NoParty(alarm);
        }
        let delivered = self.deliver(&mut inner, &key, RoomEvent::Alarm(alarm));
        self.release(inner);
        match delivered {
            Ok(()) => Wake::Sent,
            Err(refused) => match refused.0 {
                RoomEvent::Alarm(alarm) => Wake::NoPlace(alarm),
                _ => unreachable!("the event that was not sent comes back"),
            },
        }
    }

    pub fn is_live(&self, key: &RoomKey) -> bool {
        self.inner().live.contains_key(key)
    }

    /// Ends all idle rooms.
    pub fn evict_idle(&self) {
        evict(&mut self.inner().live, usize::MAX);
    }

    /// Has a visitor run on a room's thread. It is dropped if there is none.
    pub fn visit(&self, key: &RoomKey, visitor: Visitor) {
        let mut inner = self.inner();
        let room = inner.live.get_mut(key);
        let unsent = match room {
            Some(room) => room.send(RoomEvent::Visit(visitor)),
            None => Some(RoomEvent::Visit(visitor)),
        };
        drop(inner);
        drop(unsent);
    }

    /// Wakes a room's thread, so that it sees what has been decided about it.
    pub fn rouse(&self, key: &RoomKey) {
        if let Some(room) = self.inner().live.get_mut(key) {
            // A thread that has ended needs no rousing.
            let _ = room.send(RoomEvent::Rouse);
        }
    }

    fn deliver(
        self: &Arc<Self>,
        inner: &mut Inner,
        key: &RoomKey,
        event: RoomEvent,
    ) -> Result<(), Box<(RoomEvent, Refusal)>> {
        let event = match inner.live.get_mut(key) {
            None => event,
            Some(room) => match room.send(event) {
                None => return Ok(()),
                // The thread is gone without having said so; it is replaced, and counts no more.
                Some(unsent) => {
                    inner.live.remove(key);
                    unsent
                }
            },
        };
        self.open(inner, key, event)
    }

    fn open(
        self: &Arc<Self>,
        inner: &mut Inner,
        key: &RoomKey,
        event: RoomEvent,
    ) -> Result<(), Box<(RoomEvent, Refusal)>> {
        let Some(generation) = inner.generation.clone().filter(|_| !inner.closed) else {
            let text = "the server is not running".to_owned();
            return Err(Box::new((event, text.into())));
        };
        let live = inner.live.len();
        let Count {
            idle,
            in_use,
            going,
        } = Count::of(&inner.live);
        let figures = self.memory.figures();
        let mut place = inner.places.decide(live, idle, going, figures);
        if place.refusal.is_some() {
            // A room that had too much may have ended since the latest look.
            let memory = self.memory.fresh_figures();
            place = inner.places.decide(live, idle, going, memory);
        }
        evict(&mut inner.live, place.evict);
        let news = inner.places.news(in_use + 1, self.memory.figures());
        inner.news = inner.news.take().or(news);
        if let Some(refusal) = place.refusal {
            return Err(Box::new((event, refusal)));
        }
        let (spare, home) = match &self.lender {
            Some(lender) => lender.lend(&key.party),
            None => (take_spare(&mut inner.spares, &key.party), None),
        };
        let room = match spare {
            Some(spare) => spare.sender,
            None => match self.spawn(None) {
                Ok(room) => room,
                Err(error) => {
                    let text = format!("no thread could be started: {error}");
                    return Err(Box::new((event, text.into())));
                }
            },
        };
        let idle = IdleMark::default();
        let mut room = Live::new(room, idle.clone());
        // A thread that dies before it reads these drops the event, which its sender hears of.
        let _ = room.send(RoomEvent::Assign(key.clone(), generation, idle, home));
        let _ = room.send(event);
        inner.live.insert(key.clone(), room);
        inner.latest = Some(key.party.clone());
        self.refill(inner);
        Ok(())
    }

    /// Makes a spare for code that is yet to come, if there is none: the first room with it need not wait for its
    /// isolate too.
    pub fn prepare(self: &Arc<Self>) {
        let mut inner = self.inner();
        let is_there = inner.spares.iter().any(|spare| spare.party.is_none());
        if self.keeps_spares() && !is_there && self.spawn(Some(Ahead::OfCode)).is_ok() {
            inner.preparing += 1;
        }
    }

    /// Whether threads are kept ready for rooms that do not exist yet.
    pub fn keeps_spares(&self) -> bool {
        self.most_spares > 0
    }

    fn refill(self: &Arc<Self>, inner: &mut Inner) {
        while inner.spares.len() + inner.preparing < self.most_spares {
            // Without a spare a room is made when it is needed; that is no reason to complain.
            if self.spawn(Some(Ahead::OfRooms)).is_err() {
                return;
            }
            inner.preparing += 1;
        }
    }

    fn spawn(
        self: &Arc<Self>,
        ahead: Option<Ahead>,
    ) -> std::io::Result<UnboundedSender<RoomEvent>> {
        let (sender, receiver) = unbounded_channel();
        let rooms = self.clone();
        let myself = sender.clone();
        thread::Builder::new()
            .name("room".to_owned())
            .stack_size(STACK_BYTES)
            .spawn(move || {
                // Made here: a closure that gets no thread is dropped while the registry is locked.
                let preparing = ahead.map(|of| Preparing::new(rooms.clone(), myself, of));
                let main = rooms.clone();
                (main.main)(rooms, receiver, preparing);
            })?;
        Ok(sender)
    }

    /// What a spare may load before it has a room; `None` before the first room.
    pub fn likely(&self) -> Option<(Generation, Arc<str>)> {
        let inner = self.inner();
        Some((inner.generation.clone()?, inner.latest.clone()?))
    }

    /// Takes a room out of the registry, unless something for it is on its way.
    pub fn retire(&self, key: &RoomKey, receiver: &UnboundedReceiver<RoomEvent>) -> bool {
        let mut inner = self.inner();
        if !receiver.is_empty() {
            return false;
        }
        inner.live.remove(key);
        true
    }

    /// Forgets a room whose thread does not come back, and answers what it owes; the next event for it
    /// makes a new one.
    pub fn give_up(&self, key: &RoomKey) {
        let room = self.inner().live.remove(key);
        if let Some(room) = room {
            room.answer_owed(500, "The room was reset");
        }
    }

    /// Makes `generation` the code of rooms from now on. `spare`: a thread that has loaded it.
    pub fn reload(self: &Arc<Self>, generation: Generation, spare: Option<Spare>) {
        let mut inner = self.inner();
        inner.generation = Some(generation.clone());
        // Others have loaded the code before.
        inner.spares.retain(|spare| spare.party.is_none());
        if !inner.closed {
            inner.spares.extend(spare);
        }
        inner
            .live
            .retain(|_, room| room.send(RoomEvent::Reload(generation.clone())).is_none());
        self.refill(&mut inner);
    }

    /// Has every room start again, with the code that it has.
    pub fn restart(self: &Arc<Self>) {
        let generation = self.inner().generation.clone();
        if let Some(generation) = generation {
            self.reload(generation, None);
        }
    }

    /// Ends all rooms. Their threads end soon after.
    pub fn shutdown(&self) {
        let mut inner = self.inner();
        inner.closed = true;
        inner.spares.clear();
        for (_, mut room) in inner.live.drain() {
            // A room that has ended already needs no telling.
            let _ = room.send(RoomEvent::Shutdown);
        }
    }
}
