//! Files that are not JavaScript, and the names under which modules are found.

use serde_json::json;

use crate::harness::{Project, ROOM};

/// A room that answers with the JSON of `value`, in a file that starts with `declarations`.
fn answers(declarations: &str, value: &str) -> Project {
    Project::inline(&format!(
        "{declarations}\nexport default class {{ async onRequest() {{ return Response.json({value}); }} }}"
    ))
}

/// Exports `fib`, from one number to the next.
const FIB: &[u8] = &[
    0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 6, 1, 0x60, 1, 0x7f, 1, 0x7f, 3, 2, 1, 0, 7, 7, 1, 3,
    b'f', b'i', b'b', 0, 0, 0x0a, 0x1e, 1, 0x1c, 0, 0x20, 0, 0x41, 2, 0x48, 4, 0x7f, 0x20, 0, 5,
    0x20, 0, 0x41, 1, 0x6b, 0x10, 0, 0x20, 0, 0x41, 2, 0x6b, 0x10, 0, 0x6a, 0x0b, 0x0b,
];

/// Row 205.
#[test]
fn json_and_text_files_are_values() {
    let dev = answers(
        "import data, { a } from './data.json';\nimport * as all from './data.json';\nimport text from './t.txt';",
        "[data, a, all['b-c'], text]",
    )
    .file("data.json", r#"{ "a": 1, "b-c": [2] }"#)
    .file("t.txt", "line\n\u{1F388} \"quoted\"\n")
    .dev();
    let data = json!({ "a": 1, "b-c": [2] });
    assert_eq!(
        dev.json(ROOM),
        json!([data, 1, [2], "line\n\u{1F388} \"quoted\"\n"])
    );
}

/// Row 206.
#[test]
fn wasm_files_are_modules_ready_at_the_top_level() {
    let dev = answers(
        "import one from './fib.wasm';\nimport two from './fib.wasm?module';\nimport three from 'pkg/fib.wasm';\n\
         const { fib } = new WebAssembly.Instance(one).exports;",
        "[one instanceof WebAssembly.Module, one === two, one === three, three instanceof WebAssembly.Module, fib(20),\
         (await WebAssembly.instantiate(three)).exports.fib(10), (await import('./fib.wasm')).default === one]",
    )
    .bytes("fib.wasm", FIB)
    .bytes("node_modules/pkg/fib.wasm", FIB)
    .dev();
    let expected = json!([true, true, false, true, 6765, 55, true]);
    assert_eq!(dev.json(ROOM), expected);
    assert_eq!(
        dev.json("/parties/main/other"),
        expected,
        "each room has its own"
    );
}

/// Row 206.
#[test]
fn a_broken_wasm_file_is_a_compile_error() {
    let refused = answers("import './broken.wasm';", "1")
        .bytes("broken.wasm", b"\0asm nonsense")
        .fails();
    assert!(
        refused.stderr.contains("CompileError"),
        "{}",
        refused.stderr
    );
}

/// Row 207.
#[test]
fn bin_files_are_array_buffers() {
    let dev = answers(
        "import bytes from './data.bin';\nconst view = new Uint8Array(bytes); view[0] += 1;",
        "[bytes instanceof ArrayBuffer, bytes.byteLength, ...view]",
    )
    .bytes("data.bin", &[0, 255, 7])
    .dev();
    let expected = json!([true, 3, 1, 255, 7]);
    assert_eq!(dev.json(ROOM), expected);
    assert_eq!(dev.json("/parties/main/other"), expected);
}

/// Row 218.
#[test]
fn partykits_own_package_needs_no_installation() {
    let dev = answers(
        "import * as Party from 'partykit/server';\nimport { Server } from 'partykit/server';\nconst cjs = require('partykit/server');",
        "[typeof Party, typeof Server, cjs]",
    )
    .dev();
    assert_eq!(dev.json(ROOM), json!(["object", "undefined", {}]));
}

/// Row 205.
#[test]
fn other_files_are_refused() {
    let refused = answers("import './page.html';", "1")
        .file("page.html", "<p>")
        .fails();
    let expected = "server.ts:1:8: Server code cannot import files of this type, only JavaScript, \
                    TypeScript, `.json`, `.txt`, `.wasm` and `.bin`: `./page.html`";
    assert!(refused.stderr.contains(expected), "{}", refused.stderr);
}

/// Row 210.
#[test]
fn aliases_of_the_configuration_replace_packages_and_builtins() {
    let dev = answers(
        "import a from 'old'; import b from 'old/sub.js'; import c from 'fs'; import d from 'with-file';",
        "[a, b, c, d]",
    )
    .config(
        "build",
        json!({ "alias": { "old": "new", "fs": "./own/fs.ts", "with-file": "./own/file.ts" } }),
    )
    .file("node_modules/new/index.js", "export default 'new'")
    .file("node_modules/new/sub.js", "export default 'new/sub'")
    .file("own/fs.ts", "export default 'own fs' as string")
    .file("own/file.ts", "export { default } from 'old'")
    .dev();
    assert_eq!(dev.json(ROOM), json!(["new", "new/sub", "own fs", "new"]));
}

/// Rows 205, 212.
#[test]
fn computed_paths_find_the_files_that_fit() {
    let dev = answers(
        "const load = async (name) => (await import(`./words/${name}.ts`)).default;\n\
         const data = (name) => require('./data/' + name + '.json');",
        "[await load('de'), await load('fr'), data('a'), await load('none').catch((e) => e.constructor.name),\
         (await import('./words/' + 'de' + '.ts')).default]",
    )
    .file("words/de.ts", "export default 'hallo' as string")
    .file("words/fr.ts", "export default 'salut'")
    .file("words/readme.md", "# no module")
    .file("data/a.json", "[1]")
    .dev();
    let expected = json!(["hallo", "salut", [1], "TypeError", "hallo"]);
    assert_eq!(dev.json(ROOM), expected);
}
