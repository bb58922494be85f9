//! Harnesses for tests, as folders in which Node.js runs scripts of `benches/testing`. Owns what is installed there.
//! Never measures: the scripts do.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::row::Role;
use super::server::copy_project;
use super::table::Column;
use crate::error::Failure;
use crate::npm;
use crate::ui;
use crate::workspace::{Workspace, shown};

/// A harness, installed.
pub struct Harness {
    pub column: Column,
    folder: PathBuf,
    /// The script that measures it, and the operations that it knows.
    script: &'static str,
    operations: &'static [&'static str],
    /// The program that the harness finds in its environment.
    program: Option<PathBuf>,
}

impl Harness {
    /// The npm package as it is in the tree, with `program`.
    pub fn partyrun(
        workspace: &Workspace,
        program: &Path,
        home: &Path,
    ) -> Result<Harness, Failure> {
        npm::require_node("the harness for tests")?;
        let folder = home.join("partyrun");
        copy(&workspace.root.join("benches/testing/partyrun"), &folder)?;
        let package = folder.join("node_modules/partyrun");
        copy(&workspace.root.join("npm/partyrun"), &package)?;
        Ok(Harness {
            column: Column {
                name: "partyrun/test".to_owned(),
                version: String::new(),
                role: Role::Ours,
            },
            folder,
            script: "measure.mjs",
            operations: &["first", "isolate", "reset", "alarm", "memory", "tests"],
            program: Some(program.to_owned()),
        })
    }

    /// Miniflare, and the harness of wrangler: those of them that npm installs here.
    pub fn rivals(workspace: &Workspace, home: &Path) -> Result<Vec<Harness>, Failure> {
        let folder = home.join("rivals");
        npm::copy_changed(&workspace.root.join("benches/testing/rivals"), &folder)?;
        if let Err(failure) = npm::install_packages(&folder) {
            ui::step(&format!("There is nothing to compare with: {failure}"));
            return Ok(Vec::new());
        }
        let known: [(_, _, _, &[&str]); 2] = [
            (
                "Miniflare",
                "miniflare",
                "miniflare.mjs",
                &["first", "tests"],
            ),
            (
                "createTestHarness, wrangler",
                "wrangler",
                "wrangler.mjs",
                &["first", "reset", "tests"],
            ),
        ];
        let harnesses = known
            .into_iter()
            .map(|(name, package, script, operations)| {
                Ok(Harness {
                    column: Column {
                        name: name.to_owned(),
                        version: npm::version_in(&folder, package)?,
                        role: Role::Rival,
                    },
                    folder: folder.clone(),
                    script,
                    operations,
                    program: None,
                })
            });
        harnesses.collect()
    }

    pub fn is_ours(&self) -> bool {
        self.column.role == Role::Ours
    }

    pub fn has(&self, operation: &str) -> bool {
        self.operations.contains(&operation)
    }

    /// Node.js with a script of the folder.
    pub fn node(&self, words: &[&str]) -> Command {
        let mut command = Command::new("node");
        command.args(words);
        self.prepare(&mut command);
        command
    }

    /// Has a command run in the folder and find the program.
    pub fn prepare(&self, command: &mut Command) {
        command.current_dir(&self.folder).stdin(Stdio::null());
        // Neither colours nor a look for updates belong into what is measured.
        command.envs([
            ("CI", "1"),
            ("NO_COLOR", "1"),
            ("WRANGLER_SEND_METRICS", "false"),
        ]);
        for name in ["PARTYRUN_CONTROL", "PARTYRUN_TOKEN"] {
            command.env_remove(name);
        }
        if let Some(program) = &self.program {
            command.env("PARTYRUN_BINARY", program);
        }
    }

    /// What the script finds when it does an operation `count` times.
    ///
    /// # Errors
    /// With what it has printed last.
    pub fn measure(&self, operation: &str, count: u32) -> Result<Vec<f64>, String> {
        let mut command = self.node(&[self.script, operation, &count.to_string()]);
        let output = command
            .output()
            .map_err(|error| format!("Could not start `{}`: {error}", shown(&command)))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let found = text
            .lines()
            .rev()
            .find_map(|line| serde_json::from_str(line).ok());
        match found {
            Some(found) if output.status.success() => Ok(found),
            _ => {
                let errors = String::from_utf8_lossy(&output.stderr);
                let error = errors.lines().find(|line| line.contains("Error"));
                let error = error
                    .or(errors.lines().last())
                    .unwrap_or("no reason is given");
                Err(format!("`{}`: {error}", shown(&command)))
            }
        }
    }
}

fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    copy_project(from, to).map_err(|source| Failure::Unwritable {
        file: to.to_owned(),
        source,
    })
}
