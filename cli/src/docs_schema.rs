//! `npm/partyrun/partykit.schema.json`, which editors read, against the table of the configuration's fields and their
//! descriptions in `docs/configuration.md`. Only tests.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::config::{Field, ROOT, Shape};

/// Set to write the file anew, instead of comparing it.
const WRITE: &str = "PARTYRUN_WRITE_DOCS";
const FILE: &str = "npm/partyrun/partykit.schema.json";
const PAGE: &str = "docs/configuration.md";

/// What the page says of each field.
type Texts = BTreeMap<String, String>;

fn texts(page: &str) -> Texts {
    let table = page
        .split_once("<!-- fields -->")
        .and_then(|(_, rest)| rest.split_once("<!-- end -->"))
        .expect("the page has the table")
        .0;
    let rows = table.lines().filter_map(|line| {
        let mut cells = line.trim_matches('|').split(" | ").map(str::trim);
        let name = cells.next()?.strip_prefix('`')?.strip_suffix('`')?;
        Some((name.to_owned(), plain(cells.nth(1)?)))
    });
    let mut last = String::new();
    rows.map(|(name, text)| {
        if text != "The same" {
            last = text;
        }
        (name, last.clone())
    })
    .collect()
}

/// A text without the targets of its links.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("](") {
        plain += before;
        rest = after.split_once(')').map_or("", |(_, rest)| rest);
    }
    (plain + rest).replace('[', "")
}

fn schema(shape: &Shape, path: &str, texts: &Texts) -> Value {
    match shape {
        Shape::Any => json!({}),
        Shape::Text => json!({ "type": "string" }),
        Shape::Number => json!({ "type": "number" }),
        Shape::Null => json!({ "type": "null" }),
        Shape::Port => json!({ "type": "integer", "minimum": 0, "maximum": 65535 }),
        Shape::Dimensions => json!({ "type": "integer", "minimum": 1, "maximum": 1536 }),
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::Word(words) => json!({ "enum": words }),
        Shape::List(inner) => json!({ "type": "array", "items": schema(inner, path, texts) }),
        Shape::Record(inner) => {
            let inside = format!("{path}.<name>");
            json!({ "type": "object", "additionalProperties": schema(inner, &inside, texts) })
        }
        Shape::Object(fields) => object(fields, path, texts, false),
        Shape::Open(fields) => object(fields, path, texts, true),
        Shape::Unread(inner) => schema(inner, path, texts),
        Shape::Either(list) => {
            let list: Vec<_> = list.iter().map(|it| schema(it, path, texts)).collect();
            json!({ "anyOf": list })
        }
    }
}

fn object(fields: &[Field], path: &str, texts: &Texts, is_open: bool) -> Value {
    let mut properties = Map::new();
    for field in fields {
        let path = match path {
            "" => field.key.to_owned(),
            path => format!("{path}.{}", field.key),
        };
        let mut value = schema(&field.shape, &path, texts);
        if let Some(text) = texts.get(&path).filter(|text| !text.is_empty()) {
            value["description"] = text.as_str().into();
        }
        properties.insert(field.key.to_owned(), value);
    }
    let required: Vec<_> = fields
        .iter()
        .filter(|field| field.is_required)
        .map(|field| field.key)
        .collect();
    let mut object = json!({ "type": "object", "properties": properties });
    if !required.is_empty() {
        object["required"] = json!(required);
    }
    if !is_open {
        object["additionalProperties"] = false.into();
    }
    object
}

#[test]
fn editors_know_every_field() {
    let cli = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = cli.parent().expect("cli is a folder of the workspace");
    let page = fs::read_to_string(root.join(PAGE)).expect("the page is there");
    let mut all = schema(&ROOT, "", &texts(&page));
    all["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    all["title"] = "partykit.json".into();
    // What the program takes too, and editors do not without these.
    all["allowComments"] = true.into();
    all["allowTrailingCommas"] = true.into();
    let text = serde_json::to_string_pretty(&all).expect("it is JSON") + "\n";
    let path = root.join(FILE);
    if std::env::var_os(WRITE).is_some() {
        fs::write(&path, &text).expect("writable");
    }
    let there = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        there == text,
        "`{FILE}` is not what the program takes: run this test with `{WRITE}=1`"
    );
}

#[test]
fn links_are_their_texts() {
    assert_eq!(plain("a: [names](security.md#names), b"), "a: names, b");
    assert_eq!(plain("none"), "none");
}
