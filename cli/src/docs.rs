//! The pages in `docs/` against the program: flags and fields that they list are those there are, every
//! command line and configuration that they show is taken. Only tests.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::cloud;
use crate::command::definition;
use crate::config::{Field, ROOT, Shape};

/// Set to write the generated parts anew, instead of comparing them.
const WRITE: &str = "PARTYRUN_WRITE_DOCS";
const PAGE: &str = "docs/configuration.md";
/// Keys by which JSON on a page is something else than a configuration.
const OTHER_FILES: [&str; 6] = [
    "configurations",
    "error",
    "image",
    "scripts",
    "settled",
    "url",
];
const COMMANDS: [&str; 4] = ["dev", "test", "build", "init"];

fn root() -> &'static Path {
    let cli = Path::new(env!("CARGO_MANIFEST_DIR"));
    cli.parent().expect("cli is a folder of the workspace")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// README and all pages.
fn pages() -> Vec<PathBuf> {
    let files = fs::read_dir(root().join("docs")).expect("the pages are there");
    let paths = files.map(|file| file.expect("readable").path());
    let mut pages: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|it| it == "md"))
        .collect();
    pages.push(root().join("README.md"));
    pages.sort();
    pages
}

/// The flags of a command as a table. Those that `test` shares with `dev` stand there.
fn flags(name: &str) -> String {
    let mut all = definition();
    all.build();
    let command = all.find_subcommand(name).expect("it is a command");
    let dev = all.find_subcommand("dev").expect("it is a command");
    let shared = |id: &str| name == "test" && dev.get_arguments().any(|it| it.get_id() == id);
    let differs = ["port", "host", "persist"];
    let mut table = "| flag | |\n| --- | --- |\n".to_owned();
    for argument in command.get_arguments() {
        let id = argument.get_id().as_str();
        if argument.is_hide_set() || id == "help" || (shared(id) && !differs.contains(&id)) {
            continue;
        }
        let mut shown = match (argument.get_short(), argument.get_long()) {
            (Some(short), Some(long)) => format!("-{short}, --{long}"),
            (None, Some(long)) => format!("--{long}"),
            _ => String::new(),
        };
        let takes_value = argument.get_action().takes_values();
        if takes_value {
            let names: Vec<_> = argument
                .get_value_names()
                .unwrap_or_default()
                .iter()
                .map(|name| format!("<{}>", name.to_lowercase()))
                .collect();
            shown = format!("{shown} {}", names.join(" "));
        }
        let mut help = argument
            .get_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        let values: Vec<_> = argument
            .get_possible_values()
            .iter()
            .map(|value| format!("`{}`", value.get_name()))
            .collect();
        if takes_value && !values.is_empty() {
            write!(help, ": {}", values.join(", ")).expect("writing to a String");
        }
        let help = help.replace('\n', " ").replace('|', "\\|");
        let help = help.replace('<', "&lt;");
        writeln!(table, "| `{}` | {help} |", shown.trim()).expect("writing to a String");
    }
    table
}

/// A shape in words, and whether it has fields that stand in rows of their own.
fn words(shape: &Shape) -> String {
    match shape {
        Shape::Any => "anything".to_owned(),
        Shape::Text => "text".to_owned(),
        Shape::Number => "number".to_owned(),
        Shape::Null => "null".to_owned(),
        Shape::Port => "0 to 65535".to_owned(),
        Shape::Dimensions => "1 to 1536".to_owned(),
        Shape::Flag => "true, false".to_owned(),
        Shape::Word(list) => list
            .iter()
            .map(|it| format!("`{it}`"))
            .collect::<Vec<_>>()
            .join(", "),
        Shape::List(inner) => format!("list of {}", plural(inner)),
        Shape::Record(inner) => format!("names with {}", plural(inner)),
        Shape::Object(_) | Shape::Open(_) => "object".to_owned(),
        Shape::Unread(inner) => words(inner),
        Shape::Either(list) => list.iter().map(words).collect::<Vec<_>>().join(", or "),
    }
}

fn plural(shape: &Shape) -> String {
    match shape {
        Shape::Text => "texts".to_owned(),
        Shape::Any => "values".to_owned(),
        Shape::Word(_) => format!("one of {}", words(shape)),
        other => words(other),
    }
}

/// `(field, value)` of every row, an object's own fields after it.
fn rows(prefix: &str, fields: &[Field], rows: &mut Vec<(String, String)>) {
    for field in fields {
        let path = format!("{prefix}{}", field.key);
        rows.push((format!("`{path}`"), words(&field.shape)));
        let (inside, shape) = match &field.shape {
            Shape::Record(inner) => (format!("{path}.<name>."), *inner),
            shape => (format!("{path}."), shape),
        };
        for object in shape.objects() {
            self::rows(&inside, object, rows);
        }
    }
}

/// The text between the lines `<!-- name -->` and `<!-- end -->` is replaced by what `make` makes.
fn regenerated(page: &str, name: &str, table: &str) -> String {
    let begin = format!("<!-- {name} -->\n");
    let (before, rest) = page
        .split_once(&begin)
        .unwrap_or_else(|| panic!("{PAGE} has no line: {begin}"));
    let (_, after) = rest
        .split_once("<!-- end -->")
        .expect("what begins has an end");
    format!("{before}{begin}{table}<!-- end -->{after}")
}

