//! The folders of a project: the ones with files that a person edits. Never follows a link, which may
//! lead out of the project or round in circles.

use std::fs;
use std::path::{Path, PathBuf};

/// More folders than any project is edited in; the rest is not watched.
const MOST_FOLDERS: usize = 10_000;

/// `root` and the folders below, without packages, hidden ones, and what `skip` names.
pub fn folders(root: &Path, skip: &dyn Fn(&Path) -> bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let hidden = name == "node_modules" || name.to_string_lossy().starts_with('.');
            let path = entry.path();
            if !hidden && entry.file_type().is_ok_and(|kind| kind.is_dir()) && !skip(&path) {
                open.push(path);
            }
        }
        found.push(folder);
        if found.len() == MOST_FOLDERS {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_folders_and_packages_are_left_out() {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let root = scratch.path();
        for name in [
            "a/b",
            "node_modules/x",
            ".git/objects",
            "a/node_modules",
            "dist/js",
        ] {
            fs::create_dir_all(root.join(name)).expect("writable");
        }
        let mut found = folders(root, &|folder| folder == root.join("dist"));
        found.sort();
        assert_eq!(found, [root.to_owned(), root.join("a"), root.join("a/b")]);
    }
}
