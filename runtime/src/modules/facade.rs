//! The texts of the ES modules that stand for CommonJS files and for files without JavaScript. They
//! import `partyrun:modules` (js/src/61_modules.js), which runs or reads the file.
//!
//! Never decides which module needs one.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use deno_core::ModuleSpecifier;

use super::synthetic::literal;

/// What the texts here import; only they can.
pub(super) const RUNTIME: &str = "partyrun:modules";

/// What a file of ES modules imports that uses `require`.
pub(super) const REQUIRE: &str = "partyrun:require";

/// What a file imports that is an ES module with an object for its exports.
pub(super) const MODULE: &str = "partyrun:module";

/// How an importer understands the default export of CommonJS (specification 10.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Interop {
    /// `module.exports`, as in Node.
    Node,
    /// `exports.default` where `exports.__esModule` says that there is one.
    Compiler,
}

/// The URL under which ES modules import a CommonJS file.
pub(super) fn url(file: &ModuleSpecifier, interop: Interop) -> ModuleSpecifier {
    let name = match interop {
        Interop::Node => "commonjs-node",
        Interop::Compiler => "commonjs",
    };
    beside(name, file)
}

/// The URL of the module that gives `file` its `require`.
pub(super) fn require_url(file: &ModuleSpecifier) -> ModuleSpecifier {
    beside("require", file)
}

/// The URL of the module that gives `file` its `module`.
pub(super) fn module_url(file: &ModuleSpecifier) -> ModuleSpecifier {
    beside("module", file)
}

fn beside(name: &str, file: &ModuleSpecifier) -> ModuleSpecifier {
    let url = format!("partyrun:{name}{}", file.path());
    ModuleSpecifier::parse(&url).expect("a scheme and a path are a valid URL")
}

/// The ES modules that must be there before CommonJS asks for them, by URL.
fn provide(text: &mut String, modules: &BTreeSet<String>) {
    writeln!(text, "import * as runtime from \"{RUNTIME}\";").expect(INFALLIBLE);
    for (index, url) in modules.iter().enumerate() {
        writeln!(text, "import * as m{index} from {};", literal(url)).expect(INFALLIBLE);
    }
    for (index, url) in modules.iter().enumerate() {
        writeln!(text, "runtime.provide({}, m{index});", literal(url)).expect(INFALLIBLE);
    }
}

const INFALLIBLE: &str = "writing to a string cannot fail";

/// A CommonJS file as an ES module: `named` are asked for, `listed` are only shown by
/// `import * as x`.
pub(super) fn common_js(
    file: &str,
    interop: Interop,
    named: &BTreeSet<String>,
    listed: &BTreeSet<String>,
    provided: &BTreeSet<String>,
) -> String {
    let mut text = String::new();
    provide(&mut text, provided);
    writeln!(text, "const exported = runtime.load({});", literal(file)).expect(INFALLIBLE);
    let default = match interop {
        Interop::Node => "exported",
        Interop::Compiler => "runtime.defaultOf(exported)",
    };
    writeln!(text, "let d = {default};\nexport {{ d as default }};").expect(INFALLIBLE);
    if interop == Interop::Compiler {
        writeln!(
            text,
            "if (d !== exported) runtime.follow(exported, \"default\", (value) => d = value);"
        )
        .expect(INFALLIBLE);
    }
    let is_name = |name: &&String| !matches!(name.as_str(), "default" | "*");
    for (index, name) in named.union(listed).filter(is_name).enumerate() {
        let name_text = literal(name);
        let value = match named.contains(name) {
            true => format!("exported?.[{name_text}]"),
            false => format!("runtime.listed(exported, {name_text})"),
        };
        writeln!(
            text,
            "let v{index} = {value};\nexport {{ v{index} as {name_text} }};\n\
             runtime.follow(exported, {name_text}, (value) => v{index} = value);"
        )
        .expect(INFALLIBLE);
    }
    text
}

/// The module that exports `module` and `exports` of `file`.
pub(super) fn module(file: &str) -> String {
    format!(
        "import {{ moduleFor }} from \"{RUNTIME}\";\nexport const module = moduleFor({});\n\
         export const {{ exports }} = module;\n",
        literal(file)
    )
}

/// The module whose default export is the `require` of `file`.
pub(super) fn require(file: &str, provided: &BTreeSet<String>) -> String {
    let mut text = String::new();
    provide(&mut text, provided);
    writeln!(
        text,
        "export default runtime.requireFor({});",
        literal(file)
    )
    .expect(INFALLIBLE);
    text
}

/// A file whose value the runtime makes: `function` is one of `wasm` and `bytes`.
pub(super) fn value(function: &str, file: &str) -> String {
    format!(
        "import {{ {function} }} from \"{RUNTIME}\";\nexport default {function}({});\n",
        literal(file)
    )
}

/// A text file.
pub(super) fn text(source: &str) -> String {
    format!("export default {};\n", literal(source))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn names_are_exported_once() {
        let text = common_js(
            "file:///a.js",
            Interop::Compiler,
            &set(&["a", "*", "default"]),
            &set(&["a", "b"]),
            &set(&["file:///m.mjs"]),
        );
        assert_eq!(text.matches("export {").count(), 3, "{text}");
        assert!(text.contains("exported?.[\"a\"]"), "{text}");
        assert!(text.contains("listed(exported, \"b\")"), "{text}");
        assert!(
            text.contains("import * as m0 from \"file:///m.mjs\""),
            "{text}"
        );
    }

    #[test]
    fn urls_keep_the_path() {
        let file = ModuleSpecifier::from_file_path(Path::new("/a b/c.js")).expect("absolute");
        assert_eq!(
            url(&file, Interop::Node).as_str(),
            "partyrun:commonjs-node/a%20b/c.js"
        );
    }
}
