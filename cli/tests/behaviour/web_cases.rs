//! This project's own scripts of tests for the web platform (`fixtures/web-platform/cases`), each in a room of its own.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::harness::Dev;

/// What a script may take, in milliseconds.
const PATIENCE_MS: u32 = 20_000;
/// Tests that all scripts have together: one that is lost shall not go unnoticed.
const LEAST: usize = 60;

/// Rows 244 to 251.
#[test]
fn every_case_of_the_web_platform_passes() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/web-platform/cases");
    let dev = Dev::fixture("web-platform");
    let mut passed = 0;
    let mut failed = Vec::new();
    for entry in fs::read_dir(cases).expect("the cases are there") {
        let file = entry.expect("the folder is readable").path();
        let name = file.file_name().expect("it is a file").to_string_lossy();
        let source = fs::read_to_string(&file).expect("a case is text");
        let question = json!({ "source": source, "timeout": PATIENCE_MS }).to_string();
        let answer: Value = dev.post(&format!("/parties/main/{name}"), &question).json();
        if !answer["error"].is_null() {
            failed.push(format!("{name}: {}", answer["error"]));
        }
        for test in answer["tests"].as_array().expect("a list of outcomes") {
            match test["status"].as_str() {
                Some("PASS") => passed += 1,
                _ => failed.push(format!("{name}: {test}")),
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(passed >= LEAST, "only {passed} tests ran");
}

/// A test that fails is told as one, and so is an error outside of the tests.
#[test]
fn failing_cases_are_told() {
    let dev = Dev::fixture("web-platform");
    let run = |room: &str, source: &str| -> Value {
        let question = json!({ "source": source, "timeout": 300 }).to_string();
        dev.post(&format!("/parties/main/{room}"), &question).json()
    };
    let outcome = run(
        "a",
        r#"test(() => assert_equals(1, 2, "numbers"), "wrong");
           test(() => assert_throws_js(TypeError, () => {}), "throws nothing");
           promise_test((t) => promise_rejects_dom(t, "AbortError", Promise.resolve()), "is resolved");
           async_test("never ends");
           promise_test(async (t) => { t.add_cleanup(() => { globalThis.cleaned = true; }); }, "cleans up");
           promise_test(async () => assert_true(cleaned), "comes after");"#,
    );
    let statuses: Vec<&str> = outcome["tests"]
        .as_array()
        .expect("a list of outcomes")
        .iter()
        .map(|test| test["status"].as_str().unwrap_or("none"))
        .collect();
    assert_eq!(
        statuses,
        ["FAIL", "FAIL", "FAIL", "TIMEOUT", "PASS", "PASS"]
    );
    assert_eq!(
        outcome["tests"][0]["message"],
        "AssertionError: assert_equals: numbers expected 2 but got 1"
    );
    let broken = run("b", "throw new RangeError('outside')");
    assert!(
        broken["error"]
            .as_str()
            .is_some_and(|error| error.contains("outside"))
    );
    let uncaught = run(
        "c",
        "setTimeout(() => { throw new Error('later') }); async_test('waits');",
    );
    assert!(
        uncaught["error"]
            .as_str()
            .is_some_and(|error| error.contains("later"))
    );
}
