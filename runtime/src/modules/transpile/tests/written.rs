//! JavaScript that V8 gets as it is written.

use super::*;

fn js(source: &str) -> Output {
    let define = [
        ("process.env.NODE_ENV", "\"development\""),
        ("HOST", "\"h\""),
        ("LONG", "\"longer than its name\""),
    ];
    run_with(source, &settings("a.js"), &define)
}

#[test]
fn a_define_that_fits_moves_nothing() {
    let output =
        js("if (process.env.NODE_ENV !== 'x') f(HOST);\nconst a = 1, b = { HOST: a.HOST };");
    assert_eq!(
        output.text,
        "if (\"development\"        !== 'x') f(\"h\" );\nvar   a = 1, b = { HOST: a.HOST };"
    );
    assert!(output.map.is_empty());
}

#[test]
fn a_define_that_does_not_fit_is_printed() {
    for (source, part) in [
        ("f(LONG, HOST)", "f(\"longer than its name\", \"h\")"),
        ("f({ HOST })", "f({ HOST: \"h\" })"),
        ("f(process.env\n.NODE_ENV)", "f(\"development\")"),
    ] {
        let output = js(source);
        assert_has(&output.text, part);
        assert!(!output.map.is_empty(), "{source}");
    }
}

#[test]
fn variables_outside_of_functions_are_hoisted_in_place() {
    let output = js(
        "let a = 1; /* \u{e9} */ export const { b } = a, c = () => { const d = 1; return d };\nfor (const e of c) { let f }",
    );
    assert_eq!(
        output.text,
        "var a = 1; /* ? */ export var   { b } = a, c = () => { const d = 1; return d };\nfor (const e of c) { let f }"
    );
    let printed = js("const a = <p/>; let b; { const c = 1 }").text;
    assert_has(&printed, "var b;");
    assert_has(&printed, "const c = 1");
}
