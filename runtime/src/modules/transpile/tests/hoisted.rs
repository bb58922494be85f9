//! Classes and default exports of files that import others exist before their line, as `var` does.

use super::*;

fn js(url: &str, source: &str) -> Output {
    let define = BTreeMap::new();
    let input = Input {
        url,
        source,
        settings: &settings("a.js"),
        define: &define,
        types: &BTreeSet::new(),
        goal: Goal::File,
    };
    transpile(&input).unwrap_or_else(|failure| panic!("{failure:?}"))
}

/// The text of a file that another may read early.
fn early(source: &str) -> String {
    ts(&format!("import './b';\n{source}"))
}

#[test]
fn classes_become_variables() {
    let text = early("class A { static self = A }\nexport class B extends A {}");
    assert_has(&text, "var A = class A { static self = A; };");
    assert_has(&text, "export var B = class B extends A {");
    let text = early("{ class A {} }\nfunction f() { class B {} }");
    assert_has(&text, "{ class A {");
    assert_has(&text, "{ class B {");
}

#[test]
fn default_exports_become_variables() {
    for (source, expected) in [
        (
            "export default class A {}",
            "var A = class A { }; export { A as default };",
        ),
        (
            "export default class {}",
            "var a_default = class { }; export { a_default as default };",
        ),
        (
            "export default () => 1",
            "var a_default = () => 1; export { a_default as default };",
        ),
        (
            "const a_default = 1; export default a_default + 1",
            "var a_default = 1; var a_default1 = a_default + 1; export { a_default1 as default };",
        ),
        (
            "export default function f() {}",
            "export default function f() {",
        ),
    ] {
        assert_has(&early(source), expected);
    }
}

#[test]
fn default_exports_are_named_after_their_file() {
    for (url, name) in [
        ("file:///p/my-room.ts", "my_room_default"),
        ("file:///p/2.test.mjs", "_2_test_default"),
        ("file:///p/%5Bid%5D.js", "_5Bid_5D_default"),
    ] {
        let text = js(url, "import './b';\nexport default 1").text;
        assert_has(&text, &format!("var {name} = 1"));
    }
}

#[test]
fn decorated_classes_and_namespaces_stay_whole() {
    let mut legacy = settings("a.ts");
    legacy.legacy_decorators = true;
    let source = "import './b';\n@wrap export class A { make() { return new A() } }";
    let text = run_with(source, &legacy, &[]).text;
    assert_lacks(&text, "let ");
    assert_lacks(&text, "class A {}");
    let text = early("export class A {}\nexport namespace A { export const x = 1 }");
    assert_has(&text, "export var A = class A { };");
    assert_has(&text, "(function(A) {");
}

#[test]
fn javascript_that_others_may_read_early_is_printed() {
    let own = "file:///p/a.js";
    for source in [
        "import './b';\nexport class A {}",
        "export * from './b';\nclass A {}",
        "export { b } from './b';\nexport default class {}",
        "import './b';\nexport default 1",
    ] {
        let output = js(own, source);
        assert!(!output.map.is_empty(), "{source}");
        assert_has(&output.text, "var ");
    }
    for source in [
        "export class A {}\nexport default 1",
        "import './b';\nexport default function f() {}",
    ] {
        assert_eq!(js(own, source).text, source);
    }
    let package = "file:///p/node_modules/b/a.js";
    let source = "import './b';\nexport class A {}";
    assert_eq!(js(package, source).text, source);
}
