//! The command line as typed. Never decides what it means.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use serde::{Deserialize, Serialize};

/// What the command line says.
#[derive(Debug, Parser)]
#[command(
    name = "test262-lite",
    about = "Runs tests in test262's format the way partyrun runs a project's code",
    after_help = "\
Examples:
  cargo run --release -p test262-lite
  cargo run --release -p test262-lite -- --filter language/modules
  cargo run --release -p test262-lite -- --suite ../test262 --filter language/ --compare

Exit code: 0 when every run ended as expected, 1 when one did not, 2 when there was nothing to run
or the suite could not be read."
)]
pub struct Args {
    /// Folder with `test/` and `harness/`, for instance a checkout of test262; otherwise partyrun's own
    /// suite
    #[arg(long, value_name = "FOLDER")]
    pub suite: Option<PathBuf>,
    /// Run only the tests whose path contains this text; may be given more than once
    #[arg(long, value_name = "TEXT")]
    pub filter: Vec<String>,
    /// Processes that run tests at the same time; otherwise one for each core
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
    /// Seconds that one run may take
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    pub timeout: u16,
    /// What the transpiler does with JavaScript
    #[arg(long, value_enum, default_value_t = Javascript::AsWritten)]
    pub javascript: Javascript,
    /// Run the tests by a clock that can be set, as in `partyrun test`
    #[arg(long, conflicts_with = "plain")]
    pub clock: bool,
    /// Run the tests by V8 alone, without partyrun
    #[arg(long, conflicts_with = "compare")]
    pub plain: bool,
    /// Run the tests both ways and list what V8 alone passes and partyrun does not; fails when that is
    /// more than 1 % of it
    #[arg(long)]
    pub compare: bool,
    /// File that lists the runs known to fail; otherwise `expectations.txt` of the suite and, unless
    /// JavaScript stays as written, `expectations-printed.txt`
    #[arg(long, value_name = "FILE")]
    pub expect: Option<PathBuf>,
    /// Reads runs from the standard input and answers each: the other end of this program
    #[arg(long, hide = true)]
    pub worker: bool,
}

/// What the transpiler does with JavaScript that V8 could have as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub enum Javascript {
    /// Leaves it as it is, as in projects
    AsWritten,
    /// Parses and prints it
    Printed,
    /// Reads it as TypeScript and prints it
    AsTypescript,
}

impl Javascript {
    /// As it is typed.
    pub fn name(self) -> &'static str {
        match self {
            Javascript::AsWritten => "as-written",
            Javascript::Printed => "printed",
            Javascript::AsTypescript => "as-typescript",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_can_be_narrowed_and_compared() {
        let words = [
            "",
            "--suite",
            "a",
            "--filter",
            "b",
            "--filter",
            "c",
            "--compare",
            "--jobs",
            "1",
        ];
        let args = Args::try_parse_from(words).expect("valid");
        assert_eq!(args.filter, ["b", "c"]);
        assert!(args.compare && !args.plain);
        assert!(Args::try_parse_from(["", "--plain", "--compare"]).is_err());
        assert!(Args::try_parse_from(["", "--jobs", "0"]).is_err());
    }

    #[test]
    fn the_name_of_a_way_is_what_is_typed() {
        for way in Javascript::value_variants() {
            let value = way.to_possible_value().expect("none is skipped");
            assert_eq!(value.get_name(), way.name());
        }
    }
}
