//! Which room the calling thread belongs to, for whoever reports that it panicked. Decides nothing by it.

use std::cell::RefCell;

use crate::project::RoomAddress;

thread_local! {
    static ROOM: RefCell<Option<RoomAddress>> = const { RefCell::new(None) };
}

/// Says that the calling thread is the room's, to its end.
pub(crate) fn belongs_to(room: RoomAddress) {
    ROOM.set(Some(room));
}

/// The room whose thread calls this; `None` for every other thread.
pub fn room_of_this_thread() -> Option<RoomAddress> {
    // A thread that ends may have lost it already.
    let room = ROOM.try_with(|room| room.try_borrow().ok()?.clone());
    room.ok().flatten()
}
