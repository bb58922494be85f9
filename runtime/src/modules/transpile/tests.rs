//! Each piece of syntax that needs work, asserted by what the output says.

mod hoisted;
mod nested;
mod shape;

use std::path::Path;

use super::super::shape::Kind;
use super::*;

fn settings(name: &str) -> Settings {
    Settings::new(Path::new(name), None)
}

fn run_with(source: &str, settings: &Settings, define: &[(&str, &str)]) -> Output {
    let define = define
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect();
    let input = Input {
        url: "file:///a.ts",
        source,
        settings,
        define: &define,
        types: &BTreeSet::new(),
        goal: Goal::File,
    };
    transpile(&input).unwrap_or_else(|failure| panic!("{failure:?}"))
}

fn ts(source: &str) -> String {
    run_with(source, &settings("a.ts"), &[]).text
}

/// Asserts on the text without its white space.
#[track_caller]
fn assert_has(text: &str, part: &str) {
    let squeeze = |text: &str| text.split_whitespace().collect::<String>();
    assert!(
        squeeze(text).contains(&squeeze(part)),
        "no `{part}` in:\n{text}"
    );
}

#[track_caller]
fn assert_lacks(text: &str, part: &str) {
    assert!(!text.contains(part), "`{part}` in:\n{text}");
}

#[test]
fn parameter_properties_become_assignments() {
    let text = ts("export default class A { constructor(readonly room: Room, private n = 1) {} }");
    assert_has(&text, "constructor(room, n = 1)");
    assert_has(&text, "this.room = room");
    assert_has(&text, "this.n = n");
}

