//! Code that nobody uses: the original's bundle does not have it, so it must not run.

use serde_json::json;

use crate::harness::{Project, ROOM};

/// A room that answers with the JSON of `value`, in a file that starts with `declarations`.
fn answers(declarations: &str, value: &str) -> Project {
    Project::inline(&format!(
        "{declarations}\nexport default class {{ async onRequest() {{ return Response.json({value}); }} }}"
    ))
}

/// Code for browsers: it cannot run here.
const BUTTON: &str = "const root = document.getElementById('root');\n\
                      window.addEventListener('resize', () => {});\n\
                      export function Button() { return root; }";

const BARREL: &str = "export { cn } from './cn.js';\nexport * from './button.js';\n\
                      export { Button as Other } from './button.js';";

const CN: &str = "export const cn = (...names) => names.join(' ');";

/// A server that uses the harmless half of a package for browsers.
fn with_package(package: &str, server: &str, value: &str) -> Project {
    answers(server, value)
        .file("node_modules/ui/package.json", package)
        .file("node_modules/ui/index.js", BARREL)
        .file("node_modules/ui/cn.js", CN)
        .file("node_modules/ui/button.js", BUTTON)
}

/// Row 205.
#[test]
fn a_package_without_side_effects_runs_only_what_is_used_of_it() {
    for package in [
        r#"{ "name": "ui", "main": "index.js", "sideEffects": false }"#,
        r#"{ "name": "ui", "main": "index.js", "sideEffects": [] }"#,
        r#"{ "name": "ui", "main": "index.js", "sideEffects": ["*.css", "./dist/**/*.js"] }"#,
    ] {
        let dev = with_package(package, "import { cn } from 'ui';", "cn('a', 'b')").dev();
        assert_eq!(dev.json(ROOM), json!("a b"), "{package}");
    }
}

/// Row 205.
#[test]
fn files_with_side_effects_run_though_nobody_uses_them() {
    for package in [
        r#"{ "name": "ui", "main": "index.js" }"#,
        r#"{ "name": "ui", "main": "index.js", "sideEffects": true }"#,
        r#"{ "name": "ui", "main": "index.js", "sideEffects": ["button.js"] }"#,
    ] {
        let server = "import { cn } from 'ui';";
        let exit = with_package(package, server, "cn('a', 'b')").fails();
        assert!(exit.stderr.contains("document is not defined"), "{package}");
    }
}

/// Row 205.
#[test]
fn importing_a_namespace_runs_what_is_read_of_it() {
    let package = r#"{ "name": "ui", "main": "index.js", "sideEffects": false }"#;
    let server = "import * as ui from 'ui'; import 'ui';";
    let dev = with_package(package, server, "[ui.cn('a', 'b'), typeof ui.missing]").dev();
    assert_eq!(dev.json(ROOM), json!(["a b", "undefined"]));
    let exit = with_package(package, server, "Object.keys(ui)").fails();
    assert!(exit.stderr.contains("document is not defined"));
}

/// Row 205.
#[test]
fn import_by_a_call_and_common_js_run_whole() {
    let package = r#"{ "name": "ui", "main": "index.js", "sideEffects": false }"#;
    let value = "await import('ui').then((ui) => ui.cn('a'), (error) => error.message)";
    let dev = with_package(package, "", value).dev();
    assert_eq!(dev.json(ROOM), json!("document is not defined"));
    let dev = answers("import { cn } from 'ui';", "[cn(), globalThis.ran]")
        .file("node_modules/ui/package.json", package)
        .file(
            "node_modules/ui/index.js",
            "globalThis.ran = true; exports.cn = () => 'cn'; exports.other = 1;",
        )
        .dev();
    assert_eq!(dev.json(ROOM), json!(["cn", true]));
}

