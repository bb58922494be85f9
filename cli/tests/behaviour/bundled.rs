//! What code may rely on because the original bundles it: the order in which variables exist, exports
//! that stay live, imports that may fail.

use serde_json::json;

use crate::harness::{Project, ROOM};

/// A room that answers with the JSON of `value`, in a file that starts with `declarations`.
fn answers(declarations: &str, value: &str) -> Project {
    Project::inline(&format!(
        "{declarations}\nexport default class {{ async onRequest() {{ return Response.json({value}); }} }}"
    ))
}

/// Row 205.
#[test]
fn variables_of_a_file_exist_before_their_line() {
    let dev = answers(
        "const log = []; early();\nconst late = 1; let later = 2; export let shown = 3;\n\
         function early() { log.push(typeof late, later, shown); }",
        "[log, late, later, shown]",
    )
    .dev();
    let expected = json!([["undefined", null, null], 1, 2, 3]);
    assert_eq!(dev.json(ROOM), expected);
}

/// Row 205.
#[test]
fn files_that_import_each_other_find_undefined_before_the_value() {
    let dev = answers(
        "import { a } from './a.js'; import { x } from './x';",
        "[a, x]",
    )
    .file(
        "a.js",
        "import { b } from './b.js';\nexport const a = 'A' + b;",
    )
    .file(
        "b.js",
        "import { a } from './a.js';\nexport let b = 'B' + a;",
    )
    .file(
        "x.ts",
        "import { y } from './y'; export const x: string = 'X' + y;",
    )
    .file(
        "y.ts",
        "import { x } from './x'; export const y = 'Y' + typeof x;",
    )
    .dev();
    assert_eq!(dev.json(ROOM), json!(["ABundefined", "XYundefined"]));
}

/// Row 205.
#[test]
fn classes_and_default_exports_of_files_that_import_each_other_are_undefined_before() {
    for ending in ["ts", "js"] {
        let dev = answers(
            "import a, { A, seen } from './a'; import { Child } from './child';\nexport class Base {}",
            "[seen, typeof a, A.self === A, A.name, Child.seen, new Child().make() instanceof Base]",
        )
        .file(
            &format!("a.{ending}"),
            "import { seen } from './b';\nexport { seen };\n\
             export class A { static self = A }\nexport default () => 'a';",
        )
        .file(
            &format!("b.{ending}"),
            "import a, { A } from './a';\nimport * as all from './a';\n\
             export const seen = [typeof a, typeof A, typeof all.default, Object.keys(all)];",
        )
        .file(
            &format!("child.{ending}"),
            "import { Base } from './server';\nconst early = typeof Base;\n\
             export class Child { static seen = early; make() { return new Base(); } }",
        )
        .dev();
        let seen = json!([
            "undefined",
            "undefined",
            "undefined",
            ["A", "default", "seen"]
        ]);
        let expected = json!([seen, "function", true, "A", "undefined", true]);
        assert_eq!(dev.json(ROOM), expected, "{ending}");
    }
}

/// Row 205.
#[test]
fn assignments_to_constants_of_a_file_are_refused() {
    for (file, name) in [
        (
            "const fixed = 1; export function f() { fixed = 2 }",
            "fixed",
        ),
        ("export const { a: [part] } = { a: [1] }; part++;", "part"),
        ("const last = 1; [last] = [2];", "last"),
        ("const each = 1; for (each of []) {}", "each"),
        (
            "export function f() { const inner = 1; inner = 2 }",
            "inner",
        ),
    ] {
        let refused = answers("import './other';", "1")
            .file("other.js", file)
            .fails()
            .stderr;
        let said = format!("This is a constant, nothing can be assigned to it: `{name}`");
        assert!(refused.contains(&said), "{refused}");
    }
    let dev = answers(
        "const fixed = 1; function f(fixed) { fixed = 2; return fixed }",
        "[f(0), fixed]",
    )
    .dev();
    assert_eq!(dev.json(ROOM), json!([2, 1]));
}

/// Row 205.
#[test]
fn names_that_a_file_declares_twice_are_refused() {
    for file in ["other.js", "other.ts"] {
        let refused = answers("import './other';", "1")
            .file(file, "const twice = 1;\n\nconst twice = 2;\n")
            .fails()
            .stderr;
        let said =
            format!("{file}:3:7: Syntax error: This name is already declared, in line 1: `twice`");
        assert!(refused.contains(&said), "{refused}");
        assert!(
            refused.contains("> 3 | const twice = 2;\n    |       ^^^^^"),
            "{refused}"
        );
    }
}

