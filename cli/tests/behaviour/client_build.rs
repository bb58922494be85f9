//! `serve.build`: client code built by the project's esbuild (specification 8.5 and 10.4).

use serde_json::{Value, json};

use crate::harness::{Dev, Project, eventually};

const ROOM: &str = "export default class { onMessage(m, c) { c.send(m) } }";

/// A project with esbuild, whose client code is built with these options.
fn project(build: Value) -> Project {
    Project::inline(ROOM)
        .packages("react")
        .config("serve", json!({ "path": "public", "build": build }))
}

fn has(dev: &Dev, path: &str, needle: &str) {
    let text = dev.get(path).text();
    assert!(text.contains(needle), "{path} lacks `{needle}`: {text}");
}

fn built_files(dev: &Dev, folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(dev.project().path().join(folder)).expect("it was built");
    let mut names: Vec<String> = entries
        .map(|entry| {
            entry
                .expect("readable")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

/// Row 201.
#[test]
fn entry_is_built_before_the_first_request() {
    let dev = project(json!("src/client.ts"))
        .file(
            "src/client.ts",
            "import { greet } from './greet'; console.log(greet('you'))",
        )
        .file(
            "src/greet.ts",
            "export const greet = (name: string): string => `hello ${name}`",
        )
        .dev();
    let answer = dev.get("/dist/client.js");
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("text/javascript; charset=utf-8")
    );
    has(&dev, "/dist/client.js", "`hello ${name}`");
    has(
        &dev,
        "/dist/client.js",
        "//# sourceMappingURL=client.js.map",
    );
    has(&dev, "/dist/client.js.map", "greet.ts");
}

/// Row 202.
#[test]
fn splitting_css_and_files_of_other_kinds() {
    let dev = project(json!({
        "entry": ["src/a.tsx", "src/deep/b.ts"],
        "loader": { ".png": "file", ".svg": "text", ".woff2": "dataurl" },
    }))
    .file(
        "src/a.tsx",
        "import './a.css'; import image from './i.png'; import text from './t.svg';
         import { shared } from './shared'; import styles from './m.module.css';
         console.log(image, text, shared, styles.box, import('./lazy'))",
    )
    .file(
        "src/deep/b.ts",
        "import { shared } from '../shared'; console.log('b', shared)",
    )
    .file("src/shared.ts", "export const shared = 'in a chunk'")
    .file("src/lazy.ts", "export const later = 'on demand'")
    .file(
        "src/a.css",
        "@font-face { src: url(./f.woff2) } body { background: url(./i.png) }",
    )
    .file("src/m.module.css", ".box { color: red }")
    .file("src/i.png", "not really")
    .file("src/t.svg", "<svg>text</svg>")
    .file("src/f.woff2", "font")
    .dev();
    has(&dev, "/dist/a.js", "<svg>text</svg>");
    has(&dev, "/dist/a.css", "data:font/woff2");
    has(&dev, "/dist/a.css", ".m_box");
    has(&dev, "/dist/deep/b.js", "../chunk-");
    let names = built_files(&dev, "public/dist");
    let starting = |start: &str, end: &str| {
        let found = names
            .iter()
            .find(|name| name.starts_with(start) && name.ends_with(end));
        found
            .unwrap_or_else(|| panic!("No {start}*{end} among {names:?}"))
            .clone()
    };
    let image = starting("i-", ".png");
    has(&dev, "/dist/a.js", &image);
    has(&dev, "/dist/a.css", &image);
    assert_eq!(
        dev.get(&format!("/dist/{image}")).header("content-type"),
        Some("image/png")
    );
    has(
        &dev,
        &format!("/dist/{}", starting("lazy-", ".js")),
        "on demand",
    );
    has(
        &dev,
        &format!("/dist/{}", starting("chunk-", ".js")),
        "in a chunk",
    );
}

/// Row 202.
#[test]
fn options_are_those_of_esbuild() {
    let dev = project(json!({
        "entry": "src/page.ts",
        "format": "iife",
        "splitting": false,
        "minify": true,
        "sourcemap": false,
        "outdir": "public",
        "external": ["elsewhere"],
        "define": { "WHO": "'me'", "BOTH": "'build'" },
    }))
    .config("define", json!({ "EVERYWHERE": "42", "BOTH": "'config'" }))
    .file(
        "src/page.ts",
        "import 'elsewhere'; console.log(WHO, EVERYWHERE, BOTH, process.env.NODE_ENV)",
    )
    .dev();
    let text = dev.get("/page.js").text();
    assert!(text.contains("(()=>{"), "{text}");
    assert!(
        text.contains(r#"console.log("me",42,"build","production")"#),
        "{text}"
    );
    assert!(!text.contains("sourceMappingURL"));
    assert_eq!(built_files(&dev, "public"), ["page.js"]);
}

/// Row 203.
#[test]
fn client_code_knows_the_host() {
    let dev = project(json!("client.js"))
        .file(
            "client.js",
            "console.log(PARTYKIT_HOST, process.env.NODE_ENV)",
        )
        .dev();
    has(&dev, "/dist/client.js", &format!("\"{}\"", dev.host()));
    has(&dev, "/dist/client.js", "\"development\"");
}

/// Row 210.
#[test]
fn client_code_may_have_other_modules_by_another_name() {
    let dev = project(json!({ "entry": "client.js", "alias": { "thing": "./mine.js" } }))
        .file(
            "client.js",
            "import { name } from 'thing'; console.log(name)",
        )
        .file("mine.js", "export const name = 'mine'")
        .dev();
    has(&dev, "/dist/client.js", "mine");
}

#[test]
fn tsconfig_decides_about_jsx_and_paths() {
    let dev = project(json!("src/client.tsx"))
        .file(
            "tsconfig.json",
            r#"{ "compilerOptions": { "jsx": "react-jsx", "paths": { "~/*": ["./src/*"] } } }"#,
        )
        .file(
            "src/client.tsx",
            "import { C } from '~/c'; console.log(<C />)",
        )
        .file("src/c.tsx", "export const C = () => <b>bold</b>")
        .dev();
    has(&dev, "/dist/client.js", "react/jsx-runtime");
    has(&dev, "/dist/client.js", "bold");
}

#[test]
fn saved_client_code_is_built_again_and_no_room_notices() {
    let dev = project(json!("client.js"))
        .file("client.js", "import { a } from './a'; console.log(a)")
        .file("a.js", "export const a = 'one'")
        .dev();
    let mut socket = dev.ws("/parties/main/r");
    dev.edit("a.js", "export const a = 'two'");
    eventually("the new code is served", || {
        dev.get("/dist/client.js")
            .text()
            .contains("two")
            .then_some(())
    });
    // A file that takes the place of one that was found.
    dev.edit("a.ts", "export const a: string = 'three'");
    eventually("the new file is built", || {
        dev.get("/dist/client.js")
            .text()
            .contains("three")
            .then_some(())
    });
    dev.stdout_has("Client code built in");
    assert_eq!(socket.ask("still here"), "still here");
    assert!(!dev.stdout().contains("Reloaded"));
}

#[test]
fn client_error_is_shown_and_the_server_goes_on() {
    let dev = project(json!("client.js"))
        .file("client.js", "import { a } from './a'; console.log(a)")
        .file("a.js", "export const a = 'one'")
        .file("public/index.html", "index")
        .dev();
    let mut socket = dev.ws("/parties/main/r");
    dev.edit("a.js", "export const a = ;");
    dev.stderr_has("a.js:1:17");
    dev.stderr_has("export const a = ;");
    let during = dev.get("/dist/client.js");
    assert_eq!(during.status, 503);
    assert!(
        during.text().contains("Unexpected \";\""),
        "{}",
        during.text()
    );
    assert_eq!(socket.ask("still here"), "still here");
    dev.edit("a.js", "export const a = 'fixed'");
    eventually("the repaired code is served", || {
        dev.get("/dist/client.js")
            .text()
            .contains("fixed")
            .then_some(())
    });
}

#[test]
fn error_in_the_first_build_does_not_end_the_server() {
    let dev = project(json!("client.js"))
        .file("client.js", "import { a } from './later'; console.log(a)")
        .dev();
    dev.stderr_has("Could not resolve \"./later\"");
    let missing = dev.get("/dist/client.js");
    assert_eq!(missing.status, 503);
    assert!(missing.text().contains("./later"), "{}", missing.text());
    assert_eq!(dev.get("/other.js").status, 404);
    assert_eq!(dev.ws("/parties/main/r").ask("here"), "here");
    dev.edit("later.js", "export const a = 'late'");
    eventually("the code is served", || {
        dev.get("/dist/client.js")
            .text()
            .contains("late")
            .then_some(())
    });
}

/// Runs that give up because of the server's code know nothing of the client's.
#[test]
fn build_that_was_stopped_is_no_error_of_the_client_code() {
    let project = Project::inline("export default class { broken( }")
        .config("serve", json!({ "path": "public", "build": "client.js" }))
        .file("client.js", "console.log(1)")
        .file("slow.sh", "#!/bin/sh\nexec sleep 60\n");
    let program = project.path().join("slow.sh");
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&program, executable).expect("ours");
    let exit = project
        .env("ESBUILD_BINARY_PATH", &program.display().to_string())
        .fails();
    assert_eq!(exit.code, Some(1));
    assert!(exit.stderr.contains("server.ts:1:"), "{}", exit.stderr);
    assert!(!exit.stderr.contains("client code"), "{}", exit.stderr);
}

#[test]
fn missing_esbuild_is_named_and_rooms_work() {
    let dev = Project::inline(ROOM)
        .config("serve", json!({ "path": "public", "build": "client.js" }))
        .file("client.js", "console.log(1)")
        .file("public/dist/client.js", "built elsewhere")
        .env("PATH", "/nowhere")
        .dev();
    dev.stderr_has("`npm install --save-dev esbuild`");
    assert_eq!(dev.ws("/parties/main/r").ask("here"), "here");
    assert_eq!(dev.get("/dist/client.js").text(), "built elsewhere");
}

#[test]
fn config_in_a_sub_folder_builds_there() {
    let dev = Project::empty()
        .packages("react")
        .file(
            "app/partykit.json",
            r#"{ main: "server.ts", serve: { path: "public", build: "src/client.ts" } }"#,
        )
        .file("app/server.ts", ROOM)
        .file("app/src/client.ts", "console.log('sub folder')")
        .folder("app")
        .dev();
    has(&dev, "/dist/client.js", "sub folder");
}

#[test]
fn changed_options_take_effect() {
    let dev = project(json!("one.js"))
        .file("one.js", "console.log('one')")
        .file("two.js", "console.log('two')")
        .dev();
    has(&dev, "/dist/one.js", "one");
    let path = dev.project().path().join("partykit.json");
    let text = std::fs::read_to_string(path).expect("it was written");
    dev.edit("partykit.json", &text.replace("one.js", "two.js"));
    eventually("the other entry is built", || {
        (dev.get("/dist/two.js").status == 200).then_some(())
    });
}
