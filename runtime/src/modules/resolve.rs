//! From a specifier in a file to the file it means, as PartyKit's esbuild decides
//! (specification 10.1): conditions, main fields, browser maps, extensions, `tsconfig.json` paths.
//!
//! Never reads module sources.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use oxc_resolver::{ResolveContext, ResolveError, TsConfig};

use super::disk::{Disk, shown, veiled};
use super::error::ProblemKind;
use super::hint;
use super::inline::is_inline;
use super::installed::Installed;
use super::lookup::{self, Lookups};
use super::plugged::Plugged;
use super::question::{Data, Question, Target};
use super::schemes::without_lookup;
use super::shape::Kind;
use super::specifier::{in_package, is_bare, root};
use super::synthetic::SCHEME;
use super::tsconfig::{Bases, fault};

/// The answer, and which files it depends on.
pub(super) struct Resolved {
    pub target: Result<Target, ProblemKind>,
    pub files: Vec<PathBuf>,
    pub missing: Vec<PathBuf>,
}

/// Resolves specifiers; caches the file system until [`Resolver::look_again`].
pub(super) struct Resolver {
    own: Lookups,
    /// Packages are looked through for JavaScript before TypeScript.
    packages: Lookups,
    alias: Vec<(String, String)>,
    root: PathBuf,
    /// By folder.
    tsconfigs: HashMap<PathBuf, Option<Arc<TsConfig>>>,
    bases: Arc<Bases>,
    /// Set in projects whose packages are in no `node_modules`.
    plugged: Option<Arc<Plugged>>,
}

impl Resolver {
    pub(super) fn new() -> Self {
        let bases = Arc::new(Bases::default());
        let (own, packages) = lookup::own_and_packages(Disk::new(bases.clone()));
        Self {
            own,
            packages,
            alias: Vec::new(),
            root: PathBuf::new(),
            tsconfigs: HashMap::new(),
            bases,
            plugged: None,
        }
    }

    /// Takes the names of packages that mean something else everywhere (specification 9.4,
    /// `build.alias`). Paths start at `root`.
    pub(super) fn set_alias(&mut self, root: &Path, alias: &BTreeMap<String, String>) {
        self.root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        self.alias = alias
            .iter()
            .map(|(from, to)| (from.clone(), to.clone()))
            .collect();
        // The longest name that fits wins.
        self.alias.sort_by_key(|(from, _)| Reverse(from.len()));
    }

    /// Drops what is known of the file system, and looks for how the project in `root` has its packages.
    ///
    /// # Errors
    /// [`ProblemKind::Plugged`] when that cannot be read.
    pub(super) fn look_again(&mut self, root: &Path) -> Result<(), ProblemKind> {
        // The four share one cache.
        self.own.of(Kind::Static).clear_cache();
        self.tsconfigs.clear();
        self.plugged = Plugged::find(root, self.plugged.take()).map_err(ProblemKind::Plugged)?;
        self.bases.begin(self.plugged.clone());
        Ok(())
    }

    /// The files besides `package.json` that decide what specifiers mean, as far as they have been read.
    pub(super) fn files(&self) -> impl Iterator<Item = PathBuf> {
        let tables = match &self.plugged {
            Some(plugged) => vec![plugged.file().to_owned()],
            None => Plugged::expected(&self.root),
        };
        tables.into_iter().chain(self.bases.files())
    }

    /// What is odd about configurations that have been read, one line each; `root` shortens paths.
    pub(super) fn notes(&self, root: &Path) -> Vec<String> {
        self.bases.notes(root)
    }

