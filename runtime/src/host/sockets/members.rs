//! Which sockets are connections of the room, and what it knows of each: a name, tags, a state that outlives
//! the isolate. Never touches a transport.

use partyrun_ops::message::{SocketId, SocketRecord};

use super::{Peer, Sockets};

impl Sockets {
    pub fn set_member(&self, id: SocketId, member: bool) {
        if let Some(socket) = self.table.borrow_mut().get_mut(&id) {
            socket.member = member;
        }
    }

    /// Says which connection of the room it is.
    pub fn set_name(&self, id: SocketId, name: String) {
        if let Some(socket) = self.table.borrow_mut().get_mut(&id) {
            socket.peer = Peer::Client(name);
        }
    }

    pub fn set_record(&self, record: SocketRecord) {
        if let Some(socket) = self.table.borrow_mut().get_mut(&record.id) {
            socket.peer = Peer::Client(record.connection.clone());
            socket.record = Some(record);
        }
    }

    /// Sockets of a hibernating room that are still connected, in the order they connected.
    pub fn records(&self) -> Vec<SocketRecord> {
        let table = self.table.borrow();
        table
            .values()
            .filter(|s| s.member)
            .filter_map(|s| s.record.clone())
            .collect()
    }

    pub fn set_attachment(&self, id: SocketId, bytes: Vec<u8>) {
        if let Some(socket) = self.table.borrow_mut().get_mut(&id) {
            socket.attachment = Some(bytes);
        }
    }

    pub fn attachment(&self, id: SocketId) -> Option<Vec<u8>> {
        self.table.borrow().get(&id)?.attachment.clone()
    }
}
