//! The registry of live rooms: finds a room's thread or makes one, keeps spare threads with their
//! isolates ready, bounds how many there are. Any thread may call it.

mod control;
mod spare;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use partyrun_ops::bindings_interface::SharedBindings;
use partyrun_ops::interface::{HttpReply, Level};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::alarms::{Alarms, DueAlarm};
use crate::assets::Assets;
use crate::event::{Generation, Reply, RoomEvent, RoomKey, RoomRequest};
use crate::host::text_reply;
use crate::project::{ConsoleColors, Event, Limits, Project, Reporter};
use crate::reply::Owed;
use crate::room;
use crate::storage::StorageHandle;
use crate::watchdog::Watchdog;
use spare::{Spare, take_spare};

/// Memory maps that one isolate takes (measured: 18, with room for a growing heap).
const MAPS_PER_ROOM: usize = 24;
/// Where the system does not say how many maps a process may have.
const DEFAULT_MAX_ROOMS: usize = 2_500;
/// A room's JavaScript stack is within V8's own limit of about 1 MB; the rest is Rust's.
const STACK_BYTES: usize = 2 << 20;

/// What every room's thread works with.
pub struct Surroundings {
    pub limits: Limits,
    pub storage: StorageHandle,
    pub alarms: Arc<Alarms>,
    pub bindings: SharedBindings,
    pub watchdog: Arc<Watchdog>,
    pub reporter: Arc<dyn Reporter>,
    pub assets: Arc<Assets>,
    /// `127.0.0.1:<port>`: the host in stubs' URLs before any request has told another.
    pub host: String,
    pub colors: ConsoleColors,
}

/// The live rooms of a server.
pub struct Rooms {
    pub surroundings: Surroundings,
    max_rooms: usize,
    inner: Mutex<Inner>,
    creation: Permits,
    said: Mutex<HashSet<String>>,
}

struct Inner {
    generation: Option<Generation>,
    live: HashMap<RoomKey, Live>,
    /// The one that has waited longest comes first.
    spares: Vec<Spare>,
    /// The party of the room that was made last: the next one is likely to be of it too.
    latest: Option<Arc<str>>,
    /// Spare threads that are still making their isolate.
    preparing: usize,
    closed: bool,
}

/// A room that has a thread.
struct Live {
    events: UnboundedSender<RoomEvent>,
    owed: Owed,
}

