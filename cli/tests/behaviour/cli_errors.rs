//! Mistakes found before serving: one clear message with file and field, exit code 1.

use serde_json::json;

use crate::harness::{Exit, Project};

const SERVER: &str = "export default class {}";

/// Runs a project that cannot be served; stderr must hold every one of `words`.
fn refused(project: Project, words: &[&str]) -> Exit {
    let exit = project.fails();
    assert_eq!(
        exit.code,
        Some(1),
        "stdout:\n{}\nstderr:\n{}",
        exit.stdout,
        exit.stderr
    );
    for word in words {
        assert!(
            exit.stderr.contains(word),
            "No `{word}` in:\n{}",
            exit.stderr
        );
    }
    assert!(!exit.stdout.contains("Ready on"));
    exit
}

#[test]
fn project_without_main_is_explained() {
    refused(Project::empty(), &["Missing entry point"]);
    refused(
        Project::empty().file("partykit.json", "{}"),
        &["Missing entry point", "main"],
    );
}

#[test]
fn missing_main_is_named() {
    let project = Project::empty().config("main", json!("nope.ts"));
    refused(project, &["Could not find main", "nope.ts"]);
}

#[test]
fn unreadable_main_is_named() {
    refused(
        Project::empty()
            .file("folder/x.ts", "")
            .config("main", json!("folder")),
        &["folder"],
    );
}

/// Row 225.
#[test]
fn config_that_is_not_json5_is_located() {
    let project = Project::empty().file(
        "partykit.json",
        "{\n  \"main\": \"server.ts\"\n  \"port\": 1\n}",
    );
    refused(project, &["partykit.json", "3"]);
}

/// Row 226.
#[test]
fn unknown_field_is_named_with_its_neighbour() {
    let project = Project::inline(SERVER).config("prot", json!(1999));
    refused(project, &["partykit.json", "`prot`", "`port`"]);
}

/// Row 226.
#[test]
fn wrong_type_is_named() {
    for (field, value) in [
        ("port", json!("1999")),
        ("main", json!(1)),
        ("vars", json!("A=1")),
        ("define", json!({ "A": 1 })),
        ("parties", json!(["a"])),
        ("name", json!(5)),
    ] {
        let project = Project::inline(SERVER).config(field, value);
        refused(project, &["partykit.json", field]);
    }
}

/// Row 228.
#[test]
fn party_mistakes_are_named() {
    let with =
        |name: &str, file: &str| Project::inline(SERVER).config("parties", json!({ name: file }));
    refused(
        with("other", "missing.ts"),
        &["Could not find party", "missing.ts"],
    );
    refused(with("main", "server.ts"), &["main"]);
    refused(with("Bad Name", "server.ts"), &["Bad Name"]);
}

/// Row 227.
#[test]
fn missing_config_file_is_named() {
    refused(
        Project::inline(SERVER).args(&["-c", "nowhere.json"]),
        &["nowhere.json"],
    );
}

#[test]
fn syntax_error_is_shown_with_its_line() {
    let project =
        Project::inline("export default class {\n  onRequest() {\n    return ???;\n  }\n}");
    refused(project, &["server.ts:3:", "return ???"]);
}

#[test]
fn unresolvable_import_names_both_files() {
    let project = Project::inline("import { x } from './lib';\nexport default class { x = x }")
        .file("lib.ts", "export { x } from 'no-such-package';");
    refused(project, &["no-such-package", "lib.ts:1"]);
}

#[test]
fn module_without_a_default_export_is_explained() {
    refused(
        Project::inline("export const x = 1;"),
        &["server.ts", "default export"],
    );
}

#[test]
fn error_at_module_level_is_shown() {
    refused(
        Project::inline("const x = 1;\nthrow new Error('too early');"),
        &["default"],
    );
    let project = Project::inline("export default class {}\n\nthrow new Error('too early');");
    refused(project, &["too early", "server.ts:3:"]);
}

#[test]
fn handler_that_is_no_function_is_named() {
    for handler in [
        "onConnect",
        "onMessage",
        "onRequest",
        "onClose",
        "onError",
        "onAlarm",
    ] {
        let project = Project::inline(&format!("export default {{ {handler}: 'text' }};"));
        refused(project, &[&format!(".{handler} should be a function")]);
    }
    let project = Project::inline("export default { onBeforeRequest: 5 };");
    refused(project, &[".onBeforeRequest should be a function"]);
}

#[test]
fn static_handler_on_the_instance_is_pointed_out() {
    let dev = Project::inline(
        "export default class { onFetch() {} onRequest() { return new Response('ok') } }",
    )
    .dev();
    assert_eq!(dev.get(crate::harness::ROOM).text(), "ok");
    dev.prints(
        ".onFetch is present on the class instance, but it should be defined as a static method",
    );
}

#[test]
fn handlers_that_nothing_calls_are_pointed_out() {
    let dev = Project::inline(
        "export default class { onmessage() {} onRequset() {} onOther() {} static onConnect() {} }",
    )
    .dev();
    dev.prints(".onmessage is not called by anything, did you mean .onMessage?");
    dev.prints(".onRequset is not called by anything, did you mean .onRequest?");
    dev.prints(".onConnect is a static method, but it should be defined on the class instance");
    assert!(!dev.stderr().contains(".onOther is"));
}

#[test]
fn error_while_loading_names_the_file_as_the_project_does() {
    let project = Project::inline(
        "export default class {}\n\nthrow new Error('outer', { cause: new TypeError('inner') });",
    );
    refused(
        project,
        &["Error: outer\n    at server.ts:3:7\nCaused by: TypeError: inner\n    at server.ts:3:"],
    );
    refused(
        Project::inline("export default class {}\nthrow 'words';"),
        &["words\n(what was thrown is no Error"],
    );
    let number = refused(Project::inline("export default 5;"), &["got number"]);
    assert!(!number.stderr.contains("ext:"), "{}", number.stderr);
}

#[test]
fn file_that_was_meant_is_named() {
    let project = Project::inline(SERVER).config("main", json!("server.js"));
    refused(
        project.env("CI", ""),
        &["Could not find main: ./server.js, did you mean `server.ts`?"],
    );
}

#[test]
fn config_that_ends_too_early_is_located_at_its_end() {
    let project = Project::empty().file("partykit.json", "{\n  \"main\": \"server.ts\"\n");
    refused(project, &["partykit.json:2:22"]);
}

#[test]
fn what_this_version_cannot_load_is_said() {
    let builtin =
        Project::inline("import fs from 'node:file';\nexport default class { onRequest() { fs } }");
    refused(builtin, &["node:file", "server.ts:1"]);
}
