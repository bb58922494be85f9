//! The flags of `partyrun dev` as they were typed. Owns names, shapes and help texts; never reads a
//! file and never decides what a value means (that is `config`).

mod output;
mod test;

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

use crate::machine::MachineArgs;
pub use output::OutputArgs;
pub use test::{ServerLog, TestArgs};

/// Heading of the flags that only exist so that scripts written for the original keep working.
const COMPATIBILITY: &str = "Accepted for compatibility";

/// What was typed after `partyrun dev` (specification 9.2).
///
/// The variadic flags and the optional value of `--persist` swallow a script that follows them,
/// exactly as the original's do: the script comes first or after another flag.
#[derive(Clone, Debug, Default, ClapArgs)]
pub struct DevArgs {
    /// The server's file, relative to the current folder; overrides `main` of the configuration
    pub script: Option<PathBuf>,

    /// Configuration file [default: partykit.json, .json5 or .jsonc here or in a folder above,
    /// else `partykit` in package.json]
    #[arg(short, long, value_name = "FILE", help_heading = "Project")]
    pub config: Option<PathBuf>,

    /// Folder for storage, or `false` to forget it at the end [default: .partykit/state]
    #[arg(long, value_name = "FOLDER", num_args = 0..=1, default_missing_value = "true", help_heading = "Project")]
    pub persist: Option<String>,

    /// Folder of static files, relative to the current folder; replaces all of `serve`
    #[arg(long, value_name = "FOLDER", help_heading = "Project")]
    pub serve: Option<PathBuf>,

    /// Reload pages when client code, server code or a static file changes
    #[arg(long, help_heading = "Project")]
    pub live: bool,

    /// Keep the sockets of rooms that do not hibernate open over a save: the new code connects them again, with
    /// id, tags and state; also `dev.keepSockets` of the configuration
    #[arg(long, help_heading = "Project")]
    pub keep_sockets: bool,

    /// Look at all files so often, in milliseconds, for changes that the system does not tell of; where a
    /// mount is known to tell of none, that is done anyway [without a number: 300]
    #[arg(long, value_name = "MS", num_args = 0..=1, require_equals = true, default_missing_value = "300", value_parser = clap::value_parser!(u64).range(20..), help_heading = "Project")]
    pub poll: Option<u64>,

    /// Run the configuration's `crons` at their times (UTC), not only when asked for
    #[arg(long, help_heading = "Project")]
    pub cron: bool,

    /// Port to listen on; 0 takes any free port [default: `port` of the configuration, else 1999
    /// or the next free one]
    #[arg(short, long, value_name = "NUMBER", help_heading = "Address")]
    pub port: Option<u16>,

    /// Address to listen on; 127.0.0.1 keeps other machines out [default: 0.0.0.0]
    #[arg(long, value_name = "ADDRESS", help_heading = "Address")]
    pub host: Option<String>,

    /// Also take requests for this host name, a tunnel's for example; `.example.com` is a domain and
    /// all below it; may repeat, adds to `allowedHosts`
    #[arg(long, value_name = "HOST", help_heading = "Address")]
    pub allowed_host: Vec<String>,

    /// Serve https: and wss: with a certificate made for this project (in .partykit), which browsers
    /// ask you to accept once
    #[arg(long, help_heading = "Address")]
    pub https: bool,

    /// Private key for https:, PEM; needs --https-cert-path
    #[arg(long, value_name = "FILE", help_heading = "Address")]
    pub https_key_path: Option<PathBuf>,

    /// Certificate for https:, PEM, with its chain; needs --https-key-path
    #[arg(long, value_name = "FILE", help_heading = "Address")]
    pub https_cert_path: Option<PathBuf>,

    /// Add to `room.env`; wins over `vars` and the environment files
    #[arg(short, long, value_name = "KEY=VALUE", num_args = 1.., help_heading = "Environment")]
    pub var: Vec<String>,

    /// Replace a name in the code by a JavaScript expression; wins over `define`
    #[arg(short, long, value_name = "NAME=EXPRESSION", num_args = 1.., help_heading = "Environment")]
    pub define: Vec<String>,

