//! What is wrong with a package that an import does not find: not installed, not built, not exporting
//! what is asked for. Reads `package.json` and lock files, never resolves.

use std::fs;
use std::path::{Path, PathBuf};

use oxc_resolver::ResolveError;
use serde_json::Value;

use super::error::{ProblemKind, shorten};
use super::question::Question;
use super::shape::Kind;
use super::similar::nearest;
use super::specifier::{in_package, root as package_of};

/// The conditions of PartyKit's bundler, besides the one for the kind of import.
const CONDITIONS: [&str; 5] = ["partykit", "workerd", "worker", "browser", "default"];

/// Fields of package.json that list packages to install.
const LISTS: [&str; 4] = [
    "dependencies",
    "devDependencies",
    "optionalDependencies",
    "peerDependencies",
];

/// Lock files, and whose they are.
const LOCKS: [(&str, &str); 6] = [
    ("pnpm-lock.yaml", "pnpm"),
    ("yarn.lock", "yarn"),
    ("bun.lock", "bun"),
    ("bun.lockb", "bun"),
    ("package-lock.json", "npm"),
    ("npm-shrinkwrap.json", "npm"),
];

/// Packages for projects of Cloudflare Workers, which look like projects of PartyKit.
const FOR_WORKERS: [&str; 8] = [
    "agents",
    "hono-agents",
    "hono-party",
    "partyserver",
    "partysub",
    "partysync",
    "partywhen",
    "y-partyserver",
];

/// What npm, pnpm and the versions of Yarn write into `node_modules` when they are done.
const MARKS: [&str; 4] = [
    ".package-lock.json",
    ".modules.yaml",
    ".yarn-integrity",
    ".yarn-state.yml",
];

/// The package that a bare specifier names, as the importer would find it.
pub(super) struct Installed<'a> {
    importer: &'a Path,
    name: &'a str,
    /// `.`, or a path that begins with `./`.
    subpath: String,
    kind: Kind,
    root: &'a Path,
}

impl<'a> Installed<'a> {
    pub(super) fn new(question: &Question<'a>, root: &'a Path) -> Self {
        let name = package_of(question.specifier);
        Self {
            importer: question.importer,
            name,
            subpath: format!(".{}", &question.specifier[name.len()..]),
            kind: question.kind,
            root,
        }
    }

    /// What is wrong: a problem of its own, or what to add to the message.
    pub(super) fn problem(&self, error: &ResolveError) -> Result<String, ProblemKind> {
        let homes = self.importer.ancestors().skip(1);
        let home = homes
            .map(|folder| folder.join("node_modules").join(self.name))
            .find(|home| home.is_dir());
        match home {
            None => self.not_installed(),
            Some(home) => Ok(self.not_there(&home, error)),
        }
    }

    /// Files that programs write when they have installed packages where `importer` lies.
    pub(super) fn marks(importer: &Path) -> impl Iterator<Item = PathBuf> {
        let mut folders = importer.ancestors().skip(1);
        let folder = folders.find(|folder| folder.join("package.json").is_file());
        let modules = folder.map(|folder| folder.join("node_modules"));
        modules
            .into_iter()
            .flat_map(|modules| MARKS.map(|mark| modules.join(mark)))
    }

    fn not_installed(&self) -> Result<String, ProblemKind> {
        if FOR_WORKERS.contains(&self.name) {
            return Ok(
                ", this package is for projects of Cloudflare Workers, which `npx wrangler dev` serves"
                    .to_owned(),
            );
        }
        if !is_name(self.name) {
            return Ok(", no package can have this name".to_owned());
        }
        // A package may be outside of the project.
        let folder = self.importer.parent().unwrap_or(self.root);
        let manager = package_manager(folder).or_else(|| package_manager(self.root));
        let manager = manager.unwrap_or("npm");
        let folders = self.importer.ancestors().skip(1);
        let lists: Vec<(PathBuf, Vec<String>)> = folders
            .map(|folder| folder.join("package.json"))
            .filter_map(|file| Some((listed(&manifest(&file)?.1), file)))
            .map(|(names, file)| (file, names))
            .collect();
        let listing = lists
            .iter()
            .find(|(_, names)| names.iter().any(|name| name == self.name));
        if let Some((file, _)) = listing {
            return Err(ProblemKind::NotInstalled {
                package: self.name.to_owned(),
                manifest: shorten(self.root, file),
                manager,
            });
        }
        let add = if manager == "npm" { "install" } else { "add" };
        let names = lists.iter().flat_map(|(_, names)| names);
        let asked = match nearest(self.name, names.map(String::as_str)) {
            // Of a name that is near, many a package exists that nobody means.
            Some(meant) => format!("did you mean `{meant}`? If not, is"),
            None => "is".to_owned(),
        };
        Ok(format!(
            ", {asked} the package installed? Try `{manager} {add} {}`",
            self.name
        ))
    }

    fn not_there(&self, home: &Path, error: &ResolveError) -> String {
        let real = home.canonicalize().unwrap_or_else(|_| home.to_owned());
        let file = real.join("package.json");
        let Some((text, manifest)) = manifest(&file) else {
            return format!(
                ", the package has no package.json: `{}`",
                shorten(self.root, &real)
            );
        };
        if let Some(target) = self.target(&manifest)
            && !is_there(&real.join(&target))
        {
            let path = shorten(self.root, &plain(&real.join(&target)));
            let line = line_of(&text, &target);
            let named = format!("`{}:{line}`", shorten(self.root, &file));
            return match in_package(&real) {
                true => format!(", {named} names a file that the package lacks: `{path}`"),
                false => format!(
                    ", {named} names a file that is missing, is the package built? `{path}`"
                ),
            };
        }
        if matches!(error, ResolveError::PackagePathNotExported { .. }) {
            let offered = offered(&manifest);
            let wanted = self.subpath.trim_start_matches("./");
            let meant = nearest(wanted, offered.iter().map(String::as_str));
            return match meant {
                Some(meant) => format!(", did you mean `{}/{meant}`?", self.name),
                None => format!(
                    ", `exports` in `{}` has nothing for it",
                    shorten(self.root, &file)
                ),
            };
        }
        match self.subpath.as_str() {
            "." => format!(
                ", the package has no main file: `{}`",
                shorten(self.root, &real)
            ),
            _ => ", the package is installed and has no such file".to_owned(),
        }
    }

