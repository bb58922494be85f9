//! Rooms that the original stored are taken over (specification, sections 3.6 and 6).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::harness::{Project, install_packages};

/// A project that the original has served, and what its rooms held at the end.
fn served_by_the_original(ending: &str) -> (Project, Value) {
    install_packages("original");
    let project = Project::fixture("original");
    let output = Command::new("node")
        .args(["write.mjs", ending])
        .current_dir(project.path())
        .stderr(Stdio::inherit())
        .output()
        .unwrap_or_else(|error| panic!("This test needs Node.js on PATH: {error}"));
    assert!(output.status.success(), "the original did not serve");
    let held = serde_json::from_slice(&output.stdout).expect("it prints JSON");
    (project, held)
}

fn files_below(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("the folder is readable") {
        let path = entry.expect("the folder is readable").path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            let bytes = fs::read(&path).expect("the file is readable");
            files.insert(path, bytes);
        }
    }
    files
}

/// Row 174.
#[test]
fn rooms_that_the_original_stored_are_read_and_its_files_left_alone() {
    let (project, held) = served_by_the_original("end");
    let theirs = project.path().join(".partykit/state/party");
    let before = files_below(&theirs);
    let mut dev = project.dev();
    assert_eq!(dev.json("/parties/main/hello"), held["main"]);
    let other = json!({ "count": 3, "id": held["other"]["id"] });
    assert_eq!(dev.json("/parties/other/a%20b"), other);
    assert_eq!(dev.json("/parties/main/another"), json!([]));
    dev.prints("Rooms stored by `partykit dev` are imported on first use");

    let response = dev.request("DELETE", "/parties/main/hello").send();
    let left = response.json();
    assert_eq!(left.as_array().map(Vec::len), Some(11), "{left}");
    dev.restart();
    assert_eq!(dev.json("/parties/main/hello"), left);
    assert_eq!(files_below(&theirs), before);
}

/// Row 174.
#[test]
fn writes_that_the_original_was_killed_after_are_there() {
    let (project, held) = served_by_the_original("kill");
    let theirs = project.path().join(".partykit/state/party");
    let before = files_below(&theirs);
    let log = |path: &PathBuf| path.to_string_lossy().ends_with(".sqlite-wal");
    assert!(before.keys().any(log), "no write-ahead log was left");
    let dev = project.dev();
    assert_eq!(dev.json("/parties/main/hello"), held["main"]);
    assert_eq!(files_below(&theirs), before);
}

/// Row 174.
#[test]
fn file_that_cannot_be_read_is_named_and_its_room_starts_empty() {
    let project = Project::inline(
        "export default class {
  constructor(readonly room) {}
  async onRequest() { return Response.json([...(await this.room.storage.list()).keys()]); }
}",
    );
    // The id of the room `hello` of the main party.
    let id = "7ed502e1240ef862e660d3a81304ed9406bb4b2bdc8f7aa6ae796d6fb3078de4";
    let file = format!(".partykit/state/party/-PartyKitDurable/{id}.sqlite");
    let dev = project.file(&file, &"no database ".repeat(400)).dev();
    assert_eq!(dev.json("/parties/main/hello"), json!([]));
    dev.stderr_has(&format!("{id}.sqlite`: file is not a database"));
}
