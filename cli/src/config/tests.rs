//! What a configuration means, and the words a user reads when it means nothing.

use std::fs;

use clap::Parser;

use super::*;
use crate::command::{Args, Command};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Folder {
        let folder = Folder(tempfile::tempdir().expect("a scratch folder"));
        for (name, text) in files {
            let path = folder.path(name);
            fs::create_dir_all(path.parent().expect("inside the folder")).expect("created");
            fs::write(path, text).expect("written");
        }
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().canonicalize().expect("it exists").join(name)
    }

    fn load_in(&self, inside: &str, line: &str) -> Result<Settings, ConfigErrors> {
        let words = ["partyrun", "dev"]
            .into_iter()
            .chain(line.split_whitespace());
        let args = Args::try_parse_from(words).expect("the line parses");
        let Some(Command::Dev(args)) = args.command else {
            panic!("`dev` was not recognised")
        };
        Settings::load(&args, &self.path(inside))
    }

    fn load(&self, line: &str) -> Settings {
        match self.load_in("", line) {
            Ok(settings) => settings,
            Err(errors) => panic!("rejected: {errors:?}"),
        }
    }

    fn messages(&self, line: &str) -> Vec<String> {
        let errors = self.load_in("", line).expect_err("is rejected");
        errors.0.iter().map(ToString::to_string).collect()
    }
}

fn config(text: &str) -> Folder {
    Folder::new(&[("partykit.json", text)])
}

