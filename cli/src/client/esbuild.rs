//! Finds esbuild's native program (specification 10.4). A project has it because something that the
//! project depends on does: which version it is must not differ from run to run. Runs nothing.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// Names the program, for esbuild's own launcher too.
const VARIABLE: &str = "ESBUILD_BINARY_PATH";

/// In the package of its platform.
const PROGRAM: &str = "bin/esbuild";

/// Packages whose esbuild a project means when it has several, in this order: the original's own,
/// then the one that the project asks for itself.
const OWNERS: [&str; 2] = ["partykit", "esbuild"];

/// The program for the project in `folder`.
pub fn find(folder: &Path) -> Option<PathBuf> {
    if let Some(named) = env::var_os(VARIABLE).map(PathBuf::from).filter(is_file) {
        return Some(named);
    }
    let modules: Vec<PathBuf> = folder
        .ancestors()
        .map(|above| above.join("node_modules"))
        .filter(|modules| modules.is_dir())
        .collect();
    let owned = OWNERS.iter().find_map(|owner| {
        let package = modules.iter().map(|modules| modules.join(owner));
        // A link to the package leads to where its dependencies are.
        package
            .filter_map(|package| package.canonicalize().ok())
            .find_map(|package| above(&package))
    });
    owned
        .or_else(|| above(folder))
        .or_else(|| modules.iter().find_map(|modules| nested(modules)))
        .or_else(|| modules.iter().find_map(|modules| pnpm(modules)))
        .or_else(|| folder.ancestors().find_map(yarn))
        .or_else(on_path)
}

/// The program's package, as npm names it.
fn package() -> String {
    let system = match env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let machine = match env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        "x86" => "ia32",
        other => other,
    };
    format!("{system}-{machine}")
}

fn program(modules: &Path) -> Option<PathBuf> {
    let path = modules.join("@esbuild").join(package()).join(PROGRAM);
    is_file(&path).then_some(path)
}

/// In the `node_modules` of `folder` or one above, where Node.js would look.
fn above(folder: &Path) -> Option<PathBuf> {
    folder
        .ancestors()
        .find_map(|folder| program(&folder.join("node_modules")))
}

/// In the `node_modules` of some package: of a tool that needs another version than the others.
fn nested(modules: &Path) -> Option<PathBuf> {
    let mut packages = Vec::new();
    for entry in sorted(modules) {
        let scope = entry
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('@'));
        match scope {
            true => packages.extend(sorted(&entry)),
            false => packages.push(entry),
        }
    }
    packages
        .iter()
        .find_map(|package| program(&package.join("node_modules")))
}

/// In pnpm's store of the project; the newest of several.
fn pnpm(modules: &Path) -> Option<PathBuf> {
    let prefix = format!("@esbuild+{}@", package());
    newest(&modules.join(".pnpm"), &prefix).find_map(|store| program(&store.join("node_modules")))
}

/// Where yarn puts packages with programs when it has no `node_modules`.
fn yarn(folder: &Path) -> Option<PathBuf> {
    let prefix = format!("@esbuild-{}-npm-", package());
    newest(&folder.join(".yarn/unplugged"), &prefix)
        .find_map(|unplugged| program(&unplugged.join("node_modules")))
}

/// Folders of `folder` whose names begin with `prefix`, in falling order of the versions behind it.
fn newest(folder: &Path, prefix: &str) -> impl Iterator<Item = PathBuf> {
    let version = |path: &PathBuf| {
        let name = path.file_name()?.to_string_lossy().into_owned();
        let numbers = name.strip_prefix(prefix)?.split(['.', '-', '_', '+']);
        Some(
            numbers
                .map_while(|number| number.parse::<u64>().ok())
                .collect::<Vec<_>>(),
        )
    };
    let mut found: Vec<_> = sorted(folder)
        .into_iter()
        .filter_map(|path| Some((version(&path)?, path)))
        .collect();
    found.sort_by(|a, b| b.0.cmp(&a.0));
    found.into_iter().map(|(_, path)| path)
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    entries.sort();
    entries
}

fn on_path() -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join("esbuild"))
        .find(is_file)
}

#[allow(clippy::ptr_arg, reason = "a filter of paths that are owned")]
fn is_file(path: &PathBuf) -> bool {
    path.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().canonicalize().expect("it exists");
        (folder, path)
    }

    fn put(modules: &Path) -> PathBuf {
        let path = modules.join("@esbuild").join(package()).join(PROGRAM);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("writable");
        fs::write(&path, "").expect("writable");
        path
    }

    #[test]
    fn the_originals_own_comes_first() {
        let (_folder, root) = scratch();
        let app = root.join("apps/web");
        fs::create_dir_all(&app).expect("writable");
        let hoisted = put(&root.join("node_modules"));
        assert_eq!(find(&app), Some(hoisted));
        let own = put(&root.join("node_modules/partykit/node_modules"));
        assert_eq!(find(&app), Some(own));
    }

    #[test]
    fn the_one_of_some_tool_is_better_than_none() {
        let (_folder, root) = scratch();
        let nested = put(&root.join("node_modules/@scope/tool/node_modules"));
        assert_eq!(find(&root), Some(nested));
    }

    #[test]
    fn links_of_pnpm_are_followed() {
        let (_folder, root) = scratch();
        let store = root.join("node_modules/.pnpm");
        put(&store.join(format!("@esbuild+{}@0.9.0/node_modules", package())));
        let newer = put(&store.join(format!("@esbuild+{}@0.21.5/node_modules", package())));
        assert_eq!(find(&root), Some(newer), "the newest of the store");

        let beside = put(&store.join("esbuild@0.19.0/node_modules"));
        fs::create_dir_all(store.join("esbuild@0.19.0/node_modules/esbuild")).expect("writable");
        std::os::unix::fs::symlink(
            ".pnpm/esbuild@0.19.0/node_modules/esbuild",
            root.join("node_modules/esbuild"),
        )
        .expect("linked");
        assert_eq!(
            find(&root),
            Some(beside),
            "the one that the project asks for"
        );
    }
}
