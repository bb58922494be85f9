//! `--check`: the same questions to `partyrun dev` and to the export under npm's workerd. Owns the list of
//! questions and the verdict; both servers run on loopback, with storage that is forgotten.

mod ask;
mod engine;

use std::fs;

use self::ask::{Answer, ask, shake_hands};
use self::engine::Engine;
use super::failure::Failure;
use super::files;
use super::scratch::scratch;
use super::source::Source;
use super::wrangler::Configuration;

/// The room that is asked, which nobody else uses.
const ROOM: &str = "partyrun-check";

/// One question: a line for people, and how it is asked.
struct Question {
    method: &'static str,
    path: String,
    is_socket: bool,
}

/// Plays the list, and prints what is answered otherwise.
pub fn run(source: &Source<'_>, configuration: &Configuration) -> Result<(), Failure> {
    let printer = source.printer;
    let root = &source.settings.root;
    let Some(workerd) = engine::find(root) else {
        return Err(Failure::of(
            "`--check` runs the export under npm's workerd, which is not installed for the project: `npm install --save-dev workerd`",
        ));
    };
    let folder = scratch()?;
    files::copy_all(&source.out, folder.path())?;
    let mut with_secrets = configuration.clone();
    // In a folder that is gone afterwards: engines read secrets from nowhere else.
    with_secrets.vars = source.settings.vars.clone();
    let config = folder.path().join("wrangler.jsonc");
    fs::write(&config, with_secrets.wrangler())
        .map_err(|error| Failure::unwritable(&config, &error))?;

    let theirs = Engine::workerd(&workerd, folder.path())?;
    let ours = Engine::partyrun(&source.args.as_dev(), &source.cwd)?;
    let (mut different, mut bodies) = (0, 0);
    let questions = questions(source);
    for question in &questions {
        let Question {
            method,
            path,
            is_socket,
        } = question;
        let of = |engine: &Engine| -> Result<Answer, Failure> {
            let answer = match is_socket {
                true => shake_hands(engine.port, path),
                false => ask(engine.port, method, path),
            };
            answer.map_err(|error| {
                let said = engine.said();
                Failure::of(format!(
                    "No answer of {} to `{method} {path}`: {error}\n{said}",
                    engine.name
                ))
            })
        };
        let (here, there) = (of(&ours)?, of(&theirs)?);
        if here == there {
            continue;
        }
        match here.has_the_kind_of(&there) {
            true => bodies += 1,
            false => different += 1,
        }
        let kind = if *is_socket { "WebSocket" } else { method };
        printer.out(format!(
            "{kind} {path}\n  partyrun: {here}\n  workerd:  {there}"
        ));
    }
    let count = questions.len();
    if different > 0 {
        return Err(Failure::of(format!(
            "Answers that differ under workerd in their status or type, of {count}: {different}"
        )));
    }
    printer.out(match bodies {
        0 => format!("Checked under workerd: all {count} answers are those of `partyrun dev`"),
        _ => format!(
            "Checked under workerd: all {count} answers have the status and type of those of `partyrun dev`, and another text, which may be time or chance: {bodies}"
        ),
    });
    Ok(())
}

/// Each party over HTTP and over a socket, files, and what is not there.
fn questions(source: &Source<'_>) -> Vec<Question> {
    let question = |method, path: String| Question {
        method,
        path,
        is_socket: false,
    };
    let socket = |path: String| Question {
        method: "GET",
        path,
        is_socket: true,
    };
    let mut questions = Vec::new();
    for (party, _) in &source.settings.entries {
        let room = format!("/parties/{party}/{ROOM}");
        questions.push(question("GET", room.clone()));
        questions.push(question("POST", format!("{room}/below?a=1")));
        questions.push(question("OPTIONS", room.clone()));
        questions.push(socket(format!("{room}?_pk=check")));
    }
    questions.push(question("GET", format!("/party/{ROOM}")));
    questions.push(question("GET", "/".to_owned()));
    questions.push(question("GET", "/partyrun-check-of-nothing".to_owned()));
    questions.push(question(
        "GET",
        format!("/parties/partyrun-no-party/{ROOM}"),
    ));
    questions.push(socket("/partyrun-check-of-nothing".to_owned()));
    questions
}
