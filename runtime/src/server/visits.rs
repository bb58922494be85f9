//! Connections that are served on the threads of rooms, and their ways there and back. Where one had better be is
//! `place`'s to say; knows nothing of requests.
//!
//! A connection is a future. At home a task of the io thread polls it, in a room a guest does, a task
//! of the room's thread. Between two polls it belongs to neither, and is taken home
//! - by the guest, when something else is wanted of it, or the guest ends, as all do with their thread,
//! - by the io thread, when others come to the room, whose requests are read there, and must not be overtaken by
//!   later ones,
//! - by the io thread, when it has not been polled for a while: its client is quiet, or the room computes, and what
//!   its client asks of others must not wait for that.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::time::sleep;

use super::exchange::Exchange;
use crate::call::RoomKey;
use crate::rooms::Rooms;

/// How often it is looked at whether connections that are away are served: one that waits for its room's loop
/// comes home after one to two of these.
const LOOK: Duration = Duration::from_millis(100);

/// How long others have not come to a room before connections move there.
const QUIET: Duration = Duration::from_millis(50);
/// As many rooms that others have come to are known before those are forgotten whose time is over.
const FEW: usize = 1024;

/// A client's connection, with all that is under way on it. Over when it is ready.
pub type Served = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The connections of a space that are away.
pub struct Visits {
    rooms: Option<Arc<Rooms>>,
    away: Mutex<Vec<Away>>,
    /// When rooms were last asked in another way than by requests that follow each other closely.
    others: Mutex<Others>,
}

#[derive(Default)]
struct Others {
    came: HashMap<RoomKey, Instant>,
    tidy_at: usize,
}

impl Others {
    fn note(&mut self, room: &RoomKey, now: Instant) {
        if let Some(at) = self.came.get_mut(room) {
            *at = now;
            return;
        }
        if self.came.len() >= self.tidy_at.max(FEW) {
            self.came.retain(|_, at| now.duration_since(*at) < QUIET);
            self.tidy_at = self.came.len() * 2;
        }
        self.came.insert(room.clone(), now);
    }

    fn is_quiet(&self, room: &RoomKey, now: Instant) -> bool {
        let came = self.came.get(room);
        came.is_none_or(|at| now.duration_since(*at) >= QUIET)
    }
}

/// As the io thread knows it.
struct Away {
    visit: Weak<Visit>,
    room: RoomKey,
    /// How often it had been polled at the latest look.
    polls: u64,
}

/// A connection on the thread of a room.
struct Visit {
    visits: Arc<Visits>,
    exchange: Arc<Exchange>,
    home: Handle,
    stay: Mutex<Stay>,
}

#[derive(Default)]
struct Stay {
    /// `None` when it is over or has gone home.
    served: Option<Served>,
    guest: Option<Waker>,
    polls: u64,
}

/// The task that polls it there.
struct Guest(Arc<Visit>);

impl Visits {
    pub fn new(rooms: Arc<Rooms>) -> Arc<Self> {
        Arc::new(Visits {
            rooms: Some(rooms),
            away: Mutex::default(),
            others: Mutex::default(),
        })
    }

    /// Without any rooms.
    #[cfg(test)]
    pub fn nowhere() -> Arc<Self> {
        Arc::new(Visits {
            rooms: None,
            away: Mutex::default(),
            others: Mutex::default(),
        })
    }

    /// As if it were long ago that others have come.
    #[cfg(test)]
    pub fn forget_others(&self) {
        self.others().came.clear();
    }

    /// A room is asked by somebody whose requests do not follow each other closely, or for a WebSocket. Call it on the
    /// io thread.
    pub fn others_come(&self, room: &RoomKey, now: Instant) {
        self.others().note(room, now);
        self.recall(room);
    }

    /// Whether a room has been asked in no such way for a while.
    pub fn is_quiet(&self, room: &RoomKey, now: Instant) -> bool {
        self.others().is_quiet(room, now)
    }