/// Row 212.
#[test]
fn exports_of_common_js_stay_live() {
    let dev = answers(
        "import * as all from './counter.cjs'; import own, { count, step } from './counter.cjs';\n\
         import marked, { state } from './marked.cjs';",
        "[count, all.count, state, marked, step(), count, all.count, own.count, \
          own.later(), state, marked, Object.keys(own)]",
    )
    .file(
        "counter.cjs",
        "exports.count = 1; exports.step = () => { exports.count++; return 'step' };\n\
         exports.later = require('./marked.cjs').later;",
    )
    .file(
        "marked.cjs",
        "Object.defineProperty(exports, '__esModule', { value: true });\n\
         exports.state = void 0; exports.default = 'd';\n\
         exports.later = () => { exports.state = { is: 'ready' }; return exports.default = 'e' };",
    )
    .dev();
    let expected = json!([
        1, 1, null, "d", "step", 2, 2, 2, "e", { "is": "ready" }, "e",
        ["count", "step", "later"]
    ]);
    assert_eq!(dev.json(ROOM), expected);
}

/// Row 212.
#[test]
fn following_exports_leaves_their_heirs_alone() {
    let dev = answers(
        "import base, { value } from './base.cjs';\nconst heir = Object.create(base); heir.value = 2;",
        "[value, base.value, heir.value, Object.keys(heir), JSON.stringify(base)]",
    )
    .file("base.cjs", "module.exports = { value: 1 };")
    .dev();
    assert_eq!(dev.json(ROOM), json!([1, 1, 2, ["value"], "{\"value\":1}"]));
}

/// Row 212.
#[test]
fn files_may_import_like_modules_and_export_like_common_js() {
    let dev = answers(
        "import whole, { named } from './mixed.js'; import * as all from './exports.ts';\n\
         import { late } from './requires.cjs';",
        "[whole, named, Object.keys(all).sort(), all.default.b, late, globalThis.order]",
    )
    .file(
        "mixed.js",
        "import { x } from './x.js'; globalThis.order.push('mixed'); module.exports = { named: x, other: 2 };",
    )
    .file(
        "exports.ts",
        "import type { Gone } from './nowhere'; import { x } from './x.js';\n\
         exports.a = x as string; module.exports.b = 1;",
    )
    .file("requires.cjs", "exports.late = require('./mixed.js').other;")
    .file(
        "x.js",
        "(globalThis.order ??= []).push('x'); export const x = 'ex';",
    )
    .dev();
    let expected = json!([
        { "named": "ex", "other": 2 }, "ex", ["a", "b", "default"], 1, 2, ["x", "mixed"]
    ]);
    assert_eq!(dev.json(ROOM), expected);
}

/// Row 212.
#[test]
fn the_main_file_may_import_and_set_module_exports() {
    let dev = Project::inline(
        "import { text } from './text.js';\n\
         module.exports = class { onRequest() { return new Response(text); } }",
    )
    .file("text.js", "export const text = 'mixed main';")
    .dev();
    assert_eq!(dev.get(ROOM).text(), "mixed main");
}

/// Row 212.
#[test]
fn missing_modules_fail_when_the_code_is_prepared() {
    let dev = answers(
        "const tried = (() => { try { return require('missing-a'); } catch (e) { return e.code; } })();\n\
         const ended = () => { try { return require('missing-b'); } finally {} };",
        "[tried, \
          await import('missing-c').catch(() => 'caught'), \
          await import('missing-d').then((m) => m, () => 'handled'), \
          await import('missing-e').then((m) => m.x).catch(() => 'chained'), \
          (() => { try { ended(); } catch (e) { return 'outside'; } })(), \
          (() => { try { require.resolve('missing-f'); } catch { return 'asked'; } })()]",
    )
    .dev();
    let expected = json!([
        "MODULE_NOT_FOUND",
        "caught",
        "handled",
        "chained",
        "outside",
        "asked"
    ]);
    assert_eq!(dev.json(ROOM), expected);
    for call in ["import('missing-x')", "import('missing-x').then((m) => m)"] {
        let refused = answers("", &format!("await {call}")).fails().stderr;
        assert!(refused.contains("`missing-x`"), "{refused}");
    }
}

/// Row 205.
#[test]
fn text_files_keep_every_character() {
    let dev = answers("import text from './f.txt';", "text")
        .file("f.txt", "\u{feff}one\r\ntwo \u{e9}\n")
        .dev();
    assert_eq!(dev.json(ROOM), "\u{feff}one\r\ntwo \u{e9}\n");
}

/// Row 208.
#[test]
fn a_name_in_the_wrong_case_is_pointed_out() {
    let refused = answers("import './lib/Util';", "1")
        .file("lib/util.ts", "export {};")
        .fails()
        .stderr;
    assert!(refused.contains("the file is `util.ts`"), "{refused}");
}
