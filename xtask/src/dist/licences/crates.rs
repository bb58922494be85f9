//! The crates that are linked into the program, as cargo resolves them for a target.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Deserialize;

use crate::error::Failure;
use crate::workspace::{Workspace, output};

/// The package of the program.
const PROGRAM: &str = "partyrun";

/// A crate of somebody else's.
#[derive(Debug)]
pub struct Crate {
    pub name: String,
    pub version: String,
    /// As the manifest states it: an SPDX expression.
    pub licence: String,
    pub authors: Vec<String>,
    pub folder: PathBuf,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    source: Option<String>,
    license: Option<String>,
    #[serde(default)]
    authors: Vec<String>,
    manifest_path: PathBuf,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    kind: Option<String>,
}

/// All of them, by name and version.
pub fn linked(workspace: &Workspace, target: &str) -> Result<Vec<Crate>, Failure> {
    let mut command = workspace.cargo(["metadata", "--locked", "--format-version", "1"]);
    command.args(["--filter-platform", target]);
    let text = output(&mut command)?;
    read(&text).map_err(|reason| Failure::Output {
        command: "cargo metadata".to_owned(),
        reason,
    })
}

fn read(text: &str) -> Result<Vec<Crate>, String> {
    let metadata: Metadata = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let nodes: BTreeMap<&str, &Node> = metadata
        .resolve
        .nodes
        .iter()
        .map(|node| (node.id.as_str(), node))
        .collect();
    let program = metadata
        .packages
        .iter()
        .find(|package| package.name == PROGRAM && package.source.is_none())
        .ok_or_else(|| format!("it lists no package `{PROGRAM}`"))?;
    let mut reached = BTreeSet::new();
    let mut open = vec![program.id.as_str()];
    while let Some(id) = open.pop() {
        if !reached.insert(id) {
            continue;
        }
        let dependencies = nodes.get(id).map_or(&[][..], |node| &node.deps);
        // A dependency without a kind is linked: others are for the build or for tests.
        let linked = dependencies
            .iter()
            .filter(|it| it.dep_kinds.iter().any(|kind| kind.kind.is_none()));
        open.extend(linked.map(|it| it.pkg.as_str()));
    }
    let mut crates: Vec<_> = metadata
        .packages
        .iter()
        .filter(|package| package.source.is_some() && reached.contains(package.id.as_str()))
        .map(|package| Crate {
            name: package.name.clone(),
            version: package.version.clone(),
            licence: package.license.clone().unwrap_or_default(),
            authors: package.authors.clone(),
            folder: package
                .manifest_path
                .parent()
                .map(PathBuf::from)
                .unwrap_or_default(),
        })
        .collect();
    crates.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    Ok(crates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_linked_is_listed_and_what_builds_is_not() {
        let package = |name: &str, source: &str| {
            format!(
                r#"{{"id":"{name}","name":"{name}","version":"1.0.0","source":{source},"license":"MIT","manifest_path":"/x/{name}/Cargo.toml"}}"#
            )
        };
        let text = format!(
            r#"{{"packages":[{},{},{},{}],"resolve":{{"nodes":[
                {{"id":"partyrun","deps":[{{"pkg":"a","dep_kinds":[{{"kind":null}}]}},{{"pkg":"tool","dep_kinds":[{{"kind":"build"}}]}}]}},
                {{"id":"a","deps":[{{"pkg":"b","dep_kinds":[{{"kind":"dev"}},{{"kind":null}}]}}]}},
                {{"id":"b","deps":[]}},{{"id":"tool","deps":[]}}]}}}}"#,
            package("partyrun", "null"),
            package("b", r#""registry""#),
            package("a", r#""registry""#),
            package("tool", r#""registry""#),
        );
        let names: Vec<_> = read(&text)
            .expect("it is right")
            .into_iter()
            .map(|it| it.name)
            .collect();
        assert_eq!(names, ["a", "b"]);
    }
}
