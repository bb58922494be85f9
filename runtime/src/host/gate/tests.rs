//! The two gates alone.

use std::sync::atomic::AtomicUsize;
use std::task::{RawWaker, RawWakerVTable, Wake};

use super::*;

#[test]
fn output_of_a_turn_waits_for_its_batch_and_earlier_output_does_not() {
    let gate = OutputGate::default();
    let listener = gate.renew();
    let waker = Waker::noop();

    gate.end_turn(None);
    assert_eq!(gate.released(waker), 1, "nothing written");
    gate.end_turn(Some(1));
    gate.end_turn(None);
    assert_eq!(gate.released(waker), 1, "turn 2 wrote, turn 3 is behind it");
    listener(1, None);
    assert_eq!(gate.released(waker), 3);
}

#[test]
fn a_lost_write_is_told_once() {
    let gate = OutputGate::default();
    let listener = gate.renew();
    gate.end_turn(Some(1));
    listener(1, Some(&StorageFailure::new("disk full")));
    assert_eq!(gate.released(Waker::noop()), 0, "what tells of it stays");
    assert!(gate.take_failure().is_some());
    assert!(gate.take_failure().is_none());
}

#[test]
fn the_input_gate_counts() {
    let gate = InputGate::default();
    gate.close();
    gate.close();
    gate.open();
    assert!(!gate.is_open());
    gate.open();
    assert!(gate.is_open());
    gate.pause();
    assert!(!gate.is_open() && !gate.is_closed());
    gate.resume();
    assert!(gate.is_open());
}

/// Counts how often it was woken.
#[derive(Default)]
struct Counting(AtomicUsize);

impl Wake for Counting {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn commit_wakes_whoever_waits_for_it_once() {
    let gate = OutputGate::default();
    let listener = gate.renew();
    let counting = Arc::new(Counting::default());
    let waker = Waker::from(counting.clone());
    gate.end_turn(Some(1));
    gate.end_turn(Some(2));
    assert_eq!(gate.released(&waker), 0);
    listener(1, None);
    listener(2, None);
    assert_eq!(
        counting.0.load(Ordering::Relaxed),
        1,
        "woken until it looks again"
    );
    assert_eq!(gate.released(&waker), 2);
}

/// A waker that commits the moment it is registered.
fn committing(listener: &CommitListener) -> Waker {
    fn clone(data: *const ()) -> RawWaker {
        // SAFETY: the pointer is that of the listener of the test, which outlives its wakers.
        let listener = unsafe { &*data.cast::<CommitListener>() };
        listener(1, None);
        RawWaker::new(data, &TABLE)
    }
    fn nothing(_: *const ()) {}
    static TABLE: RawWakerVTable = RawWakerVTable::new(clone, nothing, nothing, nothing);
    // SAFETY: the functions only read the listener; waking does nothing, so any thread may.
    unsafe { Waker::from_raw(RawWaker::new(std::ptr::from_ref(listener).cast(), &TABLE)) }
}

#[test]
fn commit_between_the_registration_and_the_look_is_seen() {
    let gate = OutputGate::default();
    let listener = gate.renew();
    gate.end_turn(Some(1));
    let waker = committing(&listener);
    assert_eq!(
        gate.released(&waker),
        1,
        "nobody would wake the loop for it"
    );
    drop(gate);
    drop(waker);
}

#[test]
fn later_output_is_held_behind_an_earlier_batch() {
    let gate = OutputGate::default();
    let listener = gate.renew();
    let waker = Waker::noop();
    gate.end_turn(Some(1));
    gate.end_turn(Some(2));
    gate.end_turn(None);
    assert_eq!(gate.released(waker), 0);
    listener(1, None);
    assert_eq!(gate.released(waker), 1);
    assert!(!gate.is_settled(waker));
    listener(2, None);
    assert_eq!(gate.released(waker), 3);
    assert!(gate.is_settled(waker));
}

#[test]
fn new_storage_is_not_held_up_by_the_old_one() {
    let gate = OutputGate::default();
    let old = gate.renew();
    gate.end_turn(Some(1));
    old(1, Some(&StorageFailure::new("disk full")));
    assert!(gate.has_failed());
    let new = gate.renew();
    assert!(!gate.has_failed());
    gate.end_turn(Some(1));
    // The old storage's word is about its own numbers.
    old(1, None);
    assert_eq!(gate.released(Waker::noop()), 1);
    new(1, None);
    assert_eq!(gate.released(Waker::noop()), 2);
}
