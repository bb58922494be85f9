//! The patterns of `sideEffects` in `package.json`, as esbuild reads them: `*` is any part of a name,
//! `**` any folders, `?` one character; braces are nothing special.
//!
//! Never looks at the disk.

use std::path::Path;

/// A pattern of whole paths.
pub(super) struct Glob(Vec<Token>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Char(char),
    Any,
    /// Within a name.
    Some,
    /// Whole names, each with its slash.
    Folders,
}

impl Glob {
    /// A pattern of files below `folder`.
    pub(super) fn new(folder: &Path, pattern: &str) -> Self {
        let pattern = match pattern.contains('/') {
            true => pattern.to_owned(),
            false => format!("**/{pattern}"),
        };
        let mut tokens: Vec<Token> = folder.to_string_lossy().chars().map(Token::Char).collect();
        for name in names(&pattern) {
            if tokens.last() != Some(&Token::Folders) && tokens.last() != Some(&Token::Char('/')) {
                tokens.push(Token::Char('/'));
            }
            match name {
                stars if stars.len() > 1 && stars.chars().all(|c| c == '*') => {
                    tokens.push(Token::Folders);
                }
                name => tokens.extend(name.chars().map(|c| match c {
                    '*' => Token::Some,
                    '?' => Token::Any,
                    c => Token::Char(c),
                })),
            }
        }
        Self(tokens)
    }

    pub(super) fn matches(&self, path: &str) -> bool {
        matches(&self.0, path)
    }
}

/// The names of a path, without what leads nowhere.
fn names(pattern: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for name in pattern.split(['/', '\\']) {
        match name {
            "" | "." => {}
            ".." => drop(names.pop()),
            name => names.push(name),
        }
    }
    names
}

fn matches(tokens: &[Token], path: &str) -> bool {
    let Some((first, rest)) = tokens.split_first() else {
        return path.is_empty();
    };
    let mut chars = path.chars();
    match first {
        Token::Char(c) => chars.next() == Some(*c) && matches(rest, chars.as_str()),
        Token::Any => chars.next().is_some() && matches(rest, chars.as_str()),
        Token::Some => {
            matches(rest, path)
                || chars.next().is_some_and(|c| c != '/') && matches(tokens, chars.as_str())
        }
        Token::Folders => {
            matches(rest, path)
                || match path.split_once('/') {
                    Some((_, below)) => matches(tokens, below),
                    None => !path.is_empty() && matches(rest, ""),
                }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, file: &str) -> bool {
        Glob::new(Path::new("/p"), pattern).matches(&format!("/p/{file}"))
    }

    #[test]
    fn patterns_without_a_slash_fit_in_every_folder() {
        assert!(fits("*.css", "a.css"));
        assert!(fits("*.css", "a/b/c.css"));
        assert!(!fits("*.css", "a.css.js"));
        assert!(fits("a.js", "x/a.js"));
    }

    #[test]
    fn patterns_with_a_slash_begin_at_the_package() {
        assert!(fits("./src/a.js", "src/a.js"));
        assert!(!fits("./src/a.js", "lib/src/a.js"));
        assert!(fits("src/*.js", "src/a.js"));
        assert!(!fits("src/*.js", "src/b/a.js"));
        assert!(fits("src/**/*.js", "src/a.js"));
        assert!(fits("src/**/*.js", "src/b/c/a.js"));
        assert!(fits("src/**", "src/b/c/a.js"));
        assert!(fits("./dist/../a.js", "a.js"));
    }

    #[test]
    fn only_stars_and_question_marks_are_special() {
        assert!(fits("a?.js", "ab.js"));
        assert!(!fits("{a,b}.js", "a.js"));
        assert!(fits("[a].js", "[a].js"));
        assert!(!fits("a.js", "axjs"));
    }
}
