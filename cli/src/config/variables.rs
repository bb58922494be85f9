//! Variables and defines of a project, merged from their sources by precedence (specification 8).
//! Reads no file.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::error::ConfigError;
use super::fields::Fields;
use crate::args::DevArgs;

/// What the name `PARTYKIT_API_BASE` stands for in user code; nothing here connects to it.
const API_BASE: &str = "https://api.partykit.dev";

/// `room.env`: `vars` < environment files < `--var` (specification 8.2).
pub(super) fn vars(
    args: &DevArgs,
    fields: &Fields<'_>,
    env: &Map<String, Value>,
) -> Map<String, Value> {
    let mut vars: Map<String, Value> = fields
        .record("vars")
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    vars.extend(env.iter().map(|(key, value)| (key.clone(), value.clone())));
    for typed in &args.var {
        let (key, value) = typed.split_once('=').unwrap_or((typed, ""));
        vars.insert(key.to_owned(), value.into());
    }
    vars
}

/// The constants of server code: what is built in < what the user defines (specification 8.4).
pub(super) fn define(
    args: &DevArgs,
    fields: &Fields<'_>,
    env: &Map<String, Value>,
) -> Result<BTreeMap<String, String>, ConfigError> {
    let minify = fields.flag("minify").unwrap_or(false);
    let mode = if minify { "production" } else { "development" };
    let mut define = BTreeMap::from([
        ("process.env.NODE_ENV".to_owned(), literal(mode)),
        ("PARTYKIT_API_BASE".to_owned(), literal(API_BASE)),
    ]);
    if !env.is_empty() {
        let json = serde_json::to_string(env).expect("a map of texts is JSON");
        define.insert("PARTYKIT_PROCESS_ENV".to_owned(), literal(&json));
    }
    define.extend(user_define(args, fields, env)?);
    Ok(define)
}

/// What the user defines, for server and client code alike (specification 8.4, 8.5): environment
/// files by `--with-env` < `define` < `--define`.
pub(super) fn user_define(
    args: &DevArgs,
    fields: &Fields<'_>,
    env: &Map<String, Value>,
) -> Result<BTreeMap<String, String>, ConfigError> {
    let mut define = BTreeMap::new();
    if args.with_env {
        let named = env.iter().filter(|(key, _)| is_dotted_name(key));
        define.extend(named.map(|(key, value)| (key.clone(), value.to_string())));
    }
    define.extend(
        fields
            .texts("define")
            .map(|(name, text)| (name.clone(), text.to_owned())),
    );
    for typed in &args.define {
        let Some((name, text)) = typed.split_once('=') else {
            return Err(ConfigError::DefineWithoutValue {
                given: typed.clone(),
            });
        };
        define.insert(name.to_owned(), text.to_owned());
    }
    Ok(define)
}

/// Variables that `--with-env` cannot make constants of the code: their names are no identifiers.
pub(super) fn unusable_names<'a>(
    args: &DevArgs,
    env: &'a Map<String, Value>,
) -> impl Iterator<Item = &'a String> {
    let with_env = args.with_env;
    env.keys()
        .filter(move |key| with_env && !is_dotted_name(key))
}

/// Whether code can have the name; environment files allow letters, digits, `_`, `.` and `-`.
fn is_dotted_name(name: &str) -> bool {
    name.split('.').all(|part| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && !part.contains('-')
    })
}

/// `text` as a JavaScript expression.
fn literal(text: &str) -> String {
    Value::from(text).to_string()
}
