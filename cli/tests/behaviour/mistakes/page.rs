//! The text of the page: for each kind of mistakes a table with what they are told by, and below it all that is
//! printed. Runs nothing.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

const WRITE: &str = "PARTYRUN_WRITE_DOCS";

const HEAD: &str = "# Errors

What people get wrong, and what `partyrun` prints then. This page is written by a test that makes each of these mistakes:
`cli/tests/behaviour/mistakes.rs`. What is wrong with the code or the configuration is told before anything is served; after a
save, the code before goes on. On a terminal there are colours: the place is red, frames of packages are dim.

";

/// Mistakes of one kind, and what is printed of each.
pub struct Section {
    pub title: &'static str,
    pub rows: Vec<(&'static str, String)>,
}

/// The whole page.
pub fn written(sections: &[Section]) -> String {
    let mut page = HEAD.to_owned();
    for Section { title, rows } in sections {
        let _ = write!(
            page,
            "## {title}\n\n| mistake | what is printed |\n| --- | --- |\n"
        );
        for (mistake, printed) in rows {
            let _ = writeln!(page, "| {mistake} | {} |", cell(&headline(printed)));
        }
        let _ = write!(page, "\nIn full:\n\n```text\n");
        let texts: Vec<_> = rows.iter().map(|(_, printed)| printed.as_str()).collect();
        page.push_str(&texts.join("\n\n"));
        page.push_str("\n```\n\n");
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

/// The lines before the first one of a stack or of code.
fn headline(printed: &str) -> String {
    let printed = printed.trim_start_matches("\u{2718} ");
    let is_code = |line: &str| {
        line.trim_start().starts_with("at ")
            || line.split_once('|').is_some_and(|(number, _)| {
                let number = number.trim_start_matches('>').trim();
                number.parse::<u32>().is_ok()
            })
    };
    let lines = printed.lines().map(str::trim);
    let lines: Vec<_> = lines
        .take_while(|line| !is_code(line) && !line.is_empty())
        .collect();
    lines.join(" ")
}

/// A text as code in a table, whatever is in it.
fn cell(text: &str) -> String {
    let text = text.replace('|', "\\|");
    match text.contains('`') {
        true => format!("`` {text} ``"),
        false => format!("`{text}`"),
    }
}

/// Compares the page with the one that there is, or writes it.
///
/// # Panics
/// When it is another one, with the first line that differs.
pub fn compare(page: &str) {
    let path = path();
    if std::env::var_os(WRITE).is_some() {
        fs::write(&path, page).expect("the page can be written");
        return;
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    if known == page {
        return;
    }
    let mut lines = page.lines().zip(known.lines());
    let first = lines.position(|(new, old)| new != old);
    let first = first.unwrap_or_else(|| page.lines().count().min(known.lines().count()));
    let line = |text: &str| text.lines().nth(first).unwrap_or("(the end)").to_owned();
    panic!(
        "docs/errors.md:{} says\n  {}\nand what is printed is\n  {}\n`{WRITE}=1` writes the page anew.",
        first + 1,
        line(&known),
        line(page)
    );
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors.md")
}
