//! The command line as it was typed: which command, and what follows it. Owns the names and help
//! texts of commands; those of `dev`'s flags are in `args`.

use std::path::Path;

use clap::builder::PossibleValuesParser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args as ClapArgs, CommandFactory, FromArgMatches, Parser, Subcommand};
use clap_complete::Shell;

use crate::args::{DevArgs, TestArgs};
use crate::build_args::BuildArgs;
use crate::cloud;
use crate::storage_args::{self, StorageArgs};

const EXAMPLES: &str = "\
Examples:
  partyrun init                         write a small project here, or add one to this package.json
  partyrun dev                          serve the project of ./partykit.json
  partyrun test -- npx vitest run       serve it for as long as its tests take
  partyrun storage list                 which rooms have stored what
  partyrun help dev                     every flag of `dev`

Rooms answer at http://127.0.0.1:1999/parties/main/<room> over HTTP and WebSocket.
`deploy`, `login` and the other commands for PartyKit's cloud stay with `npx partykit`.";

const DEV_EXAMPLES: &str = "\
Examples:
  partyrun dev                          serve the project of ./partykit.json
  partyrun dev src/server.ts            serve one file, no configuration needed
  partyrun dev -c apps/party/partykit.json
  partyrun dev --port 0                 take any free port (read it from the output)
  partyrun dev --persist false          keep storage only until the program ends
  partyrun dev --var KEY=value B=2      set room.env.KEY and room.env.B
  partyrun dev --define 'LIMIT=10' 'NAME=\"x\"'
  partyrun dev --https                  serve https: and wss:

Rooms answer at http://127.0.0.1:1999/parties/main/<room> over HTTP and WebSocket.

Values of `room.env`, the later one winning: `vars` of the configuration, .env, .env.local, --var.
`process.env` holds .env and .env.local only.

Environment variables:
  PARTYKIT_LOG      what is printed: none, error, warn, info, log or debug [default: log]
  PARTYRUN_IDLE_MS  how long a room may be idle before it is evicted or sleeps [default: 10000]
  PARTYRUN_TURN_MS  how long a room may compute without yielding before it is reset [default: 30000]
  HTTP_PROXY, HTTPS_PROXY, ALL_PROXY
                    proxies for what rooms ask of other machines; NO_PROXY: hosts to ask directly
  NODE_EXTRA_CA_CERTS
                    PEM file of certificates to trust beside the system's
  SSL_CERT_FILE, SSL_CERT_DIR
                    certificates to trust in the place of the system's
  NO_COLOR          set to anything: no colours";

const BUILD_EXAMPLES: &str = "\
Examples:
  partyrun build                        check the server's code and bundle it into dist/server
  partyrun build --target workers       make a project for Cloudflare, workerd and celld
  partyrun build --target workers --check
                                        the same, and compare its answers with those of `partyrun dev`

The bundle is made by the project's esbuild. Nothing is uploaded. Values of environment files are not
written, only their names. `partyrun.migrations.json` belongs to the project: commit it.";

const TEST_HELP: &str = "\
Examples:
  partyrun test -- npx vitest run       serve ./partykit.json and run vitest once
  partyrun test --watch -- node --test  again on each save, each time with empty storage
  partyrun test --timeout 5m -- sh -c 'npm run lint && npm test'

Standard input and output are the command's. Code is not reloaded while it runs.

The command finds these in its environment:
  PARTYKIT_HOST     host and port, as `partysocket` takes it: 127.0.0.1:40001
  PARTYRUN_URL      http://127.0.0.1:40001
  PARTYRUN_CONTROL  where the rooms can be controlled, with the bearer token in PARTYRUN_TOKEN

Exit codes: that of the command, 128 + n when signal n has ended it; 124 when its time was over,
125 when the project cannot be served, 126 and 127 when there is no such program, 2 for a wrong
command line. All processes that the command has started end with it.";

const INIT_EXAMPLES: &str = "\
Examples:
  partyrun init                         into the current folder
  partyrun init my-party --yes          into a new folder, without questions
  partyrun init --dry-run               only say what would be written

Files that exist are left as they are.";

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  partyrun completions bash > ~/.local/share/bash-completion/completions/partyrun
  partyrun completions zsh > \"${fpath[1]}/_partyrun\"
  partyrun completions fish > ~/.config/fish/completions/partyrun.fish";

