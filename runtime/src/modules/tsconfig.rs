//! `tsconfig.json` as the resolver reads it: bases that are not there are passed over, and a package
//! may name its base in `package.json`. TypeScript refuses the first; bundlers warn and go on, and so do
//! projects whose base is made by a tool that has not run yet (`.svelte-kit/tsconfig.json`).
//!
//! Never interprets an option.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use oxc_resolver::ResolveError;
use serde_json::Value;

use super::disk::{on_disk, read};
use super::error::shorten;
use super::plugged::Plugged;
use super::specifier::in_package;

/// Tools that write a base, and the command that has them do it.
const MAKERS: [(&str, &str); 3] = [
    (".svelte-kit", "npx svelte-kit sync"),
    (".nuxt", "npx nuxi prepare"),
    (".astro", "npx astro sync"),
];

/// Why a configuration cannot be read; `root` shortens paths.
pub(super) fn fault(error: &ResolveError, root: &Path) -> String {
    match error {
        ResolveError::TsconfigLoadFailed { source, .. } => fault(source, root),
        ResolveError::Json(json) => {
            let file = shorten(root, &json.path);
            // What follows is said in front.
            let what = json.message.split(" at line ").next().unwrap_or_default();
            format!("{file}:{}:{}: {what}", json.line, json.column)
        }
        _ => error.to_string(),
    }
}

