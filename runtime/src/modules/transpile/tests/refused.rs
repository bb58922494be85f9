//! Names that are declared twice and assignments that cannot be: what is refused, and what is not.

use super::*;

/// The messages, each behind its line and column.
fn refused(name: &str, source: &str) -> Vec<String> {
    let settings = settings(name);
    let input = Input {
        url: &format!("file:///{name}"),
        source,
        settings: &settings,
        define: &BTreeMap::new(),
        types: &BTreeSet::new(),
        goal: Goal::File,
    };
    let refusals = match transpile(&input) {
        Ok(_) => return Vec::new(),
        Err(Failure::Refused(refusals)) => refusals,
        Err(Failure::Crashed(message)) => panic!("{message}"),
    };
    let all = refusals.into_iter().map(|refusal| {
        let place = refusal.position.expect("each has a place");
        format!("{}:{}: {}", place.line, place.column, refusal.message)
    });
    all.collect()
}

#[track_caller]
fn refuses(name: &str, source: &str) {
    assert!(!refused(name, source).is_empty(), "{source}");
}

#[track_caller]
fn takes(name: &str, source: &str) {
    assert_eq!(refused(name, source), [""; 0], "{source}");
}

#[test]
fn a_name_is_declared_once() {
    assert_eq!(
        refused("a.ts", "const a = 1;\nlet b;\nexport const { b: [a] } = x;"),
        ["3:20: This name is already declared, in line 1: `a`"]
    );
    assert_eq!(
        refused("a.ts", "export default class {}\nexport default { a: 1 };"),
        ["2:1: A file has one default export, and there is one in line 1"]
    );
    takes(
        "a.ts",
        "export default function f(): void; export default function f(a?: 1) {}\nexport default interface A {}",
    );
    for source in [
        "const a = 1; const a = 2;",
        "let a; let a;",
        "exports.x = 1; let a; var a;",
        "const a = 1; { for (var a of []) ; }",
        "import { a } from 'x'; const a = 1;",
        "import * as a from 'x'; export let a = 1;",
        "const a = 1; function a() {}",
        "export default class a {} let a;",
        "const a = 1; using a = f();",
    ] {
        refuses("a.js", source);
    }
    for source in [
        "const a = 1; enum a { B }",
        "enum a { B } class a {}",
        "const a = 1; namespace a { export const x = 1 }",
    ] {
        refuses("a.ts", source);
    }
}

#[test]
fn names_may_be_shared_where_bundles_share_them() {
    for source in [
        "var a; var a;",
        "exports.x = 1; function a() {} function a() {} var a;",
        "const a = 1; { const a = 2; let b; } function f(a) { var a; let b; } class C { a() {} }",
        "const a = 1; { function a() {} }",
        "const a = 1; try {} catch (a) { let b }",
        "const a = function a() {}, b = class b {};",
    ] {
        takes("a.js", source);
    }
    for source in [
        "function a(): void; function a(b: 1): void; function a() {}",
        "export default function a(): void; export default function a() {}",
        "interface a {} interface a {} const a = 1; type b = 1; const b = 1;",
        "class a {} interface a {} namespace a { export const x = 1 }",
        "function a() {} namespace a { export const x = 1 } namespace a { export const y = 1 }",
        "enum a { A } enum a { B = 2 } namespace a { export const y = 1 }",
        "const a = 1; namespace a { export type X = 1; export namespace b { interface C {} } }",
        "declare const a: 1; const a = 1; declare function b(): void; declare class c {} let b, c;",
        "import { a } from 'x'; class a {} new a();",
        "import type { a } from 'x'; export const a = 1;",
        "declare global { const a: 1 } const a = 1;",
    ] {
        takes("a.ts", source);
    }
}

#[test]
fn what_is_fixed_is_not_assigned_to() {
    assert_eq!(
        refused(
            "a.js",
            "import d, { a } from 'x';\nfunction f() { const c = 1;\n c += 1; }\na = 1; d++;"
        ),
        [
            "3:2: This is a constant, nothing can be assigned to it: `c`",
            "4:1: This is an import, only its own module can assign to it: `a`",
            "4:8: This is an import, only its own module can assign to it: `d`"
        ]
    );
    for source in [
        "for (const a of []) { a = 1 }",
        "for (const a = 0; a < 1; a++) {}",
        "() => { const { a } = x; ({ a } = y); }",
        "() => { const a = 1; ({ b: [...a] } = y); }",
        "() => { const a = 1; for (a in y) {} }",
        "() => { const a = 1; for ([a] of y) {} }",
        "() => { const a = 1; (a) = 2; }",
        "() => { const a = 1; eval('x'); a ??= 2; }",
        "exports.x = () => { const a = 1; with (y) { a = 2 } }",
        "() => { using a = f(); a = 2 }",
        "(class A { m() { A = 1 } })",
        "if (false) { const a = 1; --a }",
    ] {
        refuses("a.js", source);
    }
    refuses("a.ts", "() => { const a = 1; (a as any) = 2; a! = 3 }");
}

#[test]
fn what_only_looks_fixed_is_assigned_to() {
    for source in [
        "const a = { b: 1 }; a.b = 2; a[a] += 1; ({ x: a.b, y: a[0] } = y); [a.b] = y;",
        "const a = 1; (a) => { a = 1 }; () => { let a; a++; for (a of y); }",
        "const a = 1; try {} catch (a) { a = 2 }",
        "const a = 1; let b; [b = a] = y; ({ a: b, [a]: b } = y);",
        "class A {} A = 1; (function f() { f = 1 })",
    ] {
        takes("a.js", source);
    }
    takes(
        "a.ts",
        "namespace N { export const a = 1 } enum E { A } () => { let E, a; E = a = 1 }",
    );
    takes("node_modules/p/a.js", "() => { const a = 1; a = 2 }");
}

#[test]
fn jsx_in_a_file_with_another_name_is_one_error() {
    let source = "const a =\n  () => <p>a</p>;";
    let refusals = refused("a.ts", source);
    assert_eq!(refusals.len(), 1);
    assert!(refusals[0].starts_with("2:"), "{refusals:?}");
    assert!(refusals[0].ends_with("JSX is for files whose names end in `.tsx`"));
    takes("a.tsx", source);
}
