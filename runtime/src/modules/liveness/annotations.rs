//! The comments in which a program promises that something has no side effects:
//! `/* @__PURE__ */` before a call, `/* @__NO_SIDE_EFFECTS__ */` before a function.
//!
//! Knows where they stand, not what they stand before.

use std::collections::HashSet;

use swc_core::common::BytePos;
use swc_core::common::comments::SingleThreadedComments;

/// The places of the first tokens behind such comments.
#[derive(Default)]
pub(super) struct Annotations {
    pub pure: HashSet<BytePos>,
    pub no_side_effects: HashSet<BytePos>,
}

impl Annotations {
    /// `base` is the position of the first byte of `source`.
    pub(super) fn read(source: &str, comments: &SingleThreadedComments, base: BytePos) -> Self {
        let mut found = Self::default();
        if !source.contains("__PURE__") && !source.contains("__NO_SIDE_EFFECTS__") {
            return found;
        }
        let (leading, trailing) = comments.borrow_all();
        for comment in leading.values().chain(trailing.values()).flatten() {
            let is_pure = says(&comment.text, "__PURE__");
            let has_no_side_effects = says(&comment.text, "__NO_SIDE_EFFECTS__");
            if !is_pure && !has_no_side_effects {
                continue;
            }
            let end = comment.span.hi.0.saturating_sub(base.0) as usize;
            let Some(next) = next_token(source, end) else {
                continue;
            };
            let place = BytePos(base.0 + next as u32);
            if is_pure {
                found.pure.insert(place);
            }
            if has_no_side_effects {
                found.no_side_effects.insert(place);
            }
        }
        found
    }
}

/// Whether the comment holds the word behind `@` or `#`.
fn says(comment: &str, word: &str) -> bool {
    comment.match_indices(word).any(|(at, _)| {
        let rest = &comment[at + word.len()..];
        let continues = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        comment[..at].ends_with(['@', '#']) && !rest.starts_with(continues)
    })
}

/// The next byte at or after `from` that belongs to no comment and is no space.
fn next_token(source: &str, mut from: usize) -> Option<usize> {
    loop {
        let rest = source.get(from..)?;
        let start = rest.len() - rest.trim_start().len();
        let rest = &rest[start..];
        from += start;
        if rest.starts_with("//") {
            from += rest.find(['\n', '\r', '\u{2028}', '\u{2029}'])?;
        } else if rest.starts_with("/*") {
            from += rest.find("*/")? + 2;
        } else {
            return (!rest.is_empty()).then_some(from);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_behind_a_sign_and_end() {
        assert!(says(" @__PURE__ ", "__PURE__"));
        assert!(says("#__PURE__", "__PURE__"));
        assert!(!says(" __PURE__ ", "__PURE__"));
        assert!(!says("@__PURE__x", "__PURE__"));
    }

    #[test]
    fn the_next_token_is_behind_spaces_and_comments() {
        assert_eq!(next_token("/**/ // a\n /* b */ x", 4), Some(19));
        assert_eq!(next_token("/**/ // a", 4), None);
        assert_eq!(next_token("/**/", 4), None);
    }
}
