//! What a person can do about an import that leads nowhere. Looks at folders, never resolves.

use std::path::Path;

use oxc_resolver::ResolveError;

/// What to add to the message.
pub(super) fn of(error: &ResolveError, importer: &Path, specifier: &str) -> String {
    match error {
        ResolveError::NotFound(_) | ResolveError::ExtensionAlias(..) => {
            if is_bare(specifier) {
                format!(
                    ", is the package installed? Try `npm install {}`",
                    root(specifier)
                )
            } else if let Some(name) = other_case(importer, specifier) {
                format!(", capital letters matter and the file is `{name}`")
            } else {
                ", there is no such file".to_owned()
            }
        }
        other => format!(", {other}"),
    }
}

/// The name of a file that the specifier would mean if letters had no case.
fn other_case(importer: &Path, specifier: &str) -> Option<String> {
    let wanted = importer.parent()?.join(specifier);
    let name = wanted.file_name()?.to_str()?.to_lowercase();
    let folder = std::fs::read_dir(wanted.parent()?).ok()?;
    let mut fits: Vec<String> = folder
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|found| {
            let found = found.to_lowercase();
            let rest = found.strip_prefix(&name);
            rest.is_some_and(|rest| rest.is_empty() || (rest.starts_with('.') && is_script(rest)))
        })
        .collect();
    fits.sort();
    fits.into_iter().next()
}

fn is_script(extension: &str) -> bool {
    [
        ".ts", ".tsx", ".js", ".jsx", ".json", ".mts", ".mjs", ".cjs",
    ]
    .contains(&extension)
}

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