const MAN_EXAMPLES: &str = "\
Examples:
  partyrun man dev | man -l -           read the page of `dev`
  partyrun man > ~/.local/share/man/man1/partyrun.1";

const INFO_HELP: &str = "\
Contains no values of variables that could be secrets, and nothing of the project's files.
For a project on PartyKit's cloud: npx partykit info";

/// Run PartyKit projects on this machine: one program, no Node.
#[derive(Debug, Parser)]
#[command(name = "partyrun", disable_version_flag = true, after_help = EXAMPLES)]
pub struct Args {
    /// Print the version, with that of V8, and exit
    #[arg(short = 'v', short_alias = 'V', long)]
    pub version: bool,

    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve a project, and reload it whenever a file is saved
    #[command(after_help = DEV_EXAMPLES)]
    Dev(Box<DevArgs>),
    /// Serve a project, run a command that tests it, and end with the command's exit code
    #[command(after_help = TEST_HELP)]
    Test(Box<TestArgs>),
    /// Check and bundle the server's code, or make a project for Cloudflare, workerd and celld
    #[command(after_help = BUILD_EXAMPLES)]
    Build(Box<BuildArgs>),
    /// Write a small project to start from
    #[command(after_help = INIT_EXAMPLES)]
    Init(InitArgs),
    /// List, read, write, export or delete what rooms have stored
    #[command(after_help = storage_args::EXAMPLES)]
    Storage(Box<StorageArgs>),
    /// Print a script that completes commands and flags in your shell
    #[command(after_help = COMPLETIONS_EXAMPLES)]
    Completions {
        /// Your shell
        shell: Shell,
    },
    /// Print the manual page of partyrun, or of one of its commands
    #[command(after_help = MAN_EXAMPLES)]
    Man {
        /// The command
        #[arg(conflicts_with = "list")]
        command: Option<String>,
        /// Print the names of all pages
        #[arg(long)]
        list: bool,
    },
    /// Print what a report of a fault should say: versions, machine, project
    #[command(after_help = INFO_HELP)]
    Info,
    /// Print the licences of the npm packages that are part of this program
    Licenses,
}

/// What was typed after `partyrun init` (specification 9.8).
#[derive(Debug, Default, ClapArgs)]
pub struct InitArgs {
    /// Name of the project and, outside of an npm package, of a new folder for it [default: from
    /// package.json or the folder]
    pub name: Option<String>,
    /// Ask nothing
    #[arg(short, long)]
    pub yes: bool,
    /// Write nothing, only say what would be written
    #[arg(long)]
    pub dry_run: bool,
    /// Write the server in this language [default: TypeScript]
    #[arg(long, value_name = "LANGUAGE", value_parser = PossibleValuesParser::new(["ts", "js"]))]
    pub language: Option<String>,
}

impl Args {
    /// Reads the command line of this process; prints help and usage errors itself, and ends then.
    pub fn of_process() -> Args {
        let words = std::env::args_os().skip(1);
        let words: Vec<String> = words
            .map(|word| word.to_string_lossy().into_owned())
            .collect();
        let matches = definition().try_get_matches();
        let args = matches.and_then(|mut matches| Args::from_arg_matches_mut(&mut matches));
        args.unwrap_or_else(|error| with_tip(with_dashes(error, &words)).exit())
    }
}

/// The command line, with what `test` has instead of `dev`'s defaults.
pub fn definition() -> clap::Command {
    Args::command().mut_subcommand("test", |test| {
        test.mut_arg("port", |port| {
            port.help("Port to listen on [default: any free one]")
        })
        .mut_arg("host", |host| {
            host.help("Address to listen on [default: 127.0.0.1]")
        })
        .mut_arg("persist", |persist| {
            persist.help("Folder for storage [default: none, it is forgotten at the end]")
        })
    })
}

/// What follows `test` and is none of its arguments is most likely the command, without its dashes.
fn with_dashes(error: clap::Error, words: &[String]) -> clap::Error {
    let Some(("test", rest)) = words
        .split_first()
        .map(|(first, rest)| (first.as_str(), rest))
    else {
        return error;
    };
    let is_lost = error.kind() == ErrorKind::UnknownArgument
        && rest.first().is_some_and(|word| !word.starts_with('-'))
        && !rest.iter().any(|word| word == "--");
    if !is_lost {
        return error;
    }
    let text = format!(
        "the command that runs the tests comes after two dashes: `partyrun test -- {}`",
        rest.join(" ")
    );
    Args::command().error(ErrorKind::UnknownArgument, text)
}

