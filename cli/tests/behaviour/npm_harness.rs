//! The npm package's test harness (docs/testing.md): the examples of `fixtures/testing`, each from the packed tarball,
//! with the runners that users have.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Instant;

use rustix::process::Signal;

use crate::harness::{
    Exit, Family, Project, Running, fixtures_folder, install_packages, installed, program,
};

/// Runs a command below `partyrun test`, which must succeed.
fn passes(project: &Project, words: &[&str]) -> Exit {
    let exit = project.test(words);
    assert_eq!(exit.code, Some(0), "{}{}", exit.stdout, exit.stderr);
    exit
}

/// Runs a command alone, so that the harness starts the server.
fn alone(project: &Project, words: &[&str]) -> Exit {
    let mut command = Command::new(words[0]);
    command
        .args(&words[1..])
        .current_dir(project.path())
        .env("PARTYRUN_BINARY", program())
        .env("NO_COLOR", "1")
        .stdin(Stdio::null());
    Exit::of(&mut command)
}

#[test]
fn chat_is_tested_with_vitest() {
    let project = installed("testing/chat");
    let exit = passes(&project, &["node_modules/.bin/vitest", "run"]);
    assert!(exit.stdout.contains("5 passed"), "{}", exit.stdout);
}

#[test]
fn vitest_alone_has_the_harness_start_the_server() {
    let project = installed("testing/chat");
    let exit = alone(&project, &["node_modules/.bin/vitest", "run"]);
    assert_eq!(exit.code, Some(0), "{}{}", exit.stdout, exit.stderr);
}

#[test]
fn chat_is_tested_with_the_runner_of_node() {
    let project = installed("testing/chat");
    passes(&project, &["node", "--test", "test/chat.test.mjs"]);
}

#[test]
fn chat_is_tested_with_jest() {
    let project = installed("testing/chat");
    let exit = passes(&project, &["node_modules/.bin/jest"]);
    assert!(exit.stderr.contains("2 passed"), "{}", exit.stderr);
}

#[test]
fn game_with_an_alarm_a_day_away_is_tested() {
    passes(&installed("testing/game"), &["node", "--test"]);
}

/// The space's clock and the runner's are two.
#[test]
fn alarm_for_tomorrow_fires_once_with_the_runners_fake_timers_and_without() {
    let project = installed("testing/game");
    let exit = passes(&project, &["node_modules/.bin/vitest", "run"]);
    assert!(exit.stdout.contains("2 passed"), "{}", exit.stdout);
}

#[test]
fn project_with_a_mocked_model_is_tested() {
    passes(&installed("testing/models"), &["node", "--test"]);
}

#[test]
fn document_survives_an_eviction() {
    passes(&installed("testing/document"), &["node", "--test"]);
}

#[test]
fn each_call_does_what_it_says() {
    let files = ["connections", "rooms", "spaces"].map(|name| format!("test/{name}.test.mjs"));
    let words = ["node", "--test", &files[0], &files[1], &files[2]];
    passes(&installed("testing/api"), &words);
}

#[test]
fn clock_does_what_it_is_told() {
    let project = installed("testing/api");
    passes(&project, &["node", "--test", "test/clock.test.mjs"]);
}

#[test]
fn connections_that_a_failed_test_has_left_keep_no_process() {
    let script = "import { test } from 'node:test';\nimport { start } from 'partyrun/test';\n\
                  test('fails', async () => {\n  const party = await start();\n  \
                  await party.room('r').connect();\n  throw new Error('wrong');\n});";
    let project = installed("testing/api")
        .file("failing.test.mjs", script)
        .args(&["--timeout", "20s"]);
    let exit = project.test(&["node", "--test", "failing.test.mjs"]);
    assert_eq!(exit.code, Some(1), "{}", exit.stdout);
}

