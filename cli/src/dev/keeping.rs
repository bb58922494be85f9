//! What a session leaves in the folder of its storage besides that: where it can be asked about it, and a word to
//! git. Never touches what is stored.

use partyrun_runtime::{Attendance, Server};

use super::Session;
use crate::config::Persist;
use crate::folder;

impl Session<'_> {
    /// Lets `partyrun storage` ask `server`, as long as what this returns is kept.
    pub(super) fn keep(&self, server: &Server) -> Option<Attendance> {
        let root = self.settings.root.clone();
        server.put_beside_storage(move || folder::leave_out(&root));
        let Persist::Folder(folder) = &self.settings.persist else {
            return None;
        };
        // Without it, `partyrun storage` says that the storage is in use by somebody who does not answer.
        server.attend(folder).ok()
    }
}
