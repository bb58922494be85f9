//! Source text as identifiers and marks, without comments, literals and what is only compiled for
//! tests. Knows no grammar beyond that.

/// A word, or one character of anything else; `::` is one token.
pub type Token = String;

/// The tokens of a source file.
pub fn tokens(source: &str) -> Vec<Token> {
    without_tests(&scan(source))
}

fn scan(source: &str) -> Vec<Token> {
    let text: Vec<char> = source.chars().collect();
    let at = |place: usize| text.get(place).copied().unwrap_or('\0');
    let mut tokens = Vec::new();
    let mut place = 0;
    while place < text.len() {
        let here = text[place];
        if here == '/' && at(place + 1) == '/' {
            while place < text.len() && text[place] != '\n' {
                place += 1;
            }
        } else if here == '/' && at(place + 1) == '*' {
            place = after_comment(&text, place);
        } else if here == '"' {
            place = after_string(&text, place);
        } else if let Some(end) = after_raw_string(&text, place) {
            place = end;
        } else if here == '\'' {
            place = after_quote(&text, place);
        } else if is_word(here) {
            let start = place;
            while place < text.len() && is_word(text[place]) {
                place += 1;
            }
            tokens.push(text[start..place].iter().collect());
        } else if here == ':' && at(place + 1) == ':' {
            tokens.push("::".to_owned());
            place += 2;
        } else {
            if !here.is_whitespace() {
                tokens.push(here.to_string());
            }
            place += 1;
        }
    }
    tokens
}

fn is_word(it: char) -> bool {
    it.is_alphanumeric() || it == '_'
}

fn after_comment(text: &[char], mut place: usize) -> usize {
    let mut depth = 0;
    loop {
        match text.get(place..place + 2) {
            Some(['/', '*']) => {
                depth += 1;
                place += 2;
            }
            Some(['*', '/']) => {
                depth -= 1;
                place += 2;
                if depth == 0 {
                    return place;
                }
            }
            Some(_) => place += 1,
            None => return text.len(),
        }
    }
}

fn after_string(text: &[char], mut place: usize) -> usize {
    place += 1;
    while place < text.len() && text[place] != '"' {
        place += if text[place] == '\\' { 2 } else { 1 };
    }
    place + 1
}

/// `r"..."`, `r#"..."#`, `br"..."`: where it ends, if one begins here.
fn after_raw_string(text: &[char], place: usize) -> Option<usize> {
    if place > 0 && is_word(text[place - 1]) {
        return None;
    }
    let mut next = place;
    if text.get(next) == Some(&'b') {
        next += 1;
    }
    if text.get(next) != Some(&'r') {
        return None;
    }
    next += 1;
    let hashes = text[next..].iter().take_while(|it| **it == '#').count();
    next += hashes;
    if text.get(next) != Some(&'"') {
        return None;
    }
    next += 1;
    while next < text.len() {
        let closes = text[next] == '"'
            && text[next + 1..].iter().take_while(|it| **it == '#').count() >= hashes;
        next += 1;
        if closes {
            return Some(next + hashes);
        }
    }
    Some(next)
}

/// A character, which is skipped, or a lifetime, of which the mark is.
fn after_quote(text: &[char], place: usize) -> usize {
    match (text.get(place + 1), text.get(place + 2)) {
        (Some('\\'), _) => {
            let rest = &text[(place + 3).min(text.len())..];
            let end = rest.iter().position(|it| *it == '\'');
            end.map_or(text.len(), |end| place + 3 + end + 1)
        }
        (Some(_), Some('\'')) => place + 3,
        _ => place + 1,
    }
}

/// What stands before an item that is only compiled for tests.
const TEST_MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];

/// The modules that the file declares for tests only, each a file of its own.
pub fn declared_for_tests(source: &str) -> Vec<Token> {
    let tokens = scan(source);
    let starts = (0..tokens.len()).filter(|place| is_test_mark(&tokens[*place..]));
    let names = starts.filter_map(|place| {
        let start = place + TEST_MARK.len();
        match &tokens[start..after_item(&tokens, start)] {
            [.., word, name, end] if word == "mod" && end == ";" => Some(name.clone()),
            _ => None,
        }
    });
    names.collect()
}

fn is_test_mark(tokens: &[Token]) -> bool {
    tokens.len() >= TEST_MARK.len() && TEST_MARK.iter().zip(tokens).all(|(a, b)| a == b)
}

/// Leaves out each item behind `#[cfg(test)]`, and the names of modules that are declared there.
fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let mut kept = Vec::new();
    let mut place = 0;
    while place < tokens.len() {
        if is_test_mark(&tokens[place..]) {
            place = after_item(tokens, place + TEST_MARK.len());
        } else {
            kept.push(tokens[place].clone());
            place += 1;
        }
    }
    kept
}

/// Where the item that begins at `place` ends: behind its block, or its semicolon, or the comma of a
/// field.
fn after_item(tokens: &[Token], mut place: usize) -> usize {
    let mut depth = 0;
    while place < tokens.len() {
        match tokens[place].as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" if depth == 0 => return place,
            ")" | "]" => depth -= 1,
            "}" => {
                depth -= 1;
                if depth == 0 {
                    return place + 1;
                }
            }
            ";" | "," if depth == 0 => return place + 1,
            _ => {}
        }
        place += 1;
    }
    place
}
