//! How long new code waits for the old, and when a room has nothing left to do.

use std::sync::Arc;
use std::task::Waker;

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use super::*;
use crate::call::question;
use crate::call::{Chain, Reply, RoomKey};
use crate::project::Limits;
use crate::socket::testing::on_room_thread;
use crate::testing::{Heard, generation, outside, request, rooms};

const IDLE: Duration = Duration::from_secs(3600);
/// Timers are late by up to this.
const GRAIN: Duration = Duration::from_millis(5);

/// The moment that long ago, and a little more.
fn ago(time: Duration) -> Instant {
    let then = Instant::now().checked_sub(time + GRAIN);
    then.expect("the machine has been up for longer")
}

struct Room {
    owner: RoomOwner,
    events: UnboundedSender<RoomEvent>,
    host: Rc<IsolateHost>,
    heard: Arc<Heard>,
}

fn room() -> Room {
    let heard = Arc::new(Heard::default());
    let limits = Limits {
        spares: 0,
        ..Limits::default()
    };
    let rooms = rooms(limits, heard.clone(), Box::new(|_, _, _| ()));
    let host = IsolateHost::new(rooms, outside(heard.clone()), limits);
    host.assign(RoomKey::new("main", "a"));
    let (events, receiver) = unbounded_channel();
    Room {
        owner: RoomOwner::new(receiver, IDLE, IdleMark::default()),
        events,
        host,
        heard,
    }
}

impl Room {
    fn send(&self, event: RoomEvent) {
        assert!(self.events.send(event).is_ok(), "the owner listens");
    }

    /// A request that is on its way; where the answer arrives.
    fn ask(&self) -> oneshot::Receiver<Reply> {
        let (reply, answer) = question();
        let key = RoomKey::new("main", "a");
        self.send(RoomEvent::Http(request(&key, reply)));
        answer
    }

    /// A request that JavaScript is to answer; it is waited for as long as this is kept.
    fn owes(&self) -> oneshot::Receiver<Reply> {
        let (reply, answer) = question();
        self.host.admit(reply, Chain::new(), None);
        answer
    }

    fn reload(&self) {
        self.send(RoomEvent::Reload(generation(
            &["main"],
            "export default {}",
        )));
    }

    fn next(&mut self) -> Option<Incoming> {
        let mut cx = Context::from_waker(Waker::noop());
        self.owner.next(&mut cx, &self.host)
    }

    fn leaves(&mut self) -> bool {
        matches!(self.next(), Some(Incoming::Leave))
    }

    /// Whether the room rests when it has been idle for so long.
    async fn rests_after(&mut self, time: Duration, working: bool) -> bool {
        self.owner.idle_since = ago(time);
        self.owner.timer.as_mut().reset(ago(Duration::ZERO));
        let mut rest = || {
            let mut cx = Context::from_waker(Waker::noop());
            self.owner.rest(&mut cx, &self.host, working)
        };
        // The timer is looked at between two polls.
        let at_once = rest();
        tokio::task::yield_now().await;
        at_once || rest()
    }

    /// The wait for what the old code owes has begun so long ago. Returns whether it is over.
    async fn has_waited(&mut self, time: Duration) -> bool {
        self.owner.reload_wait = Some(ReloadWait::begin(ago(time)));
        let mut is_over = false;
        // Timers that are due are looked at between two polls: one for each that there can be.
        for _ in 0..2 {
            is_over |= self.leaves();
            tokio::task::yield_now().await;
        }
        is_over || self.leaves()
    }
}

#[test]
fn new_code_comes_at_once_when_nothing_is_owed() {
    on_room_thread(async {
        let mut room = room();
        assert!(room.next().is_none());
        room.reload();
        assert!(room.leaves());
        assert!(room.owner.take_reload().is_some());
    });
}

#[test]
fn new_code_waits_for_an_answer_that_is_owed_and_no_longer() {
    on_room_thread(async {
        let mut room = room();
        let answer = room.owes();
        room.reload();
        assert!(room.next().is_none());
        // The client has gone: nobody waits for the answer.
        drop(answer);
        assert!(room.leaves());
        assert!(room.heard.notices().is_empty());
    });
}

#[test]
fn what_new_code_waits_for_is_told_after_a_second_and_cut_after_ten() {
    on_room_thread(async {
        let mut room = room();
        let _answer = room.owes();
        room.reload();
        assert!(room.next().is_none());
        assert!(!room.has_waited(Duration::from_millis(500)).await);
        assert!(room.heard.notices().is_empty());
        assert!(!room.has_waited(Duration::from_secs(1)).await);
        assert_eq!(
            room.heard.notices(),
            ["Room `main/a` is finishing a request on the old code (up to 9 s)"]
        );
        assert!(!room.has_waited(Duration::from_millis(9500)).await);
        assert!(room.has_waited(Duration::from_secs(10)).await);
    });
}

#[test]
fn requests_that_came_after_the_new_code_are_left_to_it() {
    on_room_thread(async {
        let mut room = room();
        let _owed = room.owes();
        room.reload();
        let _answer = room.ask();
        assert!(room.next().is_none());
        assert!(room.owner.has_work(&room.host));
        assert!(
            room.has_waited(Duration::from_secs(10)).await,
            "they are not taken first"
        );
        assert!(room.owner.has_work(&room.host));
    });
}

#[test]
fn end_of_the_process_comes_before_everything_else() {
    on_room_thread(async {
        let mut room = room();
        let _owed = room.owes();
        let _answer = room.ask();
        room.send(RoomEvent::Shutdown);
        assert!(room.leaves());
        assert!(room.owner.shutdown);
    });
}

#[test]
fn room_rests_after_its_idle_time_unless_something_keeps_it() {
    on_room_thread(async {
        let mut room = room();
        let second = Duration::from_secs(1);
        room.owner.idle = second;
        assert!(!room.rests_after(second / 2, false).await);
        assert!(
            !room.rests_after(second, true).await,
            "timers keep it longer"
        );
        assert!(room.rests_after(second * WORKING_FACTOR, true).await);
        let answer = room.owes();
        assert!(
            !room.rests_after(second * 6, false).await,
            "it owes an answer"
        );
        drop(answer);
        assert!(room.rests_after(second, false).await);
    });
}

#[test]
fn room_with_sockets_looks_for_their_end_seldom_and_goes_on_time_without_them() {
    on_room_thread(async {
        let mut room = room();
        let second = Duration::from_secs(1);
        room.owner.idle = second;
        let socket = room.host.socket_open();
        assert!(!room.rests_after(second * 99, false).await);
        let looks_in = |room: &Room| room.owner.timer.deadline() - Instant::now();
        assert!(looks_in(&room) > second * 30);
        room.host.sockets.lose(socket);
        assert!(room.host.inbox.pop().is_some(), "it hears of the end");
        let mut cx = Context::from_waker(Waker::noop());
        assert!(!room.owner.rest(&mut cx, &room.host, false));
        assert!(looks_in(&room) <= second);
    });
}
