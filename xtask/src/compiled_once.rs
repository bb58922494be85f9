//! Build scripts run most of the program's crates, because they make its snapshot. Cargo compiles a crate once for both, unless the one
//! asks for other features or another profile than the other: then it and everything above it is compiled twice, V8's bindings and
//! deno_core too. Only tests.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::workspace::{Workspace, output};

/// Crates with nothing of size above them: what macros and V8's build script use.
const TWICE: [&str; 2] = ["fastrand", "phf_shared"];

/// What `cargo build --unit-graph` prints.
#[derive(Deserialize)]
struct Graph {
    units: Vec<Unit>,
}

/// A run of the compiler, or of a build script.
#[derive(Deserialize)]
struct Unit {
    pkg_id: String,
    target: Target,
    mode: String,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
}

impl Graph {
    /// The packages whose library more than one run of the compiler makes.
    fn compiled_again(&self) -> Vec<&str> {
        let mut runs: BTreeMap<&str, u32> = BTreeMap::new();
        let libraries = self.units.iter().filter(|unit| {
            unit.mode == "build" && !unit.target.kind.iter().any(|kind| kind == "custom-build")
        });
        for unit in libraries {
            *runs.entry(&unit.pkg_id).or_default() += 1;
        }
        let again = runs.into_iter().filter(|(_, runs)| *runs > 1);
        again.map(|(package, _)| package).collect()
    }
}

/// Whether a package's id, which ends in `#name@version`, is one of [`TWICE`].
fn is_known(id: &str) -> bool {
    let name = id.rsplit('#').next().unwrap_or(id).split('@').next();
    name.is_some_and(|name| TWICE.contains(&name))
}

#[test]
fn build_scripts_run_the_crates_of_the_program() {
    let workspace = Workspace::locate().expect("this is a workspace");
    let mut build = workspace.cargo(["build", "--release", "--locked", "--offline"]);
    build.args(["--package", "partyrun", "--unit-graph"]);
    // Without this, only cargo's nightly versions print the graph.
    build
        .args(["-Z", "unstable-options"])
        .env("RUSTC_BOOTSTRAP", "1");
    let printed = output(&mut build).expect("the lock file fits the manifests");
    let graph: Graph = serde_json::from_str(&printed).expect("the graph is JSON");
    assert!(
        graph
            .units
            .iter()
            .any(|unit| unit.pkg_id.contains("deno_core"))
    );
    let mut again = graph.compiled_again();
    again.retain(|package| !is_known(package));
    assert_eq!(
        again, [""; 0],
        "the graph that cargo has printed names the features of each"
    );
}

#[test]
fn library_that_is_compiled_again_is_named() {
    let unit = |id: &str, kind: &str, mode: &str| Unit {
        pkg_id: id.to_owned(),
        target: Target {
            kind: vec![kind.to_owned()],
        },
        mode: mode.to_owned(),
    };
    let graph = Graph {
        units: vec![
            unit("registry#a@1.0.0", "lib", "build"),
            unit("registry#a@1.0.0", "lib", "build"),
            unit("registry#b@1.0.0", "lib", "build"),
            unit("registry#b@1.0.0", "custom-build", "build"),
            unit("registry#b@1.0.0", "custom-build", "run-custom-build"),
        ],
    };
    assert_eq!(graph.compiled_again(), ["registry#a@1.0.0"]);
    assert!(is_known("registry#fastrand@2.5.0"));
    assert!(!is_known("registry#a@1.0.0"));
}
