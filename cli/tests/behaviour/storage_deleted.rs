//! The storage is deleted while the project is served: by hand, by `git clean`, by a script.

use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::{Dev, Project, ROOM, eventually};

/// Counts in its storage; tells how often this instance was asked.
const COUNTER: &str = r#"
export default class {
  asked = 0;
  constructor(readonly room) {}
  async onRequest(request) {
    const n = ((await this.room.storage.get("n")) ?? 0) + 1;
    await this.room.storage.put("n", n);
    return new Response(`${n} ${++this.asked}`);
  }
  onMessage(message, connection) { connection.send(message); }
}"#;

const TOLD: &str = "deleted while in use";

fn count(dev: &Dev) -> String {
    dev.get(ROOM).text()
}

#[test]
fn a_deleted_storage_begins_anew_with_its_rooms_and_keeps_what_is_written_then() {
    let mut dev = Dev::inline(COUNTER);
    assert_eq!((count(&dev), count(&dev)), ("1 1".into(), "2 2".into()));
    fs::remove_dir_all(dev.project().path().join(".partykit")).expect("it is there");
    dev.prints(TOLD);
    assert_eq!((count(&dev), count(&dev)), ("1 1".into(), "2 2".into()));
    let output = dev.stdout() + &dev.stderr();
    assert_eq!(output.matches(TOLD).count(), 1, "{output}");
    dev.restart();
    assert_eq!(count(&dev), "3 1");
}

#[test]
fn a_folder_that_is_deleted_is_kept_out_of_version_control_again() {
    let dev = Dev::inline(COUNTER);
    let folder = dev.project().path().join(".partykit");
    let file = folder.join(".gitignore");
    assert_eq!(fs::read_to_string(&file).expect("it is there"), "*\n");
    fs::remove_dir_all(&folder).expect("it is there");
    dev.prints(TOLD);
    eventually("the file is back", || {
        (fs::read_to_string(&file).ok()? == "*\n").then_some(())
    });
}

/// Where the storage's file is.
fn file_below(folder: &Path) -> PathBuf {
    let entries = fs::read_dir(folder).expect("it is a folder").flatten();
    for entry in entries {
        let path = entry.path();
        if path.is_dir() {
            return file_below(&path);
        }
        if path.extension().is_some_and(|end| end == "sqlite") {
            return path;
        }
    }
    panic!("no storage in {}", folder.display());
}

#[test]
fn only_the_file_may_be_deleted_too_and_elsewhere() {
    let mut dev = Project::inline(COUNTER)
        .args(&["--persist", "elsewhere/state"])
        .dev();
    assert_eq!((count(&dev), count(&dev)), ("1 1".into(), "2 2".into()));
    let file = file_below(&dev.project().path().join("elsewhere"));
    fs::remove_file(&file).expect("it is there");
    dev.prints(TOLD);
    assert_eq!(count(&dev), "1 1");
    dev.kill9();
    dev.start_again();
    assert_eq!(count(&dev), "2 1");
}

#[test]
fn sockets_of_the_deleted_state_are_closed_and_come_back() {
    let dev = Dev::inline(COUNTER);
    let mut socket = dev.ws(ROOM);
    socket.send("hello");
    assert_eq!(socket.text(), "hello");
    assert_eq!(count(&dev), "1 1");
    fs::remove_dir_all(dev.project().path().join(".partykit")).expect("it is there");
    assert_eq!(socket.closed().code, 1012);
    let mut socket = dev.ws(ROOM);
    socket.send("again");
    assert_eq!(socket.text(), "again");
    assert_eq!(count(&dev), "1 1");
}

#[test]
fn no_alarm_of_the_deleted_state_goes_off() {
    let dev = Dev::inline(
        r#"
export default class {
  constructor(readonly room) {}
  async onRequest(request) {
    await this.room.storage.setAlarm(Date.now() + Number(await request.text()));
    return new Response("set");
  }
  onAlarm() { console.log("went off: " + this.room.id + "."); }
}"#,
    );
    assert_eq!(dev.post("/parties/main/before", "2000").text(), "set");
    fs::remove_dir_all(dev.project().path().join(".partykit")).expect("it is there");
    dev.prints(TOLD);
    assert_eq!(dev.post("/parties/main/after", "2500").text(), "set");
    dev.stdout_has("went off: after.");
    assert!(
        !dev.stdout().contains("went off: before."),
        "{}",
        dev.stdout()
    );
}

#[test]
fn bindings_begin_anew_too() {
    let dev = Project::inline(
        r#"
export default class {
  constructor(readonly room) {}
  async onRequest() {
    const { kv } = this.room.context.bindings;
    const cache = kv.cache;
    const n = Number((await cache.get("n")) ?? 0) + 1;
    await cache.put("n", String(n));
    return new Response(String(n));
  }
}"#,
    )
    .config(
        "bindings",
        serde_json::json!({ "kv": { "cache": "cache" } }),
    )
    .dev();
    assert_eq!((count(&dev), count(&dev)), ("1".into(), "2".into()));
    fs::remove_dir_all(dev.project().path().join(".partykit")).expect("it is there");
    dev.prints(TOLD);
    assert_eq!((count(&dev), count(&dev)), ("1".into(), "2".into()));
}

#[test]
fn a_file_where_the_folder_should_be_says_what_to_do() {
    let exit = Project::inline(COUNTER).file(".partykit", "").fails();
    assert_eq!(exit.code, Some(1));
    assert!(
        exit.stderr.contains("a file is in its way"),
        "{}",
        exit.stderr
    );
    assert!(exit.stderr.contains("--persist false"), "{}", exit.stderr);
}

#[test]
fn a_damaged_storage_says_what_to_do() {
    let mut dev = Dev::inline(COUNTER);
    assert_eq!(count(&dev), "1 1");
    let file = file_below(&dev.project().path().join(".partykit"));
    dev.kill9();
    let copy = fs::read(&file).expect("it is there");
    let noise: Vec<u8> = copy.iter().map(|byte| byte ^ 0x5a).collect();
    let name = file
        .strip_prefix(dev.project().path())
        .expect("it is below");
    let project = Project::inline(COUNTER).bytes(name.to_str().expect("UTF-8"), &noise);
    let exit = project.fails();
    assert!(
        exit.stderr.contains("The storage is damaged"),
        "{}",
        exit.stderr
    );
    assert!(exit.stderr.contains("--persist"), "{}", exit.stderr);
}
