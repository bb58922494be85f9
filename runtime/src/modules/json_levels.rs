//! How deep a JSON text nests, for those that are given to a parser that recurses. Never parses.

/// Most levels of a JSON file: the parser's stack holds many times as many.
const MOST_LEVELS: usize = 1000;

/// Whether a JSON text has more than [`MOST_LEVELS`].
pub(super) fn is_deep(json: &[u8]) -> bool {
    let (mut level, mut deepest) = (0_usize, 0);
    let (mut in_string, mut is_escaped) = (false, false);
    for byte in json {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_string => is_escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                level += 1;
                deepest = deepest.max(level);
            }
            b']' | b'}' if !in_string => level = level.saturating_sub(1),
            _ => {}
        }
    }
    deepest > MOST_LEVELS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_outside_of_strings_count() {
        let around = |count: usize, inner: &str| "[".repeat(count) + inner + &"]".repeat(count);
        assert!(!is_deep(around(1000, "").as_bytes()));
        assert!(is_deep(around(1001, "").as_bytes()));
        assert!(!is_deep(format!("\"\\\"{}\"", "{".repeat(5000)).as_bytes()));
        assert!(!is_deep("[{}],".repeat(5000).as_bytes()));
    }
}
