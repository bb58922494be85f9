//! The commands that pages show, run as they stand there. A line that nobody knows how to run fails the test, so that
//! each new one is either run or named here with the check that covers it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::json;
use tempfile::TempDir;

use crate::harness::{Dev, Exit, Project, blocks, installed, program};

/// Pages whose commands other tests follow.
const FOLLOWED: [&str; 1] = ["docs/getting-started.md"];

/// README, the pages, and what else shows commands, with their names.
fn pages() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files: Vec<PathBuf> = ["README.md", "CONTRIBUTING.md", "npm/partyrun/README.md"]
        .map(PathBuf::from)
        .into();
    let docs = fs::read_dir(root.join("docs")).expect("the pages are there");
    let names = docs.map(|entry| Path::new("docs").join(entry.expect("readable").file_name()));
    files.extend(names.filter(|file| file.extension().is_some_and(|it| it == "md")));
    files.sort();
    let named = files.into_iter().map(|file| {
        let text = fs::read_to_string(root.join(&file)).expect("readable");
        (file.display().to_string(), text)
    });
    named.collect()
}

/// Whether a command is run here. The others are seen to elsewhere, or take minutes, or need what tests have not.
fn is_run_here(line: &str) -> bool {
    let words: Vec<_> = line.split_whitespace().collect();
    match words.as_slice() {
        ["curl" | "npx" | "partyrun", ..] => true,
        // A test of xtask reads these.
        ["cargo", "xtask", ..] => false,
        // They build.
        ["cargo" | "export" | "(cd" | ".ci/run", ..] => false,
        [variable, "cargo", ..] if variable.contains('=') => false,
        // `cargo xtask packages` installs.
        ["npm", "install", ..] => false,
        ["sqlite3", ..] => false,
        _ => panic!("nobody knows how to run: {line}"),
    }
}

#[test]
fn commands_of_the_pages_run() {
    let reader = Reader::new();
    let mut run = 0;
    for (page, text) in pages() {
        if FOLLOWED.contains(&page.as_str()) {
            continue;
        }
        for (language, block) in blocks(&text) {
            for line in block.lines().filter(|_| language == "sh") {
                // What it does may stand behind it.
                let words = line.split(" #").next().unwrap_or_default().trim();
                if words.is_empty() || !is_run_here(words) {
                    continue;
                }
                run += 1;
                reader
                    .follows(words)
                    .unwrap_or_else(|said| panic!("{page}: {line}\n{said}"));
            }
        }
    }
    assert!(run >= 20, "few commands were found: {run}");
}

/// Who reads the pages: has the chat room served, and `partyrun` on PATH.
struct Reader {
    chat: Dev,
    bin: TempDir,
}

impl Reader {
    fn new() -> Self {
        let bin = TempDir::with_prefix("partyrun-bin-").expect("a temporary folder");
        let program = program().canonicalize().expect("the program is a file");
        symlink(program, bin.path().join("partyrun")).expect("the folder is ours");
        let chat = Dev::fixture("chat");
        Self { chat, bin }
    }

    /// Runs one command; returns what was said if it fails.
    fn follows(&self, line: &str) -> Result<(), String> {
        let line = line.strip_prefix("npx ").unwrap_or(line);
        let words: Vec<_> = line.split_whitespace().collect();
        match words.as_slice() {
            ["curl", rest @ ..] if rest.concat().contains('$') => Ok(()),
            ["curl", ..] => {
                // `-f` has curl fail on a status that is none of success.
                let line = line.replace("curl ", "curl -sSf ");
                self.types(&line.replace("127.0.0.1:1999", &self.chat.host()))
            }
            ["partyrun", "dev", flags @ ..] => {
                let dev = Project::fixture("chat").args(flags).dev();
                dev.stdout_has("Ready on");
                Ok(())
            }
            // Each is about what is there.
            ["partyrun", "storage", ..] => {
                self.types("partyrun storage put main lobby count 1")?;
                // There is nobody to ask here.
                let asks = line.contains(" reset ") && !line.contains("--yes");
                self.types(&format!("{line}{}", if asks { " --yes" } else { "" }))
            }
            ["partyrun", "test", "--", "npx", "vitest", "run"] => {
                let command = ["node_modules/.bin/vitest", "run"];
                ended(&installed("testing/chat").test(&command))
            }
            _ => Err("nobody knows how to run it".to_owned()),
        }
    }

