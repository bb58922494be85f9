//! What the person at the keyboard asks of a session. Owns what is done and said; which key it is, is `keys`'.

use std::time::Instant;

use super::Session;
use crate::announce;
use crate::failure::Failure;
use crate::keys::Ask;
use crate::watch::Change;

impl Session<'_> {
    /// Does what is asked, but for the end.
    pub(super) fn follow(&mut self, ask: Ask) {
        match ask {
            Ask::Reload => self.reload_by_hand(),
            Ask::Rooms => self.tell_rooms(),
            Ask::Exit => {}
        }
    }

    /// As after a save, and also where nothing has changed.
    fn reload_by_hand(&mut self) {
        let started = Instant::now();
        let was_served = self.serving.is_some();
        let is_new = self.take(&[Change::Unknown]);
        let Some(serving) = self.serving.as_ref().filter(|_| was_served) else {
            return;
        };
        if is_new != Some(false) {
            return;
        }
        match serving.server.start_again() {
            Ok(()) => announce::reloaded(self.printer, true, started.elapsed(), &[]),
            Err(error) => {
                let failure = Failure::in_the_code(&error, &self.settings);
                announce::not_reloaded(self.printer, &failure);
            }
        }
    }

    fn tell_rooms(&self) {
        let Some(serving) = &self.serving else {
            return self.printer.out("Not serving yet");
        };
        let rooms = serving.server.live_rooms();
        let rooms: Vec<_> = rooms
            .iter()
            .map(|room| (room, self.sockets.of_room(&room.party, &room.room)))
            .collect();
        announce::rooms(self.printer, &rooms);
    }
}
