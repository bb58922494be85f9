//! What was typed after `partyrun storage`. Owns names and help texts; never decides what a value means.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

pub const EXAMPLES: &str = "\
Examples:
  partyrun storage list                          which rooms have stored what
  partyrun storage list main lobby               the entries of a room
  partyrun storage list main lobby --prefix user:
  partyrun storage get main lobby count          one value
  partyrun storage put main lobby count 3        values are JSON: 3, '\"a text\"', '{\"n\": 1}'
  partyrun storage put main lobby since '{\"$date\": 0}'
  partyrun storage delete main lobby count
  partyrun storage export -o saved.json          all rooms, entries and alarms
  partyrun storage import saved.json
  partyrun storage reset main lobby              delete what one room has stored
  partyrun storage reset                         delete everything

While `partyrun dev` serves the project, all of it is done through the rooms that run: they see a
change at once. Otherwise it is done in the project's storage, and none of the project's code runs.

What JSON does not have is an object with one key that begins with `$`: {\"$date\": 0},
{\"$map\": [[\"a\", 1]]}, {\"$set\": [1]}, {\"$bigint\": \"10\"},
{\"$bytes\": {\"type\": \"Uint8Array\", \"base64\": \"AQI=\"}}, ...; docs/control.md lists them all. Rooms are
named as in URLs.

Exit codes: 0 when it is done, 1 when it is not (there is no such room or key, too), 2 for a wrong command line.";

/// What was typed after `partyrun storage`.
#[derive(Debug, ClapArgs)]
pub struct StorageArgs {
    #[command(subcommand)]
    pub action: StorageAction,

    /// Configuration file [default: found as `partyrun dev` does]
    #[arg(
        short,
        long,
        value_name = "FILE",
        global = true,
        help_heading = "Project"
    )]
    pub config: Option<PathBuf>,

    /// Folder of the storage [default: as for `partyrun dev`]
    #[arg(long, value_name = "FOLDER", global = true, help_heading = "Project")]
    pub persist: Option<String>,

    /// Print JSON, for programs
    #[arg(long, global = true, help_heading = "Output")]
    pub json: bool,
}

/// A room, as it is typed.
#[derive(Clone, Debug, ClapArgs)]
pub struct RoomArgs {
    /// The party; `main` is the one of `main` in the configuration
    pub party: String,
    /// The room, as in its URL
    pub room: String,
}

/// All rooms, those of a party, or one.
#[derive(Clone, Debug, Default, ClapArgs)]
pub struct Selection {
    /// Only this party
    pub party: Option<String>,
    /// Only this room of the party
    pub room: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum StorageAction {
    /// List the rooms that have stored something, or the entries of one
    List {
        #[command(flatten)]
        selection: Selection,
        #[command(flatten)]
        range: RangeArgs,
    },
    /// Print the value of a key
    Get {
        #[command(flatten)]
        room: RoomArgs,
        key: String,
    },
    /// Store a value under a key
    Put {
        #[command(flatten)]
        room: RoomArgs,
        key: String,
        /// JSON; `-` reads it from standard input
        #[arg(allow_hyphen_values = true)]
        value: String,
    },
    /// Delete keys
    Delete {
        #[command(flatten)]
        room: RoomArgs,
        #[arg(required = true)]
        keys: Vec<String>,
    },
    /// Write entries and alarms as JSON
    Export {
        #[command(flatten)]
        selection: Selection,
        /// File to write to [default: standard output]
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Store what `export` has written; other keys of the rooms stay
    Import {
        /// The file [default: standard input]
        file: Option<PathBuf>,
        /// Reset the rooms of the file first
        #[arg(long)]
        replace: bool,
    },
    /// Delete what a room, all rooms of a party, or everybody has stored, alarms included
    Reset {
        #[command(flatten)]
        selection: Selection,
        /// Ask nothing
        #[arg(short, long)]
        yes: bool,
    },
}

/// Which entries of a room.
#[derive(Clone, Debug, Default, ClapArgs)]
pub struct RangeArgs {
    /// Only keys that begin with this
    #[arg(long, value_name = "TEXT", requires = "room")]
    pub prefix: Option<String>,
    /// Only keys from this one on
    #[arg(long, value_name = "KEY", requires = "room")]
    pub start: Option<String>,
    /// Only keys before this one
    #[arg(long, value_name = "KEY", requires = "room")]
    pub end: Option<String>,
    /// At most so many
    #[arg(long, value_name = "NUMBER", requires = "room", value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: Option<u32>,
    /// Last keys first
    #[arg(long, requires = "room")]
    pub reverse: bool,
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::command::{Args, Command};

    fn action(words: &[&str]) -> Result<StorageAction, clap::Error> {
        let words = ["partyrun", "storage"].iter().chain(words);
        let args = Args::try_parse_from(words)?;
        match args.command {
            Some(Command::Storage(storage)) => Ok(storage.action),
            other => panic!("not `storage`: {other:?}"),
        }
    }

    #[test]
    fn values_may_be_negative_numbers() {
        let put = action(&["put", "main", "r", "k", "-1", "--json"]).expect("parses");
        assert!(matches!(put, StorageAction::Put { value, .. } if value == "-1"));
    }

    #[test]
    fn ranges_are_of_a_room() {
        assert!(action(&["list", "main", "r", "--limit", "2", "--reverse"]).is_ok());
        for words in [
            &["list", "main", "--prefix", "a"][..],
            &["list", "main", "r", "--limit", "0"],
            &["delete", "main", "r"],
            &["get", "main", "r"],
            &[],
        ] {
            let error = action(words).expect_err("is refused");
            assert_eq!(error.exit_code(), 2, "{words:?}");
        }
    }
}
