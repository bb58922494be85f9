//! Graphs of scratch projects: resolution, reuse between builds, messages.

use super::super::testing::Project;

const SERVER: &str = "export default class {}";

#[test]
fn typescript_and_javascript_names_find_each_other() {
    let mut project = Project::new(&[
        (
            "src/server.ts",
            "import './a.js'; import './b'; import './c.mjs'; export default {}",
        ),
        ("src/a.ts", ""),
        ("src/b/index.tsx", "export {}"),
        ("src/c.mts", "export {}"),
    ]);
    let graph = project.graph();
    for name in ["src/a.ts", "src/b/index.tsx", "src/c.mts"] {
        assert!(project.has(&graph, name), "{name}");
    }
    assert_eq!(
        graph.entry("main").map(|url| url.to_string()),
        Some(project.url("src/server.ts"))
    );
}

#[test]
fn packages_choose_partykits_conditions_and_browser_maps() {
    let mut project = Project::new(&[
        (
            "server.ts",
            "import 'conditions'; import 'fields'; import 'fields/node'; import 'chart.js';\n\
             import '#inner'; import 'self/x'; import '@s/linked'; export default {}",
        ),
        (
            "package.json",
            r##"{"name":"self","imports":{"#inner":"./inner.js"},"exports":{"./x":"./x.js"}}"##,
        ),
        ("inner.js", "export {}"),
        ("x.js", "export {}"),
        (
            "node_modules/conditions/package.json",
            r#"{"exports":{"node":"./n.js","module":"./m.js","browser":"./b.js","default":"./d.js"}}"#,
        ),
        ("node_modules/conditions/b.js", "export {}"),
        (
            "node_modules/fields/package.json",
            r#"{"main":"m.js","module":"e.js","browser":{"./e.js":"./b.js","./node.js":false}}"#,
        ),
        ("node_modules/fields/b.js", "export {}"),
        ("node_modules/fields/e.js", "export {}"),
        ("node_modules/fields/node.js", "export {}"),
        ("node_modules/chart.js/package.json", r#"{"main":"i.js"}"#),
        ("node_modules/chart.js/i.js", "export {}"),
        ("packages/linked/package.json", r#"{"module":"./m.ts"}"#),
        ("packages/linked/m.ts", "export {}"),
    ]);
    project.link("node_modules/@s/linked", "packages/linked");
    let graph = project.graph();
    for name in [
        "node_modules/conditions/b.js",
        "node_modules/fields/b.js",
        "node_modules/chart.js/i.js",
        "packages/linked/m.ts",
        "inner.js",
        "x.js",
    ] {
        assert!(project.has(&graph, name), "{name}");
    }
    assert!(!project.has(&graph, "node_modules/fields/node.js"));
    let watched: Vec<_> = graph.watched().collect();
    assert!(
        watched.contains(&&*project.path("node_modules/fields/package.json")),
        "{watched:?}"
    );
}

#[test]
fn tsconfig_paths_and_options_apply_to_the_files_below() {
    let mut project = Project::new(&[
        (
            "src/server.ts",
            "import { a } from '@/a'; export default class { x: string; y = a }",
        ),
        ("lib/a.ts", "export const a = 1"),
        ("base.json", r#"{"compilerOptions":{"target":"ES2020"}}"#),
        (
            "tsconfig.json",
            r#"{"extends":"./base.json","include":["other"],
                "compilerOptions":{"baseUrl":".","paths":{"@/*":["lib/*"]}}} // ok"#,
        ),
    ]);
    let graph = project.graph();
    assert!(project.has(&graph, "lib/a.ts"));
    let text = project.text(&graph, "src/server.ts");
    assert!(
        !text.contains("x;") && text.contains("this.y = a"),
        "{text}"
    );
    let watched: Vec<_> = graph.watched().collect();
    assert!(
        watched.contains(&&*project.path("tsconfig.json")),
        "{watched:?}"
    );
    assert!(
        watched.contains(&&*project.path("base.json")),
        "{watched:?}"
    );
}

#[test]
fn types_passed_on_as_values_are_left_out_through_any_number_of_files() {
    let mut project = Project::new(&[
        (
            "s.ts",
            "export { A, a } from './m'; export { P } from 'partykit/server'; export default {}",
        ),
        ("m.ts", "import { A, a } from './t'; export { A, a }"),
        ("t.ts", "export interface A {} export const a = 1"),
    ]);
    let graph = project.graph();
    let text = project.text(&graph, "s.ts");
    assert!(text.contains("export { a }"), "{text}");
    let text = project.text(&graph, "m.ts");
    assert!(!text.contains('A'), "{text}");
    project.write("t.ts", "export const A = 2; export const a = 1");
    let graph = project.graph();
    assert!(
        project.text(&graph, "m.ts").contains("A, a"),
        "a type became a value"
    );
}

#[test]
fn only_what_changed_is_transpiled_again() {
    let mut project = Project::new(&[
        (
            "s.ts",
            "import './a'; import j from './j.json'; export default { j }",
        ),
        ("a.ts", "export const a = 1"),
        ("j.json", "{}"),
    ]);
    let first = project.graph();
    assert_eq!(project.builder.transpiled(), 2);
    project.write("a.ts", "export const a = 2");
    let second = project.graph();
    assert_eq!(project.builder.transpiled(), 3);
    let same = |name| std::ptr::eq(project.text(&first, name), project.text(&second, name));
    assert!(same("s.ts") && same("j.json") && !same("a.ts"));
}

#[test]
fn syntax_errors_show_a_frame_and_keep_the_files() {
    let mut project = Project::new(&[
        ("s.ts", "import './broken';\nexport default {}"),
        ("broken.ts", "export const a = 1;\nexport const = 2;\n"),
    ]);
    let error = project.build().err().expect("the file is broken");
    let text = error.to_string();
    assert!(text.starts_with("broken.ts:2:14: Syntax error: "), "{text}");
    assert!(
        text.contains("> 2 | export const = 2;\n    |              ^"),
        "{text}"
    );
    assert!(
        error.files.contains(&project.path("broken.ts")),
        "{:?}",
        error.files
    );
    project.write("broken.ts", "");
    project.graph();
}

#[test]
fn unresolved_imports_name_specifier_and_importer() {
    let mut project = Project::new(&[(
        "src/s.ts",
        "import a from './nope';\nimport b from 'left-pad/x';\nimport('./later');\n\
         export default { a, b }",
    )]);
    let error = project.build().err().expect("nothing resolves");
    assert!(
        error.missing.contains(&project.path("src/nope.ts")),
        "{:?}",
        error.missing
    );
    let text = error.to_string();
    assert!(
        text.contains(
            "src/s.ts:1:15: Could not resolve this import, there is no such file: `./nope`\n\
             > 1 | import a from './nope';\n    |               ^^^^^^^^"
        ),
        "{text}"
    );
    assert!(
        text.contains(
            "src/s.ts:2:15: Could not resolve this import, is the package installed? \
             Try `npm install left-pad`: `left-pad/x`"
        ),
        "{text}"
    );
    assert!(text.contains("`./later`"), "{text}");
}

#[test]
fn files_that_server_code_cannot_import_are_refused() {
    let mut project = Project::new(&[
        (
            "s.ts",
            "import './a.css';\nimport './a.html';\nexport default 1",
        ),
        ("a.css", ""),
        ("a.html", ""),
    ]);
    let text = project.error();
    for line in [
        "s.ts:1:8: Server code cannot import files of this type, only JavaScript, TypeScript, \
         `.json`, `.txt`, `.wasm` and `.bin`: `./a.css`",
        "s.ts:2:8: Server code cannot import files of this type",
    ] {
        assert!(text.contains(line), "no `{line}` in:\n{text}");
    }
}

#[test]
fn platform_modules_that_do_not_exist_are_refused() {
    let mut project = Project::new(&[(
        "s.ts",
        "import 'node:nothing';\nimport 'path';\nimport 'cloudflare:workers';\n\
         import('node:none');\nexport default 1",
    )]);
    let text = project.error();
    for line in [
        "s.ts:1:8: There is no such module in Node.js: `node:nothing`",
        "s.ts:3:8: PartyKit does not have this module of Cloudflare's platform, only \
         `cloudflare:sockets` and `cloudflare:email`; this one is for Workers, like those of \
         `partyserver`, which `npx wrangler dev` serves: `cloudflare:workers`",
    ] {
        assert!(text.contains(line), "no `{line}` in:\n{text}");
    }
    assert!(
        !text.contains("`node:none`"),
        "a dynamic import may be in a `try`: {text}"
    );
}

#[test]
fn require_has_its_own_conditions_and_main_fields() {
    let mut project = Project::new(&[
        (
            "s.js",
            "export default [require('conditions'), require('fields')]",
        ),
        (
            "node_modules/conditions/package.json",
            r#"{"exports":{"import":"./i.js","require":"./r.js"}}"#,
        ),
        ("node_modules/conditions/i.js", "export default 1"),
        ("node_modules/conditions/r.js", "exports.a = 1"),
        (
            "node_modules/fields/package.json",
            r#"{"main":"m.js","module":"e.js"}"#,
        ),
        ("node_modules/fields/m.js", "exports.a = 1"),
        ("node_modules/fields/e.js", "export default 1"),
    ]);
    let graph = project.graph();
    assert!(project.has(&graph, "node_modules/conditions/r.js"));
    assert!(project.has(&graph, "node_modules/fields/m.js"));
    assert!(!project.has(&graph, "node_modules/fields/e.js"));
}

#[test]
fn a_package_that_somebody_requires_is_one_copy() {
    let mut project = Project::new(&[
        (
            "s.js",
            "import { a } from 'both'; import 'user'; export default a",
        ),
        (
            "node_modules/both/package.json",
            r#"{"main":"m.js","module":"e.js"}"#,
        ),
        ("node_modules/both/m.js", "exports.a = 1"),
        ("node_modules/both/e.js", "export const a = 1"),
        ("node_modules/user/index.js", "exports.b = require('both')"),
    ]);
    let graph = project.graph();
    assert!(project.has(&graph, "node_modules/both/m.js"));
    assert!(!project.has(&graph, "node_modules/both/e.js"));
}

#[test]
fn packages_are_searched_for_javascript_first() {
    let mut project = Project::new(&[
        ("s.js", "import 'p'; import './own'; export default 1"),
        ("own.ts", "export {}"),
        ("own.js", "export {}"),
        ("node_modules/p/index.js", "export * from './x'"),
        ("node_modules/p/x.js", "export {}"),
        ("node_modules/p/x.ts", "export {}"),
    ]);
    let graph = project.graph();
    assert!(project.has(&graph, "node_modules/p/x.js"));
    assert!(project.has(&graph, "own.ts"));
}

#[test]
fn aliases_replace_packages_with_packages_and_files() {
    let mut project = Project::new(&[
        (
            "src/s.js",
            "import 'old'; import 'old/sub'; import 'older'; import 'file'; export default 1",
        ),
        ("src/file.js", "export {}"),
        (
            "node_modules/new/package.json",
            r#"{"exports":{".":"./i.js","./sub":"./s.js"}}"#,
        ),
        ("node_modules/new/i.js", "export {}"),
        ("node_modules/new/s.js", "export {}"),
        ("node_modules/older/index.js", "export {}"),
    ]);
    let alias = [("old", "new"), ("file", "./src/file.js")];
    project.options.alias = alias
        .map(|(from, to)| (from.to_owned(), to.to_owned()))
        .into();
    let graph = project.graph();
    for name in [
        "node_modules/new/i.js",
        "node_modules/new/s.js",
        "node_modules/older/index.js",
        "src/file.js",
    ] {
        assert!(project.has(&graph, name), "{name}");
    }
}

#[test]
fn entries_must_exist_and_have_a_default_export() {
    let mut project = Project::new(&[("src/s.ts", "export const a = 1"), ("ok.ts", SERVER)]);
    assert_eq!(
        project.error(),
        "No default export in \"src/s.ts\": a party server is the default export, a class or an \
         object: write `export default class Server {}`"
    );
    project.write(
        "src/s.ts",
        "export const onMessage = 1; export function onConnect() {}",
    );
    assert!(
        project
            .error()
            .ends_with("write `export default { onConnect, onMessage }`")
    );
    project.options.entries = vec![
        ("main".into(), "./x.ts".into()),
        ("other".into(), "y.ts".into()),
        ("ok".into(), "ok.ts".into()),
    ];
    assert_eq!(
        project.error(),
        "Could not find main: ./x.ts\n\nCould not find party: ./y.ts"
    );
}

#[test]
fn a_missing_export_is_found_before_v8_sees_it() {
    let mut project = Project::new(&[
        (
            "s.js",
            "import { a, b } from './m';\nimport { k } from './j.json';\nexport default a + b + k",
        ),
        ("m.js", "export * from './n'"),
        ("n.js", "export * from './m'; export const a = 1"),
        ("j.json", r#"{"k": 1}"#),
    ]);
    let text = project.error();
    assert!(
        text.starts_with("s.js:1:13: No export with this name in `m.js`: `b`"),
        "{text}"
    );
    assert_eq!(text.matches("No export").count(), 1, "{text}");
}

#[test]
fn broken_json_has_a_place() {
    let mut project = Project::new(&[
        ("s.ts", "import j from './j.json'; export default j"),
        ("j.json", "{\n  \"a\": 1,\n}"),
    ]);
    let text = project.error();
    assert!(
        text.starts_with("j.json:3:1: This file is not valid JSON: trailing comma"),
        "{text}"
    );
}
