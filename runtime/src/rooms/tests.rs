//! The registry, with threads that hand what they are given to the test.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

use partyrun_ops::interface::Level;

use super::*;
use crate::testing::{Heard, PATIENCE, generation, request, rooms, status_of};

const SERVER: &str = "export default {}";

/// A thread of a room, as the test sees it.
struct Begun {
    receiver: UnboundedReceiver<RoomEvent>,
    preparing: Option<Preparing>,
}

fn limits(rooms: usize, spares: usize) -> Limits {
    Limits {
        rooms: Some(rooms),
        spares,
        ..Limits::default()
    }
}

/// Rooms whose threads come here.
fn watched(limits: Limits) -> (Arc<Rooms>, Receiver<Begun>, Arc<Heard>) {
    let (sender, begun) = channel();
    let heard = Arc::new(Heard::default());
    let main = hand_to(sender);
    (rooms(limits, heard.clone(), main), begun, heard)
}

fn hand_to(sender: Sender<Begun>) -> Main {
    // A sender may be shared by threads only behind a lock.
    let sender = Mutex::new(sender);
    Box::new(move |_, receiver, preparing| {
        let sender = sender.lock().unwrap_or_else(PoisonError::into_inner);
        // The test may be over.
        let _ = sender.send(Begun {
            receiver,
            preparing,
        });
    })
}

fn next(begun: &Receiver<Begun>) -> Begun {
    begun.recv_timeout(PATIENCE).expect("a thread begins")
}

fn key(room: &str) -> RoomKey {
    RoomKey::new("main", room)
}

/// Sends a request that nobody answers.
fn ask(rooms: &Arc<Rooms>, room: &str) {
    let (reply, _) = crate::call::question();
    rooms.send(&key(room), request(&key(room), reply));
}

/// What a thread has been sent, in short.
fn sent(begun: &mut Begun) -> Vec<&'static str> {
    let mut events = Vec::new();
    while let Ok(event) = begun.receiver.try_recv() {
        events.push(match event {
            RoomEvent::Assign(..) => "assign",
            RoomEvent::Http(_) => "request",
            RoomEvent::Alarm(_) => "alarm",
            RoomEvent::Reload(_) => "reload",
            RoomEvent::Leave(_) => "leave",
            RoomEvent::Shutdown => "shutdown",
            RoomEvent::Evict => "evict",
            RoomEvent::Touch(_) => "touch",
            RoomEvent::Look(_) => "look",
            RoomEvent::Probe(_) => "probe",
            RoomEvent::Beat(_) => "beat",
            RoomEvent::Visit(_) => "visit",
            RoomEvent::Rouse => "rouse",
        });
    }
    events
}

#[test]
fn room_with_an_event_on_its_way_does_not_retire() {
    let (rooms, begun, _) = watched(limits(10, 0));
    rooms.reload(generation(&["main"], SERVER), None);
    ask(&rooms, "a");
    let mut first = next(&begun);
    assert_eq!(sent(&mut first), ["assign", "request"]);
    ask(&rooms, "a");
    assert!(!rooms.retire(&key("a"), &first.receiver));
    assert_eq!(sent(&mut first), ["request"], "it is still this thread's");
    assert!(rooms.retire(&key("a"), &first.receiver));
    assert!(!rooms.is_live(&key("a")));
    ask(&rooms, "a");
    assert_eq!(sent(&mut next(&begun)), ["assign", "request"]);
    assert!(sent(&mut first).is_empty(), "it has retired");
}

#[test]
fn room_whose_thread_has_gone_without_a_word_is_made_again() {
    let (rooms, begun, _) = watched(limits(1, 0));
    rooms.reload(generation(&["main"], SERVER), None);
    ask(&rooms, "a");
    drop(next(&begun));
    // Also when there are as many rooms as there may be.
    ask(&rooms, "a");
    assert_eq!(sent(&mut next(&begun)), ["assign", "request"]);
}