    /// Read this environment file instead of looking for .env and .env.local; may repeat, the last
    /// one wins
    #[arg(long, value_name = "FILE", help_heading = "Environment")]
    pub env_file: Vec<PathBuf>,

    /// Make every variable of the environment files a constant of the code: `KEY` reads as its text
    #[arg(long, help_heading = "Environment")]
    pub with_env: bool,

    /// Let debuggers in at this address [default: in `dev` at 127.0.0.1:9229 or the next free port, in
    /// `test` not at all]
    #[arg(long, value_name = "HOST:PORT", num_args = 0..=1, require_equals = true, default_missing_value = "", help_heading = "Debugging")]
    pub inspect: Option<String>,

    /// The same, and have the first room and the static handlers wait for a debugger before they load
    /// anything
    #[arg(long, value_name = "HOST:PORT", num_args = 0..=1, require_equals = true, default_missing_value = "", conflicts_with = "inspect", help_heading = "Debugging")]
    pub inspect_brk: Option<String>,

    /// Let no debuggers in
    #[arg(long, conflicts_with_all = ["inspect", "inspect_brk"], help_heading = "Debugging")]
    pub no_inspect: bool,

    /// Show debuggers the runtime's own scripts too
    #[arg(long, help_heading = "Debugging")]
    pub inspect_internals: bool,

    /// Show the dashboard at /__partyrun__/ to browsers of this machine, or not [default: in `dev` on, in
    /// `test` off]
    #[arg(long, value_name = "SWITCH", help_heading = "Debugging")]
    pub dashboard: Option<Switch>,

    /// Take no keys from the terminal [default keys: b opens a browser, h lists them all, x or q ends]
    #[arg(long, help_heading = "Output")]
    pub no_hotkeys: bool,

    /// Say which files the project is made of, which one caused a reload, and what V8 has to compile
    #[arg(long, help_heading = "Output")]
    pub verbose: bool,

    #[command(flatten)]
    pub output: OutputArgs,

    #[command(flatten)]
    pub machine: MachineArgs,

    /// Has no effect: all rooms run on the same runtime
    #[arg(long, value_name = "DATE", help_heading = COMPATIBILITY)]
    pub compatibility_date: Option<String>,

    /// Has no effect: all rooms run on the same runtime
    #[arg(long, value_name = "FLAG", num_args = 1.., help_heading = COMPATIBILITY)]
    pub compatibility_flags: Vec<String>,

    /// Has no effect: server code is not bundled
    #[arg(long, help_heading = COMPATIBILITY)]
    pub minify: bool,

    /// Has no effect: `request.cf` is never fetched
    #[arg(long, help_heading = COMPATIBILITY)]
    pub disable_request_cf_fetch: bool,

    #[arg(long = "unstable_outdir", hide = true, value_name = "FOLDER", help_heading = COMPATIBILITY)]
    pub unstable_outdir: Option<PathBuf>,
}

/// Whether something is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    On,
    Off,
}

impl DevArgs {
    /// Whether there is a dashboard.
    pub fn has_dashboard(&self) -> bool {
        self.dashboard != Some(Switch::Off)
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
            (self.unstable_outdir.is_some(), "--unstable_outdir"),
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
    use clap::Parser;

    use super::*;
    use crate::command::{Args, Command};

    fn dev(line: &str) -> DevArgs {
        let words = ["partyrun", "dev"]
            .into_iter()
            .chain(line.split_whitespace());
        match Args::try_parse_from(words)
            .expect("the line parses")
            .command
        {
            Some(Command::Dev(dev)) => *dev,
            _ => panic!("`dev` was not recognised"),
        }
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
    fn poll_has_an_optional_number_and_leaves_the_script_alone() {
        assert_eq!(dev("").poll, None);
        let dev = dev("--poll=1000 src/server.ts");
        assert_eq!(dev.poll, Some(1000));
        assert_eq!(dev.script, Some(PathBuf::from("src/server.ts")));
        let dev = self::dev("--poll src/server.ts");
        assert_eq!(dev.poll, Some(300));
        assert_eq!(dev.script, Some(PathBuf::from("src/server.ts")));
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
}
