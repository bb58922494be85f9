//! From a specifier in a file to the file it means, as PartyKit's esbuild decides
//! (specification 10.1): conditions, main fields, browser maps, extensions, `tsconfig.json` paths.
//!
//! Never reads module sources.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use oxc_resolver::{
    ExtendsField, ResolveContext, ResolveError, ResolveOptions, Resolver as Oxc, TsConfig,
    TsconfigDiscovery, TsconfigOptions, TsconfigReferences,
};

use super::builtin::Builtin;
use super::error::ProblemKind;
use super::synthetic::{PARTYKIT_SERVER, SCHEME};

/// What a specifier means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// A real path, symlinks resolved.
    Script(PathBuf),
    Json(PathBuf),
    /// A module that comes with the program.
    Builtin(Builtin),
    /// A module without content, by its URL.
    Empty(String),
}

/// The answer, and which files it depends on.
pub(super) struct Resolved {
    pub target: Result<Target, ProblemKind>,
    pub files: Vec<PathBuf>,
    pub missing: Vec<PathBuf>,
}

/// Resolves specifiers; caches the file system until [`Resolver::forget`].
pub(super) struct Resolver {
    oxc: Oxc,
    /// By folder.
    tsconfigs: HashMap<PathBuf, Option<Arc<TsConfig>>>,
}

impl Resolver {
    pub(super) fn new() -> Self {
        let strings = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        let alias = |from: &str, to: &[&str]| (from.to_owned(), strings(to));
        let oxc = Oxc::new(ResolveOptions {
            condition_names: strings(&["partykit", "workerd", "worker", "browser", "import"]),
            main_fields: strings(&["browser", "module", "main"]),
            alias_fields: vec![strings(&["browser"])],
            extensions: strings(&[
                ".tsx", ".ts", ".jsx", ".js", ".css", ".json", ".mts", ".mjs",
            ]),
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
        Self {
            oxc,
            tsconfigs: HashMap::new(),
        }
    }

    /// Drops what is known of the file system.
    pub(super) fn forget(&mut self) {
        self.oxc.clear_cache();
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
                let loaded = self.oxc.resolve_tsconfig(&path);
                Some(loaded.map_err(|error| ProblemKind::Tsconfig(error.to_string()))?)
            }
        };
        self.tsconfigs.insert(folder.to_owned(), tsconfig.clone());
        Ok(tsconfig)
    }

    /// What `specifier` means in the file `importer`.
    pub(super) fn resolve(
        &self,
        importer: &Path,
        specifier: &str,
        tsconfig: Option<&TsConfig>,
    ) -> Resolved {
        if let Some(target) = without_lookup(specifier) {
            return Resolved {
                target,
                files: Vec::new(),
                missing: Vec::new(),
            };
        }
        let folder = importer.parent().unwrap_or(Path::new("/"));
        let mut context = ResolveContext::default();
        let result = self
            .oxc
            .resolve_with_context(folder, specifier, tsconfig, &mut context);
        let target = match result {
            Ok(found) => by_extension(found.into_path_buf(), specifier),
            Err(ResolveError::Ignored(path)) => {
                let path = path.to_string_lossy().replace(['?', '#'], "_");
                Ok(Target::Empty(format!("{SCHEME}:ignored{path}")))
            }
            Err(error) => Err(ProblemKind::Unresolved {
                hint: hint(&error, specifier),
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

/// The package a file is installed as: `name` or `@scope/name`.
pub(super) fn package_name(path: &Path) -> Option<String> {
    let path = path.to_str()?;
    let (_, inside) = path.rsplit_once("/node_modules/")?;
    let parts = if inside.starts_with('@') { 2 } else { 1 };
    Some(inside.split('/').take(parts).collect::<Vec<_>>().join("/"))
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
    match extension {
        "ts" | "tsx" | "mts" | "cts" | "js" | "jsx" | "mjs" | "cjs" => Ok(Target::Script(path)),
        "json" => Ok(Target::Json(path)),
        "wasm" | "bin" | "txt" => Err(ProblemKind::NotYetLoaded {
            extension: format!(".{extension}"),
            specifier: specifier.to_owned(),
        }),
        _ => Err(ProblemKind::NoLoader(specifier.to_owned())),
    }
}

fn hint(error: &ResolveError, specifier: &str) -> String {
    match error {
        ResolveError::NotFound(_) | ResolveError::ExtensionAlias(..) => {
            let is_path = specifier.starts_with(['.', '/', '#']);
            if is_path {
                ", there is no such file".to_owned()
            } else {
                format!(
                    ", is the package installed? Try `npm install {}`",
                    root(specifier)
                )
            }
        }
        other => format!(", {other}"),
    }
}

/// The package part of a bare specifier.
fn root(specifier: &str) -> &str {
    let slashes = if specifier.starts_with('@') { 1 } else { 0 };
    match specifier.match_indices('/').nth(slashes) {
        Some((at, _)) => &specifier[..at],
        None => specifier,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_names_have_scopes() {
        let name = |path: &str| package_name(Path::new(path));
        assert_eq!(name("/p/node_modules/a/b/c.js").as_deref(), Some("a"));
        assert_eq!(name("/p/node_modules/@s/a/c.js").as_deref(), Some("@s/a"));
        assert_eq!(
            name("/p/node_modules/a/node_modules/b/i.js").as_deref(),
            Some("b")
        );
        assert_eq!(name("/p/src/a.ts"), None);
    }
}
