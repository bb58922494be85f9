//! How deep a JSON5 text nests. The parser and what reads its values recurse, and a stack that overflows
//! ends the process. Never parses a value.

/// Most levels: far more than a configuration has, or a `package.json`.
pub const MOST_LEVELS: usize = 128;

/// The line and column, 1-based, of the first bracket that is one level too many.
pub fn too_deep(text: &str) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let (mut level, mut at) = (0_usize, 0);
    while let Some(&byte) = bytes.get(at) {
        let rest = &bytes[at..];
        match byte {
            b'"' | b'\'' => at = end_of_string(bytes, at),
            b'/' if rest.starts_with(b"//") => at += length_to(rest, b"\n"),
            b'/' if rest.starts_with(b"/*") => at += 2 + length_to(&rest[2..], b"*/"),
            b'[' | b'{' if level == MOST_LEVELS => {
                let before = &text[..at];
                let line = before.matches('\n').count() + 1;
                let start = before.rfind('\n').map_or(0, |newline| newline + 1);
                return Some((line, before[start..].chars().count() + 1));
            }
            b'[' | b'{' => level += 1,
            b']' | b'}' => level = level.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    None
}

fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            _ if byte == bytes[start] => return at,
            _ => {}
        }
        at += 1;
    }
    at
}

fn length_to(bytes: &[u8], end: &[u8]) -> usize {
    let found = bytes.windows(end.len()).position(|part| part == end);
    found.unwrap_or(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bracket_too_many_is_found() {
        let nested =
            |count: usize| format!("{{a: 1,\n b: {}{}}}", "[".repeat(count), "]".repeat(count));
        assert_eq!(too_deep(&nested(127)), None);
        assert_eq!(too_deep(&nested(128)), Some((2, 132)));
        assert_eq!(too_deep(&"{a:".repeat(50_000)), Some((1, 385)));
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_nest() {
        let many = "[{".repeat(200);
        for text in [
            format!("{{a: \"{many}\", b: '\\'{many}'}}"),
            format!("// {many}\n{{}}"),
            format!("/* {many} */ {{}}"),
            "[{}],".repeat(500),
        ] {
            assert_eq!(too_deep(&text), None, "{text}");
        }
    }

    proptest::proptest! {
        #![proptest_config(crate::chance::cases(500))]

        #[test]
        fn random_texts_that_are_not_too_deep_are_parsed_or_refused(
            pieces in proptest::collection::vec(
                proptest::sample::select(vec![
                    "{", "}", "[", "]", ",", ":", "\"", "'", "a", "1e9", "\\", "\\u00", "//", "/*", "*/", "\n",
                    " ", "null", "-", "+.5", "0x", "\u{2028}", "\u{feff}", "{a:", "[[[[",
                ]),
                0..200,
            ),
        ) {
            let text = pieces.concat();
            if too_deep(&text).is_none() {
                let parsed: Result<serde_json::Value, _> = json5::from_str(&text);
                drop(parsed);
            }
        }

        #[test]
        fn random_depths_are_counted(depth in 1..400_usize, text in "[a-z \\[{'/*\n]{0,8}") {
            let comment = format!("/* {} */ // {}\n", text.replace('*', ""), text.replace('\n', ""));
            let string = format!("\"{}\"", text.replace('\n', ""));
            let deep = format!("{comment}{}{string}{}{comment}", "[".repeat(depth), "]".repeat(depth));
            proptest::prop_assert_eq!(too_deep(&deep).is_some(), depth > MOST_LEVELS);
        }
    }
}
