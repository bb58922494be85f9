//! Owns bringing a room of the original into the storage, once, before the room is first used. A room
//! that has a row in `rooms` has a life of its own here and is never imported again: what it removed
//! stays removed.

use std::path::Path;
use std::sync::Arc;

use super::legacy::{LegacyError, LegacyFolder, LegacyRoom};
use super::table::{RoomSlot, Table};

/// Hears, on the storage thread, what a person running the server wants to know.
pub type Notices = Arc<dyn Fn(String) + Send + Sync>;

/// Imports rooms on first use.
pub(super) struct Importer {
    /// `None` when the storage has no folder, hence nothing beside it.
    folder: Option<LegacyFolder>,
    notices: Notices,
    announced: bool,
}

/// Why an import was given up.
enum Failure {
    /// The original's file cannot be read: the room starts empty.
    Legacy(LegacyError),
    /// Our own storage cannot be written: the room cannot start at all.
    Own(rusqlite::Error),
}

impl From<LegacyError> for Failure {
    fn from(error: LegacyError) -> Self {
        Self::Legacy(error)
    }
}

impl Importer {
    pub(super) fn new(folder: Option<LegacyFolder>, notices: Notices) -> Self {
        Self {
            folder,
            notices,
            announced: false,
        }
    }

    /// Whether the room may have to be imported. Costs next to nothing after its first use.
    pub(super) fn concerns(&self, room: &RoomSlot) -> bool {
        self.folder.is_some() && !room.is_settled()
    }

    /// Imports the room when it is not ours yet and the original has it. `table` is in no transaction.
    pub(super) fn import(
        &mut self,
        table: &mut Table,
        room: &Arc<RoomSlot>,
    ) -> rusqlite::Result<()> {
        let found = match &self.folder {
            Some(folder) if !table.knows(room)? => folder.find(room.identity()),
            _ => None,
        };
        let Some(file) = found else {
            room.settle();
            return Ok(());
        };
        match copy(table, room, &file) {
            Ok(()) => self.announce(),
            Err(Failure::Own(error)) => return Err(error),
            Err(Failure::Legacy(error)) => {
                let identity = room.identity();
                (self.notices)(format!(
                    "Room `{}/{}` starts empty. What `partykit dev` stored for it cannot be read, `{}`: {error}",
                    identity.party,
                    identity.name,
                    file.display()
                ));
            }
        }
        room.settle();
        Ok(())
    }

    fn announce(&mut self) {
        if let (false, Some(folder)) = (self.announced, &self.folder) {
            self.announced = true;
            (self.notices)(format!(
                "Rooms stored by `partykit dev` are imported on first use; its files stay unchanged: {}",
                folder.path().display()
            ));
        }
    }
}

