//! Where a connection is served, and where it had better be: at home, on the thread of io, or on the thread of the room
//! that all its requests go to. Decides; moving is `visits`' business.
//!
//! A request that is read on its room's thread needs no other: two wake-ups of threads less for each. That is worth
//! something only while requests follow each other closely, and only then a connection is away, if nobody comes to its
//! room in another way: whatever a program does over several connections is read by one thread, in its order.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use super::visits::Visits;
use crate::call::RoomKey;

/// So many requests to one room, one close behind the other, and the connection goes there.
const ENOUGH: u32 = 16;
/// What is close.
const CLOSE: Duration = Duration::from_millis(25);

/// What a connection should do when it waits next.
const STAY: u8 = 0;
const VISIT: u8 = 1;
const GO_HOME: u8 = 2;

/// The place of one connection. Its flags order no other memory: what moves a connection from thread to
/// thread does.
pub struct Place {
    /// Runs what is not the connection itself. `None`: the connection is where it is asked, always.
    home: Option<Handle>,
    is_away: AtomicBool,
    /// It has not been polled since it moved.
    has_moved: AtomicBool,
    wish: AtomicU8,
    latest: Mutex<Latest>,
}

/// The requests so far.
struct Latest {
    room: Option<RoomKey>,
    count: u32,
    at: Instant,
}

impl Default for Place {
    fn default() -> Self {
        Place {
            home: None,
            is_away: AtomicBool::new(false),
            has_moved: AtomicBool::new(false),
            wish: AtomicU8::new(STAY),
            latest: Mutex::new(Latest {
                room: None,
                count: 0,
                at: Instant::now(),
            }),
        }
    }
}

impl Place {
    /// For a connection that may leave the calling thread.
    pub fn home() -> Self {
        Place {
            home: Some(Handle::current()),
            ..Place::default()
        }
    }

