//! What the loader makes of TypeScript, JSX, JSON and package imports.

use serde_json::json;

use crate::harness::{Project, ROOM};

/// Serves a room that answers with the JSON of `value`, in a file that starts with `declarations`.
fn module(declarations: &str, value: &str) -> Project {
    Project::inline(&server(declarations, value))
}

fn server(declarations: &str, value: &str) -> String {
    format!(
        "{declarations}\nexport default class {{ onRequest() {{ return Response.json({value}); }} }}"
    )
}

/// Rows 72, 205.
#[test]
fn typescript_only_syntax_is_understood() {
    let dev = module(
        r#"
enum Color { Red, Green = 5, Blue }
const enum Small { One = 1 }
enum Words { A = "a" }
namespace Shapes { export const sides = 4; }
abstract class Base<T> { constructor(protected readonly value: T, public extra?: string) {} abstract get(): T; }
class Derived extends Base<number> { declare phantom: string; override get(): number { return this.value!; } }
const checked = { a: 1 } satisfies Record<string, number>;
function only(this: void, x: unknown): asserts x is string {}
type Unused = { [K in keyof typeof checked]: K };
let tuple: [a: number, b?: string] = [1] as const as any;
class Hidden { #secret = 3; static { Hidden.made = true; } static made = false; read = () => this.#secret; }
"#,
        "[Color.Green, Color[6], Small.One, Words.A, Shapes.sides, new Derived(9).get(), 'phantom' in new Derived(1), checked.a, tuple.length, new Hidden().read(), Hidden.made]",
    )
    .dev();
    assert_eq!(
        dev.json(ROOM),
        json!([5, "Blue", 1, "a", 4, 9, false, 1, 1, 3, false])
    );
}

/// Row 205.
#[test]
fn const_enums_are_asked_by_computed_names() {
    let dev = module(
        "const enum Direction { Up, Down = 'down' }\nconst arg: string = 'Down';",
        "[Direction[arg as keyof typeof Direction], Direction.Up, Direction[0]]",
    )
    .dev();
    assert_eq!(dev.json(ROOM), json!(["down", 0, "Up"]));
}

/// Row 205.
#[test]
fn a_type_that_is_a_default_export_can_be_passed_on() {
    let dev = module(
        "import { X, one } from './barrel'; const x: X = { a: one };",
        "x",
    )
    .file(
        "barrel.ts",
        "import X, { one } from './x'; export { X, one };",
    )
    .file(
        "x.ts",
        "interface X { a: 1 } export default X; export const one = 1;",
    )
    .dev();
    assert_eq!(dev.json(ROOM), json!({ "a": 1 }));
}

/// Row 205.
#[test]
fn jsx_in_a_file_with_another_name_is_explained() {
    let refused = module("const page = <p>Hi</p>;", "page").fails().stderr;
    let said = "Syntax error: JSX is for files whose names end in `.tsx`";
    assert!(refused.contains(said), "{refused}");
}

/// Row 205.
#[test]
fn decorators_of_the_standard_work() {
    let dev = module(
        r#"
function loud(method: any, context: ClassMethodDecoratorContext) {
  return function (this: any, ...args: any[]) { return String(context.name) + "! " + method.apply(this, args); };
}
class Speaker { accessor volume = 11; @loud say(what: string) { return what + this.volume; } }
"#,
        "new Speaker().say('hi')",
    )
    .dev();
    assert_eq!(dev.json(ROOM), "say! hi11");
}

/// Row 205.
#[test]
fn experimental_decorators_follow_tsconfig() {
    let dev = module(
        r#"
function mark(target: any, key: string) { (target.marked ??= []).push(key); }
class Model { @mark name = "n"; @mark run() {} }
"#,
        "new Model().marked",
    )
    .file(
        "tsconfig.json",
        r#"{ "compilerOptions": { "experimentalDecorators": true } } // comment"#,
    )
    .dev();
    assert_eq!(dev.json(ROOM), json!(["name", "run"]));
}

/// Row 205.
#[test]
fn imports_of_every_kind_of_source_work() {
    let dev = module(
        r#"
import { a, type OnlyAType } from "./src/a";
import b from "./src/b.js";
import * as c from "./src/c.mjs";
import data, { list } from "./data.json";
import type { Gone } from "./does-not-exist";
import { index } from "./src/folder";
"#,
        "[a, b, c.c, data.name, list, index]",
    )
    .file(
        "src/a.ts",
        "export type OnlyAType = 1; export const a: string = 'a';",
    )
    .file("src/b.ts", "export default 'b is TypeScript';")
    .file("src/c.mjs", "export const c = 'c';")
    .file("src/folder/index.ts", "export const index = 'index';")
    .file("data.json", r#"{ "name": "data", "list": [1, 2] }"#)
    .dev();
    let expected = json!(["a", "b is TypeScript", "c", "data", [1, 2], "index"]);
    assert_eq!(dev.json(ROOM), expected);
}

/// Row 205.
#[test]
fn jsx_becomes_calls_of_the_runtime() {
    let runtime = r#"
export const Fragment = "fragment";
export const jsx = (type, props) => ({ type, props });
export const jsxs = jsx;"#;
    let dev = module(r#"import { page } from "./page";"#, "page('Ada')")
        .file(
            "page.tsx",
            "export const page = (name: string) => <main id=\"m\">Hello {name}</main>;",
        )
        .file(
            "tsconfig.json",
            r#"{ "compilerOptions": { "jsx": "react-jsx", "jsxImportSource": "tiny" } }"#,
        )
        .file(
            "node_modules/tiny/package.json",
            r#"{ "name": "tiny", "type": "module", "exports": { "./jsx-runtime": "./jsx.js" } }"#,
        )
        .file("node_modules/tiny/jsx.js", runtime)
        .dev();
    let expected = json!({ "type": "main", "props": { "id": "m", "children": ["Hello ", "Ada"] } });
    assert_eq!(dev.json(ROOM), expected);
}

/// Row 208.
#[test]
fn packages_resolve_by_their_conditions() {
    let dev = module(
        "import where from 'pkg'; import sub from 'pkg/sub'; import old from 'old';",
        "[where, sub, old]",
    )
    .file(
        "node_modules/pkg/package.json",
        r#"{ "name": "pkg", "type": "module", "exports": {
  ".": { "node": "./node.js", "browser": "./browser.js", "workerd": "./workerd.js", "default": "./default.js" },
  "./sub": { "import": { "browser": "./browser.js", "default": "./default.js" } } } }"#,
    )
    .file("node_modules/pkg/node.js", "export default 'node';")
    .file("node_modules/pkg/browser.js", "export default 'browser';")
    .file("node_modules/pkg/workerd.js", "export default 'workerd';")
    .file("node_modules/pkg/default.js", "export default 'default';")
    .file("node_modules/old/package.json", r#"{ "name": "old", "main": "main.js", "module": "module.js" }"#)
    .file("node_modules/old/main.js", "module.exports = 'main';")
    .file("node_modules/old/module.js", "export default 'module';")
    .dev();
    assert_eq!(dev.json(ROOM), json!(["browser", "browser", "module"]));
}

/// Row 209.
#[test]
fn tsconfig_paths_resolve() {
    let dev = module("import { x } from '@/deep/x'; import { y } from 'lib';", "[x, y]")
        .file(
            "tsconfig.json",
            r#"{ /* comments are fine */ "compilerOptions": { "baseUrl": ".", "paths": { "@/*": ["./src/*"], "lib": ["lib/y.ts"] } } }"#,
        )
        .file("src/deep/x.ts", "export const x = 'x';")
        .file("lib/y.ts", "export const y = 'y';")
        .dev();
    assert_eq!(dev.json(ROOM), json!(["x", "y"]));
}

/// Row 218.
#[test]
fn partykit_server_can_be_imported_as_a_value() {
    let dev = module(
        r#"import * as Party from "partykit/server";
import { type Room, Server } from "partykit/server";
import "partykit/server";
class Typed implements Server { room!: Room; }"#,
        "[Object.keys(Party), new Typed() instanceof Typed]",
    )
    .dev();
    assert_eq!(dev.json(ROOM), json!([[], true]));
}

/// Row 205.
#[test]
fn dynamic_import_and_top_level_await_work() {
    let dev = module(
        "const { late } = await import('./late'); const value = await Promise.resolve(late + 1);",
        "value",
    )
    .file("late.ts", "export const late: number = 41;")
    .dev();
    assert_eq!(dev.json(ROOM), 42);
}

/// Row 205.
#[test]
fn modules_may_import_each_other() {
    let dev = module("import { even } from './even';", "[even(10), even(7)]")
        .file("even.ts", "import { odd } from './odd'; export const even = (n: number): boolean => n === 0 || odd(n - 1);")
        .file("odd.ts", "import { even } from './even'; export const odd = (n: number): boolean => n !== 0 && even(n - 1);")
        .dev();
    assert_eq!(dev.json(ROOM), json!([true, false]));
}

/// Row 205.
#[test]
fn javascript_entry_and_other_extensions_work() {
    for extension in ["js", "mjs", "tsx", "jsx", "mts"] {
        let file = format!("server.{extension}");
        let dev = Project::empty()
            .file(&file, &server("", &format!("'{extension}'")))
            .config("main", json!(file))
            .dev();
        assert_eq!(dev.json(ROOM), extension);
    }
}

/// Row 205.
#[test]
fn jsx_without_settings_calls_what_is_in_scope() {
    let dev = module(
        r#"import { page } from "./page"; import { part } from "./part";"#,
        "[page, part]",
    )
    .file(
        "page.tsx",
        "const React = { createElement: (...all: any[]) => all };\n\
             export const page = <main id=\"m\">Hello {1}</main>;",
    )
    .file(
        "part.jsx",
        "/** @jsx h */\nconst h = (...all) => ['h', ...all];\nexport const part = <b/>;",
    )
    .file(
        "tsconfig.json",
        r#"{ "compilerOptions": { "jsx": "preserve" } }"#,
    )
    .dev();
    let expected = json!([["main", { "id": "m" }, "Hello ", 1], ["h", "b", null]]);
    assert_eq!(dev.json(ROOM), expected);
}

/// Row 209.
#[test]
fn tsconfig_may_extend_packages_and_what_is_not_there() {
    let dev = module(
        "import { a } from '@/a'; class Field { x: any }",
        "[a, Object.keys(new Field())]",
    )
    .file(
        "tsconfig.json",
        r#"{ // made by a tool that has not run yet
             "extends": ["./.tool/tsconfig.json", "@absent/tsconfig", "@base/strict", "./own"],
             "compilerOptions": { "strict": true, }, }"#,
    )
    .file(
        "own.json",
        r#"{ "compilerOptions": { "paths": { "@/*": ["./src/*"] } } }"#,
    )
    .file(
        "node_modules/@base/strict/package.json",
        r#"{ "tsconfig": "./strict.json" }"#,
    )
    .file(
        "node_modules/@base/strict/strict.json",
        r#"{ "compilerOptions": { "useDefineForClassFields": false } }"#,
    )
    .file("src/a.ts", "export const a = 'aliased';")
    .dev();
    assert_eq!(dev.json(ROOM), json!(["aliased", []]));
}
