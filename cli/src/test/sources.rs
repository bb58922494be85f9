//! Which files of a project are worth another run of its tests: what people write, and not what the tests
//! themselves leave behind. Never reads a file.

use std::path::{Path, PathBuf};

use crate::tree;

/// What people write tests, code and their data in.
const EXTENSIONS: [&str; 22] = [
    "ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs", "json", "jsonc", "json5", "html", "css",
    "txt", "md", "wasm", "bin", "sql", "graphql", "vue", "svelte", "py",
];

/// What tests and builds write.
const WRITTEN: [&str; 10] = [
    "node_modules",
    "coverage",
    "dist",
    "build",
    "out",
    "test-results",
    "playwright-report",
    "blob-report",
    "reports",
    "__snapshots__",
];

/// The folders of the project in `root` in which somebody may save a file.
pub fn folders(root: &Path) -> Vec<PathBuf> {
    tree::folders(root, &|folder| is_written(folder))
}

/// Whether a change of `path`, in the project in `root`, is a save. A new folder is one when there is
/// something in it.
pub fn is_save(root: &Path, path: &Path) -> bool {
    let Ok(inside) = path.strip_prefix(root) else {
        return false;
    };
    let parents = inside.ancestors().skip(1);
    if parents
        .filter_map(Path::file_name)
        .any(|name| is_skipped(&name.to_string_lossy()))
    {
        return false;
    }
    if path.is_dir() {
        return !is_written(path) && folders(path).iter().any(|folder| has_source(folder));
    }
    is_source(path)
}

fn has_source(folder: &Path) -> bool {
    let entries = folder.read_dir().into_iter().flatten().flatten();
    entries.into_iter().any(|entry| is_source(&entry.path()))
}

fn is_source(path: &Path) -> bool {
    let is_hidden = path
        .file_name()
        .is_none_or(|name| name.to_string_lossy().starts_with('.'));
    let extension = path.extension().and_then(|extension| extension.to_str());
    !is_hidden && extension.is_some_and(|extension| EXTENSIONS.contains(&extension))
}

fn is_written(folder: &Path) -> bool {
    folder
        .file_name()
        .is_some_and(|name| is_skipped(&name.to_string_lossy()))
}

fn is_skipped(name: &str) -> bool {
    name.starts_with('.') || WRITTEN.contains(&name)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn saves_are_told_from_what_tests_leave_behind() {
        let root = Path::new("/p");
        for (path, expected) in [
            ("/p/src/server.ts", true),
            ("/p/test/room.test.mjs", true),
            ("/p/package.json", true),
            ("/p/coverage/lcov.json", false),
            ("/p/test/__snapshots__/a.js", false),
            ("/p/.vite/x.json", false),
            ("/p/junit.xml", false),
            ("/p/run.log", false),
            ("/p/.#server.ts", false),
            ("/elsewhere/a.ts", false),
        ] {
            assert_eq!(is_save(root, Path::new(path)), expected, "{path}");
        }
    }

    #[test]
    fn a_new_folder_counts_when_there_is_something_in_it() {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let new = scratch.path().join("new");
        fs::create_dir_all(new.join("deep")).expect("writable");
        assert!(!is_save(scratch.path(), &new));
        fs::write(new.join("deep/a.test.ts"), "").expect("writable");
        assert!(is_save(scratch.path(), &new));
        let written = scratch.path().join("dist");
        fs::create_dir(&written).expect("writable");
        fs::write(written.join("a.js"), "").expect("writable");
        assert!(!is_save(scratch.path(), &written));
        assert_eq!(folders(scratch.path()).len(), 3);
    }
}