    /// Runs what goes on beside the connection, where it does not end with a room.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        match &self.home {
            Some(home) => home.spawn(task),
            None => tokio::spawn(task),
        };
    }

    /// A request to a room has come. Waits until it may be passed on from here.
    pub async fn request_to(&self, key: &RoomKey, visits: &Visits) {
        if self.home.is_none() {
            return;
        }
        if self.is_away() {
            if self.latest().room.as_ref() == Some(key) {
                return;
            }
            self.at_home().await;
        }
        let now = Instant::now();
        let mut latest = self.latest();
        let is_close = now.duration_since(latest.at) < CLOSE;
        latest.at = now;
        if !is_close || latest.room.as_ref() != Some(key) {
            latest.room = Some(key.clone());
            latest.count = 0;
        }
        latest.count += 1;
        let is_hot = latest.count >= ENOUGH;
        drop(latest);
        if !is_hot {
            visits.others_come(key, now);
        } else if visits.is_quiet(key, now) {
            self.wish.store(VISIT, Ordering::Relaxed);
        }
    }

    /// Something else is wanted, which is done at home. Waits until the connection is there.
    pub async fn at_home(&self) {
        self.latest().count = 0;
        if !self.is_away() {
            return self.wish.store(STAY, Ordering::Relaxed);
        }
        self.wish.store(GO_HOME, Ordering::Relaxed);
        // Whoever polls the connection moves it then, and it is polled when it has been.
        poll_fn(|_| match self.is_away() {
            true => Poll::Pending,
            false => Poll::Ready(()),
        })
        .await;
    }

    /// The room that the connection should go to. Says so once.
    pub fn takes_leave(&self) -> Option<RoomKey> {
        self.takes(VISIT)
            .then(|| self.latest().room.clone())
            .flatten()
    }

    /// Whether the connection should go home. Says so once.
    pub fn goes_home(&self) -> bool {
        self.takes(GO_HOME)
    }

    fn takes(&self, wish: u8) -> bool {
        let is_wished = self.wish.load(Ordering::Relaxed) == wish;
        if is_wished {
            self.wish.store(STAY, Ordering::Relaxed);
        }
        is_wished
    }

    /// The connection has been moved, and is polled elsewhere next.
    pub fn moves(&self, is_away: bool) {
        self.latest().count = 0;
        self.is_away.store(is_away, Ordering::Relaxed);
        self.has_moved.store(true, Ordering::Relaxed);
    }

    /// Whether the connection has been moved since the last call.
    pub fn has_moved(&self) -> bool {
        self.has_moved.load(Ordering::Relaxed) && self.has_moved.swap(false, Ordering::Relaxed)
    }

    fn is_away(&self) -> bool {
        self.is_away.load(Ordering::Relaxed)
    }

    fn latest(&self) -> MutexGuard<'_, Latest> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use deno_core::futures::FutureExt as _;

    use super::*;

    /// A connection, and the way to rooms that nobody else comes to.
    struct Scene {
        place: Place,
        visits: std::sync::Arc<Visits>,
    }

    fn scene() -> Scene {
        Scene {
            place: Place::home(),
            visits: Visits::nowhere(),
        }
    }

    impl Scene {
        /// Whether it may be passed on at once.
        fn ask(&self, room: &str) -> bool {
            let room = RoomKey::new("main", room);
            let asked = self.place.request_to(&room, &self.visits);
            asked.now_or_never().is_some()
        }

        /// As if the room had been left alone by all others.
        fn is_left_alone(&self) {
            self.visits.forget_others();
        }
    }

    #[tokio::test]
    async fn many_requests_to_one_room_take_a_connection_there() {
        let scene = scene();
        let place = &scene.place;
        for _ in 0..ENOUGH * 2 {
            assert!(scene.ask("a"));
            assert!(
                place.takes_leave().is_none(),
                "its first ones are not long ago"
            );
        }
        scene.is_left_alone();
        assert!(scene.ask("a"));
        let room = place.takes_leave().expect("there have been enough");
        assert_eq!(&*room.room, "a");
        assert!(place.takes_leave().is_none());
        place.moves(true);
        assert!(place.has_moved() && !place.has_moved());
        assert!(scene.ask("a"));
        assert!(!place.goes_home());
    }

    #[tokio::test]
    async fn requests_to_several_rooms_leave_it_at_home() {
        let scene = scene();
        for number in 0..ENOUGH * 4 {
            scene.is_left_alone();
            assert!(scene.ask(if number % 8 == 7 { "a" } else { "b" }));
            assert!(scene.place.takes_leave().is_none());
        }
    }

    #[tokio::test]
    async fn requests_that_do_not_follow_closely_leave_it_at_home() {
        let scene = scene();
        for _ in 0..ENOUGH * 2 {
            scene.place.latest().at -= CLOSE;
            scene.is_left_alone();
            assert!(scene.ask("a"));
            assert!(scene.place.takes_leave().is_none());
        }
    }

    #[tokio::test]
    async fn one_that_is_wanted_at_home_does_not_leave() {
        let scene = scene();
        for _ in 0..ENOUGH * 2 {
            scene.is_left_alone();
            assert!(scene.ask("a"));
        }
        scene.place.at_home().await;
        assert!(scene.place.takes_leave().is_none());
    }

    #[tokio::test]
    async fn others_that_come_to_its_room_keep_it_at_home() {
        let (scene, key) = (scene(), RoomKey::new("main", "a"));
        for _ in 0..ENOUGH * 2 {
            assert!(scene.ask("a"));
        }
        scene.is_left_alone();
        scene.visits.others_come(&key, Instant::now());
        assert!(scene.ask("a") && scene.place.takes_leave().is_none());
    }

    #[tokio::test]
    async fn what_is_not_for_its_room_waits_until_a_connection_is_home() {
        let scene = scene();
        let place = &scene.place;
        for other_room in [true, false] {
            place.latest().room = Some(RoomKey::new("main", "a"));
            place.moves(true);
            let key = RoomKey::new("main", "b");
            let mut asked = match other_room {
                true => place.request_to(&key, &scene.visits).boxed(),
                false => place.at_home().boxed(),
            };
            assert!((&mut asked).now_or_never().is_none());
            assert!(place.goes_home());
            assert!((&mut asked).now_or_never().is_none());
            place.moves(false);
            asked.await;
        }
    }
}
