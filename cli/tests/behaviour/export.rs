//! `partyrun build`: what it writes, that it is always the same, and what it refuses. What an engine makes of
//! it is `cargo xtask export`'s matter.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{Exit, Project, fixtures_folder, run_in};

pub(super) const SERVER: &str = "import type * as Party from 'partykit/server';\n\
     export default class Chat implements Party.Server {\n\
       options = { hibernate: true };\n\
       constructor(readonly room: Party.Room) {}\n\
       onMessage(message: string) { this.room.broadcast(message) }\n\
     }";

/// A project with esbuild.
pub(super) fn project() -> Project {
    Project::inline(SERVER).packages("react")
}

pub(super) fn build(project: &Project, flags: &[&str]) -> Exit {
    project.write_config();
    run_in(project.path(), &[&["build"], flags].concat())
}

/// Builds for workers into `dist/workers`.
fn export(project: &Project, flags: &[&str]) -> Exit {
    let exit = build(project, &[&["--target", "workers"], flags].concat());
    assert_eq!(exit.code, Some(0), "{}{}", exit.stdout, exit.stderr);
    exit
}

/// A build for workers that must fail; stderr must hold every one of `words`.
pub(super) fn refused(project: &Project, flags: &[&str], words: &[&str]) {
    let exit = build(project, &[&["--target", "workers"], flags].concat());
    assert_eq!(exit.code, Some(1), "{}{}", exit.stdout, exit.stderr);
    for word in words {
        let told = &exit.stderr;
        assert!(told.contains(word), "No `{word}` in:\n{told}");
    }
    let written = project.path().join("dist/workers/worker/worker.js");
    assert!(!written.exists(), "nothing is written unless all is right");
}

fn written(project: &Project, name: &str) -> String {
    let path = project.path().join("dist/workers").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The configuration, without its comments.
fn configuration(project: &Project) -> Value {
    let text = written(project, "wrangler.jsonc");
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let plain: Vec<&str> = lines.collect();
    serde_json::from_str(&plain.join("\n")).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        if path.is_dir() {
            let inner = files(&path).into_iter();
            found.extend(inner.map(|(below, bytes)| (format!("{name}/{below}"), bytes)));
        } else {
            found.insert(name, fs::read(&path).expect("readable"));
        }
    }
    found
}

#[test]
fn export_has_a_class_for_each_party() {
    let project = project()
        .party(
            "guest-book",
            "export default { onRequest() { return new Response('hi') } }",
        )
        .config("vars", json!({ "GREETING": "hi", "LIST": [1, null] }))
        .config("crons", json!({ "a": "*/5 * * * *", "b": "*/5 * * * *" }))
        .config("bindings", json!({ "kv": { "store": "abc123" } }));
    export(&project, &[]);
    let config = configuration(&project);
    assert_eq!(config["name"], "inline");
    assert_eq!(config["main"], "worker/worker.js");
    assert_eq!(config["no_bundle"], true);
    assert_eq!(config["compatibility_date"], "2024-09-23");
    let classes = &config["durable_objects"]["bindings"];
    assert_eq!(
        classes[0],
        json!({ "name": "PARTY_MAIN", "class_name": "Main" })
    );
    assert_eq!(
        classes[1],
        json!({ "name": "PARTY_GUEST_BOOK", "class_name": "GuestBook" })
    );
    let migrations = json!([{ "tag": "v1", "new_sqlite_classes": ["GuestBook", "Main"] }]);
    assert_eq!(config["migrations"], migrations);
    assert_eq!(
        config["vars"],
        json!({ "GREETING": "hi", "LIST": [1, null] })
    );
    assert_eq!(config["triggers"], json!({ "crons": ["*/5 * * * *"] }));
    let store = json!([{ "binding": "KV_store", "id": "abc123" }]);
    assert_eq!(config["kv_namespaces"], store);
    let worker = written(&project, "worker/worker.js");
    for exported in ["as Main", "as GuestBook", "as default"] {
        assert!(worker.contains(exported), "{exported}");
    }
    assert!(!written(&project, "celld.jsonc").contains("no_bundle"));
}

