//! `docs/compatibility.md` names the tests that prove each row: every name is a test that exists, and
//! the counts of rows at its top are right. Owns both checks; runs none of those tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Stands on the page for how names are written.
const EXAMPLE: &str = "module::function";

fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().expect("xtask is a folder of the workspace")
}

fn page() -> String {
    fs::read_to_string(root().join("docs/compatibility.md")).expect("the page is there")
}

/// Every name of a test on the page.
fn named(page: &str) -> BTreeSet<String> {
    let is_word = |text: &str| {
        let mut bytes = text.bytes();
        !text.is_empty() && bytes.all(|it| matches!(it, b'a'..=b'z' | b'0'..=b'9' | b'_'))
    };
    let quoted = page
        .lines()
        .flat_map(|line| line.split('`').skip(1).step_by(2));
    quoted
        .filter(|text| *text != EXAMPLE)
        .filter(|text| {
            let parts = text.split_once("::");
            parts.is_some_and(|(module, function)| is_word(module) && is_word(function))
        })
        .map(str::to_owned)
        .collect()
}

/// The functions of a source file that are tests.
fn tests_in(source: &str) -> Vec<&str> {
    let mut is_test = false;
    let mut tests = Vec::new();
    for line in source.lines().map(str::trim) {
        if line == "#[test]" {
            is_test = true;
        } else if let Some(rest) = line.strip_prefix("fn ") {
            let (name, _) = rest.split_once('(').unwrap_or((rest, ""));
            if std::mem::take(&mut is_test) {
                tests.push(name);
            }
        } else if !line.starts_with("#[") && !line.starts_with("//") {
            is_test = false;
        }
    }
    tests
}

/// Every behaviour test, as the page names it.
fn existing() -> BTreeSet<String> {
    let folder = root().join("cli/tests/behaviour");
    let files = fs::read_dir(folder).expect("the tests are there");
    let mut existing = BTreeSet::new();
    for file in files {
        let path = file.expect("readable").path();
        if path.extension().is_none_or(|end| end != "rs") {
            continue;
        }
        let module = path.file_stem().expect("it has a name").to_string_lossy();
        let source = fs::read_to_string(&path).expect("readable");
        existing.extend(
            tests_in(&source)
                .iter()
                .map(|test| format!("{module}::{test}")),
        );
    }
    existing
}

/// How many rows have each status.
fn statuses(page: &str) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for line in page.lines() {
        let mut cells = line.split(" | ");
        let number = cells.next().and_then(|cell| cell.strip_prefix("| "));
        if number.is_some_and(|number| number.parse::<u32>().is_ok()) {
            let status = ["done", "later", "out of scope"];
            let found = cells.find_map(|cell| {
                status
                    .into_iter()
                    .find(|it| *it == cell.trim_end_matches(" |"))
            });
            *counts.entry(found.unwrap_or("no status")).or_default() += 1;
        }
    }
    counts
}

#[test]
fn the_page_names_tests_that_exist() {
    let (named, existing) = (named(&page()), existing());
    assert!(
        named.len() > 500,
        "the page names few tests: {}",
        named.len()
    );
    let missing: Vec<_> = named.difference(&existing).collect();
    assert!(missing.is_empty(), "no such tests: {missing:?}");
}

#[test]
fn the_page_counts_its_rows() {
    let page = page();
    let counts = statuses(&page);
    assert_eq!(counts.get("no status"), None);
    for (status, count) in counts {
        let beginning = format!("- `{status}` ({count} row");
        assert!(page.contains(&beginning), "the page has not: {beginning}");
    }
}

#[test]
fn names_and_tests_are_told_from_other_text() {
    let page =
        "| 1 | x | done | `a::b_1`, `c::d`; see `cloudflare:sockets`, `module::function`, `A::b` |";
    assert_eq!(Vec::from_iter(named(page)), ["a::b_1", "c::d"]);
    let source = "/// Row 1.\n#[test]\n#[cfg(unix)]\nfn one() {\n}\nfn helper(a: u8) {}\n#[test]\n\nfn gap() {}\nlet x = 1;";
    assert_eq!(tests_in(source), ["one"]);
}
