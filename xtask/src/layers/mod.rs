//! `cargo xtask layers`: no folder imports what is above it. Reads the text of the crates, compares what
//! they import with `xtask/layers.txt`, and looks for files of one folder that import each other in a
//! circle. Never compiles anything.
//!
//! # Layout
//! - `tokens`: source text without comments, strings and tests
//! - `paths`: the paths that a file names
//! - `tree`: the files of a crate, and which of them each path leads to
//! - `table`: what may import what
//! - `circles`: files that import each other

mod circles;
mod paths;
mod table;
#[cfg(test)]
mod tests;
mod tokens;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::args::Layers;
use crate::error::Failure;
use crate::ui;
use crate::workspace::Workspace;
use table::Table;
use tree::Tree;

/// The table, below the root of the workspace.
const TABLE: &str = "xtask/layers.txt";

/// Checks the tree, and says what is wrong with it.
pub fn run(args: &Layers) -> Result<(), Failure> {
    let root = match &args.tree {
        Some(tree) => tree.clone(),
        None => Workspace::locate()?.root,
    };
    let table = args.table.clone().unwrap_or_else(|| root.join(TABLE));
    let table = Table::parse(&read(&table)?).map_err(|reason| Failure::Unreadable {
        file: table,
        reason,
    })?;
    let moves = match &args.moves {
        Some(file) => table::moves(&read(file)?),
        None => BTreeMap::new(),
    };
    let report = check(&root, &table, &moves)?;
    if report.is_empty() {
        ui::result("Every folder imports only what is below it.");
        return Ok(());
    }
    Err(Failure::Layers(report))
}

fn read(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(|error| Failure::Unreadable {
        file: file.to_owned(),
        reason: error.to_string(),
    })
}

/// What is wrong, as text; nothing when all is well. `moves`: files of `<crate>/src` that count as being
/// elsewhere.
fn check(root: &Path, table: &Table, moves: &BTreeMap<String, String>) -> Result<String, Failure> {
    let mut report = String::new();
    for (member, allowed) in &table.members {
        if member == table::CRATES {
            between_crates(root, allowed, &mut report)?;
            continue;
        }
        let tree = Tree::read(&root.join(member).join("src"))?;
        let place = |file: &str| {
            let moved = moves.get(&format!("{member}/{file}"));
            moved.map_or_else(|| file.to_owned(), Clone::clone)
        };
        folders(member, &tree, allowed, &place, &mut report);
        for (circle, ties) in circles::larger_than(table.largest_circle, &tree, &place) {
            let (circle, ties) = (circle.join(", "), ties.join("; "));
            line(
                &mut report,
                &format!("{member}: files in a circle: {circle}: {ties}"),
            );
        }
    }
    Ok(report)
}

fn line(report: &mut String, text: &str) {
    writeln!(report, "{text}").expect("writing to a String");
}

/// The folder of `src`, or the file in it, that a file is part of. `None` for the crate's root.
fn room(file: &str) -> Option<&str> {
    let first = file.split('/').next().unwrap_or(file);
    let name = first.strip_suffix(".rs").unwrap_or(first);
    (!matches!(name, "lib" | "main")).then_some(name)
}

fn folders(
    member: &str,
    tree: &Tree,
    allowed: &table::Allowed,
    place: &impl Fn(&str) -> String,
    report: &mut String,
) {
    let mut known = BTreeSet::new();
    for file in tree.files() {
        let file = place(file);
        if let Some(room) = room(&file)
            && known.insert(room.to_owned())
            && !allowed.names(room)
        {
            line(report, &format!("{member}: not in the table: `{room}`"));
        }
    }
    let mut arrows: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for arrow in tree.arrows() {
        let (from, to) = (place(&arrow.from), place(&arrow.to));
        let (Some(from_room), Some(to_room)) = (room(&from), room(&to)) else {
            continue;
        };
        if from_room != to_room && !allowed.has(from_room, to_room) {
            let key = (from_room.to_owned(), to_room.to_owned());
            let shown = format!("{} names `{}`", arrow.from, arrow.path);
            arrows.entry(key).or_default().insert(shown);
        }
    }
    for ((from, to), places) in arrows {
        let places = Vec::from_iter(places).join("; ");
        line(
            report,
            &format!("{member}: `{from}` imports `{to}`, which is not below it: {places}"),
        );
    }
    for (from, to) in allowed.circles() {
        line(
            report,
            &format!("{member}: the table has a circle: `{from}` and `{to}`"),
        );
    }
}

/// What each crate of ours depends on, by its manifest.
fn between_crates(
    root: &Path,
    allowed: &table::Allowed,
    report: &mut String,
) -> Result<(), Failure> {
    for member in allowed.all() {
        let manifest: PathBuf = root.join(member).join("Cargo.toml");
        for to in dependencies(&read(&manifest)?) {
            if !allowed.has(member, &to) {
                line(
                    report,
                    &format!("crates: `{member}` depends on `{to}`, which is not below it"),
                );
            }
        }
    }
    Ok(())
}

/// The crates of ours in a manifest's dependencies, by the names of their folders.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let names = manifest.lines().filter_map(|line| {
        let rest = line.strip_prefix("partyrun_")?;
        let end = rest.find(|it: char| !it.is_ascii_alphanumeric() && it != '_');
        Some(rest[..end?].to_owned())
    });
    names.collect()
}
