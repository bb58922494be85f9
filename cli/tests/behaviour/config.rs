//! `partykit.json`, `.env` files, and what becomes of them.

use serde_json::json;

use crate::harness::{Project, ROOM};

const SERVER: &str = r#"export default class { static onFetch(req, lobby) { return Response.json(lobby.env) } onRequest() { return new Response("served") } }"#;

/// Row 225.
#[test]
fn config_may_be_json5_under_every_name() {
    let text = "{\n  // a comment\n  main: 'server.ts', /* more */\n  vars: { A: 1, },\n}";
    for name in ["partykit.json", "partykit.json5", "partykit.jsonc"] {
        let dev = Project::empty()
            .file("server.ts", SERVER)
            .file(name, text)
            .dev();
        assert_eq!(dev.json("/"), json!({ "A": 1 }), "{name}");
    }
}

/// Row 225.
#[test]
fn config_may_be_in_package_json() {
    let package =
        r#"{ "name": "p", "partykit": { "main": "server.ts", "vars": { "A": "package" } } }"#;
    let dev = Project::empty()
        .file("server.ts", SERVER)
        .file("package.json", package)
        .dev();
    assert_eq!(dev.json("/"), json!({ "A": "package" }));
    let both = Project::inline(SERVER).file("package.json", package).dev();
    assert_eq!(both.json("/"), json!({}), "a config file hides the field");
}

/// Rows 225, 227.
#[test]
fn main_is_relative_to_its_config() {
    let dev = Project::empty()
        .file("deep/er/src/server.ts", SERVER)
        .file(
            "deep/er/other.json",
            r#"{ main: "src/server.ts", vars: { A: "deep" } }"#,
        )
        .args(&["-c", "deep/er/other.json"])
        .dev();
    assert_eq!(dev.json("/"), json!({ "A": "deep" }));
    assert_eq!(dev.get(ROOM).text(), "served");
}

/// Row 225.
#[test]
fn script_argument_replaces_main() {
    let dev = Project::inline("export default class {}")
        .file("other.ts", SERVER)
        .args(&["other.ts"])
        .dev();
    assert_eq!(dev.get(ROOM).text(), "served");
    let bare = Project::empty()
        .file("other.ts", SERVER)
        .args(&["other.ts"])
        .dev();
    assert_eq!(bare.get(ROOM).text(), "served", "no config is needed");
}

/// Row 228.
#[test]
fn party_names_may_have_hyphens() {
    let dev = Project::inline(SERVER)
        .party("my-party", SERVER)
        .party("class", SERVER)
        .dev();
    assert_eq!(dev.get("/parties/my-party/r").text(), "served");
    assert_eq!(dev.get("/parties/class/r").text(), "served");
}

/// Row 230.
#[test]
fn fields_of_other_commands_are_accepted() {
    let dev = Project::inline(SERVER)
        .config("$schema", json!("https://www.partykit.io/schema.json"))
        .config("team", json!("team"))
        .config("domain", json!("party.example.test"))
        .config("logpush", json!(true))
        .config("analytics", json!("dataset"))
        .config("placement", json!({ "mode": "smart" }))
        .config(
            "observability",
            json!({ "enabled": true, "head_sampling_rate": 0.5 }),
        )
        .config("tailConsumers", json!([]))
        .config("compatibilityFlags", json!(["no_global_navigator"]))
        .config("minify", json!(false))
        .dev();
    assert_eq!(dev.get(ROOM).text(), "served");
}