#[test]
fn every_fault_is_one_message_with_file_key_expected_and_given() {
    for (text, expected) in [
        (
            r#"{main: "a.ts", port: "x"}"#,
            r#"`port` must be a number from 0 to 65535, got string "x""#,
        ),
        (
            r#"{main: "a.ts", port: 70000}"#,
            "`port` must be a number from 0 to 65535, got number 70000",
        ),
        (
            r#"{main: "a.ts", port: 1.5}"#,
            "`port` must be a number from 0 to 65535, got number 1.5",
        ),
        ("{main: null}", "`main` must be a string, got null"),
        (r#"{prot: 1}"#, "Unknown key `prot`, did you mean `port`?"),
        (r#"{bogus: 1}"#, "Unknown key `bogus`"),
        (
            r#"{serve: {pth: "x"}}"#,
            "Unknown key `serve.pth`, did you mean `path`?",
        ),
        (
            "{serve: 5}",
            "`serve` must be a string or an object, got number 5",
        ),
        (
            r#"{serve: {include: []}}"#,
            "Not implemented keys in config.serve: include",
        ),
        (
            r#"{persist: 1}"#,
            "`persist` must be true or false or a string, got number 1",
        ),
        (
            r#"{define: {A: 1}}"#,
            "`define.A` must be a string, got number 1",
        ),
        (r#"{vars: []}"#, "`vars` must be an object, got an array"),
        (
            r#"{compatibilityFlags: ["a", 1]}"#,
            "`compatibilityFlags[1]` must be a string, got number 1",
        ),
        (
            r#"{serve: {build: {loader: {".x": "no"}}}}"#,
            "`serve.build.loader[\".x\"]` must be one of base64, binary, copy, css, dataurl, default, \
             empty, file, js, json, jsx, local-css, text, ts, tsx, got string \"no\"",
        ),
        (
            r#"{name: "a_b"}"#,
            "Project name must be a valid url path (letters a-z, digits and hyphens), got `a_b`",
        ),
        (
            r#"{parties: {"Bad Name": "x.ts"}}"#,
            "Invalid party name, must satisfy /^[a-z0-9_-]+$/: `Bad Name`",
        ),
        (
            r#"{parties: {main: "x.ts"}}"#,
            "Cannot have a party named \"main\": `main` at the top of the file is that party",
        ),
        ("[]", "The configuration must be an object, got an array"),
    ] {
        let messages = config(text).messages("");
        let [message] = &messages[..] else {
            panic!("{text}: {messages:?}")
        };
        let parts: Vec<_> = message.splitn(4, ':').collect();
        assert_eq!([parts[0], parts[1]], ["partykit.json", "1"], "{message}");
        assert_eq!(parts[3], format!(" {expected}"), "{text}");
    }
}

#[test]
fn faults_have_their_place_in_the_file() {
    for (text, place) in [
        ("{\n  main: 'a.ts',\n  port: true\n}", "3:9"),
        ("{\n  prot: 1\n}", "2:3"),
        ("{name: 'A'}", "1:8"),
        ("{parties: {\n'main': 'x.ts'}}", "2:1"),
    ] {
        let messages = config(text).messages("");
        let expected = format!("partykit.json:{place}: ");
        assert!(messages[0].starts_with(&expected), "{messages:?}");
    }
    let package = r#"{"name": "x",
  "partykit": {"port": "1"}}"#;
    let messages = Folder::new(&[("package.json", package)]).messages("");
    assert!(
        messages[0].starts_with("package.json:2:24: "),
        "{messages:?}"
    );
}

#[test]
fn all_faults_are_reported_at_once() {
    assert_eq!(config("{main: 1, port: true, x: 2}").messages("").len(), 3);
}

#[test]
fn broken_json5_names_line_and_column() {
    let messages = config("{\n  main: oops\n}").messages("");
    assert_eq!(
        messages,
        ["partykit.json:2:9: Not valid JSON5: expected value"]
    );
}

#[test]
fn deep_nesting_is_refused_with_its_place() {
    let nested = format!(
        "{{\n  main: {}1{}\n}}",
        "[".repeat(50_000),
        "]".repeat(50_000)
    );
    let messages = config(&nested).messages("");
    assert_eq!(
        messages,
        ["partykit.json:2:136: Nested too deeply, most levels: 128"]
    );
}

#[test]
fn missing_pieces_are_named() {
    let folder = config("{}");
    assert!(
        folder.messages("")[0]
            .starts_with("Missing entry point, please specify \"main\" in your config")
    );
    assert!(folder.messages("-c nope.json")[0].starts_with("Could not read `nope.json`: "));
    assert_eq!(
        folder.messages("--https --https-key-path k.pem a.ts"),
        ["`--https-key-path` also needs `--https-cert-path`"]
    );
    assert_eq!(
        folder.messages("a.ts --define N"),
        ["`--define N` needs a value: `--define N=EXPRESSION`"],
    );
}

#[test]
fn json5_with_comments_and_trailing_commas() {
    let folder = config(
        "// a\n{ main: './src/s.ts', parties: { 'my-party': 'p.ts', }, port: 0x10, /* b */ }",
    );
    let settings = folder.load("");
    assert_eq!(
        settings.entries[0],
        ("main".to_owned(), folder.path("./src/s.ts"))
    );
    assert_eq!(
        settings.entries[1],
        ("my-party".to_owned(), folder.path("p.ts"))
    );
    assert_eq!(settings.port, Port::Fixed(16));
}

#[test]
fn discovery_prefers_the_name_over_the_distance() {
    let files = [
        ("partykit.json", "{name: 'json', main: 'x.ts'}"),
        ("in/partykit.json5", "{name: 'json5', main: 'x.ts'}"),
        (
            "in/package.json",
            r#"{"partykit": {"name": "package", "main": "x.ts"}}"#,
        ),
    ];
    for (count, name) in [(3, "json"), (2, "json5"), (1, "package")] {
        let folder = Folder::new(&files[3 - count..]);
        let settings = folder.load_in("in", "").expect("is accepted");
        assert_eq!(settings.name, name);
    }
}

#[test]
fn paths_start_where_they_are_written() {
    let folder = Folder::new(&[
        (
            "conf/partykit.jsonc",
            "{main: 'a.ts', serve: 'public', persist: 'data'}",
        ),
        ("cwd/.keep", ""),
    ]);
    let settings = folder
        .load_in("cwd", "-c ../conf/partykit.jsonc")
        .expect("is accepted");
    assert_eq!(settings.root, folder.path("conf"));
    assert_eq!(settings.entries[0].1, folder.path("conf/a.ts"));
    assert_eq!(settings.serve.folder, Some(folder.path("conf/public")));
    assert_eq!(settings.persist, Persist::Folder(folder.path("conf/data")));
    let typed = folder
        .load_in("cwd", "b.ts -c ../conf/partykit.jsonc --persist mine")
        .expect("is accepted");
    assert_eq!(typed.entries[0].1, folder.path("cwd/b.ts"));
    assert_eq!(typed.persist, Persist::Folder(folder.path("cwd/mine")));
}

#[test]
fn main_of_package_json_is_relative_to_the_current_folder() {
    let folder = Folder::new(&[
        ("package.json", r#"{"partykit": {"main": "a.ts"}}"#),
        ("in/.keep", ""),
    ]);
    let settings = folder.load_in("in", "").expect("is accepted");
    assert_eq!(settings.entries[0].1, folder.path("in/a.ts"));
}

#[test]
fn persist_of_the_configuration_counts_unless_the_flag_is_given() {
    let default = |folder: &Folder| Persist::Folder(folder.path(".partykit/state"));
    for (text, line, temporary) in [
        ("{}", "", false),
        ("{persist: false}", "", true),
        ("{persist: 'false'}", "", true),
        ("{persist: 'true'}", "", false),
        ("{persist: false}", "--persist", false),
        ("{persist: true}", "--persist false", true),
    ] {
        let folder = config(text);
        let expected = if temporary {
            Persist::Temporary
        } else {
            default(&folder)
        };
        assert_eq!(
            folder.load(&format!("a.ts {line}")).persist,
            expected,
            "{text} {line}"
        );
    }
}

#[test]
fn port_of_the_flag_wins() {
    let folder = config("{main: 'a.ts', port: 4000}");
    assert_eq!(folder.load("").port, Port::Fixed(4000));
    assert_eq!(folder.load("-p 0").port, Port::Fixed(0));
    assert_eq!(config("{main: 'a.ts'}").load("").port, Port::Near(1999));
}

/// Specification 8.2 and 8.3.
#[test]
fn vars_have_four_layers_and_process_env_two() {
    let folder = Folder::new(&[
        (
            "partykit.json",
            "{main: 'a.ts', vars: {A: 'vars', B: 'vars', C: 'vars', D: {n: [1]}, E: 'vars'}}",
        ),
        (".env", "ONLY=env\nB=env\nA=env\nC=env"),
        (".env.local", "A=local\nB=local"),
    ]);
    let settings = folder.load("--var A=x=y EMPTY -v Z=");
    let vars = &settings.vars;
    assert_eq!(
        [&vars["A"], &vars["B"], &vars["C"], &vars["E"]],
        ["x=y", "local", "env", "vars"]
    );
    assert_eq!([&vars["EMPTY"], &vars["Z"]], ["", ""]);
    assert_eq!(vars["D"], serde_json::json!({"n": [1]}));
    assert!(!vars.contains_key("PATH"));
    let process: Vec<_> = settings
        .process_env
        .iter()
        .map(|(k, v)| format!("{k}={}", v.as_str().expect("is a text")))
        .collect();
    assert_eq!(process, ["ONLY=env", "B=local", "A=local", "C=env"]);
    assert_eq!(settings.env_files, [".env", ".env.local"]);
}

#[test]
fn define_of_the_command_line_wins_and_node_env_can_be_replaced() {
    let folder = config("{main: 'a.ts', define: {A: '1', B: '2'}}");
    let define = folder.load("--define B=3 S=\"x=y\"").define;
    assert_eq!(
        [&define["A"], &define["B"], &define["S"]],
        ["1", "3", "\"x=y\""]
    );
    assert_eq!(define["process.env.NODE_ENV"], "\"development\"");
    let own =
        config("{main: 'a.ts', minify: true, define: {'process.env.NODE_ENV': '\"x\"'}}").load("");
    assert_eq!(own.define["process.env.NODE_ENV"], "\"x\"");
    assert_eq!(
        config("{main: 'a.ts', minify: true}").load("").define["process.env.NODE_ENV"],
        "\"production\""
    );
}

#[test]
fn flags_without_an_effect_are_said_and_fields_have_theirs() {
    let settings = config(
        "{main: 'a.ts', crons: {}, ai: false, bindings: {kv: {a: 'b'}}, serve: {path: 'p', build: 'c.ts'},
          build: {command: 'x', alias: {a: 'b', c: './d.ts'}}, vectorize: {i: 'i'}}",
    )
    .load("--minify");
    assert_eq!(settings.notes, ["`--minify` has no effect here: ignored"]);
    assert_eq!(settings.alias["a"], "b");
    assert!(std::path::Path::new(&settings.alias["c"]).is_absolute());
}

#[test]
fn deploy_only_fields_are_accepted_in_silence() {
    let text = "{$schema: 's', name: 'my-party2', main: 'a.ts', team: 't', preview: 'p', domain: 'd', logpush: true,
        tailConsumers: [], analytics: 'a', placement: {mode: 'smart'}, observability: {enabled: true},
        compatibilityDate: '2024-01-01', compatibilityFlags: ['x']}";
    let settings = config(text).load("");
    assert_eq!(settings.name, "my-party2");
    assert!(settings.notes.is_empty(), "{:?}", settings.notes);
}

#[test]
fn every_file_that_settings_come_from_is_a_source() {
    let folder = Folder::new(&[
        ("partykit.json5", "{main: 'a.ts'}"),
        (".env", ""),
        ("in/.keep", ""),
    ]);
    let sources = folder.load_in("in", "").expect("is accepted").sources;
    for name in [
        "partykit.json5",
        ".env",
        "in/.env",
        "in/.env.local",
        "in/partykit.json",
        "in/package.json",
    ] {
        assert!(sources.contains(&folder.path(name)), "{name}");
    }
}

#[test]
fn files_are_shown_as_a_user_would_write_them() {
    let shown = |path: &str| shown(Path::new("/a/b/c"), Path::new(path));
    assert_eq!(shown("/a/b/c/partykit.json"), "partykit.json");
    assert_eq!(shown("/a/partykit.json"), "../../partykit.json");
}
