//! From a specifier in a file to the file it means, as PartyKit's esbuild decides
//! (specification 10.1): conditions, main fields, browser maps, extensions, `tsconfig.json` paths.
//!
//! Never reads module sources.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use oxc_resolver::{
    ExtendsField, ResolveContext, ResolveError, ResolveOptions, ResolverGeneric, TsConfig,
    TsconfigDiscovery, TsconfigOptions, TsconfigReferences,
};

use super::builtin::Builtin;
use super::error::ProblemKind;
use super::hint::{self, is_bare, root};
use super::shape::Kind;
use super::synthetic::{PARTYKIT_SERVER, SCHEME};
use super::tsconfig::ConfigFiles;

/// What a specifier means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// A real path, symlinks resolved.
    Script(PathBuf),
    /// A file without JavaScript.
    Data(PathBuf, Data),
    /// A module that comes with the program.
    Builtin(Builtin),
    /// A module without content, by its URL.
    Empty(String),
}

/// What a file without JavaScript holds, by its extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Data {
    Json,
    Text,
    Wasm,
    Bytes,
}

/// One question: what `specifier` means in the file `importer`.
pub(super) struct Question<'a> {
    pub importer: &'a Path,
    pub specifier: &'a str,
    pub kind: Kind,
    pub tsconfig: Option<&'a TsConfig>,
}

/// The answer, and which files it depends on.
pub(super) struct Resolved {
    pub target: Result<Target, ProblemKind>,
    pub files: Vec<PathBuf>,
    pub missing: Vec<PathBuf>,
}

/// Resolves specifiers; caches the file system until [`Resolver::forget`].
pub(super) struct Resolver {
    own: Oxcs,
    /// Packages are looked through for JavaScript before TypeScript.
    packages: Oxcs,
    alias: Vec<(String, String)>,
    root: PathBuf,
    /// By folder.
    tsconfigs: HashMap<PathBuf, Option<Arc<TsConfig>>>,
}

type Oxc = ResolverGeneric<ConfigFiles>;

struct Oxcs {
    import: Oxc,
    require: Oxc,
}

impl Oxcs {
    /// Packages with `main` and `module` give `require` the former, and `import` the latter.
    fn new(shared: &Oxc, extensions: &[&str]) -> Self {
        let with = |condition: &str, main_fields: &[&str]| {
            shared.clone_with_options(ResolveOptions {
                condition_names: strings(&["partykit", "workerd", "worker", "browser", condition]),
                main_fields: strings(main_fields),
                extensions: strings(extensions),
                ..shared.options().clone()
            })
        };
        Self {
            import: with("import", &["browser", "module", "main"]),
            require: with("require", &["browser", "main", "module"]),
        }
    }

    fn of(&self, kind: Kind) -> &Oxc {
        match kind {
            Kind::Require => &self.require,
            Kind::Static | Kind::Dynamic => &self.import,
        }
    }
}

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

impl Resolver {
    pub(super) fn new() -> Self {
        let alias = |from: &str, to: &[&str]| (from.to_owned(), strings(to));
        let shared = Oxc::new(ResolveOptions {
            alias_fields: vec![strings(&["browser"])],
            // TypeScript wants imports to name the file that will exist, not the one that does.
            extension_alias: vec![
                alias(".js", &[".js", ".ts", ".tsx"]),
                alias(".jsx", &[".jsx", ".tsx", ".ts"]),
                alias(".mjs", &[".mjs", ".mts"]),
                alias(".cjs", &[".cjs", ".cts"]),
            ],
            node_path: false,
            // The configuration of each file is passed with each question; references and
            // `include` do not matter to esbuild and would to automatic discovery.
            tsconfig: Some(TsconfigDiscovery::Manual(TsconfigOptions {
                config_file: PathBuf::from("tsconfig.json"),
                references: TsconfigReferences::Disabled,
            })),
            ..ResolveOptions::default()
        });
        let own = [
            ".tsx", ".ts", ".jsx", ".js", ".css", ".json", ".mts", ".mjs", ".cjs",
        ];
        let packages = [
            ".jsx", ".js", ".css", ".json", ".mjs", ".cjs", ".tsx", ".ts", ".mts",
        ];
        Self {
            own: Oxcs::new(&shared, &own),
            packages: Oxcs::new(&shared, &packages),
            alias: Vec::new(),
            root: PathBuf::new(),
            tsconfigs: HashMap::new(),
        }
    }