/// Row 229.
#[test]
fn missing_compatibility_date_does_not_stop_it() {
    let dev = Project::empty()
        .file("server.ts", SERVER)
        .file("partykit.json", r#"{ "main": "server.ts" }"#)
        .dev();
    assert_eq!(dev.get(ROOM).text(), "served");
}

/// Rows 222, 223.
#[test]
fn process_env_is_the_env_files_and_node_env() {
    let dev = Project::inline(
        r#"
const early = process.env.FROM_ENV;
export default class {
  onRequest() {
    return Response.json([early, process.env.FROM_LOCAL, process.env.NODE_ENV, process.env.FROM_VARS ?? null,
      process.env.FROM_FLAG ?? null, process.env.FROM_SYSTEM ?? null, Object.keys(process.env).includes("FROM_ENV")]);
  }
}"#,
    )
    .file(".env", "FROM_ENV='quoted # value'\nFROM_LOCAL=env\n# comment\n")
    .file(".env.local", "export FROM_LOCAL=\"local\"\n")
    .config("vars", json!({ "FROM_VARS": "no" }))
    .args(&["--var", "FROM_FLAG=no"])
    .env("FROM_SYSTEM", "no")
    .dev();
    let expected = json!([
        "quoted # value",
        "local",
        "development",
        null,
        null,
        null,
        true
    ]);
    assert_eq!(dev.json(ROOM), expected);
}

/// Row 224.
#[test]
fn env_file_of_a_parent_folder_is_found() {
    let dev = Project::empty()
        .file(".env", "A=parent\n")
        .file("app/server.ts", SERVER)
        .file("app/partykit.json", r#"{ "main": "server.ts" }"#)
        .folder("app")
        .dev();
    assert_eq!(dev.json("/"), json!({ "A": "parent" }));
}

/// Row 220.
#[test]
fn defines_are_expressions() {
    let dev = Project::inline(
        r#"
export default class {
  onRequest() { return Response.json([TEXT, NUMBER, process.env.MODE, NESTED.a, "TEXT", typeof MISSING]); }
}"#,
    )
    .config(
        "define",
        json!({ "TEXT": "'text'", "NUMBER": "1", "process.env.MODE": "'test'", "NESTED": "{ \"a\": [1] }" }),
    )
    .args(&["--define", "NUMBER=88888"])
    .dev();
    assert_eq!(
        dev.json(ROOM),
        json!(["text", 88888, "test", [1], "TEXT", "undefined"])
    );
}

/// Row 221.
#[test]
fn with_env_makes_constants_of_variables() {
    let source = r#"
declare const SECRET: string, BOTH: string;
export default class {
  onRequest() { return Response.json([SECRET, BOTH, typeof LOCAL, process.env.SECRET]); }
}"#;
    let project = || {
        Project::inline(source)
            .file(
                ".env",
                "SECRET=\"it's \\\"quoted\\\" \\\\ `text`\"\nBOTH=env\nnot-a-name=1\n",
            )
            .file(".env.local", "LOCAL=1\n")
            .config("define", json!({ "BOTH": "'define'" }))
    };
    let dev = project().args(&["--with-env"]).dev();
    let answer = dev.json(ROOM);
    assert_eq!(answer[0], answer[3]);
    assert_eq!(answer[1], "define");
    assert_eq!(answer[2], "string");
    dev.stderr_has("`not-a-name`");
    let without = project().dev();
    assert_eq!(without.get(ROOM).status, 500);
}

#[test]
fn chosen_env_files_replace_the_search() {
    let dev = Project::inline(SERVER)
        .file(".env", "A=found\n")
        .file(".env.local", "A=local\n")
        .file("conf/a.env", "A=a\nB=a\n")
        .file("conf/b.env", "B=b\n")
        .args(&["--env-file", "conf/a.env", "--env-file", "conf/b.env"])
        .dev();
    assert_eq!(dev.json("/"), json!({ "A": "a", "B": "b" }));
    dev.edit("conf/b.env", "B=c\n");
    dev.answers("/", r#"{"A":"a","B":"c"}"#);
}

#[test]
fn lines_of_env_files_that_set_nothing_are_pointed_out() {
    let dev = Project::inline(SERVER)
        .file(".env", "\u{feff}A=1\r\nwhat is this\r\nB=2\r\n")
        .dev();
    assert_eq!(dev.json("/"), json!({ "A": "1", "B": "2" }));
    dev.stderr_has(".env:2:");
}

/// Row 225.
#[test]
fn config_may_start_with_a_mark_and_end_lines_twice() {
    let dev = Project::empty()
        .file("server.ts", SERVER)
        .file(
            "partykit.json",
            "\u{feff}{\r\n  // text\r\n  \"main\": \"server.ts\"\r\n}\r\n",
        )
        .dev();
    assert_eq!(dev.get(ROOM).text(), "served");
}

/// Row 219.
#[test]
fn host_define_is_the_loopback_address() {
    let source = r#"export default class {
  onRequest() { return Response.json([PARTYKIT_HOST, typeof PARTYKIT_API_BASE, JSON.parse(PARTYKIT_PROCESS_ENV)]); }
}"#;
    let dev = Project::inline(source).file(".env", "A='b'\n").dev();
    assert_eq!(dev.json(ROOM), json!([dev.host(), "string", { "A": "b" }]));
}

/// Row 220.
#[test]
fn defines_see_scopes_types_and_chains() {
    let dev = Project::inline(
        r#"
declare const TEXT: string;
export default class {
  onRequest() {
    const inner = ((TEXT) => TEXT)("param");
    return Response.json([{ TEXT }, inner, typeof TEXT, process?.env?.MODE, (process as any).env.MODE,
      OBJECT.list[1], import.meta.env.MODE, `${TEXT}`]);
  }
}"#,
    )
    .config(
        "define",
        json!({
            "TEXT": "'text'",
            "process.env.MODE": "'test'",
            "OBJECT": "{\"list\": [1, 2]}",
            "import.meta.env.MODE": "'meta'",
        }),
    )
    .dev();
    assert_eq!(
        dev.json(ROOM),
        json!([{ "TEXT": "text" }, "param", "string", "test", "test", 2, "meta", "text"])
    );
}

#[test]
fn verbose_says_what_the_project_is_made_of() {
    let dev = Project::inline(SERVER).args(&["--verbose"]).dev();
    dev.stdout_has("Configuration: partykit.json");
    dev.stdout_has("Party main: server.ts");
    dev.edit("server.ts", &SERVER.replace("served", "changed"));
    dev.answers(ROOM, "changed");
    dev.stdout_has("Changed: server.ts");
}
