//! What runs, told by the modules of a graph and by their texts.

mod statements;

use crate::modules::testing::Project;

const NO_EFFECTS: &str = r#"{ "name": "ui", "sideEffects": false }"#;

/// A server that uses `ui` from `node_modules/ui`.
fn with_package(server: &str, package: &str, files: &[(&str, &str)]) -> Project {
    let project = Project::new(&[
        ("server.ts", server),
        ("node_modules/ui/package.json", package),
    ]);
    for (name, text) in files {
        project.write(&format!("node_modules/ui/{name}"), text);
    }
    project
}

/// Which of `names` are among the modules of the project.
fn run<'a>(project: &mut Project, names: &[&'a str]) -> Vec<&'a str> {
    let graph = project.graph();
    let has = |name: &&&str| project.has(&graph, &format!("node_modules/ui/{name}"));
    names.iter().filter(has).copied().collect()
}

#[test]
fn behind_a_barrel_only_what_is_used_runs() {
    let files = [
        (
            "index.js",
            "export { cn } from './cn.js'; export * from './b.js'; export { C as D } from './c.js';",
        ),
        ("cn.js", "export const cn = 1;"),
        ("b.js", "document.body; export const B = 1;"),
        ("c.js", "document.body; export const C = 1;"),
    ];
    let names = ["index.js", "cn.js", "b.js", "c.js"];
    let server = "import { cn } from 'ui'; export default { cn };";
    let mut project = with_package(server, NO_EFFECTS, &files);
    assert_eq!(run(&mut project, &names), ["index.js", "cn.js"]);
    let mut project = with_package(server, r#"{ "name": "ui" }"#, &files);
    assert_eq!(run(&mut project, &names), names);
    let listed = r#"{ "name": "ui", "sideEffects": ["./c.js"] }"#;
    let mut project = with_package(server, listed, &files);
    assert_eq!(run(&mut project, &names), ["index.js", "cn.js", "c.js"]);
}

#[test]
fn a_barrel_of_stars_alone_does_not_run() {
    let files = [
        (
            "index.js",
            "export * from './a.js'; export * from './b.js'; document.body;",
        ),
        ("a.js", "export const a = 1;"),
        ("b.js", "export const b = 1;"),
    ];
    let server = "import { a } from 'ui'; export default { a };";
    let mut project = with_package(server, NO_EFFECTS, &files);
    assert_eq!(run(&mut project, &["index.js", "a.js", "b.js"]), ["a.js"]);
}

#[test]
fn properties_of_a_namespace_are_names_until_it_gets_about() {
    let files = [
        (
            "index.js",
            "export * from './a.js'; export * from './b.js';",
        ),
        ("a.js", "export const a = 1;"),
        ("b.js", "export const b = 1;"),
    ];
    let names = ["a.js", "b.js"];
    let server = "import * as ui from 'ui'; export default { a: ui.a };";
    let mut project = with_package(server, NO_EFFECTS, &files);
    assert_eq!(run(&mut project, &names), ["a.js"]);
    let server = "import * as ui from 'ui'; export default { a: ui };";
    let mut project = with_package(server, NO_EFFECTS, &files);
    assert_eq!(run(&mut project, &names), names);
}

#[test]
fn import_by_a_call_takes_everything() {
    let files = [
        (
            "index.js",
            "export { a } from './a.js'; export { b } from './b.js';",
        ),
        ("a.js", "export const a = 1;"),
        ("b.js", "export const b = 1;"),
    ];
    let server = "export default { a: () => import('ui') };";
    let mut project = with_package(server, NO_EFFECTS, &files);
    assert_eq!(run(&mut project, &["a.js", "b.js"]), ["a.js", "b.js"]);
    let server = "function unused() { return import('ui') } export default {};";
    let mut project = with_package(server, NO_EFFECTS, &files);
    assert!(run(&mut project, &["index.js", "a.js", "b.js"]).is_empty());
}

#[test]
fn unused_statements_are_blank_and_the_others_stay_where_they_are() {
    let mut project = Project::new(&[
        (
            "server.js",
            "import { used } from './lib.js'; export default { used };",
        ),
        (
            "lib.js",
            "const c = /* @__PURE__ */ (() => document.x())();\n\
             export const used = 1; export const unused = c;",
        ),
    ]);
    let graph = project.graph();
    let text = project.text(&graph, "lib.js");
    assert_eq!(text.trim_end(), "\nexport var   used = 1;");
}

#[test]
fn what_nobody_can_tell_from_running_keeps_its_text() {
    let lib = "export var a = 1;\nexport var unused = 2;\nvar b = 3;\n";
    let mut project = Project::new(&[
        (
            "server.js",
            "import { a } from './lib.js'; export default { a };",
        ),
        ("lib.js", lib),
    ]);
    let graph = project.graph();
    assert_eq!(project.text(&graph, "lib.js"), lib);
}

/// An isolate would keep a closure and V8's account of each, used or not.
#[test]
fn unused_functions_are_blank_whatever_their_form() {
    let lib = "export function used() { return helper() }\n\
               export function unused() { return 2 }\n\
               function helper() { return 1 }\n\
               export const arrow = () => helper();\n\
               export default function () { return 3 }\n";
    let mut project = Project::new(&[
        (
            "server.js",
            "import { used } from './lib.js'; export default { used };",
        ),
        ("lib.js", lib),
    ]);
    let graph = project.graph();
    assert_eq!(
        project.text(&graph, "lib.js").trim_end(),
        "export function used() { return helper() }\n;\nfunction helper() { return 1 }\n;"
    );
}

#[test]
fn unused_modules_must_be_there_and_be_right() {
    let server = "import { a } from 'ui'; export default { a };";
    let barrel = "export { a } from './a.js'; export { b } from './b.js';";
    let files = [("index.js", barrel), ("a.js", "export const a = 1;")];
    let mut project = with_package(server, NO_EFFECTS, &files);
    assert!(project.error().contains("`./b.js`"));
    project.write("node_modules/ui/b.js", "export const b = ;");
    assert!(project.error().contains("b.js:1"));
    project.write("node_modules/ui/b.js", "export const c = 1;");
    assert!(project.error().contains("`b`"));
}

#[test]
fn a_build_that_changes_nothing_makes_no_new_text() {
    let files = [
        (
            "index.js",
            "export { a } from './a.js'; export { b } from './b.js';",
        ),
        ("a.js", "export const a = 1;\ndocument.x;"),
        ("b.js", "export const b = 1;"),
    ];
    let server = "import { a } from 'ui'; export default { a };";
    let mut project = with_package(server, NO_EFFECTS, &files);
    let graph = project.graph();
    let first = project.text(&graph, "node_modules/ui/index.js").as_ptr();
    let graph = project.graph();
    let second = project.text(&graph, "node_modules/ui/index.js").as_ptr();
    assert_eq!(first, second);
    project.write("server.ts", "import { b } from 'ui'; export default { b };");
    let graph = project.graph();
    let text = project.text(&graph, "node_modules/ui/index.js");
    assert!(text.contains("b.js") && !text.contains("a.js"), "{text}");
}

#[test]
fn modules_run_in_the_order_in_which_the_unused_ones_name_them() {
    let files = [
        (
            "index.js",
            "export * from './z.js'; export * from './a.js';",
        ),
        ("z.js", "import './second.js'; export const z = 1;"),
        ("a.js", "import './first.js'; export const a = 1;"),
        ("first.js", "globalThis.x = 1;"),
        ("second.js", "globalThis.x = 2;"),
    ];
    let package = r#"{ "name": "ui", "sideEffects": ["first.js", "second.js"] }"#;
    let server = "import { a } from 'ui'; import { z } from 'ui'; export default { a, z };";
    let mut project = with_package(server, package, &files);
    let graph = project.graph();
    let barrel = project.text(&graph, "node_modules/ui/index.js");
    let place = |name: &str| barrel.find(name).expect("the barrel leads there");
    assert!(place("z.js") < place("a.js"), "{barrel}");
}
