//! CommonJS files and packages: what importing and requiring them gives.

use serde_json::json;

use crate::harness::{Project, ROOM};

/// A room that answers with the JSON of `value`, in a file that starts with `declarations`.
fn answers(declarations: &str, value: &str) -> Project {
    Project::inline(&format!(
        "{declarations}\nexport default class {{ async onRequest() {{ return Response.json({value}); }} }}"
    ))
}

const MARKED: &str = "Object.defineProperty(exports, '__esModule', { value: true });\n\
                      exports.default = 'default'; exports.named = 'named';";

/// Row 212.
#[test]
fn default_and_named_imports_follow_the_compilers() {
    let dev = answers(
        "import whole, { named } from './marked.cjs';\nimport * as ns from './marked.cjs';\n\
         import plain, { a, missing } from './plain.cjs';\nimport fn from './function.js';",
        "[whole, named, Object.keys(ns), plain, a, typeof missing, fn(), fn.extra]",
    )
    .file("marked.cjs", MARKED)
    .file("plain.cjs", "module.exports = { a: 1 };")
    .file(
        "function.js",
        "module.exports = () => 'called'; module.exports.extra = 2;",
    )
    .dev();
    let expected = json!([
        "default", "named", ["default", "named"], { "a": 1 }, 1, "undefined", "called", 2
    ]);
    assert_eq!(dev.json(ROOM), expected);
}

