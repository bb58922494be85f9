//! Names that can be read without a trace, as esbuild knows them: globals of the language and of
//! browsers, and some of their properties. What is not listed may be missing or have a getter.

use std::collections::HashSet;
use std::sync::OnceLock;

/// Whether reading this free name, or this chain of properties of one, is without effect.
pub(super) fn is_known(path: &str) -> bool {
    static KNOWN: OnceLock<HashSet<&str>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| include_str!("known_globals.txt").lines().collect());
    known.contains(path)
}

/// Whether the path is one of the symbols that the language knows.
pub(super) fn is_symbol(path: &str) -> bool {
    path.starts_with("Symbol.") && is_known(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_paths_are_listed() {
        for known in ["document", "Math.PI", "Object.prototype.toString", "NaN"] {
            assert!(is_known(known), "{known}");
        }
        for unknown in ["localStorage", "document.body", "Math.nothing", "eval", ""] {
            assert!(!is_known(unknown), "{unknown}");
        }
        assert!(is_symbol("Symbol.iterator"));
        assert!(!is_symbol("Math.PI"));
    }
}
