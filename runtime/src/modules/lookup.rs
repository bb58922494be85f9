//! The resolver's library, set up as PartyKit's esbuild looks for files (specification 10.1): conditions,
//! main fields, browser maps, extensions. Never decides which set-up a question is for.

use std::path::PathBuf;

use oxc_resolver::{
    ResolveOptions, ResolverGeneric, TsconfigDiscovery, TsconfigOptions, TsconfigReferences,
};

use super::disk::Disk;
use super::shape::Kind;

pub(super) type Lookup = ResolverGeneric<Disk>;

pub(super) struct Lookups {
    import: Lookup,
    require: Lookup,
}

impl Lookups {
    /// Packages with `main` and `module` give `require` the former, and `import` the latter.
    fn new(shared: &Lookup, extensions: &[&str]) -> Self {
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

    pub(super) fn of(&self, kind: Kind) -> &Lookup {
        match kind {
            Kind::Require => &self.require,
            Kind::Static | Kind::Dynamic => &self.import,
        }
    }
}

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

/// For files of the project, which may be TypeScript first, and for packages, which are looked through
/// for JavaScript first. All share one cache.
pub(super) fn own_and_packages(disk: Disk) -> (Lookups, Lookups) {
    let alias = |from: &str, to: &[&str]| (from.to_owned(), strings(to));
    let options = ResolveOptions {
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
    };
    let shared = Lookup::new_with_file_system(disk, options);
    let own = [
        ".tsx", ".ts", ".jsx", ".js", ".css", ".json", ".mts", ".mjs", ".cjs",
    ];
    let packages = [
        ".jsx", ".js", ".css", ".json", ".mjs", ".cjs", ".tsx", ".ts", ".mts",
    ];
    (
        Lookups::new(&shared, &own),
        Lookups::new(&shared, &packages),
    )
}
