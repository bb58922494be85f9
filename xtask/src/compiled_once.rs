//! Build scripts run most of the program's crates, because they make its snapshot. Cargo compiles a crate once for both, unless the one
//! asks for other features than the other: then it and everything above it is compiled twice, V8's bindings and deno_core too. Only tests.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use crate::workspace::{Workspace, output};

/// Crates with nothing of size above them in one of the two: what macros and V8's build script use.
const TWICE: [&str; 4] = ["crc32fast", "fastrand", "phf_shared", "rand"];

/// The crates that `tree` has with more than one set of features, with these sets. A line of it is a package, `|`, and features.
fn differing(tree: &str) -> Vec<String> {
    let mut sets: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in tree.lines() {
        // What was shown before is marked.
        let line = line.trim_end_matches("(*)").trim_end();
        if let Some((package, features)) = line.split_once('|') {
            sets.entry(package).or_default().insert(features);
        }
    }
    let is_known = |package: &str| TWICE.contains(&package.split(' ').next().unwrap_or(package));
    sets.retain(|package, features| features.len() > 1 && !is_known(package));
    let shown = sets.into_iter();
    shown
        .map(|(package, features)| {
            let features: Vec<_> = features.into_iter().collect();
            format!("{package}: {}", features.join(" and "))
        })
        .collect()
}

#[test]
fn build_scripts_run_the_crates_of_the_program() {
    let workspace = Workspace::locate().expect("this is a workspace");
    let mut tree: Command = workspace.cargo(["tree", "--locked", "--offline"]);
    tree.args(["--package", "partyrun", "--edges", "normal,build"]);
    tree.args(["--prefix", "none", "--format", "{p}|{f}"]);
    let tree = output(&mut tree).expect("the lock file fits the manifests");
    assert!(tree.contains("deno_core"), "{tree}");
    assert_eq!(differing(&tree), [""; 0]);
}

#[test]
fn crate_with_two_sets_of_features_is_named() {
    let tree = "serde v1.0.0|rc,std\nrand v0.8.5|std\ndeno_core v0.1.0|\nserde v1.0.0|std (*)\nrand v0.8.5|\ndeno_core v0.1.0| (*)\n";
    assert_eq!(differing(tree), ["serde v1.0.0: rc,std and std"]);
}