#[test]
fn room_beyond_the_limit_is_refused_and_told_of() {
    let (rooms, begun, heard) = watched(limits(1, 0));
    rooms.reload(generation(&["main"], SERVER), None);
    ask(&rooms, "a");
    let first = next(&begun);
    let status = status_of(|reply| rooms.send(&key("b"), request(&key("b"), reply)));
    assert_eq!(status, Some(503));
    assert_eq!(
        heard.notices(),
        ["Cannot start room `main/b`: the limit of 1 live rooms is reached"]
    );
    rooms.give_up(&key("a"));
    drop(first);
    ask(&rooms, "b");
    assert_eq!(sent(&mut next(&begun)), ["assign", "request"]);
}

/// Figures of a process that has `resident` MiB, of which it may have a thousand.
fn figures(memory: &Gauge, resident: u64) {
    memory.set(resident << 20, 0, 1000 << 20);
}

#[test]
fn rooms_in_use_that_memory_is_short_for_are_told_of_once_and_idle_ones_are_not() {
    let (sender, begun) = channel();
    let memory = Arc::new(Gauge::default());
    figures(&memory, 20);
    let heard = Arc::new(Heard::default());
    let rooms = Rooms::new(
        &limits(1000, 0),
        memory.clone(),
        heard.clone(),
        hand_to(sender),
    );
    rooms.reload(generation(&["main"], SERVER), None);
    let mut threads = Vec::new();
    for number in 0..199 {
        ask(&rooms, &number.to_string());
        threads.push(next(&begun));
    }
    let mark = |begun: &mut Begun| match begun.receiver.try_recv() {
        Ok(RoomEvent::Assign(_, _, mark, _)) => mark,
        _ => panic!("a room is assigned first"),
    };
    let marks: Vec<_> = threads.iter_mut().map(mark).collect();
    figures(&memory, 820);
    for mark in &marks {
        mark.set(Some(Instant::now()));
    }
    ask(&rooms, "the others could go");
    threads.push(next(&begun));
    assert_eq!(heard.notices(), [""; 0]);
    for mark in &marks {
        mark.set(None);
    }
    for thread in &mut threads {
        sent(thread);
    }
    for number in 0..199 {
        // They were asked to go, and are used again.
        ask(&rooms, &number.to_string());
    }
    ask(&rooms, "they cannot go");
    ask(&rooms, "it is known");
    let notices = heard.notices();
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert!(
        notices[0].starts_with("201 rooms are in use at once and have about 4 MiB each"),
        "{notices:?}"
    );
}

#[test]
fn room_has_the_memory_that_has_come_back_since_the_latest_look() {
    let (sender, begun) = channel();
    let memory = Arc::new(Gauge::default());
    // So much that no process has it, of as much as this one may well have.
    memory.set(1 << 50, 0, 1 << 40);
    let heard = Arc::new(Heard::default());
    let rooms = Rooms::new(&limits(10, 0), memory, heard.clone(), hand_to(sender));
    rooms.reload(generation(&["main"], SERVER), None);
    ask(&rooms, "a");
    assert_eq!(sent(&mut next(&begun)), ["assign", "request"]);
    assert_eq!(heard.notices(), [""; 0]);
}

#[test]
fn room_that_is_given_up_has_its_requests_answered() {
    let (rooms, _begun, _) = watched(limits(10, 0));
    rooms.reload(generation(&["main"], SERVER), None);
    let status = status_of(|reply| {
        rooms.send(&key("a"), request(&key("a"), reply));
        rooms.give_up(&key("a"));
    });
    assert_eq!(status, Some(500));
}

#[test]
fn spare_is_offered_taken_and_replaced() {
    let (rooms, begun, _) = watched(limits(10, 1));
    rooms.reload(generation(&["main"], SERVER), None);
    let mut spare = next(&begun);
    spare.preparing.take().expect("it is a spare").offer(None);
    ask(&rooms, "a");
    assert_eq!(sent(&mut spare), ["assign", "request"]);
    assert!(next(&begun).preparing.is_some(), "another takes its place");
}

#[test]
fn thread_that_has_loaded_new_code_gets_the_next_room() {
    let (rooms, begun, _) = watched(limits(10, 1));
    let (sender, mut loaded) = unbounded_channel();
    let spare = Spare::of("main".into(), sender);
    rooms.reload(generation(&["main"], SERVER), Some(spare));
    ask(&rooms, "a");
    let assigned = loaded.try_recv();
    assert!(matches!(assigned, Ok(RoomEvent::Assign(..))));
    assert!(next(&begun).preparing.is_some(), "another takes its place");
}

