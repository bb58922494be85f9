//! `partyrun storage`, while the project is served and while it is not.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::harness::{Dev, Exit, Project, ROOM, eventually, request, run_in};

/// Stores what it is sent; says what it has in memory and in its storage.
const NOTES: &str = r#"
export default class {
  loaded: unknown;
  constructor(readonly room) {}
  async onStart() { this.loaded = (await this.room.storage.get("n")) ?? 0; }
  async onRequest(request) {
    if (request.method === "POST") {
      await this.room.storage.put({
        n: 1,
        "user:1": { name: "Ada", tags: ["a", "b"] },
        when: new Date(0),
        seen: new Map([["a", new Set([1n])]]),
        bytes: new Uint8Array([1, 2, 3]),
      });
      await this.room.storage.setAlarm(4102444800000);
    }
    const n = (await this.room.storage.get("n")) ?? "none";
    return new Response(`${this.loaded} ${n}`);
  }
  onMessage(message, connection) { connection.send(message); }
  onAlarm() {}
}"#;

fn storage(folder: &Path, words: &[&str]) -> Exit {
    run_in(folder, &[&["storage"], words].concat())
}

fn succeeds(folder: &Path, words: &[&str]) -> String {
    let exit = storage(folder, words);
    assert_eq!(
        exit.code,
        Some(0),
        "{words:?}: {}{}",
        exit.stdout,
        exit.stderr
    );
    exit.stdout
}

fn fails(folder: &Path, words: &[&str]) -> String {
    let exit = storage(folder, words);
    assert_eq!(
        exit.code,
        Some(1),
        "{words:?}: {}{}",
        exit.stdout,
        exit.stderr
    );
    exit.stderr
}

