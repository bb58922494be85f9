//! Counts the sockets whose upgrade has been answered and whose transport is on its way: their clients may
//! know that they are open before this thread does, and are told when the room goes.

use std::rc::Rc;

use super::Sockets;

/// One of them, until this is dropped.
pub struct Arriving(Rc<Sockets>);

impl Sockets {
    pub fn expect_transport(self: &Rc<Self>) -> Arriving {
        self.arriving.set(self.arriving.get() + 1);
        Arriving(self.clone())
    }

    pub fn is_any_arriving(&self) -> bool {
        self.arriving.get() > 0
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        self.0.arriving.set(self.0.arriving.get() - 1);
        self.0.inbox.wake();
    }
}
