//! The original's commands that concern PartyKit's cloud (specification 9.9): partyrun has none of
//! them, and says what to use instead. Never reads credentials and never opens a connection.

use std::process::ExitCode;

use crate::ui::Printer;

/// What somebody who types the command wants, when that can be had on this machine.
struct CloudCommand {
    name: &'static str,
    here: Option<&'static str>,
}

const fn cloud(name: &'static str) -> CloudCommand {
    CloudCommand { name, here: None }
}

const COMMANDS: [CloudCommand; 13] = [
    cloud("deploy"),
    cloud("publish"),
    cloud("list"),
    cloud("delete"),
    CloudCommand {
        name: "tail",
        here: Some("`partyrun dev` prints the logs of the rooms on this machine"),
    },
    CloudCommand {
        name: "env",
        here: Some(
            "On this machine, variables come from .env, .env.local, `vars` in partykit.json and `partyrun dev --var KEY=VALUE`",
        ),
    },
    cloud("ai"),
    cloud("vectorize"),
    CloudCommand {
        name: "login",
        here: Some("`partyrun dev` needs no login"),
    },
    CloudCommand {
        name: "logout",
        here: Some("`partyrun dev` needs no login"),
    },
    cloud("token"),
    cloud("cloudflare"),
    CloudCommand {
        name: "whoami",
        here: None,
    },
];

/// The names of these commands.
pub fn names() -> impl Iterator<Item = &'static str> {
    COMMANDS.iter().map(|command| command.name)
}

/// Answers the words after `partyrun` when they are a command for the cloud, with its exit code.
pub fn answer(words: &[String], printer: &Printer) -> Option<ExitCode> {
    let mut words = words.iter().map(String::as_str);
    let typed = match words.next()? {
        "help" => words.next()?,
        typed => typed,
    };
    let command = COMMANDS.iter().find(|command| command.name == typed)?;
    if command.name == "whoami" {
        // What the original says, and its exit code, when nobody is logged in.
        printer.out("Not logged in, run npx partykit login to get user details");
        printer.out("(partyrun has no accounts: everything it does needs no login)");
        return Some(ExitCode::SUCCESS);
    }
    if let Some(here) = command.here {
        printer.err(format!("{here}."));
    }
    let rest: String = words.map(|word| format!(" {word}")).collect();
    printer.error(&format!(
        "`partyrun {typed}` does not exist, because partyrun does not talk to PartyKit's cloud. Use the original for it: npx partykit {typed}{rest}"
    ));
    Some(ExitCode::FAILURE)
}
