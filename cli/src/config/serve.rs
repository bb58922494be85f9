//! `serve`, `serve.build` and `build` (specification 9.4, 10.4): which files are served, and what is
//! built before that. Like the original's, these paths are relative to the current folder; where
//! there is no such file, to the configuration's.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::fields::Fields;
use crate::args::DevArgs;

/// Where built client code goes, in the folder of static files.
const DIST: &str = "dist";
/// What a custom build watches unless told.
const WATCHED: &str = "src";

/// The static files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Serve {
    pub folder: Option<PathBuf>,
    pub single_page_app: bool,
    pub client: Option<ClientOptions>,
    /// Whether pages reload themselves.
    pub live: bool,
}

/// Options of `serve.build`, which are esbuild's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientOptions {
    /// esbuild runs here.
    pub cwd: PathBuf,
    pub entries: Vec<String>,
    pub outdir: PathBuf,
    pub bundle: bool,
    pub splitting: bool,
    pub minify: bool,
    pub sourcemap: bool,
    pub format: String,
    pub external: Vec<String>,
    pub alias: BTreeMap<String, String>,
    pub loader: BTreeMap<String, String>,
    /// Without `PARTYKIT_HOST`, which is known when the port is.
    pub define: BTreeMap<String, String>,
}

/// `build.command` and when to run it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomBuild {
    pub command: String,
    pub cwd: PathBuf,
    /// Files, folders or patterns, absolute.
    pub watch: Vec<PathBuf>,
}

/// The folders that a path of the configuration may be relative to.
pub(super) struct Bases<'a> {
    pub cwd: &'a Path,
    pub root: &'a Path,
}

impl Bases<'_> {
    fn resolve(&self, path: &str) -> PathBuf {
        let near = self.cwd.join(path);
        if near.exists() {
            near
        } else {
            self.root.join(path)
        }
    }
}

/// Reads `serve` and the flags that concern it. `define` has what the user defines for all code.
pub(super) fn serve(
    args: &DevArgs,
    fields: &Fields<'_>,
    bases: &Bases<'_>,
    define: BTreeMap<String, String>,
) -> Serve {
    let nothing = Map::new();
    let (path, object) = match (&args.serve, fields.map.get("serve")) {
        (Some(typed), _) => (Some(bases.cwd.join(typed)), &nothing),
        (None, Some(Value::String(path))) => (Some(bases.resolve(path)), &nothing),
        (None, Some(Value::Object(object))) => {
            let path = object.get("path").and_then(Value::as_str);
            (path.map(|path| bases.resolve(path)), object)
        }
        (None, _) => (None, &nothing),
    };
    let build = object.get("build");
    let configured_live = build
        .and_then(|build| build.get("live"))
        .and_then(Value::as_bool);
    Serve {
        single_page_app: flag(object, "singlePageApp").unwrap_or(false),
        client: build
            .zip(path.as_deref())
            .and_then(|(build, path)| client(build, path, bases, define)),
        live: args.live || configured_live == Some(true),
        folder: path,
    }
}

fn client(
    build: &Value,
    folder: &Path,
    bases: &Bases<'_>,
    mut define: BTreeMap<String, String>,
) -> Option<ClientOptions> {
    let nothing = Map::new();
    let (entries, object) = match build {
        Value::String(entry) => (vec![entry.clone()], &nothing),
        Value::Object(object) => (object.get("entry").map(texts).unwrap_or_default(), object),
        _ => return None,
    };
    if entries.is_empty() {
        return None;
    }
    let there = |base: &Path| entries.iter().any(|entry| base.join(entry).exists());
    let cwd = match there(bases.root) && !there(bases.cwd) {
        true => bases.root,
        false => bases.cwd,
    };
    let text = |key: &str| object.get(key).and_then(Value::as_str);
    define.extend(record(object, "define"));
    Some(ClientOptions {
        outdir: text("outdir").map_or_else(|| folder.join(DIST), |outdir| cwd.join(outdir)),
        bundle: flag(object, "bundle").unwrap_or(true),
        splitting: flag(object, "splitting").unwrap_or(true),
        minify: flag(object, "minify").unwrap_or(false),
        sourcemap: flag(object, "sourcemap").unwrap_or(true),
        format: text("format").unwrap_or("esm").to_owned(),
        external: object.get("external").map(texts).unwrap_or_default(),
        alias: record(object, "alias"),
        loader: record(object, "loader"),
        define,
        cwd: cwd.to_owned(),
        entries,
    })
}

/// What a user would miss without a word about it.
pub(super) fn note(fields: &Fields<'_>) -> Option<&'static str> {
    let serve = fields.map.get("serve")?.as_object()?;
    let unserved = serve.contains_key("build") && !serve.contains_key("path");
    unserved.then_some("`serve.build` needs `serve.path`: no client code is built")
}

/// Reads `build`, but for its aliases.
pub(super) fn custom_build(fields: &Fields<'_>, bases: &Bases<'_>) -> Option<CustomBuild> {
    let build = fields.map.get("build")?.as_object()?;
    let text = |key: &str| build.get(key).and_then(Value::as_str);
    let watch = build.get("watch").map(texts).unwrap_or_default();
    Some(CustomBuild {
        command: text("command")?.to_owned(),
        cwd: text("cwd").map_or_else(|| bases.cwd.to_owned(), |cwd| bases.resolve(cwd)),
        watch: match watch.is_empty() {
            true => vec![bases.cwd.join(WATCHED)],
            false => watch.iter().map(|path| bases.resolve(path)).collect(),
        },
    })
}

/// `build.alias`: packages, and what they are replaced with in server code. Paths become absolute.
pub(super) fn alias(fields: &Fields<'_>, bases: &Bases<'_>) -> BTreeMap<String, String> {
    let build = fields.map.get("build").and_then(Value::as_object);
    let mut alias = build.map_or_else(BTreeMap::new, |build| record(build, "alias"));
    for target in alias.values_mut() {
        if target.starts_with('.') {
            *target = bases.resolve(target).to_string_lossy().into_owned();
        }
    }
    alias
}

fn flag(object: &Map<String, Value>, key: &str) -> Option<bool> {
    object.get(key).and_then(Value::as_bool)
}

/// One text, or a list of them.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(values) => values
            .iter()
            .filter_map(|value| value.as_str().map(str::to_owned))
            .collect(),
        _ => Vec::new(),
    }
}

fn record(object: &Map<String, Value>, key: &str) -> BTreeMap<String, String> {
    object
        .get(key)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect()
}
