//! What `partyrun build` refuses: each mistake has a message with its place and what to do, and nothing is written.

use std::fs;

use serde_json::json;

use crate::export::{SERVER, build, project, refused};
use crate::harness::Project;

#[test]
fn party_names_that_are_no_classes_are_refused_with_their_place() {
    let project = project()
        .party("2fast", SERVER)
        .party("ab", SERVER)
        .party("a-b", SERVER);
    refused(
        &project,
        &[],
        &[
            "partykit.json:",
            "`2fast`",
            "`Ab` and `AB`",
            "differ by case",
        ],
    );
}

#[test]
fn bindings_without_ids_are_refused_with_their_place() {
    let project = project()
        .config(
            "bindings",
            json!({ "kv": { "store": "" }, "r2": { "pictures": " " } }),
        )
        .config("vectorize", json!({ "search": "" }))
        .config("ai", json!(true));
    let words = [
        "partykit.json:",
        "`store`",
        "`pictures`",
        "`search`",
        "`apiGateway`",
    ];
    refused(&project, &[], &words);
}

#[test]
fn module_over_the_limit_is_refused_with_its_importer() {
    let large = format!("export default \"{}\"", "x".repeat(11 * 1024 * 1024));
    let project = project().file("big.js", &large).file(
        "server.ts",
        "// first\nimport big from './big';\nexport default { onRequest: () => new Response(big) }",
    );
    refused(
        &project,
        &[],
        &["`worker.js`", "10 MiB", "server.ts:2: big.js (11.0 MiB)"],
    );
}

#[test]
fn modules_that_the_platform_lacks_are_refused_with_their_place() {
    let project = project().file(
        "server.ts",
        "import { test } from 'node:test';\nexport default { onRequest: () => new Response(String(test)) }",
    );
    refused(
        &project,
        &[],
        &["node:test", "server.ts:1:", "lack this module"],
    );
}

#[test]
fn crons_that_name_no_time_are_refused() {
    let project = project().config("crons", json!({ "daily": "0 0 * *" }));
    refused(&project, &[], &["`crons.daily`", "five fields"]);
}

#[test]
fn variable_with_the_name_of_a_binding_is_refused() {
    let project = project().config("vars", json!({ "PARTY_MAIN": "x" }));
    refused(&project, &[], &["partykit.json:", "`PARTY_MAIN`"]);
}

#[test]
fn without_esbuild_it_says_what_to_install() {
    let project = Project::inline(SERVER);
    refused(
        &project,
        &[],
        &["esbuild", "npm install --save-dev esbuild"],
    );
}

#[test]
fn without_workerd_a_check_says_what_to_install() {
    let project = project();
    let exit = build(&project, &["--target", "workers", "--check"]);
    assert_eq!(exit.code, Some(1));
    let told = "npm install --save-dev workerd";
    assert!(exit.stderr.contains(told), "{}", exit.stderr);
}

#[test]
fn code_that_is_wrong_is_refused_with_its_place() {
    let project = project().file("server.ts", "export default class {\n  onRequest( {\n}");
    refused(&project, &[], &["server.ts:"]);
    let project =
        crate::export::project().file("server.ts", "import './nothing';\nexport default class {}");
    refused(&project, &[], &["server.ts:1", "./nothing"]);
}

#[test]
fn folder_of_somebody_else_is_left_alone() {
    let project = project().file("thesis/chapter-1.js", "mine");
    refused(
        &project,
        &["--out", "thesis"],
        &["`thesis` has `chapter-1.js`", "--out"],
    );
    let kept = fs::read_to_string(project.path().join("thesis/chapter-1.js"));
    assert_eq!(kept.expect("it is there"), "mine");
}
