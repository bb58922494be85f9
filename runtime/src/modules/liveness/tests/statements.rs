//! Statements that can be left out and statements that cannot, each as the original's bundler has it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::modules::settings::Settings;
use crate::modules::transpile::{Goal, Input, transpile};

/// Whether nothing in the file would be missed if nobody used it.
fn is_removable(name: &str, source: &str) -> bool {
    let settings = Settings::new(Path::new(name), None);
    let input = Input {
        url: &format!("file:///{name}"),
        source,
        settings: &settings,
        define: &BTreeMap::new(),
        types: &BTreeSet::new(),
        goal: Goal::File,
    };
    let output = transpile(&input).unwrap_or_else(|failure| panic!("{source}: {failure:?}"));
    output.facts.parts.iter().all(|part| part.is_removable)
}

#[track_caller]
fn assert_all(is_expected: bool, sources: &[&str]) {
    for source in sources {
        for name in ["a.js", "a.ts"] {
            assert_eq!(is_removable(name, source), is_expected, "{name}: {source}");
        }
    }
}

#[test]
fn calls_stay_unless_a_comment_is_for_them() {
    assert_all(
        true,
        &[
            "const x = /* @__PURE__ */ f();",
            "const x = /* #__PURE__ */ f();",
            "// @__PURE__\nf();",
            "let q; /* @__PURE__ */ f();",
            "const x = /* @__PURE__ */ f(/* @__PURE__ */ g());",
            "const x = /* @__PURE__ */ f().g();",
            "const x = /* @__PURE__ */ (f());",
            "const x = /* @__PURE__ */ new F();",
            "const x = /* @__PURE__ */ f() || 1;",
            "const x = /* @__PURE__ */ f?.();",
            "const x = [/* @__PURE__ */ f()], y = { a: /* @__PURE__ */ f() };",
            "export default /* @__PURE__ */ f();",
        ],
    );
    assert_all(
        false,
        &[
            "const x = f();",
            "const x = /* __PURE__ */ f();",
            "const x = /* @__PURE__ */ f(g());",
            "const x = /* @__PURE__ */ f().g;",
            "const x = /* @__PURE__ */ f() + 1;",
            "const x = /* @__PURE__ */ !f();",
            "const x = /* @__PURE__ */ f(...[1]);",
            "const x = `${/* @__PURE__ */ f()}`;",
            "export default f();",
        ],
    );
}

#[test]
fn functions_may_be_marked_for_all_their_calls() {
    assert_all(
        true,
        &[
            "/* @__NO_SIDE_EFFECTS__ */ function f() { g() } const x = f();",
            "// @__NO_SIDE_EFFECTS__\nfunction f() { g() } const x = f();",
            "/* @__NO_SIDE_EFFECTS__ */ export function f() { g() } const x = f();",
            "export /* @__NO_SIDE_EFFECTS__ */ function f() { g() } const x = f();",
            "/* @__NO_SIDE_EFFECTS__ */ const f = () => g(); const x = f();",
            "const f = /* @__NO_SIDE_EFFECTS__ */ () => g(); const x = f();",
            "/* @__NO_SIDE_EFFECTS__ */ function f() { g() } const x = f`a`;",
        ],
    );
    assert_all(
        false,
        &[
            "/* @__NO_SIDE_EFFECTS__ */ let f = () => g(); const x = f();",
            "/* @__NO_SIDE_EFFECTS__ */ const e = 1, f = () => g(); const x = f();",
            "/* @__NO_SIDE_EFFECTS__ */ function f() { g() } const x = new f();",
        ],
    );
}

#[test]
fn functions_called_where_they_stand_are_looked_into() {
    assert_all(
        true,
        &[
            "const x = (() => { return 1 })();",
            "const x = (() => { class A { static a = 1 } return A })();",
            "const x = ((a = 1) => a)(2);",
            "(function () {})();",
        ],
    );
    assert_all(
        false,
        &[
            "const x = (() => { f() })();",
            "const x = ((a = f()) => 1)();",
            "const x = (({ a }) => 1)({});",
            "const x = (async () => {})();",
            "const x = (() => { if (a) {} var a })();",
        ],
    );
}

