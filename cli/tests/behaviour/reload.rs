//! The dev loop: a saved file is served, and a broken one never stops the old code.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::harness::{Dev, Project, ROOM, eventually};

/// A room that answers with `text`, and counts its requests in storage under `?count`.
fn version(text: &str) -> String {
    format!(
        r#"
export default class {{
  constructor(readonly room) {{}}
  onMessage(message, conn) {{ conn.send("{text}"); }}
  async onRequest(req) {{
    if (!req.url.endsWith("?count")) return new Response("{text}");
    const n = ((await this.room.storage.get("n")) ?? 0) + 1;
    await this.room.storage.put("n", n);
    return Response.json(n);
  }}
}}"#
    )
}

fn started() -> Dev {
    let dev = Dev::inline(&version("one"));
    assert_eq!(dev.get(ROOM).text(), "one");
    dev
}

/// Row 237.
#[test]
fn saved_file_is_served() {
    let dev = started();
    dev.edit("server.ts", &version("two"));
    dev.answers(ROOM, "two");
    dev.edit("server.ts", &version("three"));
    dev.answers(ROOM, "three");
}

/// Row 237.
#[test]
fn saved_import_is_served() {
    let dev = Project::inline(
        r#"import { text } from "./src/text"; import data from "./data.json";
export default class { onRequest() { return new Response(text + data.n); } }"#,
    )
    .file("src/text.ts", "export const text = 'a';")
    .file("data.json", r#"{ "n": 1 }"#)
    .dev();
    assert_eq!(dev.get(ROOM).text(), "a1");
    dev.edit("src/text.ts", "export const text = 'b';");
    dev.answers(ROOM, "b1");
    dev.edit("data.json", r#"{ "n": 2 }"#);
    dev.answers(ROOM, "b2");
}

/// Row 237.
#[test]
fn new_import_is_watched() {
    let dev = started();
    dev.edit("new.ts", "export const text = 'new';");
    dev.edit(
        "server.ts",
        "import { text } from './new'; export default class { onRequest() { return new Response(text); } }",
    );
    dev.answers(ROOM, "new");
    dev.edit("new.ts", "export const text = 'newer';");
    dev.answers(ROOM, "newer");
}

/// Row 237.
#[test]
fn file_replaced_by_rename_is_served() {
    let dev = started();
    let file = dev.project().path().join("server.ts");
    for text in ["two", "three"] {
        dev.edit("server.ts~", &version(text));
        fs::rename(file.with_extension("ts~"), &file).expect("both are in the scratch folder");
        dev.answers(ROOM, text);
    }
}

/// Row 237.
#[test]
fn no_request_fails_while_reloading() {
    let dev = started();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let poller = scope.spawn(|| {
            let mut answers = Vec::new();
            while !done.load(Ordering::Relaxed) {
                let answer = dev.get(ROOM);
                assert_eq!(answer.status, 200, "{}", answer.text());
                answers.push(answer.text());
            }
            answers
        });
        for i in 0..5 {
            let text = format!("edit {i}");
            dev.edit("server.ts", &version(&text));
            dev.answers(ROOM, &text);
        }
        done.store(true, Ordering::Relaxed);
        let answers = poller.join().expect("every poll was answered");
        assert!(
            answers.iter().any(|answer| answer == "edit 4"),
            "{answers:?}"
        );
    });
}

/// Rows 173, 237.
#[test]
fn storage_outlives_a_reload() {
    let dev = started();
    let count = format!("{ROOM}?count");
    assert_eq!(dev.json(&count), 1);
    dev.edit("server.ts", &version("two"));
    dev.answers(ROOM, "two");
    assert_eq!(dev.json(&count), 2);
}

/// Row 238.
#[test]
fn sockets_reach_the_new_code_or_are_told_to_reconnect() {
    let dev = started();
    let mut socket = dev.ws(ROOM);
    assert_eq!(socket.ask("?"), "one");
    dev.edit("server.ts", &version("two"));
    dev.answers(ROOM, "two");
    match socket.ask_unless_closed("?") {
        Ok(answer) => assert_eq!(answer, "two"),
        Err(closed) => assert!(matches!(closed.code, 1006 | 1012), "{closed:?}"),
    }
    assert_eq!(dev.ws(ROOM).ask("?"), "two");
}

/// Row 239.
#[test]
fn syntax_error_keeps_the_old_code() {
    let dev = started();
    dev.edit(
        "server.ts",
        "export default class {\n  onRequest() { return new Response( }\n}\n",
    );
    dev.stderr_has("server.ts:2:");
    assert_eq!(dev.get(ROOM).text(), "one");
    dev.edit("server.ts", &version("two"));
    dev.answers(ROOM, "two");
}

/// Row 239. The last word on the screen is no error when there is none.
#[test]
fn file_that_is_put_back_is_told_of() {
    let dev = started();
    let told = || dev.stdout().matches("Back to the running version").count();
    for times in 1..=2 {
        dev.edit("server.ts", "export default class {");
        let refused = || {
            dev.stderr()
                .matches("Still serving the previous version.")
                .count()
        };
        eventually("it is refused", || (refused() == times).then_some(()));
        dev.edit("server.ts", &version("one"));
        eventually("it is told", || (told() == times).then_some(()));
    }
    assert!(!dev.stdout().contains("Reloaded"), "{}", dev.stdout());
    dev.edit("server.ts", &version("two"));
    dev.answers(ROOM, "two");
    assert_eq!(told(), 2);
}

