//! `docs/architecture.md` lists the files that differ by operating system: there are no others, and none
//! has code for Windows. Only tests.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The crates that are part of the program.
const CRATES: [&str; 4] = ["cli", "runtime", "ops", "js"];
/// Where it is said, once, that there is no other system.
const REFUSAL: &str = "runtime/src/lib.rs";
const SWITCHES: [&str; 4] = [
    "target_os =",
    "target_env =",
    "target_family",
    "target_vendor",
];
const DEAD: [&str; 5] = [
    "(windows",
    "not(unix",
    "(unix",
    " windows)",
    "std::os::windows",
];

fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask
        .parent()
        .expect("xtask is a folder of the workspace")
        .to_owned()
}

/// Each source file of the program, by its path in the repository, without its tests.
fn sources() -> Vec<(String, String)> {
    let mut sources = Vec::new();
    for member in CRATES {
        let mut open = vec![root().join(member).join("src")];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).expect("readable") {
                let path = entry.expect("readable").path();
                let name = path
                    .file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned();
                if path.is_dir() {
                    open.push(path);
                } else if name.ends_with(".rs") && name != "tests.rs" {
                    let text = fs::read_to_string(&path).expect("readable");
                    let code = text
                        .split("\n#[cfg(test)]\nmod tests")
                        .next()
                        .unwrap_or_default();
                    let shown = path.strip_prefix(root()).expect("it is below the root");
                    sources.push((shown.display().to_string(), code.to_owned()));
                }
            }
        }
    }
    sources
}

/// The files of the table, as paths in the repository: the page leaves out `src`.
fn listed() -> BTreeSet<String> {
    let page = fs::read_to_string(root().join("docs/architecture.md")).expect("readable");
    let (_, section) = page
        .split_once("\n## Systems\n")
        .expect("the page has the section");
    let section = section.split("\n## ").next().unwrap_or_default();
    let first_cells = section.lines().filter(|line| line.starts_with("| `"));
    let names = first_cells.flat_map(|line| {
        let cell = line
            .trim_start_matches("| ")
            .split(" | ")
            .next()
            .unwrap_or_default();
        cell.split('`').skip(1).step_by(2)
    });
    names
        .map(|name| {
            let (member, rest) = name.split_once('/').expect("it begins with a crate");
            format!("{member}/src/{rest}")
        })
        .collect()
}

#[test]
fn files_that_differ_by_system_are_listed() {
    let differing: BTreeSet<_> = sources()
        .into_iter()
        .filter(|(_, code)| SWITCHES.iter().any(|it| code.contains(it)))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(differing, listed(), "docs/architecture.md, Systems");
}

#[test]
fn no_code_is_for_windows() {
    let found: Vec<_> = sources()
        .into_iter()
        .filter(|(path, code)| path != REFUSAL && DEAD.iter().any(|it| code.contains(it)))
        .map(|(path, _)| path)
        .collect();
    assert!(found.is_empty(), "{found:?}");
}