#[test]
fn classes_run_parents_keys_static_fields_and_blocks() {
    assert_all(
        true,
        &[
            "class A { static a = 1; ['b']() {} c = f() }",
            "class A { static { const a = 1 } }",
            "class A extends HTMLElement {}",
            "class A extends (/* @__PURE__ */ f()) {}",
            "class A { [Symbol.iterator]() {} }",
            "class A { constructor(a = f()) {} }",
            "export default class { static a = /* @__PURE__ */ f() }",
        ],
    );
    assert_all(
        false,
        &[
            "class A { static a = f() }",
            "class A { static #a = f() }",
            "class A { static { f() } }",
            "class A { static { this.a = 1 } }",
            "class A { [f()]() {} }",
            "class A extends f() {}",
            "class A extends unknownGlobal {}",
            "const A = class { static a = f() };",
        ],
    );
}

#[test]
fn reading_is_an_effect_unless_the_thing_is_known() {
    assert_all(
        true,
        &[
            "const a = document, b = Math.PI, c = console.log, d = process;",
            "var a; const b = a;",
            "import b from 'b'; import * as c from 'c'; const d = [b, c, c.d, c['d']];",
            "const a = typeof nothing;",
            "const a = typeof nothing !== 'undefined' ? nothing : 1;",
            "const a = typeof nothing === 'undefined' || nothing;",
            "const a = import.meta;",
        ],
    );
    assert_all(
        false,
        &[
            "const a = nothing;",
            "const a = localStorage;",
            "const a = document.body;",
            "var a; const b = a.b;",
            "import b from 'b'; const d = b.c;",
            "const a = typeof nothing === 'undefined' ? nothing : 1;",
            "const a = import.meta.url;",
        ],
    );
}

#[test]
fn operators_that_may_call_stay() {
    assert_all(
        true,
        &[
            "const a = 1, b = -1, c = !a, d = void 0, e = a === b, f = a ?? b, g = (a, b);",
            "const a = 'a' + 'b' + `c`, b = 1 < 2, c = 1 == 2, d = `${1}${typeof a}`;",
            "const a = {}, b = { a, c: 1, get d() { f() }, [1]: 2 }, c = [...[1]];",
            "const a = false && f(), b = true || f();",
            "const a = new Map(), b = new Set([1]), c = new WeakMap(), d = new Date(0);",
            "const a = Object.create(null);",
            "const [a, b = 2] = [1, 2];",
            "try { const a = 1 } catch { f() }",
        ],
    );
    assert_all(
        false,
        &[
            "var o; const a = o + 'a';",
            "var o; const a = -o;",
            "var o; const a = o < 2;",
            "var o; const a = o == 1;",
            "var o; const a = `${o}`;",
            "var o; const a = { ...o };",
            "var o; const a = [...o];",
            "var o; const { a } = o;",
            "var o; const a = new Map(o);",
            "const a = new Own(); function Own() {}",
            "const a = { [f()]: 1 };",
            "const a = 'b' in {};",
            "const a = Symbol('a');",
            "let a; a = 1;",
            "{ const a = 1 }",
            "for (const a of []) {}",
            "if (false) { f() }",
            "await 0;",
            "const a = import('b');",
        ],
    );
}

#[test]
fn names_that_hidden_code_may_use_stay() {
    assert_all(false, &["const a = 1; function b() { eval('a') }"]);
    assert_all(true, &["const a = 1; function b() { (0, eval)('a') }"]);
}

#[test]
fn what_typescript_and_jsx_become_counts_as_what_they_were() {
    for (source, is_expected) in [
        ("export enum A { B, C = 'c' }", true),
        ("export const enum A { B }", true),
        ("enum A { B = f() }", false),
        ("namespace A { export const b = 1 }", false),
        ("export const a = <p>{b}</p>; var b;", true),
        ("export const a = <P b={f()} />; function P() {}", false),
        ("export class A { constructor(private b: number) {} }", true),
        (
            "const a = { b: 1 } as const; export type A = typeof a;",
            true,
        ),
        ("@f class A {}", false),
    ] {
        assert_eq!(is_removable("a.tsx", source), is_expected, "{source}");
    }
}