    /// The nearest `tsconfig.json` of a file, `extends` applied. Packages have none.
    ///
    /// # Errors
    /// [`ProblemKind::Tsconfig`] when it cannot be read.
    pub(super) fn tsconfig(&mut self, file: &Path) -> Result<Option<Arc<TsConfig>>, ProblemKind> {
        if in_package(file) {
            return Ok(None);
        }
        let Some(folder) = file.parent() else {
            return Ok(None);
        };
        if let Some(known) = self.tsconfigs.get(folder) {
            return Ok(known.clone());
        }
        let nearest = folder
            .ancestors()
            .map(|ancestor| ancestor.join("tsconfig.json"))
            .find(|path| path.is_file());
        let tsconfig = match nearest {
            None => None,
            Some(path) => {
                let loaded = self.own.of(Kind::Static).resolve_tsconfig(&path);
                Some(loaded.map_err(|error| ProblemKind::Tsconfig(fault(&error, &self.root)))?)
            }
        };
        self.tsconfigs.insert(folder.to_owned(), tsconfig.clone());
        Ok(tsconfig)
    }

    /// Where the question is asked, and about what, once aliases are applied.
    fn aliased(&self, question: &Question<'_>) -> Option<(PathBuf, String)> {
        let (from, to) = self.alias.iter().find(|(from, _)| {
            let rest = question.specifier.strip_prefix(from.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })?;
        let rest = &question.specifier[from.len()..];
        Some((self.root.clone(), format!("{to}{rest}")))
    }

    fn ask(
        &self,
        question: &Question<'_>,
        context: &mut ResolveContext,
    ) -> Result<oxc_resolver::Resolution, ResolveError> {
        let folder = question.importer.parent().unwrap_or(Path::new("/"));
        let is_package = in_package(question.importer) || is_bare(question.specifier);
        let lookups = if is_package {
            &self.packages
        } else {
            &self.own
        };
        lookups.of(question.kind).resolve_with_context(
            folder,
            question.specifier,
            question.tsconfig,
            context,
        )
    }

    /// Asks, and asks again by the names that only a project without `node_modules` has.
    fn find(
        &self,
        question: &Question<'_>,
        context: &mut ResolveContext,
    ) -> Result<oxc_resolver::Resolution, ResolveError> {
        let plain = self.ask(question, context);
        let Some(plugged) = &self.plugged else {
            return plain;
        };
        let wanted = match &plain {
            Ok(found) if is_bare(question.specifier) => {
                let is_own = package_folder(found.path()) == package_folder(question.importer);
                match is_own || !in_package(found.path()) {
                    true => return plain,
                    false => question.specifier,
                }
            }
            // An alias of the importer's package may lead to another package.
            Err(ResolveError::NotFound(name)) if is_bare(name) => name,
            _ => return plain,
        };
        let Some(place) = plugged.place(wanted, question.importer) else {
            return plain;
        };
        self.ask(
            &Question {
                importer: &place.importer,
                specifier: &place.specifier,
                kind: question.kind,
                tsconfig: None,
            },
            context,
        )
    }

    /// The file that a path in the settings means, which may be a folder.
    ///
    /// # Errors
    /// The files that were looked for.
    pub(super) fn entry(&self, path: &Path) -> Result<PathBuf, Vec<PathBuf>> {
        if path.is_file() {
            return Ok(path.to_owned());
        }
        let mut context = ResolveContext::default();
        // `.` is the folder of the importer.
        let found = self.ask(
            &Question {
                importer: &path.join("entry"),
                specifier: ".",
                kind: Kind::Static,
                tsconfig: None,
            },
            &mut context,
        );
        match found.map(|found| by_extension(found.into_path_buf(), "")) {
            Ok(Ok(Target::Script(path))) => Ok(path),
            _ => Err(context.missing_dependencies.into_iter().collect()),
        }
    }

    /// The main file that `require` would get of a package which leaves the choice to main fields,
    /// when the question is about a package as a whole.
    pub(super) fn main_for_require(&self, question: &Question<'_>) -> Option<PathBuf> {
        if !is_bare(question.specifier) || root(question.specifier) != question.specifier {
            return None;
        }
        let question = Question {
            kind: Kind::Require,
            ..*question
        };
        let found = self.find(&question, &mut ResolveContext::default()).ok()?;
        let is_free = found.package_json().is_some_and(|p| p.exports().is_none());
        is_free.then(|| found.into_path_buf())
    }

    /// What a specifier means.
    pub(super) fn resolve(&self, question: &Question<'_>) -> Resolved {
        let (importer, specifier);
        let question = match self.aliased(question) {
            None => question,
            Some((folder, name)) => {
                (importer, specifier) = (folder.join("alias"), name);
                &Question {
                    importer: &importer,
                    specifier: &specifier,
                    ..*question
                }
            }
        };
        let specifier = question.specifier;
        let target = match without_lookup(specifier) {
            None if is_inline(question.importer) => Some(Err(ProblemKind::Unresolved {
                specifier: specifier.to_owned(),
                hint: hint::of_inline(specifier),
            })),
            target => target,
        };
        if let Some(target) = target {
            return Resolved {
                target,
                files: Vec::new(),
                missing: Vec::new(),
            };
        }
        // `x.wasm?module` is the same file and the same module as `x.wasm`.
        let asked = match specifier.strip_suffix("?module") {
            Some(file) if file.ends_with(".wasm") => &Question {
                specifier: file,
                ..*question
            },
            _ => question,
        };
        let mut context = ResolveContext::default();
        // A `?` or `#` may be part of the name; only else it is a suffix, which means nothing.
        let by_name = veiled(asked.specifier).and_then(|specifier| {
            let question = Question {
                specifier: &specifier,
                ..*asked
            };
            self.find(&question, &mut context).ok()
        });
        let result = match by_name {
            Some(found) => Ok(found),
            None => self.find(asked, &mut context),
        };
        let target = match result {
            Ok(found) => by_extension(shown(found.path()).into_owned(), specifier),
            Err(ResolveError::Ignored(path)) => {
                let path = path.to_string_lossy().replace(['?', '#'], "_");
                Ok(Target::Empty(format!("{SCHEME}:ignored{path}")))
            }
            Err(error) => Err(hint::problem(&error, question, &self.root)),
        };
        // Only the files that decide by their content; the rest are the modules themselves.
        let is_config = |path: &PathBuf| path.ends_with("package.json");
        let files = context.file_dependencies.into_iter().filter(is_config);
        let own = |path: &PathBuf| !in_package(path);
        let missing = context.missing_dependencies.into_iter().filter(own);
        // While packages are being installed, they are not whole.
        let is_package =
            target.is_err() && is_bare(specifier) && own(&question.importer.to_owned());
        let marks = is_package.then(|| Installed::marks(question.importer));
        Resolved {
            target,
            files: files.collect(),
            missing: missing
                .map(|path| shown(&path).into_owned())
                .chain(marks.into_iter().flatten())
                .collect(),
        }
    }
}

/// The folder of the package that a file belongs to.
fn package_folder(path: &Path) -> Option<&Path> {
    let mut folders = path.ancestors().skip(1);
    folders.find(|folder| {
        let above = folder.parent();
        above.is_some_and(|above| {
            above.ends_with("node_modules")
                || (is_scope(above) && above.parent().is_some_and(|a| a.ends_with("node_modules")))
        })
    })
}

fn is_scope(folder: &Path) -> bool {
    let name = folder.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.starts_with('@'))
}

fn by_extension(path: PathBuf, specifier: &str) -> Result<Target, ProblemKind> {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("");
    let data = match extension {
        "ts" | "tsx" | "mts" | "cts" | "js" | "jsx" | "mjs" | "cjs" => {
            return Ok(Target::Script(path));
        }
        "json" => Data::Json,
        "txt" => Data::Text,
        "wasm" => Data::Wasm,
        "bin" => Data::Bytes,
        _ => {
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            return Err(ProblemKind::NoLoader {
                hint: hint::of_suffix(specifier, &file),
                specifier: specifier.to_owned(),
            });
        }
    };
    Ok(Target::Data(path, data))
}