/// Only the first space of a server has a folder for its storage, or a port that was asked for.
#[test]
fn first_space_of_a_server_has_what_was_asked_of_it() {
    let script = r#"
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { start } from "partyrun/test";
const CLOSED = "http://127.0.0.1:9/x";
const reach = (server, room, url) => fetch(url).then(() => "reached", (error) => error.message);

const plain = await start();
assert.match(await plain.room("r").run(reach, CLOSED), /allow-net/);
const beside = await plain.isolate();
await plain.room("r").storage.put("a", 1);
assert.equal(await beside.room("r").storage.get("a"), undefined);
await beside.dispose();
const restore = await plain.snapshot({ file: "stored.snapshot" });
await plain.dispose();

const asked = await start({ persist: "kept", vars: { WORD: "word" }, clock: 2e12, outbound: "network" });
assert.doesNotMatch(await asked.room("r").run(reach, CLOSED), /allow-net/);
assert.equal(await asked.room("r").run((server, room) => room.env.WORD), "word");
assert.equal(await asked.room("r").run(() => Date.now()), 2e12);
await asked.room("r").storage.put("a", 1);
await asked.dispose();

const kept = await start({ persist: "kept" });
assert.match(await kept.room("r").run(reach, CLOSED), /allow-net/);
assert.equal(await kept.room("r").storage.get("a"), 1);
await kept.dispose();
await assert.rejects(start({ persist: "kept", restore }), /not overwritten/);
await assert.rejects(start({ persist: "kept", vars: { N: 1 } }), /`N` is: 1/);

const free = createServer().listen(0, "127.0.0.1");
await once(free, "listening");
const { port } = free.address();
free.close();
await once(free, "close");
const placed = await start({ port, clock: 2e12 });
assert.equal(new URL(placed.url).port, `${port}`);
await placed.advance(5);
await placed.reset();
assert.equal(await placed.room("r").run(() => Date.now()), 2e12);
await placed.dispose();
await assert.rejects(start({ outbound: "some" }), /`outbound` is "network" or "refuse", got: `some`/);
"#;
    let project = installed("testing/api").file("first.mjs", script);
    let exit = alone(&project, &["node", "first.mjs"]);
    assert_eq!(exit.code, Some(0), "{}{}", exit.stdout, exit.stderr);
}

/// The runner has no chance to end what it has started.
#[cfg(target_os = "linux")]
#[test]
fn server_of_a_runner_that_is_killed_ends() {
    let family = Family::new();
    let script = format!(
        "import {{ start }} from 'partyrun/test';\n\
         const party = await start({{ define: {{ WORD: '{}' }} }});\n\
         for (let i = 0; i < 50; i++) await party.room(`r${{i}}`).connect();\n\
         console.log('all are connected');\n\
         setInterval(() => {{}}, 1000);",
        family.word
    );
    let project = installed("testing/api").file("runner.mjs", &script);
    let mut command = Command::new("node");
    command
        .arg("runner.mjs")
        .current_dir(project.path())
        .env("PARTYRUN_BINARY", program())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let running = Running::start(&mut command);
    running.says("all are connected");
    assert_eq!(family.living().len(), 1, "the server");
    running.signal(Signal::KILL);
    family.is_gone_since(Instant::now());
}

#[test]
fn page_is_tested_with_playwright() {
    let chromium = [
        "/usr/bin/chromium",
        "/usr/bin/chromium-browser",
        "/usr/bin/google-chrome",
    ];
    let found = chromium
        .into_iter()
        .find(|file| std::path::Path::new(file).exists());
    let program = std::env::var("PARTYRUN_CHROMIUM").ok();
    let program = program
        .as_deref()
        .or(found)
        .expect("this test needs Chromium");
    let project = installed("testing/page").env("PARTYRUN_CHROMIUM", program);
    passes(
        &project,
        &["node_modules/.bin/playwright", "test", "--reporter=line"],
    );
}

#[test]
fn types_are_what_the_examples_use() {
    install_packages("testing/chat");
    let exit = alone(
        &installed("testing/chat"),
        &["node_modules/.bin/tsc", "-p", "."],
    );
    assert_eq!(exit.code, Some(0), "{}", exit.stdout);
}

/// Code of `docs/testing.md` that names a file is a part of that file, so it has been run.
#[test]
fn documentation_quotes_the_examples() {
    let root = fixtures_folder().join("..");
    let text = fs::read_to_string(root.join("docs/testing.md")).expect("it is there");
    let mut quotes = 0;
    for quote in text.split("<!-- ").skip(1) {
        let (name, rest) = quote
            .split_once(" -->\n```")
            .expect("a block follows its name");
        let (_, rest) = rest.split_once('\n').expect("the block has lines");
        let (code, _) = rest.split_once("\n```").expect("the block ends");
        let file = fs::read_to_string(root.join(name)).expect(name);
        assert!(file.contains(code), "not in {name}:\n{code}");
        quotes += 1;
    }
    assert!(quotes >= 8, "{quotes}");
}
