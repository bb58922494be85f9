//! The project's own commands as pages, workflows and `.ci/run` show them: each is one that there is, with flags that
//! it has. Only tests, which run none of them.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser as _;

use crate::args::Args;

/// Where commands are shown, besides the folders below.
const FILES: [&str; 5] = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    ".ci/run",
];
const FOLDERS: [&str; 2] = ["docs", ".github/workflows"];
const NAME: &str = "cargo xtask ";

fn files() -> Vec<PathBuf> {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = xtask.parent().expect("xtask is a folder of the workspace");
    let mut files: Vec<_> = FILES.iter().map(|file| root.join(file)).collect();
    for folder in FOLDERS {
        let entries = fs::read_dir(root.join(folder)).expect("the folder is there");
        files.extend(entries.map(|entry| entry.expect("readable").path()));
    }
    files.retain(|file| file.is_file());
    files
}

/// The words after `cargo xtask`, up to a comment, the end of the code, or another command.
fn words(rest: &str) -> Vec<String> {
    let end = rest.find(['`', '#', '|', ';', '\n']).unwrap_or(rest.len());
    let shown = rest[..end].split_whitespace();
    shown
        .map(|word| word.trim_matches('"').to_owned())
        .collect()
}

#[test]
fn commands_that_are_shown_are_taken() {
    let mut count = 0;
    for file in files() {
        let text = fs::read_to_string(&file).expect("readable");
        for (start, _) in text.match_indices(NAME) {
            let words = words(&text[start + NAME.len()..]);
            // A heading, or the end of a sentence.
            if words.is_empty() || !words[0].chars().all(|it| it.is_ascii_alphanumeric()) {
                continue;
            }
            count += 1;
            let typed = std::iter::once("xtask".to_owned()).chain(words.clone());
            if let Err(error) = Args::try_parse_from(typed) {
                // Prose may name a command without its flags.
                let is_named = words.len() == 1
                    && error.kind() == clap::error::ErrorKind::MissingRequiredArgument;
                assert!(is_named, "{}: {words:?}: {error}", file.display());
            }
        }
    }
    assert!(count > 30, "few commands were found: {count}");
}

#[test]
fn words_end_where_the_command_does() {
    assert_eq!(
        words("bench --only echo   # fast"),
        ["bench", "--only", "echo"]
    );
    assert_eq!(words("dist` makes"), ["dist"]);
    assert_eq!(words("dist --out \"$A\"\nnext"), ["dist", "--out", "$A"]);
}
