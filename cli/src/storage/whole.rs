//! What is done with whole rooms, one or all: listed, exported, imported, emptied.

use std::fs::{self, File};
use std::io::{self, BufRead, BufWriter, IsTerminal};
use std::path::Path;

use serde_json::json;

use super::failure::Failure;
use super::reach::Reached;
use super::show::{self, count};
use super::transfer::{self, Document, Source};
use super::{Command, DASH, of_json, read_all, rooms, selected};
use crate::config::shown;
use crate::storage_args::Selection;

impl Command<'_> {
    pub(super) fn list_rooms(&self, party: Option<&str>) -> Result<(), Failure> {
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

    pub(super) fn export(
        &self,
        selection: &Selection,
        output: Option<&Path>,
    ) -> Result<(), Failure> {
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

    pub(super) fn import(&self, file: Option<&Path>, replaces: bool) -> Result<(), Failure> {
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

    pub(super) fn reset(&self, selection: &Selection, yes: bool) -> Result<(), Failure> {
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
