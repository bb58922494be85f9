//! Packages of projects that have no `node_modules`: where Yarn's table (`.pnp.cjs`, `.pnp.data.json`)
//! says they are, mostly in archives. Owns the table; never looks into a package beyond its name.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use serde_json::Value;

use super::disk::{read, without_dots};
use super::specifier::root;

/// Files with the table, in the order in which they count. The last two may be programs that read the
/// first.
const TABLES: [&str; 3] = [".pnp.data.json", ".pnp.cjs", ".pnp.js"];

/// What stands in such a program before the table.
const MARKS: [&str; 2] = ["RAW_RUNTIME_STATE", "hydrateRuntimeState("];

/// Name and version; the project itself has neither.
type Locator = (Option<String>, Option<String>);

/// What the name of a dependency stands for; `None` when the package leaves it to those who use it, and
/// they have none.
type Dependencies = HashMap<String, Option<Locator>>;

/// The table of a project.
pub(super) struct Plugged {
    file: PathBuf,
    read_at: Option<SystemTime>,
    packages: HashMap<Locator, Package>,
    /// Whose folder it is.
    folders: HashMap<PathBuf, Locator>,
    /// What packages may use that do not say so, and those that may not.
    fallback: Dependencies,
    excluded: Vec<Locator>,
}

struct Package {
    location: PathBuf,
    dependencies: Dependencies,
}

/// Where a resolver that knows `node_modules` finds what was asked for.
pub(super) struct Place {
    /// A file, which need not exist, whose import of `specifier` means the package.
    pub importer: PathBuf,
    pub specifier: String,
}

impl Place {
    /// The folder of a package that was asked for as a whole.
    pub(super) fn home(&self) -> Option<PathBuf> {
        let folder = self.importer.parent()?;
        let installed = folder.join("node_modules").join(&self.specifier);
        Some(match read(&installed.join("package.json")) {
            Ok(_) => installed,
            Err(_) => folder.to_owned(),
        })
    }
}

impl Plugged {
    /// The table of the project in `root`, or of one above; `before` is what was found last.
    ///
    /// # Errors
    /// The file, and what is wrong with it.
    pub(super) fn find(
        root: &Path,
        before: Option<Arc<Plugged>>,
    ) -> Result<Option<Arc<Plugged>>, String> {
        let tables = root
            .ancestors()
            .flat_map(|folder| TABLES.map(|name| folder.join(name)));
        let Some(file) = tables.into_iter().find(|file| file.is_file()) else {
            return Ok(None);
        };
        let read_at = fs::metadata(&file).and_then(|file| file.modified()).ok();
        if let Some(before) = before
            && before.file == file
            && before.read_at == read_at
            && read_at.is_some()
        {
            return Ok(Some(before));
        }
        let table = load(&file).map_err(|error| format!("`{}`, {error}", file.display()))?;
        Ok(Some(Arc::new(Plugged::of(file, read_at, &table))))
    }

    /// Where Yarn would write the table of the project in `root`.
    pub(super) fn expected(root: &Path) -> Vec<PathBuf> {
        TABLES[..2].iter().map(|name| root.join(name)).collect()
    }

    /// The file of the table.
    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    fn of(file: PathBuf, read_at: Option<SystemTime>, table: &Value) -> Self {
        let root = file.parent().unwrap_or(Path::new("/"));
        let (mut packages, mut folders) = (HashMap::new(), HashMap::new());
        for (name, versions) in pairs(&table["packageRegistryData"]) {
            for (version, facts) in pairs(versions) {
                let Some(location) = facts["packageLocation"].as_str() else {
                    continue;
                };
                let locator = (text(name), text(version));
                let location = without_dots(&root.join(location));
                if facts["discardFromLookup"] != true {
                    folders.insert(location.clone(), locator.clone());
                }
                let dependencies = dependencies(&facts["packageDependencies"]);
                let package = Package {
                    location,
                    dependencies,
                };
                packages.insert(locator, package);
            }
        }
        let mut fallback = Dependencies::new();
        if table["enableTopLevelFallback"] == true {
            fallback = dependencies(&table["fallbackPool"]);
            if let Some(project) = packages.get(&(None, None)) {
                fallback.extend(project.dependencies.clone());
            }
        }
        let excluded = pairs(&table["fallbackExclusionList"]).flat_map(|(name, versions)| {
            let versions = versions.as_array().into_iter().flatten();
            versions.map(move |version| (text(name), text(version)))
        });
        Self {
            excluded: excluded.collect(),
            file,
            read_at,
            packages,
            folders,
            fallback,
        }
    }