#[test]
fn the_same_project_gives_the_same_bytes() {
    let make = || {
        project()
            .file("public/index.html", "<script src=/dist/client.js></script>")
            .file(
                "src/client.ts",
                "console.log(PARTYKIT_HOST, import('./lazy'))",
            )
            .file("src/lazy.ts", "export const lazy = 1")
            .file("src/fib.wasm", "not read")
            .config(
                "serve",
                json!({ "path": "public", "build": "src/client.ts" }),
            )
    };
    let (one, other) = (make(), make());
    export(&one, &[]);
    export(&other, &["--out", "elsewhere"]);
    // Once more over what is there.
    export(&one, &[]);
    let first = files(&one.path().join("dist/workers"));
    let second = files(&other.path().join("elsewhere"));
    assert_eq!(
        first.keys().collect::<Vec<_>>(),
        second.keys().collect::<Vec<_>>()
    );
    for (name, bytes) in &first {
        assert!(bytes == &second[name], "{name} differs");
    }
    for (name, bytes) in &first {
        let text = String::from_utf8_lossy(bytes);
        let folder = one.path().to_string_lossy();
        assert!(
            !text.contains(&*folder),
            "{name} names the folder it was built in"
        );
        assert!(
            !text.contains("/partyrun-"),
            "{name} names a folder of one run"
        );
    }
    let map: Value = serde_json::from_str(&written(&one, "worker/worker.js.map")).expect("JSON");
    let sources = map["sources"].as_array().expect("a list");
    assert!(sources.contains(&json!("server.ts")), "{sources:?}");
    assert!(sources.contains(&json!("partyrun:room.js")), "{sources:?}");
    assert!(written(&one, "assets/dist/client.js").contains("globalThis.location.host"));
}

#[test]
fn secrets_are_named_and_not_written() {
    let project = project()
        .file(
            ".env",
            "TOKEN=very-secret\nOVERRIDDEN=also-secret\nGIVEN=from-file",
        )
        .config("vars", json!({ "OVERRIDDEN": "plain", "OTHER": "plain" }));
    export(&project, &["--var", "GIVEN=typed"]);
    for (name, bytes) in files(&project.path().join("dist/workers")) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        for secret in ["very-secret", "also-secret", "from-file"] {
            assert!(!text.contains(secret), "{name} has `{secret}`");
        }
    }
    let example = written(&project, ".dev.vars.example");
    assert!(example.ends_with("TOKEN=\nOVERRIDDEN=\n"), "{example}");
    let vars = json!({ "GIVEN": "typed", "OTHER": "plain" });
    assert_eq!(configuration(&project)["vars"], vars);
    export(&project, &["--with-secrets"]);
    assert_eq!(configuration(&project)["vars"]["TOKEN"], "very-secret");
}

#[test]
fn static_files_are_copied_without_what_is_hidden() {
    let project = project()
        .file("public/a.txt", "a")
        .file("public/sub/index.html", "sub")
        .file("public/.env", "SECRET=1")
        .file("public/node_modules/x.js", "x")
        .config("serve", json!("public"));
    export(&project, &[]);
    let assets = files(&project.path().join("dist/workers/assets"));
    let names: Vec<&str> = assets.keys().map(String::as_str).collect();
    assert_eq!(names, ["_headers", "a.txt", "sub/index.html"]);
    let config = &configuration(&project)["assets"];
    assert_eq!(config["directory"], "assets");
    assert_eq!(config["run_worker_first"], true);
    fs::remove_file(project.path().join("public/a.txt")).expect("ours");
    export(&project, &[]);
    assert!(!project.path().join("dist/workers/assets/a.txt").exists());
}

#[test]
fn modules_that_are_no_javascript_lie_beside_it() {
    let project = project()
        .bytes("a.wasm", b"\0asm\x01\0\0\0")
        .bytes("a.bin", &[1, 2, 3])
        .file("a.txt", "a text")
        .file(
            "server.ts",
            "import wasm from './a.wasm'; import same from './a.wasm?module'; import bytes from './a.bin'; import text from './a.txt';\n\
             import { readFileSync } from 'fs';\n\
             export default { onRequest: () => Response.json([wasm === same, bytes, text, readFileSync]) }",
        );
    export(&project, &[]);
    let names = files(&project.path().join("dist/workers"));
    let of = |extension: &str| {
        names
            .keys()
            .filter(|name| name.ends_with(extension))
            .count()
    };
    assert!(of(".wasm") >= 1 && of(".bin") == 1, "{:?}", names.keys());
    assert!(written(&project, "worker/worker.js").contains("a text"));
    let flags = configuration(&project)["compatibility_flags"].clone();
    let expected = ["nodejs_compat", "enable_nodejs_fs_module"];
    assert_eq!(flags, json!(expected));
}

