//! What a specifier or a path tells by its text alone: whether it is of a package, and of which.
//!
//! Never looks at a folder.

use std::path::Path;

/// Whether a specifier names a package, or a path by `tsconfig.json`.
pub(super) fn is_bare(specifier: &str) -> bool {
    !specifier.starts_with(['.', '/', '#'])
}

/// The package part of a bare specifier.
pub(super) fn root(specifier: &str) -> &str {
    let slashes = if specifier.starts_with('@') { 1 } else { 0 };
    match specifier.match_indices('/').nth(slashes) {
        Some((at, _)) => &specifier[..at],
        None => specifier,
    }
}

/// Whether a file belongs to an installed package.
pub(super) fn in_package(path: &Path) -> bool {
    path.components()
        .any(|part| part.as_os_str() == "node_modules")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_part_has_a_scope() {
        assert_eq!(root("@s/a/b/c.js"), "@s/a");
        assert_eq!(root("a/b"), "a");
        assert_eq!(root("a"), "a");
        assert!(is_bare("a/b") && !is_bare("./a") && !is_bare("#a"));
    }
}
