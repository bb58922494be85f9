//! Code that cannot be served when the program starts: outside CI, it waits for the change that mends it.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use rustix::process::Signal;
use serde_json::json;

use crate::harness::{Project, ROOM, Terminal};

const GOOD: &str = "export default class { onRequest() { return new Response('mended'); } }";

/// The program in a terminal with `server.ts` as it should not be, and the project's folder.
fn waiting(project: Project, told: &str) -> (Terminal, PathBuf) {
    let folder = project.path().to_owned();
    let terminal = Terminal::run(project.env("CI", ""));
    terminal.shows(told);
    terminal.shows("Not serving yet. Fix the error and save.");
    assert!(!terminal.text().contains("Ready on"));
    (terminal, folder)
}

fn save(folder: &Path, file: &str, text: &str) {
    fs::write(folder.join(file), text).expect("the folder is writable");
}

fn serves(terminal: &Terminal) {
    assert_eq!(terminal.get(ROOM).text(), "mended");
}

/// Rows 239, 240.
#[test]
fn code_that_cannot_be_built_is_waited_for() {
    for (bad, told) in [
        ("export default class {", "server.ts:1:"),
        ("import './missing'; export default class {}", "missing"),
        ("export const x = 1;", "default export"),
    ] {
        let (terminal, folder) = waiting(Project::inline(bad), told);
        save(&folder, "server.ts", GOOD);
        serves(&terminal);
    }
}

/// Rows 239, 240.
#[test]
fn code_that_cannot_be_loaded_is_waited_for() {
    for (bad, told) in [
        (
            "export default class {}\nthrow new Error('early');",
            "server.ts:2:7",
        ),
        (
            "export default { onRequest: 'text' };",
            ".onRequest should be a function",
        ),
    ] {
        let (terminal, folder) = waiting(Project::inline(bad), told);
        save(&folder, "server.ts", "export default class { still wrong }");
        terminal.shows("server.ts:1:");
        save(&folder, "server.ts", GOOD);
        serves(&terminal);
    }
}

/// Row 239.
#[test]
fn missing_file_is_waited_for() {
    let project = Project::inline("export { default } from './room/lobby';");
    let (terminal, folder) = waiting(project, "./room/lobby");
    fs::create_dir(folder.join("room")).expect("the folder is writable");
    save(&folder, "room/lobby.ts", GOOD);
    serves(&terminal);
}

/// Row 239.
#[test]
fn settings_may_mend_it_too() {
    let project = Project::inline("export default class {").file("good.ts", GOOD);
    let (terminal, folder) = waiting(project, "server.ts:1:");
    save(&folder, "partykit.json", "{ \"main\": ");
    terminal.shows("partykit.json");
    save(
        &folder,
        "partykit.json",
        "{ \"name\": \"inline\", \"main\": \"good.ts\" }",
    );
    serves(&terminal);
}

/// Row 239.
#[test]
fn clients_are_refused_meanwhile() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = free.local_addr().expect("it is bound").port();
    drop(free);
    let project = Project::inline("export default class {")
        .own_port()
        .config("port", json!(port));
    let (terminal, folder) = waiting(project, "server.ts:1:");
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    save(&folder, "server.ts", GOOD);
    serves(&terminal);
    assert_eq!(terminal.ready_port(), port);
}

/// Row 233.
#[test]
fn waiting_ends_like_serving() {
    let (mut terminal, _) = waiting(Project::inline("export default class {"), "server.ts:1:");
    terminal.signals(Signal::INT);
    assert_eq!(terminal.ends().code(), Some(0));
}
