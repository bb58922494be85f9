//! What ends the loop beside the isolate itself.

use std::sync::Arc;

use partyrun_ops::interface::Gates;
use partyrun_ops::storage_interface::StorageFailure;

use super::*;
use crate::project::Limits;
use crate::testing::{Heard, outside, rooms};

fn host() -> Rc<IsolateHost> {
    let heard = Arc::new(Heard::default());
    let rooms = rooms(Limits::default(), heard.clone(), Box::new(|_, _, _| ()));
    IsolateHost::new(rooms, outside(heard), Limits::default())
}

#[test]
fn room_whose_write_is_lost_is_reset() {
    let host = host();
    let listener = host.output_gate.renew();
    host.end_turn(Some(1));
    assert!(untrusted(&host, None).is_ok());
    listener(1, Some(&StorageFailure::new("disk full")));
    let Err(Exit::Broken { reason, answer }) = untrusted(&host, None) else {
        panic!("the room goes on with what is not stored");
    };
    assert_eq!(reason, "a write was lost: disk full");
    assert_eq!(answer, "The room was reset");
}

#[test]
fn room_whose_code_asks_for_it_is_reset_with_its_reason() {
    let host = host();
    host.reset("boom".to_owned());
    let Err(Exit::Broken { reason, answer }) = untrusted(&host, None) else {
        panic!("the room goes on");
    };
    assert_eq!(reason, "blockConcurrencyWhile failed: boom");
    assert_eq!(answer, "boom");
    assert!(untrusted(&host, None).is_ok(), "asked for once");
}