/// Row 205.
#[test]
fn the_projects_own_files_follow_its_package() {
    let dev = answers("import { cn } from './lib';", "cn('a', 'b')")
        .file("package.json", r#"{ "name": "app", "sideEffects": false }"#)
        .file(
            "lib/index.ts",
            "export { cn } from './cn'; export { Button } from './button';",
        )
        .file(
            "lib/cn.ts",
            "export const cn = (...names: string[]) => names.join(' ');",
        )
        .file("lib/button.tsx", BUTTON)
        .dev();
    assert_eq!(dev.json(ROOM), json!("a b"));
}

/// Row 205.
#[test]
fn unused_statements_without_effect_do_not_run() {
    let lib = "globalThis.log = [];\nconst log = (word) => (globalThis.log.push(word), word);\n\
        const a = /* @__PURE__ */ log('marked');\n\
        export const b = /* #__PURE__ */ log('exported'), c = log('unmarked');\n\
        class D { static d = /* @__PURE__ */ log('field') }\n\
        class E { static e = log('effect') }\n\
        /* @__NO_SIDE_EFFECTS__ */ function make(word) { return log(word) }\n\
        export const f = make('made');\n\
        export default /* @__PURE__ */ log('default');\n\
        export const used = /* @__PURE__ */ log('used');";
    for name in ["lib.js", "lib.ts"] {
        let server = format!("import {{ used }} from './{name}';");
        let dev = answers(&server, "[used, ...log]").file(name, lib).dev();
        let expected = json!(["used", "unmarked", "effect", "used"]);
        assert_eq!(dev.json(ROOM), expected, "{name}");
    }
}

/// Row 243.
#[test]
fn stacks_name_the_users_lines_where_statements_are_left_out() {
    let lib = "import { never } from 'ui';\nconst a = /* @__PURE__ */ never(),\n  b = 2; export { a };\n\
        export function fail() { throw new Error(`own ${b}`) }\nexport const c = a;";
    for name in ["lib.js", "lib.ts"] {
        let server = format!("import {{ fail }} from './{name}';");
        let value = "(() => { try { fail() } catch (error) { return error.stack } })()";
        let dev = answers(&server, value)
            .file(name, lib)
            .file(
                "node_modules/ui/package.json",
                r#"{ "name": "ui", "main": "index.js", "sideEffects": false }"#,
            )
            .file("node_modules/ui/index.js", "export const never = document;")
            .dev();
        let stack = dev.json(ROOM);
        let stack = stack.as_str().expect("a stack is a text");
        assert!(stack.contains(&format!("{name}:4:")), "{stack}");
        assert!(stack.contains("own 2"), "{stack}");
    }
}

/// Row 205.
#[test]
fn what_a_save_begins_to_use_runs() {
    let package = r#"{ "name": "ui", "main": "index.js", "sideEffects": false }"#;
    let dev = with_package(package, "import { cn } from 'ui';", "cn('a', 'b')").dev();
    assert_eq!(dev.json(ROOM), json!("a b"));
    dev.edit(
        "node_modules/ui/button.js",
        "export const Button = () => 'button';",
    );
    dev.edit(
        "server.ts",
        "import { cn, Other } from 'ui';\n\
         export default class { onRequest() { return new Response(cn(Other(), 'b')) } }",
    );
    dev.answers(ROOM, "button b");
}

/// Row 205.
#[test]
fn unused_files_are_refused_like_all_others() {
    let package = r#"{ "name": "ui", "main": "index.js", "sideEffects": false }"#;
    let project = || with_package(package, "import { cn } from 'ui';", "cn('a')");
    let exit = project()
        .file("node_modules/ui/button.js", "export const Button = ;")
        .fails();
    assert!(exit.stderr.contains("button.js:1"), "{}", exit.stderr);
    let exit = project()
        .file("node_modules/ui/button.js", "import './gone.js';")
        .fails();
    assert!(exit.stderr.contains("./gone.js"), "{}", exit.stderr);
    let exit = project()
        .file("node_modules/ui/button.js", "export const Link = 1;")
        .fails();
    assert!(exit.stderr.contains("Button"), "{}", exit.stderr);
}
