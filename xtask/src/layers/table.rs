//! The table of what may import what, and a list of files that count as being elsewhere.
//!
//! A line `folder: below, below` says what a folder may import; `[crate]` begins the folders of
//! `<crate>/src`, and `[crates]` the crates themselves. `#` begins a comment.

use std::collections::{BTreeMap, BTreeSet};

/// The section about the crates themselves.
pub const CRATES: &str = "crates";
/// The line with the largest number of files that may import each other.
const LARGEST: &str = "largest circle of files";

pub struct Table {
    /// By crate, in the order of the table.
    pub members: Vec<(String, Allowed)>,
    pub largest_circle: usize,
}

/// What each folder may import.
#[derive(Default)]
pub struct Allowed(BTreeMap<String, BTreeSet<String>>);

impl Allowed {
    pub fn names(&self, folder: &str) -> bool {
        self.0.contains_key(folder)
    }

    pub fn has(&self, from: &str, to: &str) -> bool {
        self.0.get(from).is_some_and(|below| below.contains(to))
    }

    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Pairs of folders that may reach each other: then nothing is above anything.
    pub fn circles(&self) -> Vec<(&str, &str)> {
        let mut circles = Vec::new();
        for from in self.all() {
            let reached = self.reached_from(from);
            let both = |to: &&str| from < *to && self.reached_from(to).contains(from);
            circles.extend(reached.iter().copied().filter(both).map(|to| (from, to)));
        }
        circles
    }

    fn reached_from(&self, from: &str) -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        let mut next = vec![from];
        while let Some(folder) = next.pop() {
            for to in self.0.get(folder).into_iter().flatten() {
                if reached.insert(to.as_str()) {
                    next.push(to);
                }
            }
        }
        reached
    }
}

impl Table {
    /// # Errors
    /// The line that says nothing.
    pub fn parse(text: &str) -> Result<Table, String> {
        let mut table = Table {
            members: Vec::new(),
            largest_circle: 3,
        };
        for line in lines(text) {
            if let Some(name) = line.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
                table.members.push((name.to_owned(), Allowed::default()));
                continue;
            }
            let wrong = || format!("not `folder: what it may import`: {line}");
            let (name, below) = line.split_once(':').ok_or_else(wrong)?;
            if name == LARGEST {
                table.largest_circle = below.trim().parse().map_err(|_| wrong())?;
                continue;
            }
            let (_, allowed) = table.members.last_mut().ok_or_else(wrong)?;
            let below = below.split(',').map(str::trim).filter(|it| !it.is_empty());
            let below = below.map(str::to_owned).collect();
            allowed.0.insert(name.trim().to_owned(), below);
        }
        Ok(table)
    }
}

/// Lines `crate/file -> file`.
pub fn moves(text: &str) -> BTreeMap<String, String> {
    let pairs = lines(text).filter_map(|line| line.split_once("->"));
    pairs
        .map(|(from, to)| (from.trim().to_owned(), to.trim().to_owned()))
        .collect()
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .map(|line| line.split('#').next().unwrap_or(line).trim())
        .filter(|line| !line.is_empty())
}
