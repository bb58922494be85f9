//! Environment files: finds `.env` and `.env.local` and reads them by the rules of npm's `dotenv`
//! (specification 8.1). Never touches the environment of this process, and never expands `$NAME`:
//! a password with a dollar sign must arrive as it was written.

use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

/// The files that are looked for, the later one winning.
pub const FILE_NAMES: [&str; 2] = [".env", ".env.local"];

#[derive(Debug, thiserror::Error)]
#[error("Could not read `{}`: {error}", .path.display())]
pub struct EnvError {
    pub path: PathBuf,
    error: io::Error,
}

/// The variables of all files found, and where they came from.
#[derive(Debug, Default, PartialEq)]
pub struct EnvFiles {
    pub paths: Vec<PathBuf>,
    /// Texts, in the order in which they were first assigned.
    pub variables: Map<String, Value>,
    /// Lines, counted from 1, that say something and assign nothing.
    pub skipped: Vec<(PathBuf, usize)>,
}

/// Reads the files `chosen`, or, without any, the nearest file of each name walking up from `start`.
pub fn load(start: &Path, chosen: &[PathBuf]) -> Result<EnvFiles, EnvError> {
    let paths: Vec<PathBuf> = if chosen.is_empty() {
        let nearest = |name| nearest(start, name);
        FILE_NAMES.into_iter().filter_map(nearest).collect()
    } else {
        chosen.iter().map(|path| start.join(path)).collect()
    };
    let mut found = EnvFiles::default();
    for path in paths {
        let bytes = std::fs::read(&path).map_err(|error| EnvError {
            path: path.clone(),
            error,
        })?;
        let text = String::from_utf8_lossy(&bytes);
        let parsed = parse(&text);
        let skipped = parsed.skipped.iter().map(|line| (path.clone(), *line));
        found.skipped.extend(skipped);
        let pairs = parsed.pairs.into_iter();
        let pairs = pairs.map(|(key, value)| (key, Value::from(value)));
        found.variables.extend(pairs);
        found.paths.push(path);
    }
    Ok(found)
}