/// What the configurations of one build are based on.
#[derive(Default)]
pub(super) struct Bases(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    plugged: Option<Arc<Plugged>>,
    /// The configurations that were read, and where a base would be that is missing.
    files: BTreeSet<PathBuf>,
    missing: BTreeSet<MissingBase>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct MissingBase {
    config: PathBuf,
    /// 1-based, as the column.
    line: usize,
    column: usize,
    name: String,
}

impl Bases {
    /// Forgets the build before. Bases may be packages that are `plugged`.
    pub(super) fn begin(&self, plugged: Option<Arc<Plugged>>) {
        *self.seen() = Seen {
            plugged,
            ..Seen::default()
        };
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The files that decide what the configurations say.
    pub(super) fn files(&self) -> BTreeSet<PathBuf> {
        self.seen().files.clone()
    }

    /// One line for each base that is missing; `root` shortens paths.
    pub(super) fn notes(&self, root: &Path) -> Vec<String> {
        let seen = self.seen();
        let notes = seen.missing.iter().map(|missing| {
            let MissingBase {
                config,
                line,
                column,
                name,
            } = missing;
            let file = shorten(root, config);
            let maker = MAKERS.iter().find(|(folder, _)| name.contains(folder));
            let advice = match maker {
                Some((_, command)) => format!(", `{command}` writes it"),
                None if is_path(name) => String::new(),
                None => ", is the package installed?".to_owned(),
            };
            let colon = if advice.ends_with('?') { "" } else { ":" };
            format!(
                "{file}:{line}:{column}: The configuration that this one extends is missing{advice}{colon} `{name}`"
            )
        });
        notes.collect()
    }

    /// `None` when the text is to be read as it is.
    pub(super) fn with_those_that_exist(&self, text: &str, path: &Path) -> Option<String> {
        self.seen().files.insert(on_disk(path));
        if !text.contains("\"extends\"") {
            return None;
        }
        let mut stripped = text.trim_start_matches('\u{feff}').to_owned();
        json_strip_comments::strip(&mut stripped).ok()?;
        let mut config: Value = serde_json::from_str(&stripped).ok()?;
        let extends = config.get_mut("extends")?;
        let names = match &*extends {
            Value::String(name) => vec![name.clone()],
            Value::Array(names) => {
                let names = names.iter().filter_map(Value::as_str);
                names.map(str::to_owned).collect()
            }
            _ => return None,
        };
        let folder = path.parent()?;
        let mut seen = self.seen();
        let found = names.iter().filter_map(|name| {
            let base = base(folder, name, seen.plugged.as_deref());
            if base.is_none() {
                seen.miss(path, text, name);
            }
            base
        });
        *extends = found.map(Value::String).collect();
        serde_json::to_string(&config).ok()
    }
}

impl Seen {
    fn miss(&mut self, config: &Path, text: &str, name: &str) {
        // Nobody here can mend a package.
        if in_package(config) {
            return;
        }
        if is_path(name)
            && let Some(folder) = config.parent()
        {
            let path: PathBuf = folder.join(name).components().collect();
            let with_extension = PathBuf::from(format!("{}.json", path.display()));
            self.files.extend([path, with_extension]);
        }
        let quoted = Value::from(name).to_string();
        let at = text.find("\"extends\"").unwrap_or(0);
        let at = text[at..].find(&quoted).map_or(at, |found| at + found);
        let line = text[..at].rsplit('\n').next().unwrap_or_default();
        self.missing.insert(MissingBase {
            config: config.to_owned(),
            line: text[..at].matches('\n').count() + 1,
            column: line.chars().count() + 1,
            name: name.to_owned(),
        });
    }
}

/// The base that `name` means, as a name for the resolver. `None` when there is none.
fn base(folder: &Path, name: &str, plugged: Option<&Plugged>) -> Option<String> {
    if name.starts_with('#') {
        return Some(name.to_owned());
    }
    if is_path(name) {
        return exists(&folder.join(name)).then(|| name.to_owned());
    }
    let slashes = if name.starts_with('@') { 2 } else { 1 };
    let package: String = name
        .split_inclusive('/')
        .take(slashes)
        .collect::<String>()
        .trim_end_matches('/')
        .to_owned();
    let plugged = plugged.and_then(|plugged| {
        let place = plugged.place(&package, &folder.join("tsconfig.json"))?;
        place.home()
    });
    let installed = folder
        .ancestors()
        .map(|ancestor| ancestor.join("node_modules").join(&package))
        .find(|home| home.is_dir());
    let is_plugged = plugged.is_some();
    let home = plugged.or(installed)?;
    let manifest = read(&home.join("package.json")).unwrap_or_default();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap_or_default();
    if package == name
        && let Some(file) = manifest.get("tsconfig").and_then(Value::as_str)
    {
        return home.join(file).to_str().map(str::to_owned);
    }
    let inner = home.join(name[package.len()..].trim_start_matches('/'));
    if is_plugged {
        return existing(&inner)?.to_str().map(str::to_owned);
    }
    let is_there = manifest.get("exports").is_some() || exists(&inner);
    is_there.then(|| name.to_owned())
}

fn is_path(name: &str) -> bool {
    name.starts_with(['.', '/'])
}

fn exists(path: &Path) -> bool {
    existing(path).is_some()
}

/// The file that `extends` means by a path.
fn existing(path: &Path) -> Option<PathBuf> {
    let mut with_extension = path.as_os_str().to_owned();
    with_extension.push(".json");
    [
        path.to_owned(),
        PathBuf::from(with_extension),
        path.join("tsconfig.json"),
    ]
    .into_iter()
    .find(|path| read(path).is_ok())
}

#[cfg(test)]
mod tests {
    use crate::modules::testing::Project;

    const SERVER: (&str, &str) = ("src/s.ts", "import './u'; export default class {}");

    #[test]
    fn a_base_that_is_missing_is_a_note_until_it_exists() {
        let mut project = Project::new(&[
            SERVER,
            ("src/u.ts", ""),
            (
                "tsconfig.json",
                "{\n  \"extends\": [\"./.svelte-kit/tsconfig.json\", \"@tsconfig/none\", \"./b.json\"]\n}",
            ),
            ("b.json", r#"{"extends": "./.nuxt/tsconfig"}"#),
        ]);
        let graph = project.graph();
        assert_eq!(
            graph.notes(),
            [
                "b.json:1:13: The configuration that this one extends is missing, `npx nuxi prepare` \
                 writes it: `./.nuxt/tsconfig`",
                "tsconfig.json:2:15: The configuration that this one extends is missing, \
                 `npx svelte-kit sync` writes it: `./.svelte-kit/tsconfig.json`",
                "tsconfig.json:2:46: The configuration that this one extends is missing, is the package \
                 installed? `@tsconfig/none`",
            ]
        );
        for name in [".svelte-kit/tsconfig.json", ".nuxt/tsconfig.json", "b.json"] {
            assert!(
                graph.watched().any(|path| path == project.path(name)),
                "{name}"
            );
        }
        project.write(".svelte-kit/tsconfig.json", "{}");
        project.write(".nuxt/tsconfig.json", "{}");
        project.write("node_modules/@tsconfig/none/tsconfig.json", "{}");
        assert!(project.graph().notes().is_empty());
    }

    #[test]
    fn a_base_that_is_missing_is_said_beside_an_error_and_not_of_packages() {
        let mut project = Project::new(&[
            (
                "s.ts",
                "import 'p'; import './none'; export default class {}",
            ),
            ("tsconfig.json", r#"{"extends": "./gone"}"#),
            ("node_modules/p/index.ts", ""),
            ("node_modules/p/tsconfig.json", r#"{"extends": "./gone"}"#),
            ("other/tsconfig.json", r#"{"extends": "./gone"}"#),
        ]);
        let error = project.build().err().expect("a file is missing");
        assert_eq!(
            error.notes,
            ["tsconfig.json:1:13: The configuration that this one extends is missing: `./gone`"]
        );
    }
}