#[test]
fn server_that_ends_keeps_no_thread_that_has_loaded_code() {
    let (rooms, _begun, _) = watched(limits(10, 1));
    rooms.shutdown();
    let (sender, loaded) = unbounded_channel();
    let spare = Spare::of("main".into(), sender);
    rooms.reload(generation(&["main"], SERVER), Some(spare));
    assert!(loaded.is_closed());
}

#[test]
fn spare_for_code_that_is_expected_needs_no_code_and_is_made_once() {
    let (rooms, begun, _) = watched(limits(10, 1));
    let old = generation(&["main"], SERVER);
    rooms.reload(old.clone(), None);
    let party: Arc<str> = "main".into();
    let loaded = next(&begun).preparing.expect("it is a spare");
    assert!(!loaded.is_ahead_of_code());
    loaded.offer(Some((&old.project, &party)));

    rooms.prepare();
    let mut blank = next(&begun);
    let preparing = blank.preparing.take().expect("it is a spare");
    assert!(preparing.is_ahead_of_code());
    preparing.offer(None);
    rooms.prepare();
    assert_eq!(rooms.inner().preparing, 0, "there is one");
    rooms.reload(generation(&["main"], "export default { a: 1 }"), None);
    ask(&rooms, "a");
    assert_eq!(sent(&mut blank), ["assign", "request"]);
}

#[test]
fn spares_that_fail_do_not_keep_others_from_being_made() {
    let (rooms, begun, _) = watched(limits(100, 2));
    rooms.reload(generation(&["main"], SERVER), None);
    let mut spares = vec![next(&begun), next(&begun)];
    for round in 0..3 {
        assert!(spares.iter().all(|spare| spare.preparing.is_some()));
        // Both fail: they end without having offered themselves.
        spares.clear();
        ask(&rooms, &round.to_string());
        let threads = [next(&begun), next(&begun), next(&begun)];
        let is_spare = |thread: &Begun| thread.preparing.is_some();
        spares = threads.into_iter().filter(is_spare).collect();
        assert_eq!(
            spares.len(),
            2,
            "two others are made, beside the room's own"
        );
    }
}

#[test]
fn thread_that_panics_while_it_is_a_spare_counts_no_more() {
    let started = Arc::new(AtomicUsize::new(0));
    let counted = started.clone();
    let main: Main = Box::new(move |_, _, _preparing| {
        counted.fetch_add(1, Ordering::SeqCst);
        panic!("a spare of the test fails");
    });
    let rooms = rooms(limits(10, 2), Arc::new(Heard::default()), main);
    rooms.reload(generation(&["main"], SERVER), None);
    let begun = Instant::now();
    while started.load(Ordering::SeqCst) < 2 || rooms.inner().preparing > 0 {
        assert!(begun.elapsed() < PATIENCE, "they count forever");
        thread::yield_now();
    }
}

#[test]
fn spare_with_code_of_an_earlier_version_is_replaced() {
    let (rooms, begun, _) = watched(limits(10, 1));
    let old = generation(&["main"], SERVER);
    rooms.reload(old.clone(), None);
    let mut outdated = next(&begun);
    rooms.reload(generation(&["main"], "export default { a: 1 }"), None);
    let party: Arc<str> = "main".into();
    let preparing = outdated.preparing.take().expect("it is a spare");
    preparing.offer(Some((&old.project, &party)));
    assert!(next(&begun).preparing.is_some(), "another takes its place");
    assert!(outdated.receiver.blocking_recv().is_none(), "it ends");
}

#[test]
fn spares_that_have_loaded_the_code_before_end_with_a_reload() {
    let (rooms, begun, _) = watched(limits(10, 1));
    let generation = generation(&["main"], SERVER);
    rooms.reload(generation.clone(), None);
    let mut spare = next(&begun);
    let preparing = spare.preparing.take().expect("it is a spare");
    preparing.offer(Some((&generation.project, &"main".into())));
    rooms.reload(generation, None);
    assert!(spare.receiver.blocking_recv().is_none());
}