#[test]
fn configuration_page_lists_the_flags() {
    let file = root().join(PAGE);
    let page = read(&file);
    let mut wanted = page.clone();
    for command in COMMANDS {
        wanted = regenerated(&wanted, &format!("flags of {command}"), &flags(command));
    }
    if std::env::var_os(WRITE).is_some() {
        fs::write(&file, &wanted).expect("writable");
    } else {
        assert_eq!(page, wanted, "run this test with {WRITE}=1");
    }
}

#[test]
fn configuration_page_lists_the_fields() {
    let page = read(&root().join(PAGE));
    let (_, rest) = page
        .split_once("<!-- fields -->\n")
        .expect("the table is marked");
    let (table, _) = rest
        .split_once("<!-- end -->")
        .expect("what begins has an end");
    let listed: Vec<_> = table
        .lines()
        .skip(2)
        .filter_map(|line| {
            let mut cells = line.trim_matches(['|', ' ']).split(" | ");
            Some((cells.next()?.to_owned(), cells.next()?.to_owned()))
        })
        .collect();
    let Shape::Object(fields) = ROOT else {
        panic!("the root is an object");
    };
    let mut wanted = Vec::new();
    rows("", fields, &mut wanted);
    let missing: Vec<_> = wanted
        .iter()
        .filter(|row| !listed.contains(row))
        .map(|(field, value)| format!("| {field} | {value} |"))
        .collect();
    assert!(
        missing.is_empty(),
        "{PAGE} lacks rows:\n{}",
        missing.join("\n")
    );
    assert_eq!(
        listed, wanted,
        "rows that are too many, or in another order"
    );
}

/// The text of each block of code with its language.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in page.lines() {
        match (line.trim().strip_prefix("```"), &mut open) {
            (Some(language), None) => open = Some((language.to_owned(), String::new())),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some((_, text))) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    blocks
}

/// The words after `partyrun` in a line that runs it. Quotes group, `#` begins a comment, and what pipes or
/// follows is another command.
fn typed(line: &str) -> Option<Vec<String>> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in line.trim().trim_start_matches("$ ").chars() {
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (_, Some(open)) if c == open => quote = None,
            ('|' | '>' | '&' | ';' | '#', None) => break,
            (' ', None) => words.push(String::new()),
            _ => words.last_mut().expect("there is one").push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    let is_before = |word: &String| word.contains('=') || matches!(word.as_str(), "npx" | "exec");
    let start = words.iter().position(|word| !is_before(word))?;
    (words[start] == "partyrun").then(|| words.split_off(start))
}

#[test]
fn command_lines_of_the_pages_are_taken() {
    let mut count = 0;
    for page in pages() {
        for (language, text) in blocks(&read(&page)) {
            if !matches!(language.as_str(), "sh" | "") {
                continue;
            }
            for words in text.replace("\\\n", " ").lines().filter_map(typed) {
                if words
                    .get(1)
                    .is_some_and(|word| cloud::names().any(|name| name == word))
                {
                    continue;
                }
                count += 1;
                if let Err(error) = definition().try_get_matches_from(&words) {
                    assert!(
                        !error.use_stderr(),
                        "{}: {words:?}: {error}",
                        page.display()
                    );
                }
            }
        }
    }
    assert!(count > 5, "few command lines were found: {count}");
}

#[test]
fn examples_of_the_help_are_taken() {
    let all = definition();
    let helps = std::iter::once(&all).chain(all.get_subcommands());
    let mut count = 0;
    for text in helps.filter_map(clap::Command::get_after_help) {
        for line in text.to_string().lines() {
            // What it does stands behind it, apart.
            let line = line.trim().split("  ").next().unwrap_or_default();
            let Some(words) = typed(line) else { continue };
            count += 1;
            if let Err(error) = definition().try_get_matches_from(&words) {
                assert!(!error.use_stderr(), "{words:?}: {error}");
            }
        }
    }
    assert!(count > 15, "few examples were found: {count}");
}

#[test]
fn configurations_of_the_pages_have_fields_that_exist() {
    let mut known = Vec::new();
    let Shape::Object(fields) = ROOT else {
        panic!("the root is an object");
    };
    rows("", fields, &mut known);
    let mut count = 0;
    for page in pages() {
        for (language, text) in blocks(&read(&page)) {
            if language != "json" {
                continue;
            }
            let value: Value = match serde_json::from_str(&text) {
                Ok(value) => value,
                Err(error) => panic!("{}: {error}: {text}", page.display()),
            };
            let is_ours = |key: &String| known.iter().any(|(it, _)| *it == format!("`{key}`"));
            let Some(object) = value.as_object() else {
                continue;
            };
            if OTHER_FILES.iter().any(|key| object.contains_key(*key)) {
                continue;
            }
            count += 1;
            for key in object.keys() {
                assert!(is_ours(key), "{}: no field `{key}`: {text}", page.display());
            }
        }
    }
    assert!(count > 3, "few configurations were found: {count}");
}

#[test]
fn words_of_a_command_line_are_told_from_what_is_around_them() {
    let words = |line| typed(line).map(|words| words.join("_"));
    assert_eq!(
        words("npx partyrun dev --port 0 # any").as_deref(),
        Some("partyrun_dev_--port_0")
    );
    assert_eq!(
        words("A=1 partyrun man dev | man -l -").as_deref(),
        Some("partyrun_man_dev")
    );
    assert_eq!(
        words("partyrun dev --define 'N=\"x y\"'").as_deref(),
        Some("partyrun_dev_--define_N=\"x y\"")
    );
    assert_eq!(words("npm install"), None);
}
