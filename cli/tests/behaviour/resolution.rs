//! What projects name and where it is found: odd but harmless settings, forms of `main`, modules in
//! `data:` URLs, packages in Yarn's archives.

use std::fs;

use serde_json::json;

use crate::harness::Project;

const SERVER: &str = r#"export default class { onRequest() { return new Response("served") } }"#;

/// Row 226.
#[test]
fn keys_that_nothing_reads_are_notes_and_the_project_is_served() {
    let dev = Project::inline(SERVER)
        .config(
            "serve",
            json!({ "path": "public", "minify": true, "build": { "esbuildPlugins": [], "minifi": true } }),
        )
        .config("analytics", json!({}))
        .config("compatibilityFlags", json!(["x"]))
        .file("public/a.txt", "asset")
        .dev();
    assert_eq!(dev.get("/parties/main/a").text(), "served");
    assert_eq!(dev.get("/a.txt").text(), "asset");
    for note in [
        "Unknown key, ignored: `serve.minify`, did you mean `serve.build.minify`?",
        "Unknown key, ignored: `serve.build.esbuildPlugins`",
        "Unknown key, ignored: `serve.build.minifi`, did you mean `minify`?",
        "`analytics` has no effect here, `partykit` wants a string and refuses an object",
        "refuses a compatibility flag that it does not know: `x`",
    ] {
        dev.stderr_has(note);
    }
}

/// Row 227.
#[test]
fn main_may_be_a_folder_or_have_backslashes() {
    let main = |name: &str| {
        let project = Project::empty()
            .file("src/server.ts", r#"export { default } from "../party""#)
            .file("party/index.ts", SERVER);
        match name.strip_prefix("argument ") {
            Some(argument) => project.args(&[argument]),
            None => project.config("main", json!(name)),
        }
    };
    for name in [
        "party",
        "party/",
        "src\\server.ts",
        ".\\src\\server.ts",
        "argument party",
        "argument src\\server.ts",
    ] {
        let dev = main(name).dev();
        assert_eq!(dev.get("/parties/main/a").text(), "served", "{name}");
    }
    let dev = main("party")
        .config(
            "parties",
            json!({ "folder": "./party", "windows": "src\\server.ts" }),
        )
        .dev();
    for party in ["folder", "windows"] {
        assert_eq!(dev.get(&format!("/parties/{party}/a")).text(), "served");
    }
    dev.edit(
        "party/index.ts",
        r#"export default class { onRequest() { return new Response("saved") } }"#,
    );
    dev.answers("/parties/windows/b", "saved");
}

#[test]
fn modules_may_be_in_data_urls_and_names_may_have_question_marks() {
    let dev = Project::inline(
        r#"import code from "data:text/javascript,export default () => { throw new Error('inside') }";
        import json from "data:application/json;base64,eyJhIjoxfQ==";
        import text from "data:text/plain,a%20b";
        import commonJs from "data:text/javascript,exports.x = 3";
        import file from "./da?ta.json";
        import suffixed from "./note.txt?raw";
        export default class {
          async onRequest(request) {
            if (request.url.endsWith("/throw")) code();
            const late = await import("data:text/javascript,export const y = import.meta.url ?? 'none'");
            const required = require("data:application/json,[5]");
            return Response.json([json.a, text, commonJs.x, file.n, suffixed, typeof late.y, required]);
          }
        }"#,
    )
    .file("da?ta.json", r#"{ "n": 7 }"#)
    .file("note.txt", "note")
    .dev();
    assert_eq!(
        dev.json("/parties/main/a"),
        json!([1, "a b", 3, 7, "note", "string", [5]])
    );
    let thrown = dev.get("/parties/main/a/throw").text();
    assert!(thrown.contains("inside"), "{thrown}");
    dev.edit("da?ta.json", r#"{ "n": 8 }"#);
    dev.prints("Reloaded");
    assert_eq!(dev.json("/parties/main/b")[3], json!(8));
}

#[test]
fn a_tsconfig_whose_base_is_not_made_yet_is_a_note() {
    let dev = Project::inline(SERVER)
        .file(
            "tsconfig.json",
            r#"{ "extends": "./.svelte-kit/tsconfig.json" }"#,
        )
        .dev();
    dev.stderr_has("tsconfig.json:1:14: The configuration that this one extends is missing");
    assert_eq!(dev.get("/parties/main/a").text(), "served");
}

/// An archive with one file that is not compressed.
fn archive(name: &str, content: &str) -> Vec<u8> {
    let (size, length) = (
        (content.len() as u32).to_le_bytes(),
        (name.len() as u16).to_le_bytes(),
    );
    let facts = [&[0; 4][..], &size, &size, &length, &[0; 2]].concat();
    let file = [
        &b"PK\x03\x04\x0a\0\0\0\0\0\0\0\0\0"[..],
        &facts,
        name.as_bytes(),
        content.as_bytes(),
    ]
    .concat();
    let entry = [
        &b"PK\x01\x02\x0a\0\x0a\0\0\0\0\0\0\0\0\0"[..],
        &facts,
        &[0; 14],
        name.as_bytes(),
    ]
    .concat();
    let end = [
        &b"PK\x05\x06\0\0\0\0\x01\0\x01\0"[..],
        &(entry.len() as u32).to_le_bytes(),
        &(file.len() as u32).to_le_bytes(),
        &[0; 2],
    ]
    .concat();
    [file, entry, end].concat()
}

const ARCHIVE: &str = ".yarn/cache/words.zip";

fn words(text: &str) -> Vec<u8> {
    archive(
        "node_modules/words/index.js",
        &format!(
            "// A package.\nexports.say = () => {text:?};\nexports.fail = () => {{ throw new Error('no words') }};\n"
        ),
    )
}

#[test]
fn packages_in_yarns_archives_run_and_are_watched() {
    let package = |name: Option<&str>, location: &str| {
        json!([name, [[name.map(|_| "1"), {
            "packageLocation": location,
            "packageDependencies": [["words", "1"]],
        }]]])
    };
    let table = json!({
        "dependencyTreeRoots": [{ "name": "project", "reference": "workspace:." }],
        "enableTopLevelFallback": true,
        "fallbackExclusionList": [],
        "fallbackPool": [],
        "packageRegistryData": [
            package(None, "./"),
            package(Some("words"), &format!("./{ARCHIVE}/node_modules/words/")),
        ],
    });
    let dev = Project::inline(
        r#"import { say, fail } from "words";
        export default class {
          onRequest(request) {
            if (request.url.endsWith("/fail")) fail();
            return new Response(say());
          }
        }"#,
    )
    .file(".pnp.cjs", "module.exports = require('./.pnp.data.json')")
    .file(".pnp.data.json", &table.to_string())
    .bytes(ARCHIVE, &words("first"))
    .dev();
    assert_eq!(dev.get("/parties/main/a").text(), "first");
    dev.get("/parties/main/a/fail");
    dev.stderr_has(&format!("{ARCHIVE}/node_modules/words/index.js:3:"));
    let archive = dev.project().path().join(ARCHIVE);
    fs::write(archive, words("second")).expect("the archive is there");
    dev.answers("/parties/main/b", "second");
}
