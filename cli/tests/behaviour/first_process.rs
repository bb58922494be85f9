//! As the first process of a container. Needs a system that lets tests make a namespace of processes.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::harness::{Project, ROOM, eventually};

const STARTER: [&str; 7] = [
    "unshare",
    "--user",
    "--map-root-user",
    "--pid",
    "--fork",
    "--kill-child",
    "--mount-proc",
];

/// Whether there can be another first process here; containers mostly do not let theirs make one.
fn can_be_first() -> bool {
    let tried = Command::new(STARTER[0])
        .args(&STARTER[1..])
        .arg("true")
        .output();
    tried.is_ok_and(|tried| tried.status.success())
}

/// The states of the children of `pid`, by their numbers.
fn children(pid: u32) -> Vec<(u32, char)> {
    let list = Path::new("/proc").join(format!("{pid}/task/{pid}/children"));
    let text = fs::read_to_string(list).unwrap_or_default();
    let pids = text.split_whitespace().filter_map(|pid| pid.parse().ok());
    pids.filter_map(|pid: u32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let (_, after) = stat.rsplit_once(") ")?;
        Some((pid, after.chars().next()?))
    })
    .collect()
}

#[test]
fn orphans_are_reaped_and_builds_keep_their_own_statuses() {
    if !can_be_first() {
        return;
    }
    let mut dev = Project::inline("export default class { onRequest() { return new Response('served'); } }")
        .config(
            "build",
            json!({ "command": "(sleep 0.3; exit 5) & (sleep 0.2) & exit $(ls in | tail -1)", "watch": "in" }),
        )
        .file("in/0", "")
        .started_by(&STARTER)
        .dev();
    assert_eq!(dev.get(ROOM).text(), "served");
    let [(first, _)] = children(dev.process())[..] else {
        panic!("The namespace has one first process");
    };
    for code in 1..4 {
        dev.edit(&format!("in/{code}"), "");
        dev.stderr_has(&format!("exit status: {code}"));
    }
    eventually("the orphans have ended and are reaped", || {
        matches!(children(first)[..], [(_, state)] if state != 'Z').then_some(())
    });
    assert_eq!(dev.get(ROOM).text(), "served");
    // Process 1 hands it on.
    let told = Command::new("kill")
        .args(["-TERM", &first.to_string()])
        .status();
    assert!(told.is_ok_and(|status| status.success()));
    eventually("it ends", || (!dev.is_alive()).then_some(()));
}
