//! Files of one folder that import each other.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::Tree;

/// Each group of more than `most` files of one folder that all lead to each other, with what each names
/// of another.
pub fn larger_than(
    most: usize,
    tree: &Tree,
    place: &impl Fn(&str) -> String,
) -> Vec<(Vec<String>, Vec<String>)> {
    let mut below: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut arrows = Vec::new();
    for arrow in tree.arrows() {
        // A folder's own file passes on what is in it, which ties nothing.
        if arrow.passes_on {
            continue;
        }
        let (from, to) = (place(&arrow.from), place(&arrow.to));
        if super::room(&from) == super::room(&to) {
            below.entry(from.clone()).or_default().insert(to.clone());
            arrows.push((from, to, arrow.path));
        }
    }
    let ties = |circle: &[String]| {
        let inside = |(from, to, _): &&(String, String, String)| {
            circle.contains(from) && circle.contains(to)
        };
        let ties = arrows.iter().filter(inside);
        let shown = ties.map(|(from, to, path)| format!("{from} names `{path}` of {to}"));
        shown.collect()
    };
    let mut circles: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    for from in below.keys() {
        if circles.iter().any(|(circle, _)| circle.contains(from)) {
            continue;
        }
        let reached = reached_from(from, &below);
        if !reached.contains(from) {
            continue;
        }
        let is_mutual = |file: &&String| reached_from(file, &below).contains(from);
        let circle: Vec<String> = reached.iter().filter(is_mutual).cloned().collect();
        if circle.len() > most {
            let ties = ties(&circle);
            circles.push((circle, ties));
        }
    }
    circles
}

fn reached_from(from: &str, below: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut next = vec![from.to_owned()];
    while let Some(file) = next.pop() {
        for to in below.get(&file).into_iter().flatten() {
            if reached.insert(to.clone()) {
                next.push(to.clone());
            }
        }
    }
    reached
}