/// Row 239.
#[test]
fn unresolvable_import_keeps_the_old_code() {
    let dev = started();
    dev.edit(
        "server.ts",
        &format!("import './missing';{}", version("two")),
    );
    dev.stderr_has("./missing");
    assert_eq!(dev.get(ROOM).text(), "one");
    dev.edit("missing.ts", "export {};");
    dev.edit(
        "server.ts",
        &format!("import './missing';\n{}", version("three")),
    );
    dev.answers(ROOM, "three");
}

/// Row 240.
#[test]
fn error_at_module_level_keeps_the_old_code() {
    let dev = started();
    let broken = format!(
        "{}\nconst n: number = 1;\nthrow new Error('at the top ' + n);\n",
        version("two")
    );
    let line = broken.lines().count();
    dev.edit("server.ts", &broken);
    dev.stderr_has("at the top 1");
    dev.stderr_has(&format!("server.ts:{line}:"));
    assert_eq!(dev.get(ROOM).text(), "one");
    dev.edit("server.ts", &version("three"));
    dev.answers(ROOM, "three");
}

/// Row 240.
#[test]
fn handler_that_is_no_function_keeps_the_old_code() {
    let dev = started();
    dev.edit("server.ts", "export default { onConnect: 5 };");
    dev.stderr_has(".onConnect should be a function");
    assert_eq!(dev.get(ROOM).text(), "one");
    dev.edit("server.ts", &version("two"));
    dev.answers(ROOM, "two");
}

/// Row 240.
#[test]
fn vanished_file_keeps_the_old_code() {
    let dev = started();
    fs::remove_file(dev.project().path().join("server.ts")).expect("the file was written");
    dev.stderr_has("server.ts");
    assert_eq!(dev.get(ROOM).text(), "one");
    dev.edit("server.ts", &version("back"));
    dev.answers(ROOM, "back");
}

/// Rows 225, 237.
#[test]
fn saved_config_and_env_are_served() {
    let dev = Project::inline(
        r#"export default class { static onFetch(req, lobby) { return Response.json(lobby.env) } }"#,
    )
    .file(".env", "A=1\n")
    .dev();
    assert_eq!(dev.json("/"), json!({ "A": "1" }));
    dev.edit(".env", "A=2\n");
    eventually("the edited .env is read", || {
        (dev.json("/") == json!({ "A": "2" })).then_some(())
    });
    dev.edit(
        "partykit.json",
        r#"{ "name": "x", "main": "server.ts", "vars": { "B": true } }"#,
    );
    let both = json!({ "A": "2", "B": true });
    eventually("the edited config is read", || {
        (dev.json("/") == both).then_some(())
    });
}

/// Rows 226, 240.
#[test]
fn broken_config_keeps_the_old_one() {
    let dev = started();
    dev.edit("partykit.json", r#"{ "main": "server.ts", "prot": 1999 }"#);
    dev.stderr_has("prot");
    assert_eq!(dev.get(ROOM).text(), "one");
    dev.edit("partykit.json", r#"{ "main": "server.ts" }"#);
    thread::sleep(Duration::from_millis(200));
    dev.edit("server.ts", &version("two"));
    dev.answers(ROOM, "two");
}

/// Row 237.
#[test]
fn burst_of_saves_ends_with_the_last() {
    let dev = started();
    for i in 0..30 {
        dev.edit("server.ts", &version(&format!("save {i}")));
    }
    dev.answers(ROOM, "save 29");
    thread::sleep(Duration::from_millis(300));
    assert_eq!(dev.get(ROOM).text(), "save 29");
}

/// Row 240.
#[test]
fn module_that_never_ends_loading_keeps_the_old_code() {
    let dev = started();
    dev.edit("server.ts", &format!("for (;;) {{}}\n{}", version("two")));
    thread::sleep(Duration::from_millis(500));
    assert_eq!(dev.get(ROOM).text(), "one");
    dev.edit("server.ts", &version("three"));
    dev.answers(ROOM, "three");
}

/// Row 205.
#[test]
fn new_files_that_fit_a_computed_path_are_found() {
    let dev = Project::inline(
        "export default class { async onRequest(request) {\n\
           const name = new URL(request.url).searchParams.get('name');\n\
           const module = await import(`./plugins/${name}.ts`).catch(() => ({ default: 'none' }));\n\
           return new Response(module.default); } }",
    )
    .file("plugins/first.ts", "export default 'first';")
    .dev();
    assert_eq!(dev.get(&format!("{ROOM}?name=first")).text(), "first");
    assert_eq!(dev.get(&format!("{ROOM}?name=second")).text(), "none");
    dev.edit("plugins/second.ts", "export default 'second';");
    dev.answers(&format!("{ROOM}?name=second"), "second");
}