#[test]
fn packages_that_bring_fetch_are_replaced() {
    let project = project().file(
        "server.ts",
        "import fetch, { Headers } from 'node-fetch'; import 'cross-fetch/polyfill'; const required = require('cross-fetch');\n\
         export default { onRequest: () => new Response([typeof fetch, typeof Headers, typeof required].join()) }",
    );
    export(&project, &[]);
    assert!(written(&project, "worker/worker.js").contains("globalThis.fetch(input, init)"));
}

#[test]
fn party_that_is_renamed_needs_its_migration() {
    let project = project().party("talk", SERVER);
    export(&project, &[]);
    let file = project.path().join("partyrun.migrations.json");
    let known = fs::read_to_string(&file).expect("written");
    assert!(known.contains("\"Talk\""), "{known}");
    fs::remove_dir_all(project.path().join("dist")).expect("ours");
    fs::remove_file(project.path().join("talk.ts")).expect("ours");

    let project = project.config("parties", json!({})).party("speech", SERVER);
    let rename = r#"{"tag": "v2", "renamed_classes": [{"from": "Talk", "to": "Speech"}]}"#;
    let delete = r#"{"tag": "v2", "deleted_classes": ["Talk"]}"#;
    refused(
        &project,
        &[],
        &["partyrun.migrations.json", "`Talk`", rename, delete],
    );
    assert_eq!(
        fs::read_to_string(&file).expect("there"),
        known,
        "it is as it was"
    );

    let told = known.replace("\n  ]", &format!(",\n    {rename}\n  ]"));
    fs::write(&file, told).expect("writable");
    export(&project, &[]);
    let migrations = configuration(&project)["migrations"].clone();
    let renamed = json!([{ "from": "Talk", "to": "Speech" }]);
    assert_eq!(migrations[1]["renamed_classes"], renamed);
}

#[test]
fn storage_of_a_party_is_chosen_once() {
    let project = project();
    export(&project, &["--storage", "kv"]);
    let migrations = configuration(&project)["migrations"].clone();
    assert_eq!(
        migrations,
        json!([{ "tag": "v1", "new_classes": ["Main"] }])
    );
    fs::remove_dir_all(project.path().join("dist")).expect("ours");
    refused(
        &project,
        &["--storage", "sqlite"],
        &["`Main`", "`kv`", "leave out `--storage sqlite`"],
    );
}

#[test]
fn build_alone_checks_and_bundles() {
    let project = project().party("other", SERVER);
    let exit = build(&project, &["--minify"]);
    assert_eq!(exit.code, Some(0), "{}{}", exit.stdout, exit.stderr);
    assert!(exit.stdout.contains("dist/server"), "{}", exit.stdout);
    let script = "const parties = await import(process.argv[1] + '/dist/server/worker.js');\
                  console.log(Object.keys(parties).sort().join(), typeof parties.main)";
    let output = Command::new("node")
        .args([
            "--experimental-default-type=module",
            "--input-type=module",
            "--eval",
            script,
        ])
        .arg(project.path())
        .output()
        .expect("node runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(text.trim(), "main,other function", "{error}");
    assert!(!project.path().join("partyrun.migrations.json").exists());
    let broken = self::project().file("server.ts", "export default class {");
    let exit = build(&broken, &[]);
    assert_eq!(exit.code, Some(1));
    assert!(exit.stderr.contains("server.ts:1"), "{}", exit.stderr);
}

#[test]
fn rooms_that_stay_awake_are_pointed_out() {
    let project = Project::inline("export default class { onMessage() {} }").packages("react");
    let told = export(&project, &[]).stderr;
    assert!(
        told.contains("`options.hibernate`") && told.contains("`main`"),
        "{told}"
    );
    let told = export(&self::project(), &[]).stderr;
    assert!(!told.contains("hibernate"), "{told}");
}

/// The modules of `js/export` have tests of their own, which need Node.js and nothing else.
#[test]
fn modules_of_the_export_pass_their_own_tests() {
    let output = Command::new("node")
        .args(["--test", "tests/"])
        .current_dir(fixtures_folder().join("../js/export"))
        .output()
        .expect("node runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
}