impl Live {
    /// Gives the event back when the thread is gone.
    fn send(&mut self, event: RoomEvent) -> Option<RoomEvent> {
        if let RoomEvent::Http(request) = &event {
            self.owed.note(&request.reply);
        }
        self.events.send(event).err().map(|unsent| unsent.0)
    }
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
    pub fn new(surroundings: Surroundings) -> Arc<Self> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Arc::new(Rooms {
            max_rooms: surroundings.limits.rooms.unwrap_or_else(max_rooms),
            surroundings,
            inner: Mutex::new(Inner {
                generation: None,
                live: HashMap::new(),
                spares: Vec::new(),
                latest: None,
                preparing: 0,
                closed: false,
            }),
            creation: Permits::new(cores),
            said: Mutex::default(),
        })
    }

    /// Says one of our own texts, unless it has been said.
    pub fn say_once(&self, level: Level, text: &str) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.insert(text.to_owned()) {
            self.surroundings.reporter.report(Event::Console {
                level,
                text: text.to_owned(),
                room: None,
            });
        }
    }

    /// Tells the developer of something, unless one of its `kind` has been told of.
    pub fn notice_once(&self, kind: String, text: String) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = said.insert(kind);
        drop(said);
        if is_new {
            self.notice(text);
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a request to its room, which is made when there is none.
    pub fn send(self: &Arc<Self>, key: &RoomKey, request: RoomRequest) {
        let mut inner = self.inner();
        if let Err(refusal) = self.deliver(&mut inner, key, RoomEvent::Http(request)) {
            drop(inner);
            let (event, text) = *refusal;
            self.notice(format!("Cannot start room `{}`: {text}", key.address()));
            if let RoomEvent::Http(request) = event {
                request.reply.send(Reply::Response(unavailable(&format!(
                    "Cannot start the room: {text}"
                ))));
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
        match self.deliver(&mut inner, &key, RoomEvent::Alarm(alarm)) {
            Ok(()) => Wake::Sent,
            Err(refusal) => match refusal.0 {
                RoomEvent::Alarm(alarm) => Wake::NoPlace(alarm),
                _ => unreachable!("the event that was not sent comes back"),
            },
        }
    }

    pub fn is_live(&self, key: &RoomKey) -> bool {
        self.inner().live.contains_key(key)
    }

    pub fn notice(&self, text: String) {
        self.surroundings.reporter.report(Event::Notice(text));
    }

    fn deliver(
        self: &Arc<Self>,
        inner: &mut Inner,
        key: &RoomKey,
        event: RoomEvent,
    ) -> Result<(), Box<(RoomEvent, String)>> {
        let event = match inner.live.get_mut(key) {
            None => event,
            Some(room) => match room.send(event) {
                None => return Ok(()),
                // The thread is gone without having said so; it is replaced.
                Some(unsent) => unsent,
            },
        };
        self.open(inner, key, event)
    }

    fn open(
        self: &Arc<Self>,
        inner: &mut Inner,
        key: &RoomKey,
        event: RoomEvent,
    ) -> Result<(), Box<(RoomEvent, String)>> {
        let Some(generation) = inner.generation.clone().filter(|_| !inner.closed) else {
            return Err(Box::new((event, "the server is not running".to_owned())));
        };
        if inner.live.len() >= self.max_rooms {
            let text = format!("the limit of {} live rooms is reached", self.max_rooms);
            return Err(Box::new((event, text)));
        }
        let room = match take_spare(&mut inner.spares, &key.party) {
            Some(spare) => spare.sender,
            None => match self.spawn(false) {
                Ok(room) => room,
                Err(error) => {
                    let text = format!("the system gives no thread: {error}");
                    return Err(Box::new((event, text)));
                }
            },
        };
        let mut room = Live {
            events: room,
            owed: Owed::default(),
        };
        // A thread that dies before it reads these drops the event, which its sender hears of.
        let _ = room.send(RoomEvent::Assign(key.clone(), generation));
        let _ = room.send(event);
        inner.live.insert(key.clone(), room);
        inner.latest = Some(key.party.clone());
        self.refill(inner);
        Ok(())
    }

    fn refill(self: &Arc<Self>, inner: &mut Inner) {
        while inner.spares.len() + inner.preparing < self.surroundings.limits.spares {
            // Without a spare a room is made when it is needed; that is no reason to complain.
            if self.spawn(true).is_err() {
                return;
            }
            inner.preparing += 1;
        }
    }

    fn spawn(self: &Arc<Self>, spare: bool) -> std::io::Result<UnboundedSender<RoomEvent>> {
        let (sender, receiver) = unbounded_channel();
        let rooms = self.clone();
        let myself = sender.clone();
        thread::Builder::new()
            .name("room".to_owned())
            .stack_size(STACK_BYTES)
            .spawn(move || {
                let ready = spare.then_some(myself);
                room::main(rooms, receiver, ready);
            })?;
        Ok(sender)
    }

    /// What a spare may load before it has a room; `None` before the first room.
    pub fn likely(&self) -> Option<(Generation, Arc<str>)> {
        let inner = self.inner();
        Some((inner.generation.clone()?, inner.latest.clone()?))
    }

    /// A spare thread has its isolate, with the code of a party of `project` if that is loaded.
    pub fn add_spare(
        self: &Arc<Self>,
        sender: UnboundedSender<RoomEvent>,
        loaded: Option<(&Arc<Project>, &Arc<str>)>,
    ) {
        let mut inner = self.inner();
        inner.preparing = inner.preparing.saturating_sub(1);
        let current = inner.generation.as_ref().map(|current| &current.project);
        let is_outdated = |project| current.is_none_or(|current| !Arc::ptr_eq(project, current));
        if inner.closed {
            return;
        }
        if loaded.is_some_and(|(project, _)| is_outdated(project)) {
            // Without a sender its thread ends.
            drop(sender);
            self.refill(&mut inner);
            return;
        }
        let party = loaded.map(|(_, party)| party.clone());
        inner.spares.push(Spare { sender, party });
    }

    /// Waits for a turn to make an isolate. More at once than there are cores would make each slower.
    pub fn creation_permit(&self) -> Permit<'_> {
        self.creation.acquire()
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
            room.owed.answer(500, "The room was reset");
        }
    }

    /// Makes `generation` the code of rooms from now on.
    pub fn reload(self: &Arc<Self>, generation: Generation) {
        let mut inner = self.inner();
        inner.generation = Some(generation.clone());
        // They may have loaded the code before.
        inner.spares.clear();
        self.surroundings.watchdog.renew(&generation.project);
        inner
            .live
            .retain(|_, room| room.send(RoomEvent::Reload(generation.clone())).is_none());
        self.refill(&mut inner);
        drop(inner);
        self.surroundings.alarms.unpark();
    }

    /// Has every room start again, with the code that it has.
    pub fn restart(self: &Arc<Self>) {
        let generation = self.inner().generation.clone();
        if let Some(generation) = generation {
            self.reload(generation);
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

fn unavailable(text: &str) -> HttpReply {
    text_reply(503, text)
}

fn max_rooms() -> usize {
    let maps = std::fs::read_to_string("/proc/sys/vm/max_map_count");
    let maps = maps.ok().and_then(|text| text.trim().parse::<usize>().ok());
    maps.map_or(DEFAULT_MAX_ROOMS, |maps| (maps / MAPS_PER_ROOM).max(1))
}

/// A counting semaphore for threads.
struct Permits {
    free: Mutex<usize>,
    freed: Condvar,
}

/// Gives its place back when dropped.
pub struct Permit<'a>(&'a Permits);

impl Permits {
    fn new(count: usize) -> Self {
        Permits {
            free: Mutex::new(count),
            freed: Condvar::new(),
        }
    }

    fn acquire(&self) -> Permit<'_> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = self
            .freed
            .wait_while(free, |free| *free == 0)
            .unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        Permit(self)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}
