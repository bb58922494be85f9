//! What a server tells the program that has started it, when that asks. Changes nothing, but that all code begins
//! again when that is asked for.

use super::{Expected, Server, UserCodeError};
use crate::project::RoomAddress;

impl Server {
    /// The parties, `main` first, and the names of the handlers that each has.
    #[must_use]
    pub fn parties(&self) -> Vec<(String, Vec<&'static str>)> {
        let current = self.spaces.main.door.current();
        let names = current.generation.project.parties.iter();
        names
            .filter_map(|name| Some((name.clone(), current.table.get(name)?.names())))
            .collect()
    }

    /// The rooms that have a thread, in order.
    #[must_use]
    pub fn live_rooms(&self) -> Vec<RoomAddress> {
        let mut keys = self.spaces.main.door.rooms.live();
        keys.sort();
        keys.iter()
            .map(|key| RoomAddress {
                party: key.party.to_string(),
                room: key.room.to_string(),
            })
            .collect()
    }

    /// Has all code begin again, as a reload does. What is stored stays.
    ///
    /// # Errors
    /// When the code cannot begin: then that which runs stays.
    pub fn start_again(&self) -> Result<(), UserCodeError> {
        let door = &self.spaces.main.door;
        self.run(door.current().generation.clone(), Expected::default())?;
        door.pages.live.changed();
        Ok(())
    }
}