/// The file `name` in `start` or in the closest folder above that has one.
pub fn nearest(start: &Path, name: &str) -> Option<PathBuf> {
    start
        .ancestors()
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

/// Where [`nearest`] looks until it finds something, in folders that can be watched.
pub fn candidates(start: &Path, name: &str) -> Vec<PathBuf> {
    let found = nearest(start, name);
    let mut candidates = Vec::new();
    for folder in start.ancestors() {
        let path = folder.join(name);
        let is_last = Some(&path) == found.as_ref();
        // A folder that only lets through cannot tell what happens in it.
        if is_last || std::fs::read_dir(folder).is_ok() {
            candidates.push(path);
        }
        if is_last {
            break;
        }
    }
    candidates
}

/// The text of one file, read.
#[derive(Debug, Default, PartialEq)]
pub struct Parsed {
    pub pairs: Vec<(String, String)>,
    pub skipped: Vec<usize>,
}

/// Reads the text of an environment file; lines that assign nothing are skipped.
pub fn parse(text: &str) -> Parsed {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = text.trim_start_matches('\u{feff}');
    let mut rest = text;
    let mut parsed = Parsed::default();
    while !rest.is_empty() {
        rest = rest.trim_start();
        match assignment(rest) {
            Some((key, after)) => {
                let (value, after) = value(after);
                parsed.pairs.push((key.to_owned(), value));
                rest = after;
            }
            None => {
                if !ends_line(rest) {
                    let before = &text[..text.len() - rest.len()];
                    parsed.skipped.push(before.matches('\n').count() + 1);
                }
                rest = skip_line(rest);
            }
        }
    }
    parsed
}

/// Splits `export KEY = ` or `KEY: ` off the text.
fn assignment(text: &str) -> Option<(&str, &str)> {
    let text = match text.strip_prefix("export") {
        Some(after) if after.starts_with(char::is_whitespace) => after.trim_start(),
        _ => text,
    };
    let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let end = text.find(|c| !is_key(c)).filter(|&end| end > 0)?;
    let (key, after) = text.split_at(end);
    if let Some(after) = after.trim_start_matches([' ', '\t']).strip_prefix('=') {
        return Some((key, after));
    }
    let after = after.strip_prefix(':')?;
    after.starts_with([' ', '\t']).then_some((key, after))
}

/// Reads one value; returns it with the text after it.
fn value(text: &str) -> (String, &str) {
    let text = text.trim_start_matches([' ', '\t']);
    let Some(quote) = text
        .chars()
        .next()
        .filter(|c| matches!(c, '\'' | '"' | '`'))
    else {
        let (line, after) = split_line(text);
        return (before_comment(line).trim().to_owned(), after);
    };
    let inner = &text[1..];
    match closing_quote(inner, quote) {
        Some(end) => (unescape(&inner[..end], quote), skip_line(&inner[end + 1..])),
        // A quote that nothing closes belongs to the value.
        None => {
            let (line, after) = split_line(text);
            (unescape(before_comment(line).trim(), quote), after)
        }
    }
}

/// The quote that ends the value: the first one that no backslash precedes, else the last of the
/// escaped ones, so that `'C:\'` is a value; only blanks or a comment may follow it on its line.
fn closing_quote(text: &str, quote: char) -> Option<usize> {
    let mut escaped = Vec::new();
    for (index, _) in text.match_indices(quote) {
        if text[..index].ends_with('\\') {
            escaped.push(index);
            continue;
        }
        if ends_line(&text[index + 1..]) {
            return Some(index);
        }
        break;
    }
    escaped
        .into_iter()
        .rev()
        .find(|&index| ends_line(&text[index + 1..]))
}

fn ends_line(text: &str) -> bool {
    let rest = split_line(text).0.trim_start();
    rest.is_empty() || rest.starts_with('#')
}

fn before_comment(line: &str) -> &str {
    line.split('#').next().unwrap_or_default()
}

fn split_line(text: &str) -> (&str, &str) {
    text.split_once('\n').unwrap_or((text, ""))
}

fn skip_line(text: &str) -> &str {
    split_line(text).1
}

/// Only double quotes give `\n` and `\r` a meaning.
fn unescape(text: &str, quote: char) -> String {
    match quote {
        '"' => text.replace("\\n", "\n").replace("\\r", "\r"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> String {
        let mut pairs = parse(text).pairs;
        assert_eq!(pairs.len(), 1, "{text:?} gave {pairs:?}");
        pairs.remove(0).1
    }

    #[test]
    fn values() {
        for (text, expected) in [
            ("A=1", "1"),
            ("  export A = b c  ", "b c"),
            ("A: yaml", "yaml"),
            ("A=", ""),
            ("A=foo # comment", "foo"),
            ("A=foo#comment", "foo"),
            ("A='it # stays'", "it # stays"),
            ("A=\"a\\nb\"", "a\nb"),
            ("A='a\\nb'", "a\\nb"),
            ("A=`\"both' quotes`", "\"both' quotes"),
            ("A=\"two\nlines\" # end", "two\nlines"),
            ("A=\"say \\\"hi\\\"\"", "say \\\"hi\\\""),
            ("A='C:\\'", "C:\\"),
            ("A=\"x\" y", "\"x\" y"),
            ("A='open", "'open"),
            ("A=$HOME and ${B}", "$HOME and ${B}"),
            ("A=x=y", "x=y"),
            ("A=1\r\n", "1"),
            ("A-b.c=1", "1"),
        ] {
            assert_eq!(one(text), expected, "{text:?}");
        }
    }

    #[test]
    fn lines_that_assign_nothing_are_skipped() {
        let parsed = parse("# A=1\r\n\nnonsense\nB:no-space\n=x\n");
        assert_eq!(parsed.pairs, []);
        assert_eq!(parsed.skipped, [3, 4, 5]);
        let pairs = parse("A=\nB=2\njunk\nC=3").pairs;
        assert_eq!(
            pairs
                .iter()
                .map(|(_, value)| value.as_str())
                .collect::<Vec<_>>(),
            ["", "2", "3"]
        );
    }

    #[test]
    fn nearest_files_walking_up_and_local_wins() {
        let root = tempfile::tempdir().expect("a scratch folder");
        let inner = root.path().join("a/b");
        std::fs::create_dir_all(&inner).expect("created");
        std::fs::write(root.path().join(".env"), "A=far").expect("written");
        std::fs::write(root.path().join("a/.env"), "A=near\nB=near").expect("written");
        std::fs::write(root.path().join(".env.local"), "A=local").expect("written");
        let found = load(&inner, &[]).expect("readable");
        assert_eq!(
            found.paths,
            [root.path().join("a/.env"), root.path().join(".env.local")]
        );
        assert_eq!(found.variables["A"], "local");
        assert_eq!(found.variables["B"], "near");
    }

    #[test]
    fn chosen_files_replace_the_search_and_the_last_one_wins() {
        let root = tempfile::tempdir().expect("a scratch folder");
        for (name, text) in [(".env", "A=found"), ("a.env", "A=a\nB=a"), ("b.env", "B=b")] {
            std::fs::write(root.path().join(name), text).expect("written");
        }
        let chosen = ["a.env", "b.env"].map(PathBuf::from);
        let found = load(root.path(), &chosen).expect("readable");
        assert_eq!(found.variables["A"], "a");
        assert_eq!(found.variables["B"], "b");
        let missing = load(root.path(), &["none.env".into()]).expect_err("is missing");
        assert!(missing.to_string().contains("none.env"));
    }

    proptest::proptest! {
        #![proptest_config(crate::chance::cases(500))]

        #[test]
        fn random_texts_give_pairs_with_names(text in "[A-Za-z= :#'\"`\\\\\r\n\t\u{e9}.-]{0,60}") {
            for (name, _) in parse(&text).pairs {
                let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
                proptest::prop_assert!(!name.is_empty() && name.chars().all(is_key), "{}", name);
            }
        }

        #[test]
        fn random_values_in_quotes_arrive_as_they_were_written(
            values in proptest::collection::vec("[a-zA-Z0-9 =:#$`\"{}\n\u{e9}]{0,20}", 1..6),
        ) {
            let lines: Vec<String> = (0..).zip(&values).map(|(at, value)| format!("KEY_{at}='{value}'")).collect();
            let parsed = parse(&lines.join("\n"));
            let read: Vec<&String> = parsed.pairs.iter().map(|(_, value)| value).collect();
            proptest::prop_assert_eq!(read, values.iter().collect::<Vec<_>>());
            proptest::prop_assert!(parsed.skipped.is_empty());
        }
    }
}