    /// Serves a connection to its end. Call it on the io thread.
    pub async fn serve(self: Arc<Self>, mut served: Served, exchange: Arc<Exchange>) {
        let room = std::future::poll_fn(|cx| {
            if served.as_mut().poll(cx).is_ready() {
                return Poll::Ready(None);
            }
            match exchange.place.takes_leave() {
                Some(room) => Poll::Ready(Some(room)),
                None => Poll::Pending,
            }
        });
        if let Some(room) = room.await {
            self.send(&room, served, exchange);
        }
    }

    /// Sends a connection to a room. One whose room is gone comes back at once.
    fn send(self: Arc<Self>, room: &RoomKey, served: Served, exchange: Arc<Exchange>) {
        exchange.place.moves(true);
        let visit = Arc::new(Visit {
            visits: self.clone(),
            exchange,
            home: Handle::current(),
            stay: Mutex::new(Stay {
                served: Some(served),
                ..Stay::default()
            }),
        });
        self.watch(&visit, room);
        if let Some(rooms) = &self.rooms {
            rooms.visit(room, Box::pin(Guest(visit)));
        }
    }

    fn watch(self: &Arc<Self>, visit: &Arc<Visit>, room: &RoomKey) {
        let mut away = self.away();
        if away.is_empty() {
            let visits = self.clone();
            visit.home.spawn(async move {
                loop {
                    sleep(LOOK).await;
                    if !visits.look() {
                        return;
                    }
                }
            });
        }
        away.push(Away {
            visit: Arc::downgrade(visit),
            room: room.clone(),
            polls: 0,
        });
    }

    /// Takes home all that are with a room. Waits for one that is being polled.
    fn recall(&self, room: &RoomKey) {
        let away = self.away();
        let visits = away.iter().filter(|away| away.room == *room);
        visits
            .filter_map(|away| away.visit.upgrade())
            .for_each(|visit| {
                // Nobody takes one further that panicked.
                if let Ok(stay) = visit.stay.lock() {
                    visit.end(stay);
                }
            });
    }

    /// Takes home what is not served. Gives whether any connection is away.
    fn look(&self) -> bool {
        let mut away = self.away();
        away.retain_mut(|away| {
            let visit = away.visit.upgrade();
            visit.is_some_and(|visit| visit.is_served(&mut away.polls))
        });
        !away.is_empty()
    }

    fn others(&self) -> MutexGuard<'_, Others> {
        self.others.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn away(&self) -> MutexGuard<'_, Vec<Away>> {
        self.away.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Visit {
    /// Whether the connection is there and has been polled since it had been `polls` times. Takes it home if it has
    /// not.
    fn is_served(&self, polls: &mut u64) -> bool {
        // It is being polled.
        let Ok(stay) = self.stay.try_lock() else {
            return true;
        };
        if stay.served.is_some() && stay.polls != *polls {
            *polls = stay.polls;
            return true;
        }
        self.end(stay);
        false
    }

    fn end(&self, mut stay: MutexGuard<'_, Stay>) {
        let served = stay.served.take();
        let guest = stay.guest.take();
        drop(stay);
        self.take_home(served);
        // It has nothing left to do there.
        guest.inspect(Waker::wake_by_ref);
    }

    fn take_home(&self, served: Option<Served>) {
        let Some(served) = served else {
            return;
        };
        self.exchange.place.moves(false);
        let visits = self.visits.clone();
        // A server that has ended drops it.
        self.home.spawn(visits.serve(served, self.exchange.clone()));
    }
}

impl Future for Guest {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let visit = &self.0;
        let mut stay = visit.stay.lock().unwrap_or_else(PoisonError::into_inner);
        stay.polls += 1;
        let Some(served) = &mut stay.served else {
            return Poll::Ready(());
        };
        if served.as_mut().poll(cx).is_ready() {
            stay.served = None;
            return Poll::Ready(());
        }
        if visit.exchange.place.goes_home() {
            let served = stay.served.take();
            drop(stay);
            visit.take_home(served);
            return Poll::Ready(());
        }
        if !stay
            .guest
            .as_ref()
            .is_some_and(|guest| guest.will_wake(cx.waker()))
        {
            stay.guest = Some(cx.waker().clone());
        }
        Poll::Pending
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        // One that has panicked is not polled again.
        if let Ok(mut stay) = self.0.stay.lock() {
            let served = stay.served.take();
            drop(stay);
            self.0.take_home(served);
        }
    }
}
