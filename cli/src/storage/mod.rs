//! `partyrun storage`: what rooms have stored, listed, read, written and deleted, while the project is served and
//! while it is not. Owns what each action does and what is said of it; how the storage is reached is `reach`'s.

mod ask;
mod reach;
mod room;
mod show;
mod transfer;

use std::fs::{self, File};
use std::io::{self, BufRead, BufWriter, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use partyrun_runtime::storage_file;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use self::ask::AskError;
use self::reach::{ReachError, Reached};
use self::room::{Entries, Range, Room, encoded, json};
use self::show::count;
use self::transfer::{Document, Source};
use crate::args::DevArgs;
use crate::config::{ConfigError, ConfigErrors, Persist, Settings, shown};
use crate::storage_args::{RangeArgs, RoomArgs, Selection, StorageAction, StorageArgs};
use crate::ui::Printer;

/// Stands for standard input or output.
const DASH: &str = "-";

/// Why something is not done.
#[derive(Debug)]
pub enum Failure {
    Told(String),
    /// Nobody is there to hear of it.
    Quiet,
}

impl Failure {
    pub fn new(text: impl Into<String>) -> Failure {
        Failure::Told(text.into())
    }
}

impl From<AskError> for Failure {
    fn from(error: AskError) -> Self {
        Failure::new(error.to_string())
    }
}

impl From<ReachError> for Failure {
    fn from(error: ReachError) -> Self {
        Failure::new(error.to_string())
    }
}

impl From<ConfigErrors> for Failure {
    fn from(errors: ConfigErrors) -> Self {
        let errors: Vec<_> = errors.0.iter().map(ConfigError::to_string).collect();
        Failure::new(errors.join("\n"))
    }
}

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

    fn list_rooms(&self, party: Option<&str>) -> Result<(), Failure> {
        let rooms = self.with_stored(|reached| rooms(reached, party))?;
        if self.is_json {
            return self.data(&format!("{}\n", json!({ "rooms": rooms })));
        }
        if rooms.is_empty() {
            let folder = shown(&self.cwd, &self.folder);
            self.printer
                .out(format!("No room has stored anything: `{folder}`"));
            return Ok(());
        }
        self.data(&format!("{}\n", show::rooms(&rooms, self.printer)))
    }

    fn list(&self, room: &Room, range: &RangeArgs) -> Result<(), Failure> {
        let range = Range {
            prefix: range.prefix.clone(),
            start: range.start.clone(),
            end: range.end.clone(),
            limit: range.limit.map(|limit| limit as usize),
            reverse: range.reverse,
        };
        let is_whole = range.prefix.is_none() && range.start.is_none() && range.end.is_none();
        self.with_stored(|reached| {
            let mut entries = Entries::of(&reached.asked, room, range);
            let mut page = entries.next_page()?;
            if page.is_empty() {
                self.check_room(reached, room)?;
                if self.is_json {
                    return self.data("{\"entries\":[]}\n");
                }
                let what = if is_whole {
                    "has no entries"
                } else {
                    "has no such entries"
                };
                self.printer.out(format!("`{}` {what}", room.shown()));
                return Ok(());
            }
            let mut start = "{\"entries\":[";
            while !page.is_empty() {
                let text = match self.is_json {
                    true => page
                        .iter()
                        .map(|(key, value)| {
                            let key = Value::from(key.as_str());
                            format!("{}[{key},{value}]", std::mem::replace(&mut start, ","))
                        })
                        .collect::<String>(),
                    false => page
                        .iter()
                        .map(|entry| format!("{}\n", show::entry(entry, self.printer)))
                        .collect(),
                };
                self.data(&text)?;
                page = entries.next_page()?;
            }
            match self.is_json {
                true => self.data("]}\n"),
                false => Ok(()),
            }
        })
    }

    fn get(&self, room: &Room, key: &str) -> Result<(), Failure> {
        self.with_stored(
            |reached| match reached.asked.ask("GET", &room.key_path(key), "") {
                Ok(value) => self.data(&format!("{}\n", value.trim_end())),
                Err(AskError::Refused { code, .. }) if code == "key" => {
                    self.check_room(reached, room)?;
                    Err(no_key(room, key))
                }
                Err(error) => Err(error.into()),
            },
        )
    }

    fn put(&self, room: &Room, key: &str, value: &str) -> Result<(), Failure> {
        let value = match value {
            DASH => read_all(&mut io::stdin(), "standard input")?,
            value => value.to_owned(),
        };
        let value = checked(&value)?;
        self.with(&self.parties, |reached| {
            room.put(&reached.asked, &[(key.to_owned(), value)])?;
            self.done(
                &format!("Stored `{key}` in `{}`", room.shown()),
                &json!({ "stored": 1 }),
            )
        })
    }

    fn delete(&self, room: &Room, keys: &[String]) -> Result<(), Failure> {
        self.with_stored(|reached| {
            let mut missing = None;
            let mut deleted = 0;
            for key in keys {
                let answer = json(&reached.asked.ask("DELETE", &room.key_path(key), "")?);
                match answer["deleted"] == true {
                    true => deleted += 1,
                    false => missing = missing.or(Some(key)),
                }
            }
            if deleted > 0 || self.is_json {
                let entries = count(deleted, "entry", "entries");
                self.done(
                    &format!("Deleted {entries} of `{}`", room.shown()),
                    &json!({ "deleted": deleted }),
                )?;
            }
            let Some(key) = missing else { return Ok(()) };
            self.check_room(reached, room)?;
            Err(no_key(room, key))
        })
    }

    fn export(&self, selection: &Selection, output: Option<&Path>) -> Result<(), Failure> {
        let output = output.filter(|path| *path != Path::new(DASH));
        let sum = self.with_stored(|reached| {
            let sources = sources(reached, selection)?;
            if let Some(room) = selected(selection).filter(|_| sources.is_empty()) {
                self.check_room(reached, &room)?;
            }
            match output {
                Some(path) => {
                    let told = |error: io::Error| {
                        Failure::new(format!("Cannot write ({error}): `{}`", path.display()))
                    };
                    let mut file = BufWriter::new(File::create(path).map_err(told)?);
                    transfer::export(&reached.asked, &sources, &mut file)
                }
                None => {
                    self.printer.flush();
                    let mut out = BufWriter::new(io::stdout().lock());
                    transfer::export(&reached.asked, &sources, &mut out)
                }
            }
        })?;
        for (room, why) in &sum.left_out {
            self.printer.note(&format!("`{room}` is left out. {why}"));
        }
        if let Some(path) = output {
            let (rooms, entries) = (
                count(sum.rooms, "room", "rooms"),
                count(sum.entries, "entry", "entries"),
            );
            self.done(
                &format!("Wrote {rooms} with {entries}: `{}`", path.display()),
                &json!({ "rooms": sum.rooms, "entries": sum.entries }),
            )?;
        }
        Ok(())
    }

    fn import(&self, file: Option<&Path>, replaces: bool) -> Result<(), Failure> {
        let file = file.filter(|path| *path != Path::new(DASH));
        let (text, name) = match file {
            Some(path) => {
                let name = path.display().to_string();
                let text = fs::read_to_string(path)
                    .map_err(|error| Failure::new(format!("Cannot read ({error}): `{name}`")))?;
                (text, name)
            }
            None => {
                let name = "standard input";
                (read_all(&mut io::stdin(), name)?, name.to_owned())
            }
        };
        let document = Document::read(&text, &name)?;
        let mut parties = self.parties.clone();
        parties.extend(document.parties().map(str::to_owned));
        let sum = self.with(&parties, |reached| {
            transfer::import(&reached.asked, &document, replaces)
        })?;
        let (rooms, entries) = (
            count(sum.rooms, "room", "rooms"),
            count(sum.entries, "entry", "entries"),
        );
        self.done(
            &format!("Stored {entries} in {rooms}"),
            &json!({ "rooms": sum.rooms, "entries": sum.entries }),
        )
    }

    fn reset(&self, selection: &Selection, yes: bool) -> Result<(), Failure> {
        let what = match (&selection.party, selected(selection)) {
            (_, Some(room)) => format!("what `{}` has stored", room.shown()),
            (Some(party), None) => format!("what all rooms of `{party}` have stored"),
            (None, _) => format!(
                "all that is stored in `{}`: rooms, alarms, bindings",
                shown(&self.cwd, &self.folder)
            ),
        };
        self.with_stored(|reached| {
            if let Some(room) = selected(selection) {
                self.check_room(reached, &room)?;
            }
            let sockets = match reached.is_served {
                true => " Sockets of these rooms are closed.",
                false => "",
            };
            if !yes && !self.agrees(&format!("Delete {what}?{sockets}"))? {
                return Err(Failure::new("Nothing was deleted"));
            }
            let asked = &reached.asked;
            match (&selection.party, selected(selection)) {
                (_, Some(room)) => room.reset(asked)?,
                (Some(party), None) => {
                    for room in rooms(reached, Some(party))? {
                        of_json(&room).reset(asked)?;
                    }
                }
                (None, _) => drop(asked.ask("DELETE", "/storage", "")?),
            }
            self.done(&format!("Deleted {what}"), &json!({ "reset": true }))
        })
    }

    /// Asks before something is lost. Where nobody can be asked, it must have been said beforehand.
    fn agrees(&self, question: &str) -> Result<bool, Failure> {
        if !io::stdin().is_terminal() {
            return Err(Failure::new(
                "Nothing was deleted: there is nobody to ask. To delete without being asked, add `--yes`",
            ));
        }
        self.printer.to_err().err(format!("{question} [y/N]"));
        self.printer.flush();
        let mut answer = String::new();
        let read = io::stdin().lock().read_line(&mut answer);
        let agrees = matches!(answer.trim().to_lowercase().as_str(), "y" | "yes");
        Ok(read.is_ok() && agrees)
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

fn sources(reached: &Reached, selection: &Selection) -> Result<Vec<Source>, Failure> {
    let wanted = selected(selection);
    let rooms = rooms(reached, selection.party.as_deref())?;
    let sources = rooms.iter().map(|room| Source {
        room: of_json(room),
        is_live: room["live"] == true,
        alarm: room["alarm"].as_i64(),
    });
    Ok(sources
        .filter(|source| wanted.as_ref().is_none_or(|wanted| source.room == *wanted))
        .collect())
}

fn no_key(room: &Room, key: &str) -> Failure {
    let room = room.shown();
    Failure::new(format!(
        "`{room}` has nothing under the key `{key}`; its keys: `partyrun storage list {}`",
        room.replacen('/', " ", 1)
    ))
}

/// A value, if it is JSON.
fn checked(text: &str) -> Result<Box<RawValue>, Failure> {
    let text = text.trim();
    let valid = serde_json::from_str::<IgnoredAny>(text)
        .and_then(|_| RawValue::from_string(text.to_owned()));
    valid.map_err(|error| {
        Failure::new(format!(
            "The value is not JSON: {error}. A text stands in quotes, which the shell must leave in place: '\"text\"'"
        ))
    })
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
