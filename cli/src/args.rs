//! The command line as it was typed. Owns names, shapes and help texts of commands and flags;
//! never reads a file and never decides what a value means (that is `config`).

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};

const EXAMPLES: &str = "\
Examples:
  partyrun dev                          serve the project of ./partykit.json
  partyrun dev src/server.ts            serve one file, no configuration needed
  partyrun dev --port 0                 take any free port (read it from the output)
  partyrun dev --persist false          keep storage only until the program ends
  partyrun dev --var KEY=value B=2      set room.env.KEY and room.env.B

Rooms answer at http://127.0.0.1:1999/parties/main/<room> over HTTP and WebSocket.";

/// Run PartyKit projects on this machine: one program, no Node.
#[derive(Debug, Parser)]
#[command(name = "partyrun", disable_version_flag = true, after_help = EXAMPLES)]
pub struct Args {
    /// Print the version and exit
    #[arg(short = 'v', short_alias = 'V', long)]
    pub version: bool,

    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve a project, and reload it whenever a file is saved
    #[command(after_help = EXAMPLES)]
    Dev(DevArgs),
}

/// What was typed after `partyrun dev` (specification 9.2).
///
/// The variadic flags and the optional value of `--persist` swallow a script that follows them,
/// exactly as the original's do: the script comes first or after another flag.
#[derive(Clone, Debug, Default, ClapArgs)]
pub struct DevArgs {
    /// The server's file, relative to the current folder; overrides `main`
    pub script: Option<PathBuf>,

    /// Port to listen on; 0 takes any free port [default: `port` of the configuration, else 1999
    /// or the next free one]
    #[arg(short, long, value_name = "NUMBER")]
    pub port: Option<u16>,

    /// Address to listen on; 127.0.0.1 keeps other machines out [default: 0.0.0.0]
    #[arg(long, value_name = "ADDRESS")]
    pub host: Option<String>,

    /// Configuration file [default: partykit.json, .json5 or .jsonc here or in a folder above,
    /// else `partykit` in package.json]
    #[arg(short, long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Folder for storage, or `false` to forget it at the end [default: .partykit/state]
    #[arg(long, value_name = "FOLDER", num_args = 0..=1, default_missing_value = "true")]
    pub persist: Option<String>,

    /// Add to `room.env`; wins over `vars`, .env and .env.local
    #[arg(short, long, value_name = "KEY=VALUE", num_args = 1..)]
    pub var: Vec<String>,

    /// Replace an identifier by a JavaScript expression; wins over `define`
    #[arg(short, long, value_name = "NAME=EXPRESSION", num_args = 1..)]
    pub define: Vec<String>,

    /// Folder of static files, relative to the current folder; replaces all of `serve`
    #[arg(long, value_name = "FOLDER")]
    pub serve: Option<PathBuf>,

    /// Reload pages when client code, server code or a static file changes
    #[arg(long)]
    pub live: bool,

    /// Accepted for compatibility; has no effect, all rooms run on the same runtime
    #[arg(long, value_name = "DATE")]
    pub compatibility_date: Option<String>,

    /// Accepted for compatibility; has no effect, all rooms run on the same runtime
    #[arg(long, value_name = "FLAG", num_args = 1..)]
    pub compatibility_flags: Vec<String>,

    /// Accepted for compatibility; has no effect, server code is not bundled
    #[arg(long)]
    pub minify: bool,

    /// Accepted for compatibility; has no effect
    #[arg(long)]
    pub verbose: bool,

    /// Run the configuration's `crons` at their times (UTC), not only when asked for
    #[arg(long)]
    pub cron: bool,

    /// Accepted for compatibility; there are no hot keys to turn off
    #[arg(long)]
    pub no_hotkeys: bool,

    /// Accepted for compatibility; `request.cf` is never fetched
    #[arg(long)]
    pub disable_request_cf_fetch: bool,

    #[arg(long, hide = true)]
    pub https: bool,
    #[arg(long, hide = true, value_name = "FILE")]
    pub https_key_path: Option<PathBuf>,
    #[arg(long, hide = true, value_name = "FILE")]
    pub https_cert_path: Option<PathBuf>,
    #[arg(long, hide = true)]
    pub with_env: bool,
    #[arg(long = "unstable_outdir", hide = true, value_name = "FOLDER")]
    pub unstable_outdir: Option<PathBuf>,
}

impl DevArgs {
    /// Flags that were given and that this version cannot honour: serving without them would be a
    /// different program, so they end the command.
    pub fn unsupported(&self) -> Vec<&'static str> {
        select([
            (self.https, "--https"),
            (self.https_key_path.is_some(), "--https-key-path"),
            (self.https_cert_path.is_some(), "--https-cert-path"),
            (self.with_env, "--with-env"),
            (self.unstable_outdir.is_some(), "--unstable_outdir"),
        ])
    }

    /// Flags that were given, are harmless, and do not do what their name promises.
    pub fn without_effect(&self) -> Vec<&'static str> {
        select([
            (self.compatibility_date.is_some(), "--compatibility-date"),
            (
                !self.compatibility_flags.is_empty(),
                "--compatibility-flags",
            ),
            (self.minify, "--minify"),
            (self.verbose, "--verbose"),
        ])
    }
}

fn select<const N: usize>(flags: [(bool, &'static str); N]) -> Vec<&'static str> {
    flags
        .into_iter()
        .filter_map(|(given, name)| given.then_some(name))
        .collect()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn dev(line: &str) -> DevArgs {
        let words = ["partyrun", "dev"]
            .into_iter()
            .chain(line.split_whitespace());
        match Args::try_parse_from(words)
            .expect("the line parses")
            .command
        {
            Some(Command::Dev(dev)) => dev,
            None => panic!("`dev` was not recognised"),
        }
    }

    #[test]
    fn definition_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn var_takes_several_values_and_may_repeat() {
        assert_eq!(dev("--var A=1 B=2 -v C=x=y").var, ["A=1", "B=2", "C=x=y"]);
    }

    #[test]
    fn persist_has_an_optional_value() {
        assert_eq!(dev("").persist, None);
        assert_eq!(dev("--persist --port 1").persist.as_deref(), Some("true"));
        assert_eq!(dev("--persist false").persist.as_deref(), Some("false"));
        assert_eq!(
            dev("--persist some/dir").persist.as_deref(),
            Some("some/dir")
        );
    }

    #[test]
    fn script_and_short_flags() {
        let dev = dev("src/server.ts -p 0 -c other.json -d N=1");
        assert_eq!(dev.script, Some(PathBuf::from("src/server.ts")));
        assert_eq!(dev.port, Some(0));
        assert_eq!(dev.config, Some(PathBuf::from("other.json")));
        assert_eq!(dev.define, ["N=1"]);
    }

    #[test]
    fn flags_of_the_original_are_told_apart() {
        assert_eq!(
            dev("--https --with-env").unsupported(),
            ["--https", "--with-env"]
        );
        assert!(
            dev("--no-hotkeys --disable-request-cf-fetch")
                .without_effect()
                .is_empty()
        );
        assert_eq!(
            dev("--compatibility-date 2024-01-01 --compatibility-flags a b --minify")
                .without_effect(),
            ["--compatibility-date", "--compatibility-flags", "--minify"],
        );
    }

    #[test]
    fn version_has_two_spellings_and_needs_no_command() {
        for flag in ["-v", "-V", "--version"] {
            assert!(
                Args::try_parse_from(["partyrun", flag])
                    .expect("parses")
                    .version
            );
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
}
