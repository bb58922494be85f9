//! `partyrun storage`: what rooms have stored, listed, read, written and deleted, while the project is served and
//! while it is not. Owns which action it is and what all of them need; what they do is `entries`' and `whole`'s, how the
//! storage is reached is `reach`'s.

mod ask;
mod entries;
mod failure;
mod reach;
mod room;
mod show;
mod transfer;
mod whole;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use partyrun_runtime::storage_file;
use serde_json::Value;

use self::ask::AskError;
use self::failure::Failure;
use self::reach::Reached;
use self::room::{Room, encoded, json};
use crate::args::DevArgs;
use crate::config::{ConfigError, Persist, Settings, shown};
use crate::storage_args::{RoomArgs, Selection, StorageAction, StorageArgs};
use crate::ui::Printer;

/// Stands for standard input or output.
const DASH: &str = "-";

/// Runs the command to its end.
pub fn run(args: &StorageArgs, printer: &Printer) -> ExitCode {
    let done = Command::of(args, printer).and_then(|command| command.run(&args.action));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Told(text)) => {
            printer.error(&text);
            ExitCode::FAILURE
        }
        Err(Failure::Quiet) => ExitCode::FAILURE,
    }
}

struct Command<'a> {
    printer: &'a Printer,
    is_json: bool,
    cwd: PathBuf,
    root: PathBuf,
    folder: PathBuf,
    /// Those of the configuration.
    parties: Vec<String>,
}

impl<'a> Command<'a> {
    fn of(args: &StorageArgs, printer: &'a Printer) -> Result<Command<'a>, Failure> {
        let cwd = std::env::current_dir()
            .map_err(|error| Failure::new(ConfigError::NoCurrentFolder(error).to_string()))?;
        let dev = DevArgs {
            config: args.config.clone(),
            persist: args.persist.clone(),
            // None of the code runs, so it need not be there.
            script: Some(PathBuf::from("server.ts")),
            ..DevArgs::default()
        };
        let settings = Settings::load(&dev, &cwd)?;
        let Persist::Folder(folder) = settings.persist else {
            return Err(Failure::new(
                "This project's storage is forgotten at the end (`persist` is false), so there is none in a folder. Name another with `--persist <folder>`",
            ));
        };
        Ok(Command {
            printer,
            is_json: args.json,
            cwd,
            root: settings.root,
            folder,
            parties: settings
                .entries
                .into_iter()
                .map(|(party, _)| party)
                .collect(),
        })
    }

    fn run(&self, action: &StorageAction) -> Result<(), Failure> {
        match action {
            StorageAction::List { selection, range } => match selection {
                Selection {
                    party: Some(party),
                    room: Some(room),
                } => self.list(&Room::typed(party, room), range),
                _ => self.list_rooms(selection.party.as_deref()),
            },
            StorageAction::Get { room, key } => self.get(&named(room), key),
            StorageAction::Put { room, key, value } => self.put(&named(room), key, value),
            StorageAction::Delete { room, keys } => self.delete(&named(room), keys),
            StorageAction::Export { selection, output } => {
                self.export(selection, output.as_deref())
            }
            StorageAction::Import { file, replace } => self.import(file.as_deref(), *replace),
            StorageAction::Reset { selection, yes } => self.reset(selection, *yes),
        }
    }

    /// Does something with the storage, and closes it.
    fn with<T>(
        &self,
        parties: &[String],
        work: impl FnOnce(&Reached) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let reached = Reached::of(&self.folder, parties, &self.root, self.printer)?;
        let done = work(&reached);
        reached.close();
        done
    }

    /// The same where something must be stored already: looking makes no storage.
    fn with_stored<T>(
        &self,
        work: impl FnOnce(&Reached) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        if is_empty(&self.folder) {
            let folder = shown(&self.cwd, &self.folder);
            return Err(Failure::new(format!("Nothing is stored yet: `{folder}`")));
        }
        self.with(&self.parties, work)
    }

    /// Whether there is such a room; which there are, if not.
    fn check_room(&self, reached: &Reached, room: &Room) -> Result<(), Failure> {
        let of_party = rooms(reached, Some(&room.party))?;
        if of_party.iter().any(|known| of_json(known) == *room) {
            return Ok(());
        }
        let known: Vec<_> = of_party
            .iter()
            .take(10)
            .map(|known| format!("`{}`", known["room"].as_str().unwrap_or_default()))
            .collect();
        let known = match (known.len(), of_party.len()) {
            (0, _) => format!("no room of `{}` has", room.party),
            (shown, all) if shown < all => {
                format!("{} and {} more have", known.join(", "), all - shown)
            }
            _ => format!("these have: {}", known.join(", ")),
        };
        Err(Failure::new(format!(
            "The room `{}` has stored nothing; {known}",
            room.shown()
        )))
    }

    /// Says what was done.
    fn done(&self, text: &str, data: &Value) -> Result<(), Failure> {
        match self.is_json {
            true => self.data(&format!("{data}\n")),
            false => {
                self.printer.status(text);
                Ok(())
            }
        }
    }

    /// Prints what was asked for, all of it.
    fn data(&self, text: &str) -> Result<(), Failure> {
        self.printer.data(text).map_err(|_| Failure::Quiet)
    }
}

fn named(room: &RoomArgs) -> Room {
    Room::typed(&room.party, &room.room)
}

fn selected(selection: &Selection) -> Option<Room> {
    let room = selection.room.as_ref()?;
    Some(Room::typed(selection.party.as_deref()?, room))
}

/// A room as the control plane lists it.
fn of_json(room: &Value) -> Room {
    let name = |field: &str| room[field].as_str().unwrap_or_default().to_owned();
    Room {
        party: name("party"),
        name: name("room"),
    }
}

/// The rooms that have stored something.
fn rooms(reached: &Reached, party: Option<&str>) -> Result<Vec<Value>, Failure> {
    let path = match party {
        Some(party) => format!("/rooms/{}?sizes=true", encoded(party)),
        None => "/rooms?sizes=true".to_owned(),
    };
    let mut answer = json(&reached.asked.ask("GET", &path, "")?);
    let Value::Array(mut rooms) = answer["rooms"].take() else {
        return Err(AskError::Other.into());
    };
    rooms.retain(|room| room["entries"] != 0 || !room["alarm"].is_null());
    Ok(rooms)
}

fn read_all(from: &mut impl Read, name: &str) -> Result<String, Failure> {
    let mut text = String::new();
    match from.read_to_string(&mut text) {
        Ok(_) => Ok(text),
        Err(error) => Err(Failure::new(format!("Cannot read {name}: {error}"))),
    }
}

/// Whether nothing has ever been stored in a folder, by this program or the original.
fn is_empty(folder: &Path) -> bool {
    let is_stored = storage_file(folder).exists() || folder.join("party").exists();
    !is_stored
}
