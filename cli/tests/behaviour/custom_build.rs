//! `build.command` (specification 9.7).

use serde_json::json;

use crate::harness::{Project, eventually};

const SERVER: &str = "import { made } from './made'; export default class { onRequest() { return new Response(made) } }";

/// Row 211.
#[test]
fn command_runs_before_the_first_load_and_on_changes() {
    let dev = Project::inline(SERVER)
        .config(
            "build",
            json!({ "command": "echo \"export const made = '$(cat src/in.txt)'\" > made.js; echo done building" }),
        )
        .file("src/in.txt", "one")
        .dev();
    dev.stdout_has("done building");
    assert_eq!(dev.get("/parties/main/r").text(), "one");
    dev.edit("src/in.txt", "two");
    dev.answers("/parties/main/r", "two");
    dev.edit("src/deep/other.txt", "x");
    eventually("it ran once more", || {
        (dev.stdout().matches("done building").count() >= 3).then_some(())
    });
}

/// Row 211.
#[test]
fn command_has_its_folder_its_watch_and_the_programs_of_packages() {
    let project = Project::inline(SERVER)
        .config(
            "build",
            json!({ "command": "tool ../made.js", "cwd": "sub", "watch": ["in/*.txt", "one.txt"] }),
        )
        .file(
            "node_modules/.bin/tool",
            "#!/bin/sh\necho \"export const made = '$(cat ../in/a.txt ../one.txt | tr -d '\\n')'\" > $1\n",
        )
        .file("sub/.keep", "")
        .file("in/a.txt", "a")
        .file("one.txt", "1");
    let tool = project.path().join("node_modules/.bin/tool");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(tool, mode).expect("settable");
    let dev = project.dev();
    assert_eq!(dev.get("/parties/main/r").text(), "a1");
    dev.edit("in/a.txt", "b");
    dev.answers("/parties/main/r", "b1");
    dev.edit("one.txt", "2");
    dev.answers("/parties/main/r", "b2");
}

/// Row 211.
#[test]
fn failing_command_ends_the_start() {
    let exit = Project::inline(SERVER)
        .config(
            "build",
            json!({ "command": "echo what is wrong >&2; exit 3" }),
        )
        .fails();
    assert_eq!(exit.code, Some(1));
    assert!(exit.stderr.contains("what is wrong"), "{}", exit.stderr);
    assert!(
        exit.stderr.contains("Custom build failed"),
        "{}",
        exit.stderr
    );
}

/// Row 211.
#[test]
fn command_that_fails_later_is_shown_and_the_server_goes_on() {
    let dev = Project::inline(SERVER)
        .config("build", json!({ "command": "sh src/build.sh" }))
        .file(
            "src/build.sh",
            "echo \"export const made = 'one'\" > made.js",
        )
        .dev();
    assert_eq!(dev.get("/parties/main/r").text(), "one");
    dev.edit("src/build.sh", "echo broken tool >&2; exit 1");
    dev.stderr_has("broken tool");
    dev.stderr_has("Custom build failed");
    assert_eq!(dev.get("/parties/main/r").text(), "one");
    dev.edit(
        "src/build.sh",
        "echo \"export const made = 'two'\" > made.js",
    );
    dev.answers("/parties/main/r", "two");
}

#[test]
fn command_that_writes_where_it_watches_comes_to_rest() {
    let dev = Project::inline("import { made } from './src/made'; export default class { onRequest() { return new Response(made) } }")
        .config(
            "build",
            json!({ "command": "date +%s%N > src/stamp.txt; echo \"export const made = '$(cat src/in.txt)'\" > src/made.js; echo ran" }),
        )
        .file("src/in.txt", "one")
        .dev();
    dev.edit("src/in.txt", "two");
    dev.answers("/parties/main/r", "two");
    let runs = || dev.stdout().matches("ran\n").count();
    let settled = eventually("it comes to rest", || {
        let before = runs();
        std::thread::sleep(std::time::Duration::from_millis(400));
        (runs() == before).then_some(before)
    });
    assert!(settled <= 4, "it ran {settled} times");
}
