//! Configuration and environment files are read again when they change, appear or go.

use std::fs;

use serde_json::json;

use crate::harness::{Dev, Project, ROOM};

const SERVER: &str = r#"export default class { static onFetch(req, lobby) { return Response.json(lobby.env) } onRequest() { return new Response("served") } }"#;

fn remove(dev: &Dev, name: &str) {
    fs::remove_file(dev.project().path().join(name)).expect("the file exists");
}

/// Row 237.
#[test]
fn env_files_may_change_appear_and_go() {
    let dev = Project::inline(SERVER).file(".env", "A=1\n").dev();
    dev.edit(".env", "A=2\n");
    dev.answers("/", r#"{"A":"2"}"#);
    dev.edit(".env.local", "A=3\n");
    dev.answers("/", r#"{"A":"3"}"#);
    remove(&dev, ".env.local");
    dev.answers("/", r#"{"A":"2"}"#);
    remove(&dev, ".env");
    dev.answers("/", "{}");
    dev.edit(".env", "A=4\n");
    dev.answers("/", r#"{"A":"4"}"#);
}

/// Rows 224, 237.
#[test]
fn env_file_of_a_parent_folder_is_watched_too() {
    let dev = Project::empty()
        .file("a/b/server.ts", SERVER)
        .file("a/b/partykit.json", r#"{ "main": "server.ts" }"#)
        .folder("a/b")
        .dev();
    assert_eq!(dev.json("/"), json!({}));
    dev.edit(".env", "A=far\n");
    dev.answers("/", r#"{"A":"far"}"#);
    dev.edit("a/.env", "A=near\n");
    dev.answers("/", r#"{"A":"near"}"#);
    remove(&dev, "a/.env");
    dev.answers("/", r#"{"A":"far"}"#);
}

/// Row 237.
#[test]
fn config_may_change_move_and_come_back() {
    let config =
        |value: &str| format!(r#"{{ "main": "server.ts", "vars": {{ "A": "{value}" }} }}"#);
    let dev = Project::empty()
        .file("server.ts", SERVER)
        .file("partykit.jsonc", &config("c"))
        .dev();
    dev.edit("partykit.jsonc", &config("d"));
    dev.answers("/", r#"{"A":"d"}"#);
    dev.edit("partykit.json", &config("json"));
    dev.answers("/", r#"{"A":"json"}"#);
    remove(&dev, "partykit.json");
    dev.answers("/", r#"{"A":"d"}"#);
    remove(&dev, "partykit.jsonc");
    dev.stderr_has("Missing entry point");
    dev.stderr_has("Still serving the previous version.");
    assert_eq!(dev.json("/"), json!({ "A": "d" }));
    dev.edit("partykit.json5", &config("back"));
    dev.answers("/", r#"{"A":"back"}"#);
}

/// Row 237.
#[test]
fn config_of_package_json_is_watched() {
    let package = |value: &str| {
        format!(r#"{{ "partykit": {{ "main": "server.ts", "vars": {{ "A": "{value}" }} }} }}"#)
    };
    let dev = Project::empty()
        .file("server.ts", SERVER)
        .file("package.json", &package("one"))
        .dev();
    dev.edit("package.json", &package("two"));
    dev.answers("/", r#"{"A":"two"}"#);
}

/// Rows 226, 239.
#[test]
fn broken_config_keeps_the_old_one_and_says_where() {
    let dev = Project::inline(SERVER)
        .config("vars", json!({ "A": 1 }))
        .dev();
    dev.edit(
        "partykit.json",
        "{\n  \"main\": \"server.ts\",\n  \"prot\": 1\n}",
    );
    dev.stderr_has("partykit.json:3:3: Unknown key `prot`, did you mean `port`?");
    assert_eq!(dev.json("/"), json!({ "A": 1 }));
    dev.edit(
        "partykit.json",
        r#"{ "main": "server.ts", "vars": { "A": 2 } }"#,
    );
    dev.answers("/", r#"{"A":2}"#);
}

/// Rows 209, 237.
#[test]
fn tsconfig_is_watched() {
    let tsconfig = |folder: &str| {
        format!(r#"{{ "compilerOptions": {{ "paths": {{ "@lib": ["./{folder}/lib.ts"] }} }} }}"#)
    };
    let dev = Project::inline(
        r#"import { text } from "@lib"; export default class { onRequest() { return new Response(text) } }"#,
    )
    .file("a/lib.ts", "export const text: string = 'a';")
    .file("b/lib.ts", "export const text: string = 'b';")
    .file("tsconfig.json", &tsconfig("a"))
    .dev();
    assert_eq!(dev.get(ROOM).text(), "a");
    dev.edit("tsconfig.json", &tsconfig("b"));
    dev.answers(ROOM, "b");
}

/// Rows 209, 237. Both files are part of the program before and after: no text of it changes.
#[test]
fn tsconfig_that_swaps_two_files_is_new_code() {
    let tsconfig = |file: &str| {
        format!(r#"{{ "compilerOptions": {{ "paths": {{ "@lib": ["./{file}.ts"] }} }} }}"#)
    };
    let server = r#"
import { text } from "@lib";
import * as a from "./a";
import * as b from "./b";
export default class {
  onRequest() { return new Response(`${text} of ${a.text}${b.text}`) }
}"#;
    let dev = Project::inline(server)
        .file("a.ts", "export const text: string = 'a';")
        .file("b.ts", "export const text: string = 'b';")
        .file("tsconfig.json", &tsconfig("a"))
        .dev();
    assert_eq!(dev.get(ROOM).text(), "a of ab");
    dev.edit("tsconfig.json", &tsconfig("b"));
    dev.answers(ROOM, "b of ab");
}

/// Row 237.
#[test]
fn parties_may_be_added_and_defines_changed() {
    let dev = Project::inline("export default class { onRequest() { return new Response(TEXT) } }")
        .file("other.ts", SERVER)
        .config("define", json!({ "TEXT": "'one'" }))
        .dev();
    assert_eq!(dev.get("/parties/other/r").status, 404);
    dev.edit(
        "partykit.json",
        r#"{ "main": "server.ts", "define": { "TEXT": "'two'" }, "parties": { "other": "other.ts" } }"#,
    );
    dev.answers(ROOM, "two");
    dev.answers("/parties/other/r", "served");
}
