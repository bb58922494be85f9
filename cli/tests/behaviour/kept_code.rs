//! What V8 compiles once for all rooms: the modules of Node.js, the project's own files and its
//! packages. `--verbose` counts it.

use crate::harness::{Dev, Project, ROOM};

const SERVER: &str = r#"
    import { createHash, randomUUID } from "node:crypto";
    import { EventEmitter } from "node:events";
    import { inspect } from "node:util";
    import { Readable } from "node:stream";
    import { gunzipSync } from "node:zlib";
    import es from "es";
    import common from "common";
    import { text } from "./text";
    export const used = [randomUUID, inspect, Readable, gunzipSync];
    export default class {
      constructor(readonly room: any) { new EventEmitter(); }
      async onRequest() {
        const { late } = await import("./late");
        return new Response([es, common.double(4), text, late(), createHash("md5").update("a").digest("hex").length].join());
      }
    }"#;

fn project() -> Project {
    Project::inline(SERVER)
        .file("text.ts", "export const text: string = 'héllo \u{1F388}';")
        .file("late.ts", "export function late(): number { return 7 }")
        .file(
            "node_modules/es/package.json",
            r#"{ "name": "es", "type": "module", "main": "index.js" }"#,
        )
        .file(
            "node_modules/es/index.js",
            "const make = () => 'es'; export default make();",
        )
        .file(
            "node_modules/common/package.json",
            r#"{ "name": "common" }"#,
        )
        .file(
            "node_modules/common/index.js",
            "const half = require('./half'); exports.double = (n) => n * 4 * half(1);",
        )
        .file(
            "node_modules/common/half.js",
            "module.exports = (n) => n / 2;",
        )
        .args(&["--verbose"])
}

/// How many scripts of a room came with code, were compiled, and were refused by V8.
fn counts(dev: &Dev, whose: &str) -> Vec<usize> {
    let start = format!("{whose}: ");
    dev.stdout_has(&start);
    let stdout = dev.stdout();
    let line = stdout.lines().rfind(|line| line.starts_with(&start));
    let words = line.expect("it was there").split_whitespace();
    words.filter_map(|word| word.parse().ok()).collect()
}

#[test]
fn every_room_finds_the_code_of_all_that_it_loads() {
    let dev = project().dev();
    let said = "es,8,héllo \u{1F388},7,32";
    assert_eq!(dev.get(ROOM).text(), said);
    for room in ["second", "third"] {
        assert_eq!(dev.get(&format!("/party/{room}")).text(), said);
        let [kept, compiled, refused] = counts(&dev, &format!("Room `main/{room}`"))[..] else {
            panic!("three numbers: {}", dev.stdout());
        };
        assert!(kept > 12, "{}", dev.stdout());
        assert_eq!((compiled, refused), (0, 0), "{}", dev.stdout());
    }
}

#[test]
fn after_a_save_only_what_changed_is_compiled() {
    let dev = project().dev();
    dev.get(ROOM);
    let [before, ..] = counts(&dev, "Static handlers")[..] else {
        panic!("three numbers: {}", dev.stdout());
    };
    assert!(before > 0, "the scripts of the program come with code");
    dev.edit("text.ts", "export const text: string = 'other';");
    dev.answers("/party/after", "es,8,other,7,32");
    dev.stdout_has("Reloaded");
    let [_, compiled, refused] = counts(&dev, "Static handlers")[..] else {
        panic!("three numbers: {}", dev.stdout());
    };
    assert_eq!((compiled, refused), (1, 0), "{}", dev.stdout());
}