#[test]
fn spare_that_is_made_before_there_is_code_is_the_first_rooms() {
    let (rooms, begun, _) = watched(limits(10, 2));
    rooms.prepare();
    let mut spare = next(&begun);
    spare.preparing.take().expect("it is a spare").offer(None);
    rooms.reload(generation(&["main"], SERVER), None);
    assert!(
        next(&begun).preparing.is_some(),
        "the second comes with the code"
    );
    ask(&rooms, "a");
    assert_eq!(sent(&mut spare), ["assign", "request"]);
}

#[test]
fn live_rooms_hear_of_a_reload_before_what_is_sent_after_it() {
    let (rooms, begun, _) = watched(limits(10, 0));
    rooms.reload(generation(&["main"], SERVER), None);
    ask(&rooms, "a");
    let mut room = next(&begun);
    let new = generation(&["main"], "export default { a: 1 }");
    rooms.reload(new.clone(), None);
    ask(&rooms, "a");
    assert_eq!(sent(&mut room), ["assign", "request", "reload", "request"]);
    ask(&rooms, "b");
    let mut made = next(&begun);
    let Some(RoomEvent::Assign(_, generation, _, _)) = made.receiver.blocking_recv() else {
        panic!("the first event says which room it is");
    };
    assert!(Arc::ptr_eq(&generation.project, &new.project));
}

#[test]
fn room_is_not_made_before_there_is_code_nor_after_the_end() {
    let (rooms, begun, heard) = watched(limits(10, 0));
    let send = |reply| rooms.send(&key("a"), request(&key("a"), reply));
    assert_eq!(status_of(send), Some(503));
    rooms.reload(generation(&["main"], SERVER), None);
    ask(&rooms, "a");
    let mut room = next(&begun);
    rooms.shutdown();
    assert_eq!(sent(&mut room), ["assign", "request", "shutdown"]);
    assert_eq!(status_of(send), Some(503));
    // The second comes too soon after the first for one of its own.
    assert_eq!(heard.notices().len(), 1);
}

/// Says something itself while it is told of something.
struct Talkative(Mutex<Option<Arc<Rooms>>>, AtomicUsize);

impl Reporter for Talkative {
    fn report(&self, _: Event) {
        self.1.fetch_add(1, Ordering::SeqCst);
        let rooms = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(rooms) = rooms {
            rooms.say_once(Level::Warn, "from the reporter");
        }
    }
}

#[test]
fn what_is_said_once_is_said_without_a_lock() {
    let reporter = Arc::new(Talkative(Mutex::default(), AtomicUsize::new(0)));
    let rooms = rooms(limits(1, 0), reporter.clone(), Box::new(|_, _, _| ()));
    *reporter.0.lock().expect("nobody panicked") = Some(rooms.clone());
    let (done, over) = channel();
    thread::spawn(move || {
        for _ in 0..2 {
            rooms.say_once(Level::Warn, "from the test");
        }
        let _ = done.send(());
    });
    over.recv_timeout(PATIENCE)
        .expect("nobody waits for itself");
    assert_eq!(reporter.1.load(Ordering::SeqCst), 2);
}

#[test]
fn rooms_of_another_registry_begin_on_spares_of_this_one() {
    let (rooms, begun, heard) = watched(limits(9, 1));
    rooms.reload(generation(&["main"], SERVER), None);
    let mut spare = next(&begun);
    let preparing = spare.preparing.take();
    preparing.expect("it is to be a spare").offer(None);
    let (sender, none_of_its_own) = channel();
    let beside = rooms.beside(
        &limits(9, 1),
        Arc::default(),
        heard,
        hand_to(sender),
        |_| Arc::new("home"),
    );
    beside.reload(generation(&["main"], SERVER), None);
    ask(&beside, "r");
    let Some(RoomEvent::Assign(of, _, _, home)) = spare.receiver.blocking_recv() else {
        panic!("a thread is assigned first");
    };
    assert_eq!(of, key("r"));
    let home = home.expect("it belongs elsewhere");
    assert_eq!(home.downcast_ref::<&str>(), Some(&"home"));
    assert!(beside.is_live(&of) && !rooms.is_live(&of));
    assert!(next(&begun).preparing.is_some(), "another spare is made");
    assert!(none_of_its_own.try_recv().is_err());
}
