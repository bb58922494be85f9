//! The flags of `partyrun test` as they were typed. Owns names, shapes and help texts; decides nothing.

use std::ffi::OsString;
use std::time::Duration;

use clap::{Args as ClapArgs, ValueEnum};

use super::DevArgs;

/// Heading of the flags that `dev` has not.
const COMMAND: &str = "The command";

/// What was typed after `partyrun test`.
#[derive(Debug, ClapArgs)]
pub struct TestArgs {
    #[command(flatten)]
    pub dev: DevArgs,

    /// When to show what the server has printed, on standard error [default: failed]
    #[arg(long, value_name = "WHEN", default_value = "failed", hide_default_value = true, help_heading = COMMAND)]
    pub log: ServerLog,

    /// Run the command again, with empty storage, whenever a file of the project is saved
    #[arg(long, help_heading = COMMAND)]
    pub watch: bool,

    /// Let requests of rooms reach the network that no test answers
    #[arg(long, conflicts_with = "refuse_net", help_heading = COMMAND)]
    pub allow_net: bool,

    /// Stop the command after this time, such as 90s, 5m or 500ms
    #[arg(long, value_name = "TIME", value_parser = parse_time, help_heading = COMMAND)]
    pub timeout: Option<Duration>,

    /// What runs the tests, with its own arguments
    #[arg(last = true, value_name = "COMMAND", help_heading = COMMAND)]
    pub command: Vec<OsString>,
}

/// When the server's log is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ServerLog {
    /// As it is printed
    All,
    /// When the command has failed
    Failed,
    None,
}

/// A number with its unit; one without is in seconds, as `timeout(1)` has it.
fn parse_time(text: &str) -> Result<Duration, String> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.');
    let (number, unit) = text.split_at(end.unwrap_or(text.len()));
    let seconds = match unit {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err("its unit is one of ms, s, m and h".to_owned()),
    };
    let number: f64 = number
        .parse()
        .map_err(|_| "it begins with a number".to_owned())?;
    match Duration::try_from_secs_f64(number * seconds) {
        Ok(time) if !time.is_zero() => Ok(time),
        Ok(_) => Err("it is more than nothing".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::command::{Args, Command};

    fn test(line: &str) -> TestArgs {
        let words = ["partyrun", "test"]
            .into_iter()
            .chain(line.split_whitespace());
        match Args::try_parse_from(words)
            .expect("the line parses")
            .command
        {
            Some(Command::Test(test)) => *test,
            _ => panic!("`test` was not recognised"),
        }
    }

    #[test]
    fn the_command_keeps_its_own_flags() {
        let test = test("src/server.ts --watch -- npx vitest --watch --log all -- x");
        assert!(test.watch);
        assert_eq!(test.log, ServerLog::Failed);
        assert_eq!(test.dev.script.as_deref(), Some("src/server.ts".as_ref()));
        assert_eq!(
            test.command,
            ["npx", "vitest", "--watch", "--log", "all", "--", "x"]
        );
    }

    #[test]
    fn flags_that_take_several_values_end_at_the_dashes() {
        let test = test("--var A=1 B=2 -- run");
        assert_eq!(test.dev.var, ["A=1", "B=2"]);
        assert_eq!(test.command, ["run"]);
    }

    #[test]
    fn times_have_units() {
        for (text, milliseconds) in [
            ("500ms", 500),
            ("90", 90_000),
            ("90s", 90_000),
            ("1.5m", 90_000),
            ("2h", 7_200_000),
        ] {
            assert_eq!(parse_time(text), Ok(Duration::from_millis(milliseconds)));
        }
        for text in [
            "",
            "s",
            "5 s",
            "5d",
            "0",
            "-1",
            "1.2.3",
            "1e9",
            "99999999999999999999h",
        ] {
            assert!(parse_time(text).is_err(), "{text}");
        }
    }
}