#[test]
fn enums_have_both_directions_and_const_enums_can_be_exported() {
    let text = ts("export enum A { X, Y = 'y' }\nexport const enum B { Z = 3 }");
    assert_has(&text, r#"A[A["X"] = 0] = "X""#);
    assert_has(&text, r#"A["Y"] = "y""#);
    assert_has(&text, r#"B[B["Z"] = 3] = "Z""#);
}

#[test]
fn const_enums_stay_objects() {
    let text = ts("const enum A { X } const of = (k: keyof typeof A) => A[k]; export { of, A }");
    assert_has(&text, r#"A[A["X"] = 0] = "X""#);
    assert_has(&text, "A[k]");
    let text = ts("declare const enum B { Y = 7 } f(B.Y);");
    assert_lacks(&text, "\"Y\"");
}

#[test]
fn namespaces_become_objects() {
    let text = ts("export namespace N { export const a = 1; export function f() { return a } }");
    assert_has(&text, "N.a = 1");
    assert_has(&text, "N.f = f");
}

#[test]
fn types_leave_nothing_behind() {
    let output = run_with(
        "import type { A } from './types';\nimport { B, b } from './b';\nimport { C } from './c';\n\
         export type { D } from './d';\ninterface I { x: A }\ndeclare const q: number;\n\
         abstract class K { abstract x: B; y!: C }\n\
         const z = { b } satisfies object as unknown as I; export default z!;",
        &settings("a.ts"),
        &[],
    );
    for gone in [
        "types",
        "./c",
        "./d",
        "interface",
        "satisfies",
        "declare",
        "abstract",
    ] {
        assert_lacks(&output.text, gone);
    }
    let specifiers: Vec<_> = output.shape.imports.iter().map(|i| &*i.specifier).collect();
    assert_eq!(specifiers, ["./b"]);
}

#[test]
fn new_syntax_is_left_to_v8() {
    let text = ts("using a = f(); await using b = g();\nclass A { #x = 1; static { } }\nc ??= 1n;");
    assert_has(&text, "using a = f()");
    assert_has(&text, "await using b = g()");
    assert_has(&text, "#x = 1");
    assert_has(&text, "??=");
}

#[test]
fn standard_decorators_are_lowered_with_their_helper() {
    let text = ts("export class A { @bound f() {} @tracked accessor x = 1 }");
    assert_lacks(&text, "@bound");
    assert_lacks(&text, "@tracked");
    assert_has(&text, "function _apply_decs");
    assert_lacks(&text, "@swc/helpers");
}

#[test]
fn accessors_without_decorators_are_lowered_too() {
    let text = ts("export class A { accessor x = 1 }");
    assert_lacks(&text, "accessor x");
}

#[test]
fn legacy_decorators_follow_tsconfig() {
    let mut legacy = settings("a.ts");
    legacy.legacy_decorators = true;
    let text = run_with("export class A { @log f(@arg a) {} }", &legacy, &[]).text;
    assert_has(&text, "function _ts_decorate");
    assert_has(&text, "_ts_param(0, arg)");
}

#[test]
fn fields_are_assigned_when_tsconfig_says_so() {
    let mut assign = settings("a.ts");
    assign.define_fields = false;
    let text = run_with(
        "class A extends B { gone: string; x = 1; static s = 2; #p = this.x;\n\
         constructor(readonly room: Room) { super(); } }",
        &assign,
        &[],
    )
    .text;
    assert_lacks(&text, "gone");
    assert_has(&text, "static { this.s = 2; }");
    let order: Vec<_> = [
        "super()",
        "this.room = room",
        "this.x = 1",
        "this.#p = this.x",
    ]
    .iter()
    .map(|part| {
        text.find(part)
            .unwrap_or_else(|| panic!("no `{part}` in:\n{text}"))
    })
    .collect();
    assert!(order.is_sorted(), "{text}");
    let defined = ts("class A { stays: string; x = 1 }");
    assert_has(&defined, "stays;");
}

#[test]
fn defines_replace_free_names_only() {
    let define = [
        ("process.env.NODE_ENV", "\"development\""),
        ("HOST", "'127.0.0.1:1999'"),
        ("OBJECT", "{\"a\": 1}"),
    ];
    let text = run_with(
        "export const a = process.env.NODE_ENV, b = { HOST }, c = 'HOST', d = OBJECT.a;\n\
         export const e = process['env'].NODE_ENV, k = x.HOST;\n\
         export function f(HOST) { return HOST } export const g = typeof HOST;",
        &settings("a.js"),
        &define,
    )
    .text;
    assert_has(&text, "a = \"development\"");
    assert_has(&text, "HOST: '127.0.0.1:1999'");
    assert_has(&text, "c = 'HOST'");
    assert_has(&text, "d = { \"a\": 1 }.a");
    assert_has(&text, "e = \"development\"");
    assert_has(&text, "k = x.HOST");
    assert_has(&text, "return HOST");
    assert_has(&text, "typeof '127.0.0.1:1999'");
}

#[test]
fn defines_reach_through_types_and_optional_chains() {
    let define = [("process.env.MODE", "\"m\""), ("import.meta.env", "{}")];
    for source in [
        "process?.env?.MODE",
        "process.env?.['MODE']",
        "(process as any).env.MODE",
        "process.env!.MODE!",
        "(<any>process).env.MODE",
    ] {
        let text = run_with(
            &format!("export const a = {source}"),
            &settings("a.ts"),
            &define,
        )
        .text;
        assert_has(&text, "a = \"m\"");
    }
    let text = run_with(
        "export const a = import.meta.env.B",
        &settings("a.ts"),
        &define,
    )
    .text;
    assert_has(&text, "a = {}.B");
}

#[test]
fn defines_leave_what_is_written_to() {
    let define = [("A", "1"), ("b.c", "2")];
    for source in [
        "A++",
        "b.c = 3",
        "(b.c as any) = 3",
        "[b.c] = [3]",
        "delete b.c",
        "b.c += 1",
    ] {
        let text = run_with(
            &format!("{source}; export {{}}"),
            &settings("a.ts"),
            &define,
        )
        .text;
        assert!(text.contains("A++") || text.contains("b.c"), "{text}");
    }
}

#[test]
fn output_is_ascii() {
    let text = ts("export const a = '\u{1F388}é', ü = `\u{2028}é`, b = { é: 1 }; // \u{1F388}");
    assert!(text.is_ascii(), "{text}");
}

#[test]
fn texts_whose_spelling_is_observable_are_not_escaped() {
    for source in [
        "export const a = String.raw`é`",
        "export const a = /[\u{1F388}é]/",
    ] {
        let text = ts(source);
        assert!(text.contains('é'), "{text}");
    }
}

#[test]
fn import_attributes_are_read_and_dropped() {
    let source = "import a from './a.json' with { type: 'json' };\n\
                  export const b = import('./b.json', { with: { type: 'json' } }), c = a;";
    let output = run_with(source, &settings("a.js"), &[]);
    assert_lacks(&output.text, "with");
    assert_eq!(output.shape.imports[0].attribute.as_deref(), Some("json"));
    assert_eq!(output.shape.imports[1].kind, Kind::Dynamic);
}

#[test]
fn all_syntax_errors_of_a_file_are_reported() {
    let settings = settings("a.js");
    let input = Input {
        url: "file:///a.js",
        source: "let a = 1;\nconst b;\nconst c;\n",
        settings: &settings,
        define: &BTreeMap::new(),
        types: &BTreeSet::new(),
        goal: Goal::File,
    };
    match transpile(&input) {
        Err(Failure::Refused(refusals)) => {
            let lines: Vec<_> = refusals
                .iter()
                .filter_map(|r| r.position)
                .map(|p| p.line)
                .collect();
            assert!(lines.contains(&2) && lines.contains(&3), "{refusals:?}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_text_that_is_no_code_at_all_is_told_in_part() {
    let settings = settings("a.js");
    let input = Input {
        url: "file:///a.js",
        source: &"const a;\n".repeat(5000),
        settings: &settings,
        define: &BTreeMap::new(),
        types: &BTreeSet::new(),
        goal: Goal::File,
    };
    match transpile(&input) {
        Err(Failure::Refused(refusals)) => {
            assert_eq!(refusals.len(), 20);
            let message = &refusals[19].message;
            assert!(
                message.ends_with(" (and 4980 more in this file)"),
                "{message}"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_source_map_points_at_the_users_line() {
    let source = "interface A {\n  x: number;\n}\n\nenum E { a }\nexport function f(): never {\n  \
                  throw new Error('é');\n}\n";
    let output = run_with(source, &settings("a.ts"), &[]);
    let line = output
        .text
        .lines()
        .position(|l| l.contains("throw"))
        .expect("throw is there");
    let column = output
        .text
        .lines()
        .nth(line)
        .and_then(|l| l.find("new"))
        .expect("new is there");
    let map = sourcemap::SourceMap::from_slice(&output.map).expect("the map is valid");
    let found = source_map::lookup(&map, line as u32 + 1, column as u32 + 1);
    assert_eq!(found, Some((7, 9)));
    assert_eq!(map.get_source(0), Some("file:///a.ts"));
}

mod jsx;
mod refused;
mod written;

#[test]
fn blocks_of_a_namespace_see_what_the_others_export() {
    let text = ts("export namespace A { export let n = 1; let own = 1 }
namespace A {
  const { own } = globalThis;
  export const f = (n: number) => n;
  export const g = () => { [n] = [2]; ({ n } = { n }); n += own; return <T>(x: T) => n };
}");
    assert_has(&text, "A.f = (n)=>n");
    assert_has(&text, "[A.n] = [2]");
    assert_has(&text, "({ n: A.n } = { n: A.n })");
    assert_has(&text, "A.n += own");
    assert_has(&text, "(x)=>A.n");
}

#[test]
fn in_a_class_that_its_decorator_replaces_its_name_means_the_replacement() {
    let legacy = Settings {
        legacy_decorators: true,
        ..settings("a.ts")
    };
    let text = run_with(
        "export @wrap class A { make() { return new A() } }",
        &legacy,
        &[],
    )
    .text;
    assert_has(&text, "var _A; export class A { static { _A = this; }");
    assert_has(&text, "return new _A()");
    assert_has(&text, "], A); _A = A;");
    let text = run_with("@wrap class A {}", &legacy, &[]).text;
    assert_lacks(&text, "_A");
}

#[test]
fn helpers_find_their_own_variables() {
    let text = ts("class A { @dec #x = 1 }");
    assert_has(&text, "return desc[name].call(_this, value)");
    assert_has(&text, "var desc = {}");
}
