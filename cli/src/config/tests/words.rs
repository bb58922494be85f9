//! What a user reads of a configuration that is wrong, or odd.

use super::{Folder, config};

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
            "{build: {watsh: 1}}",
            "Unknown key `build.watsh`, did you mean `watch`?",
        ),
        (
            "{singlePageApp: true}",
            "Unknown key `singlePageApp`, did you mean `serve.singlePageApp`?",
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
fn what_is_odd_without_an_effect_is_a_note_with_its_place() {
    for (text, expected) in [
        (
            "serve: {path: 'p', pth: 1}",
            "23: Unknown key, ignored: `serve.pth`, did you mean `path`?",
        ),
        (
            "serve: {minify: true}",
            "12: Unknown key, ignored: `serve.minify`, did you mean `serve.build.minify`?",
        ),
        (
            "serve: {port: 1}",
            "12: Unknown key, ignored: `serve.port`, did you mean `port`?",
        ),
        (
            "serve: {path: 'p', build: {esbuildPlugins: []}}",
            "31: Unknown key, ignored: `serve.build.esbuildPlugins`",
        ),
        (
            "bindings: {d1: {}}",
            "15: Unknown key, ignored: `bindings.d1`",
        ),
        (
            "placement: {mod: 'smart'}",
            "16: Unknown key, ignored: `placement.mod`, did you mean `mode`?",
        ),
        (
            "analytics: {}",
            "15: `analytics` has no effect here, `partykit` wants a string and refuses an object",
        ),
        (
            "tailConsumers: [1]",
            "20: `tailConsumers[0]` has no effect here, `partykit` wants a string and refuses number 1",
        ),
        (
            "serve: {path: 'p', edgeTTL: '1'}",
            "32: `serve.edgeTTL` has no effect here, `partykit` wants a number or null and refuses string \"1\"",
        ),
        (
            "compatibilityFlags: ['x']",
            "25: `compatibilityFlags[0]` has no effect here, `partykit` refuses a compatibility flag that it \
             does not know: `x`",
        ),
        (
            "compatibilityFlags: ['nodejs_compat']",
            "25: `compatibilityFlags[0]` has no effect here, `partykit` refuses a compatibility flag that is \
             given twice (it gives this one itself): `nodejs_compat`",
        ),
        (
            "compatibilityDate: 'today'",
            "23: `compatibilityDate` has no effect here, `partykit` wants a date like 2024-07-18 and refuses \
             `today`",
        ),
    ] {
        let settings = config(&format!("{{main: 'a.ts',\n   {text}}}")).load("");
        let first = settings.notes.first().map(String::as_str);
        assert_eq!(
            first,
            Some(&*format!("partykit.json:2:{expected}")),
            "{text}"
        );
    }
    let missing = config("{main: 'a.ts', placement: {}}").load("").notes;
    let expected = "`placement` lacks `mode`, and `partykit` refuses a project without it";
    assert!(missing[0].ends_with(expected), "{missing:?}");
}