    /// The folder of the package that `importer` means by `name`.
    fn location(&self, name: &str, importer: &Path) -> Option<&Path> {
        let owner = importer
            .ancestors()
            .find_map(|folder| self.folders.get(folder))?;
        let own = self.packages.get(owner)?.dependencies.get(name);
        let locator = match own {
            Some(Some(locator)) => locator,
            _ if self.excluded.contains(owner) => return None,
            _ => self.fallback.get(name)?.as_ref()?,
        };
        let package = self.packages.get(locator)?;
        Some(&package.location)
    }

    /// Where the package of a bare `specifier` is for `importer`; `None` when the table has none.
    pub(super) fn place(&self, specifier: &str, importer: &Path) -> Option<Place> {
        let name = root(specifier);
        let subpath = &specifier[name.len()..];
        let location = self.location(name, importer)?;
        if let Some((folder, name)) = installed(location) {
            return Some(Place {
                importer: folder.join("importer"),
                specifier: format!("{name}{subpath}"),
            });
        }
        // A package of the project itself knows its exports under its own name, else it is a folder.
        let manifest = read(&location.join("package.json")).unwrap_or_default();
        let manifest: Value = serde_json::from_slice(&manifest).unwrap_or_default();
        let specifier = match (manifest.get("exports"), manifest.get("name")) {
            (Some(_), Some(Value::String(name))) => format!("{name}{subpath}"),
            _ => format!(".{subpath}"),
        };
        Some(Place {
            importer: location.join("importer"),
            specifier,
        })
    }
}

/// The folder that `node_modules/<name>` is in, and the name.
fn installed(location: &Path) -> Option<(&Path, String)> {
    let name = location.file_name()?.to_str()?;
    let above = location.parent()?;
    if above.ends_with("node_modules") {
        return Some((above.parent()?, name.to_owned()));
    }
    let scope = above.file_name()?.to_str()?;
    let modules = above.parent()?;
    let is_scoped = scope.starts_with('@') && modules.ends_with("node_modules");
    is_scoped.then_some((modules.parent()?, format!("{scope}/{name}")))
}

fn load(file: &Path) -> Result<Value, String> {
    let text = fs::read_to_string(file).map_err(|error| error.to_string())?;
    let is_program = file.extension().is_none_or(|extension| extension != "json");
    let text = match is_program {
        true => embedded(&text).ok_or("it holds no table")?,
        false => text.into(),
    };
    // A program goes on behind the table.
    let mut values = serde_json::Deserializer::from_str(&text).into_iter();
    let table = values.next().unwrap_or(Ok(Value::Null));
    table.map_err(|error| error.to_string())
}

/// The table in a program: a text in single quotes or an object, behind one of the marks.
fn embedded(program: &str) -> Option<Cow<'_, str>> {
    let rest = MARKS.iter().find_map(|mark| {
        let at = program.find(mark)?;
        Some(&program[at..])
    })?;
    let rest = &rest[rest.find(['\'', '{'])?..];
    let Some(quoted) = rest.strip_prefix('\'') else {
        return Some(rest.into());
    };
    let mut text = String::new();
    let mut characters = quoted.chars();
    while let Some(character) = characters.next() {
        match character {
            '\'' => return Some(text.into()),
            '\\' => text.push(characters.next()?),
            other => text.push(other),
        }
    }
    None
}

/// The entries of what JavaScript makes a `Map` of.
fn pairs(value: &Value) -> impl Iterator<Item = (&Value, &Value)> {
    let entries = value.as_array().into_iter().flatten();
    entries.map(|entry| (&entry[0], &entry[1]))
}

fn dependencies(value: &Value) -> Dependencies {
    let dependencies = pairs(value).filter_map(|(name, target)| {
        let name = name.as_str()?;
        let locator = match target {
            Value::String(version) => Some((Some(name.to_owned()), Some(version.clone()))),
            Value::Array(_) => Some((text(&target[0]), text(&target[1]))),
            _ => None,
        };
        Some((name.to_owned(), locator))
    });
    dependencies.collect()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests;