/// Says what the user probably wanted instead of what they typed.
fn with_tip(error: clap::Error) -> clap::Error {
    match error.kind() {
        ErrorKind::InvalidSubcommand => with_command_tip(error),
        ErrorKind::UnknownArgument => without_value_tip(error),
        _ => error,
    }
}

/// A file's name in the place of the command is `dev`'s, and swapped letters are a slip.
fn with_command_tip(mut error: clap::Error) -> clap::Error {
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidSubcommand) else {
        return error;
    };
    let tip = if Path::new(typed).is_file() {
        format!("to serve this file, run `partyrun dev {typed}`")
    } else if let Some(name) = nearest_command(typed) {
        format!("a similar command exists: '{name}'")
    } else {
        return error;
    };
    error.remove(ContextKind::SuggestedSubcommand);
    error.insert(
        ContextKind::Suggested,
        ContextValue::StyledStrs(vec![tip.into()]),
    );
    error
}

/// No file is called as a flag is spelled, so that the advice how to pass one as a value (`-- --flag`)
/// leads nowhere. Other advice stays.
fn without_value_tip(mut error: clap::Error) -> clap::Error {
    let Some(ContextValue::StyledStrs(tips)) = error.remove(ContextKind::Suggested) else {
        return error;
    };
    let is_about_values = |tip: &str| tip.contains("as a value, use '-- ");
    let tips: Vec<_> = tips
        .into_iter()
        .filter(|tip| !is_about_values(&tip.to_string()))
        .collect();
    if !tips.is_empty() {
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
    }
    error
}

/// The command that is one slip for every three letters away.
fn nearest_command(typed: &str) -> Option<String> {
    let slips = (typed.chars().count() / 3).max(1);
    let command = Args::command();
    let mut names: Vec<&str> = cloud::names().collect();
    names.extend(command.get_subcommands().map(clap::Command::get_name));
    names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(typed, name), name))
        .filter(|(distance, _)| *distance <= slips)
        .min()
        .map(|(_, name)| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definition_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn version_has_two_spellings_and_needs_no_command() {
        for flag in ["-v", "-V", "--version"] {
            let args = Args::try_parse_from(["partyrun", flag]).expect("parses");
            assert!(args.version);
        }
    }

    #[test]
    fn unknown_flag_and_command_are_usage_errors() {
        for words in [
            &["partyrun", "dev", "--name", "x"][..],
            &["partyrun", "serve"],
        ] {
            let error = Args::try_parse_from(words).expect_err("is rejected");
            assert_eq!(error.exit_code(), 2);
        }
    }

    #[test]
    fn help_of_test_names_its_own_defaults() {
        let help = definition()
            .find_subcommand_mut("test")
            .expect("it is a command")
            .render_long_help()
            .to_string();
        assert!(help.contains("[default: any free one]"), "{help}");
        assert!(!help.contains("else 1999"), "{help}");
    }

    #[test]
    fn slips_are_recognised() {
        for (typed, expected) in [
            ("dve", Some("dev")),
            ("depoy", Some("deploy")),
            ("xyz", None),
        ] {
            assert_eq!(nearest_command(typed).as_deref(), expected, "{typed}");
        }
    }

    #[test]
    fn unknown_flags_get_advice_that_works() {
        let text = |words: &[&str]| {
            let error = Args::try_parse_from(words).expect_err("is rejected");
            with_tip(error).to_string()
        };
        let unknown = text(&["partyrun", "dev", "--sparkle"]);
        assert!(
            unknown.contains("unexpected argument '--sparkle'"),
            "{unknown}"
        );
        assert!(!unknown.contains("-- --sparkle"), "{unknown}");
        let short = text(&["partyrun", "dev", "-z"]);
        assert!(!short.contains("-- -z"), "{short}");
        let slip = text(&["partyrun", "dev", "--prot", "1"]);
        assert!(
            slip.contains("a similar argument exists: '--port'"),
            "{slip}"
        );
        let elsewhere = text(&["partyrun", "--port", "1", "dev"]);
        assert!(elsewhere.contains("'dev --port' exists"), "{elsewhere}");
    }

    #[test]
    fn every_visible_flag_is_explained() {
        for command in Args::command().get_subcommands() {
            for argument in command.get_arguments().filter(|a| !a.is_hide_set()) {
                assert!(argument.get_help().is_some(), "{}", argument.get_id());
            }
        }
    }
}
