//! `cargo xtask docs`: every link of the documentation leads somewhere, those of the book's pages to others of
//! the book, every page is in its table of contents, and mdBook makes a book of it. Never asks the network:
//! addresses elsewhere are left alone.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use crate::args::Docs;
use crate::error::Failure;
use crate::workspace::{Workspace, run as run_command};
use crate::{system, ui};

/// Folder of the pages, and the table of contents there, which mdBook reads.
const FOLDER: &str = "docs";
const CONTENTS: &str = "SUMMARY.md";
/// Pages for readers of the repository, beside the folder.
const BESIDE: [&str; 4] = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
];

pub fn run(args: &Docs) -> Result<(), Failure> {
    let workspace = Workspace::locate()?;
    let report = check(&workspace.root)?;
    if !report.is_empty() {
        return Err(Failure::Docs(report));
    }
    if !system::answers("mdbook") {
        ui::result(
            "All links lead somewhere. For the book too, install mdBook: cargo install --locked mdbook",
        );
        return Ok(());
    }
    let out = args
        .out
        .clone()
        .unwrap_or_else(|| workspace.target.join("book"));
    run_command(
        Command::new("mdbook")
            .arg("build")
            .arg(workspace.root.join(FOLDER))
            .arg("--dest-dir")
            .arg(&out),
    )?;
    ui::result(&out.display().to_string());
    Ok(())
}

/// What is wrong, a line for each fault.
fn check(root: &Path) -> Result<String, Failure> {
    let mut pages: Vec<PathBuf> = BESIDE.iter().map(PathBuf::from).collect();
    let mut inside = BTreeSet::new();
    let folder = root.join(FOLDER);
    let files = fs::read_dir(&folder).map_err(|error| unreadable(&folder, &error))?;
    for file in files.flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        if name.ends_with(".md") {
            pages.push(Path::new(FOLDER).join(&name));
            inside.insert(name);
        }
    }
    pages.sort();
    let mut report = String::new();
    for page in &pages {
        let file = root.join(page);
        let text = fs::read_to_string(&file).map_err(|error| unreadable(&file, &error))?;
        for link in links(&text) {
            if let Some(fault) = fault(root, page, &link) {
                writeln!(report, "{}: {fault}: {link}", page.display())
                    .expect("writing to a String");
            }
        }
        if page.ends_with(CONTENTS) {
            let listed: BTreeSet<_> = links(&text).into_iter().collect();
            for name in inside
                .iter()
                .filter(|name| *name != CONTENTS && !listed.contains(*name))
            {
                writeln!(report, "{}: does not list: {name}", page.display())
                    .expect("writing to a String");
            }
        }
    }
    Ok(report)
}

fn unreadable(file: &Path, error: &std::io::Error) -> Failure {
    Failure::Unreadable {
        file: file.to_owned(),
        reason: error.to_string(),
    }
}

/// What is wrong with a link of a page, if anything.
fn fault(root: &Path, page: &Path, link: &str) -> Option<&'static str> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = match path.is_empty() {
        true => page.to_owned(),
        false => plain(&page.parent().unwrap_or(Path::new("")).join(path)),
    };
    let file = root.join(&target);
    if !file.exists() {
        return Some("leads to no file");
    }
    // On GitHub it would lead somewhere, in the book that mdBook makes it does not.
    if page.starts_with(FOLDER) && !target.starts_with(FOLDER) {
        return Some("leads out of the book");
    }
    if anchor.is_empty() || target.extension().is_none_or(|end| end != "md") {
        return None;
    }
    let text = fs::read_to_string(file).unwrap_or_default();
    (!anchors(&text).contains(anchor)).then_some("leads to no heading")
}

/// The path without `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}

/// The lines outside of code blocks.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// The targets of all links, `[text](target)`.
fn links(text: &str) -> Vec<String> {
    // A link's text may go over the end of a line; its target does not.
    let text = prose(text).collect::<Vec<_>>().join(" ");
    let without_code: String = text.split('`').step_by(2).collect::<Vec<_>>().join("");
    let targets = without_code.split("](").skip(1);
    targets
        .filter_map(|rest| Some(rest.split_once(')')?.0.to_owned()))
        .collect()
}

/// The anchors that a page has: its headings, as GitHub and mdBook spell them.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = prose(text).filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            let kept = title
                .chars()
                .filter(|it| it.is_alphanumeric() || matches!(it, ' ' | '-' | '_'));
            kept.map(|it| if it == ' ' { '-' } else { it }).collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_link_of_the_documentation_leads_somewhere() {
        let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = xtask.parent().expect("xtask is a folder of the workspace");
        assert_eq!(check(root).expect("readable"), "");
    }

    #[test]
    fn links_that_lead_nowhere_are_told() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let write = |name: &str, text: &str| {
            let file = root.path().join(name);
            fs::create_dir_all(file.parent().expect("it has one")).expect("writable");
            fs::write(file, text).expect("writable");
        };
        for name in BESIDE {
            write(name, "");
        }
        write("docs/SUMMARY.md", "- [A](a.md)\n");
        write("docs/b.md", "## One thing, `two`\n");
        write(
            "docs/a.md",
            "[b](b.md#one-thing-two) [up](../README.md) [x](https://x.example/y.md)\n\
             `[code](no.md)` [broken](no.md) [anchor](b.md#three)\n```\n[code](no.md)\n```\n",
        );
        write("README.md", "[in](docs/a.md)\n");
        assert_eq!(
            check(root.path()).expect("readable"),
            "docs/SUMMARY.md: does not list: b.md\n\
             docs/a.md: leads out of the book: ../README.md\n\
             docs/a.md: leads to no file: no.md\n\
             docs/a.md: leads to no heading: b.md#three\n"
        );
    }
}
