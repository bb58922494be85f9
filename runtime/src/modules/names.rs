//! What may be a name in JavaScript. Never decides what a name means.

use swc_core::ecma::ast::Ident;

/// Whether `name` is an identifier or identifiers joined by dots.
pub(super) fn is_dotted_name(name: &str) -> bool {
    name.split('.').all(|part| {
        let mut chars = part.chars();
        chars.next().is_some_and(Ident::is_valid_start) && chars.all(Ident::is_valid_continue)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_identifiers_joined_by_dots() {
        assert!(is_dotted_name("process.env.NODE_ENV"));
        assert!(is_dotted_name("$x"));
        assert!(!is_dotted_name("a-b"));
        assert!(!is_dotted_name("a..b"));
        assert!(!is_dotted_name(""));
    }
}
