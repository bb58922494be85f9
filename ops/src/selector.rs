//! Bounds of the selectors that `HTMLRewriter` takes. The parser recurses into negations and the
//! rewriter along combinators, so both are counted in the text first. Never parses a selector.

/// Most combinators in one selector.
const MOST_COMBINATORS: usize = 4096;

/// How many combinators the longest of the selectors in `list` has.
///
/// # Errors
/// In the words of the parser, when it would recurse.
pub fn longest(list: &str) -> Result<usize, String> {
    let bytes = list.as_bytes();
    let mut open = Vec::new();
    let (mut at, mut longest, mut combinators) = (0, 0, 0);
    let mut between = true;
    while let Some(&byte) = bytes.get(at) {
        let is_negation = || {
            let word = at.checked_sub(4).and_then(|from| bytes.get(from..at));
            word.is_some_and(|word| word.eq_ignore_ascii_case(b":not"))
        };
        match byte {
            b'\\' => at += 1,
            b'"' | b'\'' => at = end_of_string(bytes, at),
            b'(' if is_negation() => {
                if open.contains(&true) {
                    return Err("Nested negation in selector.".to_owned());
                }
                open.push(true);
            }
            b'(' | b'[' => open.push(false),
            b')' | b']' => drop(open.pop()),
            b',' => combinators = 0,
            b' ' | b'\t' | b'\n' | b'\r' | b'\x0c' | b'>' | b'+' | b'~' => {
                combinators += usize::from(!between);
                longest = longest.max(combinators);
            }
            _ => {}
        }
        between = matches!(byte, b' ' | b'\t'..=b'\r' | b'>' | b'+' | b'~' | b',');
        at += 1;
    }
    if longest > MOST_COMBINATORS {
        return Err(format!(
            "Too many combinators in selector, most allowed: {MOST_COMBINATORS}"
        ));
    }
    Ok(longest)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combinators_are_counted_in_each_selector() {
        assert_eq!(longest("a"), Ok(0));
        assert_eq!(longest("a > b   c, d"), Ok(2));
        assert_eq!(longest("a, b, c d"), Ok(1));
        assert_eq!(longest("[title='a b c'], \"x y\" z"), Ok(1));
        assert_eq!(longest(r"a\ b"), Ok(0));
        assert!(longest(&"a ".repeat(5_000)).is_err());
        assert!(longest(&"a>".repeat(20_000)).is_err());
        assert!(longest(&"a,".repeat(20_000)).is_ok());
    }

    #[test]
    fn a_negation_in_a_negation_is_refused() {
        for list in [
            ":not(:not(a))".to_owned(),
            ":not([x]:NOT(a))".to_owned(),
            ":not(".repeat(20_000),
        ] {
            let refused = longest(&list);
            assert_eq!(refused, Err("Nested negation in selector.".to_owned()));
        }
        for list in [":not(a):not(b)", ":not([x=':not('])", "a:not(b) :not(c)"] {
            assert!(longest(list).is_ok(), "{list}");
        }
    }

    proptest::proptest! {
        #![proptest_config(crate::chance::cases(500))]

        #[test]
        fn random_selectors_are_parsed_or_refused(
            pieces in proptest::collection::vec(
                proptest::sample::select(vec![
                    "a", "*", ".b", "#c", "[d]", "[e='f' i]", ":not(", ":nth-child(", "2n+1", ")", "(", "[", "]",
                    " ", ">", "+", "~", ",", "\\", "\"", "'", "::", ":", "|", "\u{1f600}", "\0", "/*",
                ]),
                0..30,
            ),
        ) {
            let text = pieces.concat();
            if longest(&text).is_err() {
                return Ok(());
            }
            // Neither ends the thread; which of them are selectors is the parser's to say.
            let parsed: Result<lol_html::Selector, _> = text.parse();
            drop(parsed);
        }
    }
}