    /// Takes the names of packages that mean something else everywhere (specification 9.4,
    /// `build.alias`). Paths start at `root`.
    pub(super) fn set_alias(&mut self, root: &Path, alias: &BTreeMap<String, String>) {
        root.clone_into(&mut self.root);
        self.alias = alias
            .iter()
            .map(|(from, to)| (from.clone(), to.clone()))
            .collect();
        // The longest name that fits wins.
        self.alias.sort_by_key(|(from, _)| Reverse(from.len()));
    }

    /// Drops what is known of the file system.
    pub(super) fn forget(&mut self) {
        // The four share one cache.
        self.own.import.clear_cache();
        self.tsconfigs.clear();
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
                let loaded = self.own.import.resolve_tsconfig(&path);
                Some(loaded.map_err(|error| ProblemKind::Tsconfig(error.to_string()))?)
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
        let oxcs = if is_package {
            &self.packages
        } else {
            &self.own
        };
        oxcs.of(question.kind).resolve_with_context(
            folder,
            question.specifier,
            question.tsconfig,
            context,
        )
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
        let found = self.ask(&question, &mut ResolveContext::default()).ok()?;
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
        if let Some(target) = without_lookup(specifier) {
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
        let result = self.ask(asked, &mut context);
        let target = match result {
            Ok(found) => by_extension(found.into_path_buf(), specifier),
            Err(ResolveError::Ignored(path)) => {
                let path = path.to_string_lossy().replace(['?', '#'], "_");
                Ok(Target::Empty(format!("{SCHEME}:ignored{path}")))
            }
            Err(error) => Err(ProblemKind::Unresolved {
                hint: hint::of(&error, asked.importer, specifier),
                specifier: specifier.to_owned(),
            }),
        };
        // Only the files that decide by their content; the rest are the modules themselves.
        let is_config = |path: &PathBuf| path.ends_with("package.json");
        let files = context.file_dependencies.into_iter().filter(is_config);
        let own = |path: &PathBuf| !in_package(path);
        let missing = context.missing_dependencies.into_iter().filter(own);
        Resolved {
            target,
            files: files.collect(),
            missing: missing.collect(),
        }
    }
}

/// The files a configuration was read from, as far as it names them by path.
pub(super) fn tsconfig_files(tsconfig: &TsConfig) -> Vec<PathBuf> {
    let mut files = vec![tsconfig.path().to_owned()];
    let folder = tsconfig.directory();
    let extended = match &tsconfig.extends {
        None => &[][..],
        Some(ExtendsField::Single(one)) => std::slice::from_ref(one),
        Some(ExtendsField::Multiple(many)) => many,
    };
    for name in extended.iter().filter(|name| name.starts_with('.')) {
        let path = folder.join(name);
        let with_extension = PathBuf::from(format!("{}.json", path.display()));
        files.extend([path, with_extension].into_iter().filter(|p| p.is_file()));
    }
    files
}

/// Whether a file belongs to an installed package.
pub(super) fn in_package(path: &Path) -> bool {
    path.components()
        .any(|part| part.as_os_str() == "node_modules")
}

fn without_lookup(specifier: &str) -> Option<Result<Target, ProblemKind>> {
    if let Some(builtin) = Builtin::named(specifier) {
        return Some(Ok(Target::Builtin(builtin)));
    }
    if specifier == PARTYKIT_SERVER {
        return Some(Ok(Target::Empty(format!("{SCHEME}:{PARTYKIT_SERVER}"))));
    }
    if specifier.starts_with("node:") {
        return Some(Err(ProblemKind::NodeBuiltin(specifier.to_owned())));
    }
    if specifier.starts_with("cloudflare:") {
        return Some(Err(ProblemKind::CloudflareBuiltin(specifier.to_owned())));
    }
    if specifier.starts_with("https://") || specifier.starts_with("http://") {
        return Some(Err(ProblemKind::Unresolved {
            specifier: specifier.to_owned(),
            hint: ", modules are not loaded over the network".to_owned(),
        }));
    }
    None
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
        _ => return Err(ProblemKind::NoLoader(specifier.to_owned())),
    };
    Ok(Target::Data(path, data))
}
