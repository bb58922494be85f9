//! Modules whose text is written here: JSON files, and modules that exist in name only
//! (`partykit/server`, files a package hides from browsers).
//!
//! Such a module exports what the graph's importers ask for, so its text belongs to one graph.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::de::IgnoredAny;

/// The specifier of PartyKit's own package; it holds types only (specification 2).
pub(super) const PARTYKIT_SERVER: &str = "partykit/server";

/// URL scheme of modules without a file.
pub(super) const SCHEME: &str = "partyrun";

/// A JSON file: checked, not yet a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Json {
    /// Top-level keys that can be imported by name.
    pub keys: BTreeSet<String>,
}

impl Json {
    /// # Errors
    /// The parser's message, 1-based line and column.
    pub(super) fn parse(source: &str) -> Result<Self, (String, u32, u32)> {
        // What is below the keys is passed over without recursion.
        let keys = if source.trim_start().starts_with('{') {
            let map = serde_json::from_str::<BTreeMap<String, IgnoredAny>>(source);
            map.map(|map| map.into_keys().collect())
        } else {
            serde_json::from_str::<IgnoredAny>(source).map(|_| BTreeSet::new())
        };
        let keys = keys.map_err(|error| {
            let text = error.to_string();
            // The place is shown by the code frame.
            let text = text
                .split(" at line ")
                .next()
                .unwrap_or_default()
                .to_owned();
            (text, error.line() as u32, error.column() as u32)
        })?;
        Ok(Self { keys })
    }
}

/// The text of a JSON module: the value by default, and the keys of `wanted` by name. A wanted `*`
/// is every key. Parsing at run time is faster than an object literal, and `__proto__` is a key
/// like any other.
pub(super) fn json_text(source: &str, json: &Json, wanted: &BTreeSet<String>) -> String {
    let mut text = format!(
        "const json = JSON.parse({});\nexport default json;\n",
        literal(source)
    );
    let all = wanted.contains("*");
    let keys = json.keys.iter().filter(|key| *key != "default");
    for (index, key) in keys.filter(|key| all || wanted.contains(*key)).enumerate() {
        let key = literal(key);
        writeln!(
            text,
            "const v{index} = json[{key}];\nexport {{ v{index} as {key} }};"
        )
        .expect("writing to a string cannot fail");
    }
    text
}

/// The text of a module with nothing in it: every wanted name is `undefined`, as esbuild has it.
pub(super) fn empty_text(wanted: &BTreeSet<String>) -> String {
    let mut text = "let none;\nexport {};\n".to_owned();
    if wanted.contains("default") {
        text.push_str("export default {};\n");
    }
    for name in wanted
        .iter()
        .filter(|name| *name != "*" && *name != "default")
    {
        writeln!(text, "export {{ none as {} }};", literal(name))
            .expect("writing to a string cannot fail");
    }
    text
}

/// An ASCII string literal that is valid in JavaScript.
pub(super) fn literal(text: &str) -> String {
    let json = serde_json::to_string(text).expect("a string is always JSON");
    let mut ascii = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() {
            ascii.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            write!(ascii, "\\u{unit:04x}").expect("writing to a string cannot fail");
        }
    }
    ascii
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn json_exports_what_is_asked_for() {
        let source = r#"{"a":1,"b-c":"\u00e9","default":2}"#;
        let json = Json::parse(source).expect("JSON is valid");
        let text = json_text(source, &json, &set(&["b-c", "default", "zzz"]));
        assert!(text.contains(r#"json["b-c"]"#), "{text}");
        assert!(!text.contains(r#"json["a"]"#), "{text}");
        assert!(!text.contains("zzz"), "{text}");
        let all = json_text(source, &json, &set(&["*"]));
        assert_eq!(all.matches("export {").count(), 2, "{all}");
    }

    #[test]
    fn literals_are_ascii() {
        assert_eq!(
            literal("é\u{1F388}\u{2028}\"\n"),
            r#""\u00e9\ud83c\udf88\u2028\"\n""#
        );
    }

    #[test]
    fn json_may_nest() {
        let source = format!("{{\"a\": {}{}}}", "[".repeat(50_000), "]".repeat(50_000));
        let json = Json::parse(&source).expect("JSON is valid");
        assert_eq!(json.keys, set(&["a"]));
        assert!(Json::parse(&source[..50_000]).is_err());
        assert_eq!(Json::parse(" [1]").map(|json| json.keys), Ok(set(&[])));
    }

    #[test]
    fn json_errors_have_a_place() {
        let (text, line, column) = Json::parse("{\n  \"a\": nope\n}").expect_err("not JSON");
        assert_eq!((text.as_str(), line, column), ("expected ident", 2, 9));
    }

    #[test]
    fn an_empty_module_has_every_name() {
        assert_eq!(
            empty_text(&set(&["*", "Party", "default"])),
            "let none;\nexport {};\nexport default {};\nexport { none as \"Party\" };\n"
        );
        assert_eq!(
            empty_text(&set(&["*"])),
            "let none;\nexport {};\n",
            "a default that nobody asks for is none: the namespace is empty"
        );
    }
}
