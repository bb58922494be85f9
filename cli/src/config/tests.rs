//! What a configuration means, and the words a user reads when it means nothing.

use std::fs;

use clap::Parser;

use super::*;
use crate::command::{Args, Command};

mod words;

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
        compatibilityDate: '2024-01-01', compatibilityFlags: ['nodejs_als'],
        serve: {path: 'p', browserTTL: null, edgeTTL: 60}}";
    let settings = config(text).load("");
    assert_eq!(settings.name, "my-party2");
    assert!(settings.notes.is_empty(), "{:?}", settings.notes);
}

#[test]
fn sockets_are_kept_if_the_flag_or_the_file_says_so() {
    let kept = config("{ main: 'a.ts', dev: { keepSockets: true } }");
    assert!(kept.load("").keeps_sockets);
    let plain = config("{ main: 'a.ts', dev: { keepSockets: false } }");
    assert!(!plain.load("").keeps_sockets);
    assert!(plain.load("--keep-sockets").keeps_sockets);
    let wrong = config("{ main: 'a.ts', dev: { keepSocket: true } }");
    let messages = wrong.messages("");
    assert!(messages[0].contains("keepSockets"), "{messages:?}");
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
