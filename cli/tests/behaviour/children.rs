//! The programs that run for a project end when the server does, also when it is killed.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::json;

use crate::harness::{Dev, Project, eventually};

/// A room, whatever is built beside it.
const ROOM: &str = "export default class {}";
/// Names itself, its child and its grandchild, and lasts. A script that signals its group ends there.
const LASTING: &str = "sleep 1000 & echo $! >> pids\nsh -c 'sleep 1000 & echo $! >> pids; wait' &\n\
    echo $! >> pids\necho $$ >> pids\nwait\n";

/// Processes that the script has named.
fn named(dev: &Dev) -> Vec<String> {
    let file = dev.project().path().join("pids");
    // In no order: they run at the same time.
    eventually("the script says what it has started", || {
        let text = fs::read_to_string(&file).ok()?;
        let pids: Vec<String> = text.lines().map(str::to_owned).collect();
        (pids.len() >= 4 && text.ends_with('\n')).then_some(pids)
    })
}

/// Who asks for the status of an orphan is not this test's business.
fn runs(pid: &str) -> bool {
    let state = fs::read_to_string(Path::new("/proc").join(pid).join("stat"));
    state.is_ok_and(|stat| {
        let (_, after) = stat.rsplit_once(") ").expect("a state follows the name");
        !after.starts_with(['Z', 'X'])
    })
}

fn all_end_within_a_second(pids: &[String]) {
    let killed = Instant::now();
    while pids.iter().any(|pid| runs(pid)) {
        assert!(
            killed.elapsed() < Duration::from_secs(1),
            "Still there: {pids:?}"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A server whose build command runs `script` now.
fn building(script: &str) -> Dev {
    let dev = Project::inline(ROOM)
        .config(
            "build",
            json!({ "command": "sh run.sh", "watch": ["in.txt", "again.txt"] }),
        )
        .file("in.txt", "")
        .file("again.txt", "")
        .file("pids", "")
        .file("run.sh", "")
        .file("build.sh", LASTING)
        .dev();
    dev.edit("run.sh", script);
    dev.edit("in.txt", "again");
    dev
}

#[test]
fn build_command_ends_with_all_it_started_when_the_server_is_killed() {
    let mut dev = building("sh build.sh");
    let pids = named(&dev);
    dev.kill9();
    all_end_within_a_second(&pids);
}

#[test]
fn what_a_build_command_has_left_behind_ends_with_the_server() {
    for signal in [Signal::KILL, Signal::TERM] {
        let mut dev = building("sh build.sh & true");
        let pids = named(&dev);
        dev.stdout_has("Custom build done");
        assert!(pids.iter().all(|pid| runs(pid)), "the server still runs");
        dev.interrupt(signal);
        all_end_within_a_second(&pids);
    }
}

#[test]
fn build_command_may_signal_its_own_group() {
    let until = "until [ $(wc -l < pids) = 4 ]; do sleep 0.05; done";
    let mut dev = building(&format!("sh build.sh & {until}; kill 0"));
    let pids = named(&dev);
    dev.stderr_has("Custom build failed");
    all_end_within_a_second(&pids);
    // Others can be started after it, and end like any.
    dev.edit("pids", "");
    dev.edit("run.sh", "sh build.sh");
    dev.edit("again.txt", "again");
    let pids = named(&dev);
    dev.kill9();
    all_end_within_a_second(&pids);
}

#[test]
fn esbuild_ends_when_the_server_is_killed() {
    let program = format!("#!/bin/sh\n[ -e hold ] || exit 1\n{LASTING}");
    let project = Project::inline(ROOM)
        .config("serve", json!({ "path": "public", "build": "client.ts" }))
        .file("client.ts", "1")
        .file("esbuild", &program);
    let esbuild = project.path().join("esbuild");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&esbuild, mode).expect("it is ours");
    let path = esbuild.to_string_lossy().into_owned();
    let mut dev = project.env("ESBUILD_BINARY_PATH", &path).dev();
    dev.edit("hold", "");
    dev.edit("client.ts", "2");
    let pids = named(&dev);
    dev.kill9();
    all_end_within_a_second(&pids);
}