fn json_of(folder: &Path, words: &[&str]) -> Value {
    let text = succeeds(folder, &[words, &["--json"]].concat());
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A project that was served, and has stored something.
fn filled() -> Dev {
    let mut dev = Project::inline(NOTES).party("chat", NOTES).dev();
    assert_eq!(dev.post(ROOM, "").text(), "0 1");
    assert_eq!(dev.post("/parties/chat/a%20b", "").text(), "0 1");
    dev.kill9();
    dev
}

fn folder_of(dev: &Dev) -> PathBuf {
    dev.project().path().to_owned()
}

fn everything(folder: &Path) -> Value {
    serde_json::from_str(&succeeds(folder, &["export"])).expect("it is JSON")
}

#[test]
fn what_is_stored_is_listed_read_written_and_deleted_while_nothing_is_served() {
    let mut dev = filled();
    let folder = folder_of(&dev);
    let list = succeeds(&folder, &["list"]);
    for text in [
        "PARTY",
        "main",
        "chat   a%20b",
        "alarm at 2100-01-01 00:00:00 UTC",
    ] {
        assert!(list.contains(text), "{text}: {list}");
    }
    assert!(!list.contains("live"), "{list}");
    let rooms = json_of(&folder, &["list", "chat"]);
    assert_eq!(rooms["rooms"][0]["entries"], 5);
    assert_eq!(rooms["rooms"].as_array().map(Vec::len), Some(1));
    let entries = succeeds(&folder, &["list", "main", "r"]);
    assert!(entries.contains("n  1\n"), "{entries}");
    assert!(entries.contains("when  {\"$date\":0}\n"), "{entries}");
    let some = succeeds(&folder, &["list", "main", "r", "--reverse", "--limit", "2"]);
    assert_eq!(some.lines().count(), 2);
    assert!(some.starts_with("when  "), "{some}");
    let users = json_of(&folder, &["list", "main", "r", "--prefix", "user:"]);
    assert_eq!(
        users["entries"],
        json!([["user:1", { "name": "Ada", "tags": ["a", "b"] }]])
    );
    let seen = succeeds(&folder, &["get", "chat", "a b", "seen"]);
    assert_eq!(
        seen.trim_end(),
        r#"{"$map":[["a",{"$set":[{"$bigint":"1"}]}]]}"#
    );
    succeeds(&folder, &["put", "main", "r", "n", "-2.50"]);
    succeeds(&folder, &["put", "main", "new", "k", r#"{"$set":[1]}"#]);
    succeeds(&folder, &["delete", "main", "r", "when", "seen"]);
    assert_eq!(
        succeeds(&folder, &["get", "main", "r", "n"]).trim_end(),
        "-2.5"
    );
    dev.start_again();
    assert_eq!(dev.get(ROOM).text(), "-2.5 -2.5");
}

#[test]
fn a_room_that_runs_sees_a_change_at_once_and_is_seen() {
    let dev = Dev::inline(NOTES);
    let folder = folder_of(&dev);
    assert_eq!(dev.post(ROOM, "").text(), "0 1");
    let list = succeeds(&folder, &["list"]);
    assert!(list.contains("live"), "{list}");
    succeeds(&folder, &["put", "main", "r", "n", "7"]);
    assert_eq!(dev.get(ROOM).text(), "0 7");
    succeeds(&folder, &["delete", "main", "r", "n"]);
    assert_eq!(dev.get(ROOM).text(), "0 none");
    let mut socket = dev.ws(ROOM);
    assert_eq!(socket.ask("hi"), "hi");
    succeeds(&folder, &["put", "main", "r", "n", "8"]);
    succeeds(&folder, &["reset", "main", "r", "--yes"]);
    assert_eq!(socket.closed().code, 1012);
    assert_eq!(dev.get(ROOM).text(), "0 none");
    assert_eq!(json_of(&folder, &["list"])["rooms"], json!([]));
}

#[test]
fn everything_is_deleted_from_a_storage_that_is_in_use() {
    let dev = Project::inline(NOTES).party("chat", NOTES).dev();
    let folder = folder_of(&dev);
    for path in [ROOM, "/parties/main/other", "/parties/chat/r"] {
        dev.post(path, "");
    }
    succeeds(&folder, &["reset", "main", "-y"]);
    let left = json_of(&folder, &["list"]);
    assert_eq!(left["rooms"][0]["party"], "chat");
    assert_eq!(left["rooms"].as_array().map(Vec::len), Some(1));
    let unasked = fails(&folder, &["reset"]);
    assert!(unasked.contains("`--yes`"), "{unasked}");
    succeeds(&folder, &["reset", "--yes"]);
    assert_eq!(dev.get("/parties/chat/r").text(), "0 none");
    assert_eq!(json_of(&folder, &["list"])["rooms"], json!([]));
    dev.post(ROOM, "");
    assert_eq!(dev.get(ROOM).text(), "0 1");
}

#[test]
fn a_document_of_all_that_is_stored_makes_another_storage_of_the_same() {
    let dev = filled();
    let folder = folder_of(&dev);
    let saved = folder.join("saved.json");
    let saved = saved.to_str().expect("it is UTF-8");
    let told = succeeds(&folder, &["export", "-o", saved]);
    assert!(told.contains("2 rooms with 10 entries"), "{told}");
    let before = everything(&folder);
    assert_eq!(before["rooms"][0]["alarm"], 4_102_444_800_000_i64);
    succeeds(&folder, &["reset", "--yes"]);
    assert_eq!(everything(&folder)["rooms"], json!([]));
    succeeds(&folder, &["put", "main", "r", "extra", "1"]);
    succeeds(&folder, &["import", saved]);
    assert_eq!(
        everything(&folder)["rooms"][1]["entries"]
            .as_array()
            .map(Vec::len),
        Some(6)
    );
    succeeds(&folder, &["import", saved, "--replace"]);
    assert_eq!(everything(&folder), before);
    let one = succeeds(&folder, &["export", "chat", "a b"]);
    let one: Value = serde_json::from_str(&one).expect("it is JSON");
    assert_eq!(one["rooms"].as_array().map(Vec::len), Some(1));
}

#[test]
fn many_entries_are_exported_and_imported_while_they_are_served() {
    let dev = Dev::inline(NOTES);
    let folder = folder_of(&dev);
    let entries: Vec<_> = (0..1300).map(|n| json!([format!("k{n:04}"), n])).collect();
    let document = json!({
        "form": "partyrun-storage-1",
        "rooms": [{ "party": "main", "room": "r", "entries": entries }],
    });
    fs::write(folder.join("in.json"), document.to_string()).expect("writable");
    let told = succeeds(&folder, &["import", "in.json"]);
    assert!(
        told.contains("1,300 entries") || told.contains("1300 entries"),
        "{told}"
    );
    assert_eq!(
        succeeds(&folder, &["list", "main", "r"]).lines().count(),
        1300
    );
    let reversed = json_of(
        &folder,
        &["list", "main", "r", "--reverse", "--limit", "600"],
    );
    assert_eq!(reversed["entries"][0][0], "k1299");
    assert_eq!(reversed["entries"][599][0], "k0700");
    let exported = &everything(&folder)["rooms"][0]["entries"];
    assert_eq!(exported, &document["rooms"][0]["entries"]);
}

#[test]
fn what_is_not_there_is_said_with_what_is() {
    let dev = filled();
    let folder = folder_of(&dev);
    for (words, told) in [
        (
            &["list", "main", "lobby"][..],
            "`main/lobby` has stored nothing; these have: `r`",
        ),
        (&["get", "main", "lobby", "n"], "these have: `r`"),
        (&["get", "main", "r", "m"], "nothing under the key `m`"),
        (&["delete", "main", "r", "m"], "nothing under the key `m`"),
        (&["list", "nope"], "no party `nope`; it has: main, chat"),
        (&["put", "nope", "r", "k", "1"], "no party `nope`"),
        (&["reset", "main", "lobby", "--yes"], "has stored nothing"),
        (
            &["put", "main", "r", "k", "hello"],
            "not JSON: expected value at line 1 column 1",
        ),
        (&["put", "main", "r", "k", "{\"a\": 1,}"], "line 1 column 9"),
        (
            &["put", "main", "r", "k", "{\"$dat\": 1}"],
            "Unknown kind of value `$dat`",
        ),
        (&["import", "nope.json"], "`nope.json`"),
    ] {
        let stderr = fails(&folder, words);
        assert!(stderr.contains(told), "{words:?}: {stderr}");
    }
    assert_eq!(storage(&folder, &["put", "main", "r"]).code, Some(2));
    let nothing = Project::inline(NOTES);
    nothing.write_config();
    let told = fails(nothing.path(), &["list"]);
    assert!(
        told.contains("Nothing is stored yet: `.partykit/state`"),
        "{told}"
    );
    assert!(
        !nothing.path().join(".partykit").exists(),
        "looking makes none"
    );
}

#[test]
fn a_value_that_cannot_be_imported_is_named_and_so_is_what_was_before_it() {
    let dev = filled();
    let folder = folder_of(&dev);
    let document = json!({
        "form": "partyrun-storage-1",
        "rooms": [{
            "party": "main",
            "room": "x",
            "entries": [["a", 1], ["b", { "$date": "soon" }], ["c", 3]],
        }],
    });
    fs::write(folder.join("in.json"), document.to_string()).expect("writable");
    let stderr = fails(&folder, &["import", "in.json"]);
    assert!(stderr.contains("Room `main/x`, key \"b\": "), "{stderr}");
    assert!(stderr.contains("stored before it: 1"), "{stderr}");
    fs::write(folder.join("in.json"), "{\n  \"form\": 1\n}").expect("writable");
    let stderr = fails(&folder, &["import", "in.json"]);
    assert!(stderr.contains("line 2 column"), "{stderr}");
}

#[test]
fn a_damaged_storage_and_one_that_is_not_kept_are_told() {
    let dev = filled();
    let folder = folder_of(&dev);
    let state = folder.join(".partykit/state");
    for entry in fs::read_dir(&state).expect("it is there").flatten() {
        fs::write(
            entry.path(),
            "no database, and long enough to tell".repeat(50),
        )
        .expect("writable");
    }
    let stderr = fails(&folder, &["list"]);
    assert!(stderr.contains("The storage is damaged"), "{stderr}");
    let stderr = fails(&folder, &["list", "--persist", "false"]);
    assert!(stderr.contains("forgotten at the end"), "{stderr}");
}

#[test]
fn a_server_that_was_killed_is_not_asked_and_one_whose_storage_was_deleted_is() {
    let mut dev = filled();
    let folder = folder_of(&dev);
    let file = folder.join(".partykit/state/partyrun.serving.json");
    assert!(file.exists(), "a killed server leaves it");
    assert_eq!(
        json_of(&folder, &["list"])["rooms"]
            .as_array()
            .map(Vec::len),
        Some(2)
    );
    dev.start_again();
    let mode = fs::metadata(&file).expect("it is there").permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
    fs::remove_dir_all(folder.join(".partykit")).expect("it is there");
    dev.prints("deleted while in use");
    eventually("the file is there again", || file.exists().then_some(()));
    dev.post(ROOM, "");
    let rooms = json_of(&folder, &["list"]);
    assert_eq!(rooms["rooms"][0]["live"], true);
    let (status, _) = dev.interrupt(rustix::process::Signal::INT);
    assert_eq!(status.code(), Some(0));
    assert!(!file.exists(), "it goes with the server");
}

#[test]
fn what_runs_code_cannot_be_asked_for_by_the_token_of_the_storage() {
    let dev = Dev::inline(NOTES);
    let file = folder_of(&dev).join(".partykit/state/partyrun.serving.json");
    let text = fs::read_to_string(file).expect("it is there");
    let told: Value = serde_json::from_str(&text).expect("it is JSON");
    let port = told["url"].as_str().and_then(|url| url.rsplit(':').next());
    let port: u16 = port
        .and_then(|port| port.parse().ok())
        .expect("it has a port");
    let token = format!("Bearer {}", told["token"].as_str().expect("a token"));
    let status = |method: &str, path: &str, token: &str| {
        let request = request(port, method, path);
        request
            .header("authorization", token)
            .body(b"{}")
            .send()
            .status
    };
    assert_eq!(status("GET", "/rooms", &token), 200);
    assert_eq!(status("GET", "/rooms", "Bearer x"), 401);
    for path in [
        "/rooms/main/r/run",
        "/clock",
        "/spaces",
        "/rooms/main/r/fetch",
    ] {
        assert_eq!(status("POST", path, &token), 404, "{path}");
    }
}

#[test]
fn git_leaves_out_what_is_stored() {
    let dev = Dev::inline(NOTES);
    let file = folder_of(&dev).join(".partykit/.gitignore");
    assert_eq!(fs::read_to_string(file).expect("it is there"), "*\n");
}
