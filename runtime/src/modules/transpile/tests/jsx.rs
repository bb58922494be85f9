//! What becomes of JSX.

use super::*;

#[test]
fn calls_are_those_of_react_unless_the_file_says_otherwise() {
    let source =
        "import React from 'react'; import x from 'x';\nexport const a = <p id='x'>{1}</p>;";
    let text = run_with(source, &settings("a.tsx"), &[]).text;
    assert_has(&text, r#"React.createElement("p", { id: "x" }, 1)"#);
    assert_has(&text, "import React from 'react'");
    assert_lacks(&text, "from 'x'");
    let source = "/** @jsx h @jsxFrag F */ const a = <><p/></>";
    let text = run_with(source, &settings("a.js"), &[]).text;
    assert_has(&text, "h(F, null, h(\"p\", null))");
    let source = "// @jsxImportSource preact\nexport const a = <p/>";
    let output = run_with(source, &settings("a.jsx"), &[]);
    assert_eq!(output.shape.imports[0].specifier, "preact/jsx-runtime");
}

#[test]
fn calls_of_a_runtime_are_imported() {
    let mut automatic = settings("a.tsx");
    automatic.jsx = Jsx::Automatic {
        source: "react".into(),
        development: false,
    };
    let output = run_with("export const a = <p id='x'>{1}</p>;", &automatic, &[]);
    assert_has(&output.text, r#"_jsx("p", { id: "x", children: 1 })"#);
    assert_eq!(output.shape.imports[0].specifier, "react/jsx-runtime");
    assert_eq!(output.shape.imports[0].position, None);
    let source = "/** @jsx h */ export const a = <p/>;";
    assert_has(&run_with(source, &automatic, &[]).text, "_jsx(\"p\"");
}

#[test]
fn a_factory_keeps_its_import() {
    let mut classic = settings("a.tsx");
    classic.jsx = Jsx::Classic {
        factory: "h".into(),
        fragment: "Fragment".into(),
    };
    let source = "import { h, Fragment } from 'preact';\nexport const a = <><p/></>;";
    let text = run_with(source, &classic, &[]).text;
    assert_has(&text, "import { h, Fragment }");
    assert_has(&text, "h(Fragment, null, h(\"p\", null))");
    let text = run_with("import { h } from 'preact'; export {}", &classic, &[]).text;
    assert_lacks(&text, "preact");
}