/// Row 212.
#[test]
fn modules_of_node_get_the_whole_exports_as_default() {
    let dev = answers(
        "import whole, { named } from './marked.cjs';\nimport inner from './inner/x.ts';",
        "[typeof whole, whole.default, named, inner]",
    )
    .file("package.json", r#"{ "type": "module" }"#)
    .file("inner/package.json", "{}")
    .file(
        "inner/x.ts",
        "import whole from '../marked.cjs'; export default whole;",
    )
    .file("marked.cjs", MARKED)
    .dev();
    assert_eq!(
        dev.json(ROOM),
        json!(["object", "default", "named", "default"])
    );
}

/// Row 212.
#[test]
fn require_runs_a_file_when_it_is_called_and_once() {
    let dev = answers("import order from './a.cjs';", "order")
        .file(
            "a.cjs",
            "const order = module.exports = ['a'];\nglobalThis.order = order;\n\
         if (process.env.NODE_ENV === 'production') require('./never.cjs');\n\
         order.push(require('./b.cjs').name, require('./b.cjs').name);",
        )
        .file(
            "b.cjs",
            "globalThis.order.push('b runs'); exports.name = 'b';",
        )
        .file("never.cjs", "globalThis.order.push('never')")
        .dev();
    assert_eq!(dev.json(ROOM), json!(["a", "b runs", "b", "b"]));
}

/// Row 212.
#[test]
fn cycles_see_what_is_there_so_far() {
    let dev = answers("import { a, b } from './a.cjs';", "[a, b]")
        .file(
            "a.cjs",
            "exports.a = 'early'; exports.b = require('./b.cjs'); exports.a = 'late';",
        )
        .file(
            "b.cjs",
            "const { a } = require('./a.cjs'); module.exports = a;",
        )
        .dev();
    assert_eq!(dev.json(ROOM), json!(["late", "early"]));
}

/// Row 212.
#[test]
fn a_missing_package_in_a_try_throws_when_it_is_required() {
    let dev = answers("import caught from './a.cjs';", "caught")
        .file(
            "a.cjs",
            "try { require('not-installed') } catch (error) { module.exports = [error.code, error.message] }",
        )
        .dev();
    let answer = dev.json(ROOM);
    assert_eq!(answer[0], "MODULE_NOT_FOUND");
    let text = answer[1].as_str().expect("an error has a message");
    assert!(
        text.starts_with("Cannot find module 'not-installed'"),
        "{text}"
    );

    let refused = answers("import './a.cjs';", "1")
        .file("a.cjs", "require('not-installed')")
        .fails();
    assert!(
        refused
            .stderr
            .contains("a.cjs:1:9: Could not resolve this import"),
        "{}",
        refused.stderr
    );
}

/// Row 212.
#[test]
fn es_modules_and_json_can_be_required_also_from_es_modules() {
    let dev = answers(
        "const { cjs } = require('./a.cjs'); const data = require('./data.json'); const text = require('./t.txt');",
        "[cjs, data, text, typeof require('./es.mjs').default, typeof require]",
    )
    .file(
        "a.cjs",
        "const es = require('./es.mjs');\n\
         exports.cjs = [es.__esModule, es.named, es.default.name, Object.keys(es), require('./es.mjs') === es];",
    )
    .file("es.mjs", "export const named = await 1; export default class Late {}")
    .file("data.json", r#"{ "a": [1] }"#)
    .file("t.txt", "text")
    .dev();
    let expected = json!([
        [true, 1, "Late", ["default", "named"], true], { "a": [1] }, "text", "function", "function"
    ]);
    assert_eq!(dev.json(ROOM), expected);
}

/// Row 212.
#[test]
fn what_common_js_passes_on_can_be_imported_by_name() {
    let dev = answers(
        "import { x, y, z, lazy, umd } from './index.cjs';\nimport * as star from './star.js';\n\
         import { later } from './star.js';",
        "[x, y, z, lazy, umd, star.x, star.later, later, (await import('./index.cjs')).late, 'x' in star]",
    )
    .file(
        "index.cjs",
        "var star = (m, exports) => { for (var k in m) exports[k] = m[k] };\n\
         star(require('./x.cjs'), exports); exports.y = 2;\n\
         for (const name of ['z', 'later', 'late']) exports[name] = name;\n\
         Object.defineProperty(exports, 'lazy', { enumerable: true, get() { return require('./lazy.cjs') } });\n\
         exports.umd = require('./umd.js').value;",
    )
    .file("x.cjs", "exports.x = 1")
    .file("lazy.cjs", "module.exports = 'lazy'")
    .file(
        "umd.js",
        "(function (root, factory) { typeof define === 'function' && define.amd ? define([], factory)\n\
         : typeof exports === 'object' ? module.exports = factory() : root.umd = factory() })(this, function () {\n\
         return { value: 'umd' } })",
    )
    .file("star.js", "export * from './index.cjs'; export const own = 1;")
    .dev();
    let expected = json!([1, 2, "z", "lazy", "umd", 1, "later", "later", "late", true]);
    assert_eq!(dev.json(ROOM), expected);
}

/// Row 212.
#[test]
fn a_file_has_the_variables_of_common_js() {
    let dev = answers("import it from './lib/a.cjs';", "it")
        .file(
            "lib/a.cjs",
            "function require_() { return typeof require }\n\
             module.exports = [this === exports, require_(), __filename.endsWith('/lib/a.cjs'),\n\
             __dirname.endsWith('/lib'), module.filename === __filename, require.main === module,\n\
             require.resolve('./b.cjs').endsWith('/lib/b.cjs'), typeof window, arguments.length];\n\
             return;",
        )
        .file("lib/b.cjs", "")
        .dev();
    let expected = json!([
        true,
        "function",
        true,
        true,
        true,
        false,
        true,
        "undefined",
        5
    ]);
    assert_eq!(dev.json(ROOM), expected);
}

/// Most names stand in the URL as they are; these do not.
#[test]
fn names_of_files_are_those_of_the_disk() {
    let own = "[__filename, __dirname, module.id].map((name) => name.split('/').at(-1))";
    let asking = format!(
        "module.exports = [{own}, require('./c#d.cjs'), require('./plain.cjs'),\n\
         require.resolve('./c#d.cjs').split('/').at(-1), require.cache === module.require.cache];"
    );
    let dev = answers("import it from './a b/e%f.cjs';", "it")
        .file("a b/e%f.cjs", &asking)
        .file("a b/c#d.cjs", &format!("module.exports = {own};"))
        .file("a b/plain.cjs", &format!("module.exports = {own};"))
        .dev();
    let names = |file: &str| json!([file, "a b", file]);
    let expected = json!([
        names("e%f.cjs"),
        names("c#d.cjs"),
        names("plain.cjs"),
        "c#d.cjs",
        true
    ]);
    assert_eq!(dev.json(ROOM), expected);
}

/// Row 212.
#[test]
fn a_server_may_be_common_js() {
    let dev = Project::empty()
        .file(
            "server.js",
            "const { text } = require('./text');\n\
             module.exports = { onRequest() { return Response.json(text) } };",
        )
        .file(
            "text.ts",
            "import json = require('./t.json');\nexport = { text: json.t as string };",
        )
        .file("t.json", r#"{ "t": "from TypeScript" }"#)
        .config("name", json!("cjs"))
        .config("main", json!("server.js"))
        .dev();
    assert_eq!(dev.json(ROOM), "from TypeScript");
}

/// Rows 212, 243.
#[test]
fn stacks_name_the_lines_of_common_js() {
    let dev = Project::inline(
        "import { fail } from './a.cjs';\nexport default class { onRequest() { fail() } }",
    )
    .file(
        "a.cjs",
        "// one\n\nexports.fail = () => {\n  throw new Error('on purpose');\n};\n",
    )
    .dev();
    assert_eq!(dev.get(ROOM).status, 500);
    dev.stderr_has("a.cjs:4:9");
}

/// Rows 212, 239.
#[test]
fn syntax_errors_and_exceptions_name_the_file() {
    let refused = answers("import './a.cjs';", "1")
        .file("a.cjs", "exports.a = 1;\nthrow new Error('at the top');")
        .fails();
    assert!(refused.stderr.contains("at the top"), "{}", refused.stderr);
    assert!(refused.stderr.contains("a.cjs:2:7"), "{}", refused.stderr);
    let refused = answers("import './a.cjs';", "1")
        .file("a.cjs", "exports.a = 1;\nconst = 2;")
        .fails();
    assert!(
        refused.stderr.contains("a.cjs:2:7: Syntax error"),
        "{}",
        refused.stderr
    );
}

/// Rows 212, 213.
#[test]
fn nodes_modules_can_be_required() {
    let dev = answers("import it from './a.cjs';", "it")
        .file(
            "a.cjs",
            "const { join } = require('path');\nconst EventEmitter = require('node:events');\n\
             module.exports = [join('a', '..', 'b'), typeof EventEmitter, require('path') === require('node:path')];",
        )
        .dev();
    assert_eq!(dev.json(ROOM), json!(["b", "function", true]));
}