    /// In the folder of the chat room.
    fn types(&self, line: &str) -> Result<(), String> {
        let path = std::env::var("PATH").expect("tests have a PATH");
        let mut command = Command::new("sh");
        command
            .args(["-c", line])
            .current_dir(self.chat.project().path())
            .env("PATH", format!("{}:{path}", self.bin.path().display()))
            .stdin(Stdio::null());
        ended(&Exit::of(&mut command))
    }
}

fn ended(exit: &Exit) -> Result<(), String> {
    match exit.code {
        Some(0) => Ok(()),
        _ => Err(format!("{}{}", exit.stdout, exit.stderr)),
    }
}

/// A hibernating room with what the examples name: an alarm's handler, a cron.
const SERVER: &str = "export default class {
  options = { hibernate: true };
  onRequest() { return new Response('hi'); }
  onAlarm() {}
  static onCron() {}
}";

/// Each command of the page has a space of its own, in which there is a room with one entry, and a connection.
/// The client is asked for the status alone.
const PRELUDE: &str = "
C=$PARTYRUN_CONTROL
H=\"Authorization: Bearer $PARTYRUN_TOKEN\"
ask() { command curl -sS -o /dev/null -w '%{http_code}' \"$@\"; }
space() {
  S=$C/spaces/$(command curl -sS -H \"$H\" -d '{}' $C/spaces | sed 's/.*\"id\":\"\\([^\"]*\\)\".*/\\1/')
  ask -H \"$H\" -X PUT -d '{\"n\":1}' $S/rooms/main/lobby/storage/count > /dev/null
}
ask -H \"$H\" -d '{}' $C/snapshot > /dev/null
";

/// What `docs/control.md` shows for each route is taken by that route.
#[test]
fn calls_of_the_control_plane_are_those_of_the_page() {
    let (_, page) = pages()
        .into_iter()
        .find(|(name, _)| name == "docs/control.md")
        .expect("the page is there");
    let inline = page.split('`').skip(1).step_by(2);
    let shown = blocks(&page).into_iter().flat_map(|(_, text)| text.lines());
    let mut calls: Vec<&str> = inline
        .chain(shown)
        .filter(|code| code.starts_with("curl "))
        .collect();
    calls.dedup();
    assert!(calls.len() > 35, "{calls:?}");

    let mut script = PRELUDE.to_owned();
    for call in &calls {
        // `reset` refuses storage in a folder, and so does nothing here: in `test` it is in memory.
        let asked = call.replacen("curl ", "ask ", 1);
        script.push_str(&format!("space; echo \"$({asked})\"\n"));
    }
    let exit = Project::inline(SERVER)
        .config("crons", json!({ "nightly": "0 0 * * *" }))
        .file("calls.sh", &script)
        .test(&["sh", "calls.sh"]);
    assert_eq!(exit.code, Some(0), "{}{}", exit.stdout, exit.stderr);
    let statuses: Vec<_> = exit
        .stdout
        .lines()
        .filter(|line| line.len() == 3 && line.parse::<u16>().is_ok())
        .collect();
    assert_eq!(
        statuses.len(),
        calls.len(),
        "{}{}",
        exit.stdout,
        exit.stderr
    );
    let refused: Vec<_> = calls
        .iter()
        .zip(&statuses)
        .filter(|(call, status)| !(status.starts_with('2') || is_absent(call, status)))
        .collect();
    assert!(refused.is_empty(), "{refused:#?}\n{}", exit.stderr);
}

/// A connection, a value or a snapshot that the example names and that is not there in a new space.
fn is_absent(call: &str, status: &str) -> bool {
    let names = [
        "connections/abc",
        "$C/rooms/main/lobby/storage/count",
        "$S/restore",
    ];
    status == "404" && names.iter().any(|name| call.contains(name))
}