    /// The file that package.json names for what is asked for.
    fn target(&self, manifest: &Value) -> Option<String> {
        if let Some(exports) = manifest.get("exports") {
            return self.exported(exports);
        }
        if self.subpath != "." {
            return None;
        }
        let fields = match self.kind {
            Kind::Require => ["browser", "main", "module"],
            Kind::Static | Kind::Dynamic => ["browser", "module", "main"],
        };
        let named = fields
            .iter()
            .filter_map(|field| manifest.get(field)?.as_str());
        named.map(str::to_owned).next()
    }

    fn exported(&self, exports: &Value) -> Option<String> {
        let by_path = exports
            .as_object()
            .filter(|map| map.keys().any(|key| key.starts_with('.')));
        let Some(by_path) = by_path else {
            let chosen = (self.subpath == ".").then(|| self.chosen(exports))??;
            return Some(chosen.to_owned());
        };
        if let Some(value) = by_path.get(&self.subpath) {
            return self.chosen(value).map(str::to_owned);
        }
        by_path.iter().find_map(|(key, value)| {
            let (before, after) = key.split_once('*')?;
            let gap = self.subpath.strip_prefix(before)?.strip_suffix(after)?;
            Some(self.chosen(value)?.replace('*', gap))
        })
    }

    fn chosen<'v>(&self, value: &'v Value) -> Option<&'v str> {
        let kind = match self.kind {
            Kind::Require => "require",
            Kind::Static | Kind::Dynamic => "import",
        };
        match value {
            Value::String(target) => Some(target),
            Value::Array(values) => values.iter().find_map(|value| self.chosen(value)),
            Value::Object(map) => map
                .iter()
                .filter(|(key, _)| *key == kind || CONDITIONS.contains(&key.as_str()))
                .find_map(|(_, value)| self.chosen(value)),
            _ => None,
        }
    }
}

/// The program that installs packages in `folder`, as far as that can be seen: `npm`, `pnpm`, `yarn` or `bun`.
pub fn package_manager(folder: &Path) -> Option<&'static str> {
    folder.ancestors().find_map(|folder| {
        let named = manifest(&folder.join("package.json"))
            .and_then(|(_, manifest)| Some(manifest.get("packageManager")?.as_str()?.to_owned()));
        let is_named = |manager: &str| {
            named
                .as_deref()
                .is_some_and(|named| named.starts_with(manager))
        };
        let by_name = LOCKS.iter().find(|(_, manager)| is_named(manager));
        let by_lock = || LOCKS.iter().find(|(lock, _)| folder.join(lock).is_file());
        by_name.or_else(by_lock).map(|(_, manager)| *manager)
    })
}

/// The packages that a package.json lists.
fn listed(manifest: &Value) -> Vec<String> {
    let lists = LISTS.iter().filter_map(|list| manifest.get(list));
    let names = lists
        .filter_map(Value::as_object)
        .flat_map(|list| list.keys());
    names.cloned().collect()
}

/// Whether npm would take it as the name of a package, with a scope or without.
fn is_name(name: &str) -> bool {
    let part = |part: &str| {
        let mut letters = part.chars();
        letters
            .next()
            .is_some_and(|c| c.is_ascii_alphanumeric() || c == '-')
            && letters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~'))
    };
    match name.strip_prefix('@') {
        Some(scoped) => scoped
            .split_once('/')
            .is_some_and(|(scope, name)| part(scope) && part(name)),
        None => part(name),
    }
}

/// A `package.json`: its text and what it says.
fn manifest(file: &Path) -> Option<(String, Value)> {
    let text = fs::read_to_string(file).ok()?;
    let value = serde_json::from_str(&text).ok()?;
    Some((text, value))
}

/// The paths that `exports` offers, without the package's name.
fn offered(manifest: &Value) -> Vec<String> {
    let exports = manifest.get("exports").and_then(Value::as_object);
    let paths = exports.into_iter().flat_map(|map| map.keys());
    paths
        .filter_map(|key| key.strip_prefix("./"))
        .filter(|path| !path.contains('*'))
        .map(str::to_owned)
        .collect()
}

/// Whether `main` and the like find something there.
fn is_there(path: &Path) -> bool {
    let with = |extension: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(extension);
        PathBuf::from(name).is_file()
    };
    path.is_file()
        || [".js", ".json", ".ts", ".tsx", ".mjs", ".cjs"]
            .iter()
            .any(|extension| with(extension))
        || path.join("index.js").is_file()
        || path.join("index.ts").is_file()
}

/// Without `.` in the middle.
fn plain(path: &Path) -> PathBuf {
    path.components().collect()
}

/// The line on which a package.json has `value`, 1-based.
fn line_of(text: &str, value: &str) -> usize {
    let quoted = Value::from(value).to_string();
    let before = text.lines().take_while(|line| !line.contains(&quoted));
    let line = before.count() + 1;
    line.min(text.lines().count().max(1))
}