fn copy(table: &mut Table, room: &Arc<RoomSlot>, file: &Path) -> Result<(), Failure> {
    let legacy = LegacyRoom::open(file)?;
    table.begin().map_err(Failure::Own)?;
    let copied = table
        .enrol(room)
        .map_err(Failure::Own)
        .and_then(|number| {
            legacy.entries(|key, value| table.insert(number, key, value).map_err(Failure::Own))
        })
        .and_then(|()| table.commit().map_err(Failure::Own));
    if copied.is_err() {
        // What is wrong with our own file, the next `begin` finds and reports.
        let _ = table.rollback();
    }
    copied
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;
    use std::sync::Mutex;

    use partyrun_ops::storage_interface::{ListRange, RoomStorage};
    use rusqlite::Connection;

    use super::super::internal_id::internal_id;
    use super::super::{Location, RoomIdentity, RoomStore, StorageHandle, StorageThread};
    use super::*;

    /// A state folder with a room `r` of the original, and what was said about it.
    struct State {
        _scratch: tempfile::TempDir,
        folder: PathBuf,
        said: Arc<Mutex<Vec<String>>>,
    }

    impl State {
        fn new(fill: impl FnOnce(&Path)) -> Self {
            Self::below("", fill)
        }

        fn below(folder: &str, fill: impl FnOnce(&Path)) -> Self {
            // A name that a URI must have escaped.
            let scratch = tempfile::TempDir::with_prefix("a b#?%").expect("a scratch folder");
            let state = Self {
                folder: scratch.path().join(folder),
                _scratch: scratch,
                said: Arc::default(),
            };
            let file = state.file();
            fs::create_dir_all(file.parent().expect("has a folder")).expect("writable");
            fill(&file);
            state
        }

        fn file(&self) -> PathBuf {
            let name = format!("party/-PartyKitDurable/{}.sqlite", internal_id("main", "r"));
            self.folder.join(name)
        }

        fn open(&self) -> StorageHandle {
            let location = Location::File(self.folder.join("partyrun.sqlite"));
            let said = self.said.clone();
            let notices = move |text| said.lock().expect("nobody panics").push(text);
            StorageThread::open(&location, Arc::new(notices)).expect("opens")
        }

        fn said(&self) -> String {
            self.said.lock().expect("nobody panics").join("\n")
        }

        fn names(&self) -> Vec<PathBuf> {
            let file = self.file();
            let entries = fs::read_dir(file.parent().expect("has a folder")).expect("readable");
            let mut names: Vec<_> = entries.map(|e| e.expect("readable").path()).collect();
            names.sort();
            names
        }
    }

    fn room(storage: &StorageHandle) -> RoomStore {
        let identity = RoomIdentity {
            party: "main".to_owned(),
            name: "r".to_owned(),
            internal_id: internal_id("main", "r"),
        };
        storage.room(identity, Arc::new(|_, _| ()))
    }

    fn keys(room: &RoomStore) -> Vec<String> {
        let entries = room.list(&ListRange::default()).expect("lists");
        entries.into_iter().map(|(key, _)| key).collect()
    }

    const TABLE: &str = "PRAGMA journal_mode = WAL;
        CREATE TABLE _cf_KV (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;";

    fn filled(file: &Path) -> Connection {
        let connection = Connection::open(file).expect("opens");
        connection
            .execute_batch(&format!(
                "{TABLE} INSERT INTO _cf_KV VALUES ('a', x'FF0F4902'), ('\u{1f600}', x'FF0F4904');"
            ))
            .expect("fills");
        connection
    }

    #[test]
    fn a_room_is_imported_once_and_what_it_removes_stays_removed() {
        let state = State::new(|file| drop(filled(file)));
        let before = fs::read(state.file()).expect("readable");
        let storage = state.open();
        let first = room(&storage);
        assert_eq!(keys(&first), ["a", "\u{1f600}"]);
        assert_eq!(first.delete(vec!["a".to_owned()]).expect("reads"), 1);
        first.seal();
        drop(first);
        storage.close().expect("closes");
        assert_eq!(keys(&room(&state.open())), ["\u{1f600}"]);
        assert_eq!(fs::read(state.file()).expect("readable"), before);
        assert_eq!(state.names(), [state.file()]);
        assert_eq!(state.said().lines().count(), 1, "{}", state.said());
    }

    #[test]
    fn a_write_before_the_first_read_goes_over_what_is_imported() {
        let state = State::new(|file| drop(filled(file)));
        let room = room(&state.open());
        room.put("a".to_owned(), bytes::Bytes::from_static(b"new"));
        room.put("b".to_owned(), bytes::Bytes::from_static(b"new"));
        room.seal();
        assert_eq!(keys(&room), ["a", "b", "\u{1f600}"]);
        assert_eq!(room.get("a").expect("reads").expect("is there"), "new");
    }

    #[test]
    fn a_room_that_clears_itself_first_stays_clear() {
        let state = State::new(|file| drop(filled(file)));
        let storage = state.open();
        let first = room(&storage);
        first.delete_all();
        first.seal();
        assert!(keys(&first).is_empty());
        drop(first);
        storage.close().expect("closes");
        assert!(keys(&room(&state.open())).is_empty());
    }

    #[test]
    fn what_only_the_write_ahead_log_has_is_imported_and_nothing_is_touched() {
        let mut held = None;
        let state = State::new(|file| held = Some(filled(file)));
        let names = state.names();
        assert_eq!(names.len(), 3, "the log and its index are there: {names:?}");
        let before: Vec<_> = names
            .iter()
            .map(|name| fs::read(name).expect("readable"))
            .collect();
        assert_eq!(keys(&room(&state.open())), ["a", "\u{1f600}"]);
        let after: Vec<_> = names
            .iter()
            .map(|name| fs::read(name).expect("readable"))
            .collect();
        assert!(before == after && state.names() == names);
        drop(held);
    }

    #[test]
    fn a_room_whose_file_has_a_path_that_is_too_long_for_sqlite_is_imported() {
        let state = State::below(&format!("{0}/{0}", "d".repeat(200)), |file| {
            let folder = tempfile::tempdir().expect("a scratch folder");
            let short = folder.path().join("room");
            drop(filled(&short));
            fs::copy(short, file).expect("writable");
        });
        assert!(state.file().as_os_str().len() > 504);
        assert_eq!(keys(&room(&state.open())), ["a", "\u{1f600}"]);
        assert_eq!(state.names(), [state.file()]);
        assert!(!state.said().contains("cannot be read"), "{}", state.said());
    }

    #[test]
    fn a_damaged_or_foreign_file_is_named_and_the_room_starts_empty() {
        let text = "no database, and long enough to tell ".repeat(40);
        let foreign = |file: &Path| {
            let connection = Connection::open(file).expect("opens");
            connection
                .execute_batch("CREATE TABLE t (x)")
                .expect("fills");
        };
        let odd = |file: &Path| {
            let connection = filled(file);
            let sql = "INSERT INTO _cf_KV VALUES ('z', 'text')";
            connection.execute_batch(sql).expect("fills");
        };
        let fills: [&dyn Fn(&Path); 3] = [
            &|file| fs::write(file, &text).expect("writable"),
            &foreign,
            &odd,
        ];
        for fill in fills {
            let state = State::new(fill);
            let room = room(&state.open());
            assert!(keys(&room).is_empty());
            room.put("k".to_owned(), bytes::Bytes::from_static(b"v"));
            room.seal();
            assert_eq!(keys(&room), ["k"]);
            let said = state.said();
            assert_eq!(said.lines().count(), 1, "{said}");
            assert!(
                said.contains("main/r") && said.contains(&*state.file().to_string_lossy()),
                "{said}"
            );
        }
    }

    #[test]
    fn an_empty_file_is_passed_over_in_silence() {
        let state = State::new(|file| fs::write(file, "").expect("writable"));
        assert!(keys(&room(&state.open())).is_empty());
        assert_eq!(state.said(), "");
    }
}
