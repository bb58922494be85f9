//! `cargo xtask compat`: a recorder of the original's behaviour runs against partyrun, and every case
//! that comes out otherwise must be in `docs/recordings.md` with the deliberate difference it shows.
//! Owns the runs and the verdict. Never decides what is deliberate.
//!
//! The recordings are a folder with `record.mjs`, which plays the cases of a project against a command,
//! and `golden.json`, what it recorded of the original: a list of `{project, case, observed, unstable}`.

pub mod difference;
pub mod expected;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;
use serde_json::Value;

use crate::args::Compat;
use crate::error::Failure;
use crate::workspace::{Workspace, absolute, run as run_command};
use crate::{npm, ui};
use expected::Expected;

/// The client code that recordings hold was bundled by this version, which the original brings along.
pub const ESBUILD: &str = "esbuild@0.21.5";

/// A case as the recorder writes it.
#[derive(Deserialize)]
pub struct Row {
    pub project: String,
    pub case: String,
    #[serde(default)]
    pub observed: Value,
    /// The original itself differed between two runs.
    #[serde(default)]
    unstable: bool,
}

impl Row {
    /// Whether the case says something about the original's behaviour: its start-up and its log are
    /// its own.
    pub fn counts(&self) -> bool {
        !self.unstable && !self.case.starts_with("__")
    }
}

/// Records, compares, prints what is not accounted for.
///
/// # Errors
/// When a case differs that is not listed, or in another place than listed, when one that is listed
/// does not differ, and when the list names a difference that `docs/differences.md` does not have.
pub fn run(args: &Compat) -> Result<(), Failure> {
    let workspace = Workspace::locate()?;
    npm::require_node("the recorder")?;
    let program = workspace.partyrun(args.partyrun.as_deref(), &[])?;
    let docs = workspace.root.join("docs");
    let expected = Expected::read(&docs.join("recordings.md"), &[docs.join("differences.md")])?;
    let recorder = absolute(&args.recordings.join("record.mjs"))?;
    let golden = rows(&args.recordings.join("golden.json"))?;
    let folder = workspace.target.join("compat");
    if !folder.join("node_modules/esbuild").is_dir() {
        npm::install_into(&folder, ESBUILD)?;
    }

    let mut projects: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in golden.iter().filter(|row| row.counts()) {
        let chosen = args.project.is_empty() || args.project.contains(&row.project);
        if chosen {
            projects.entry(&row.project).or_default().push(row);
        }
    }
    let mut faults = Vec::new();
    let (mut same, mut listed, mut unplayed) = (0, 0, 0);
    for (project, cases) in projects {
        let out = folder.join(format!("{project}.json"));
        let mut recording = Command::new("node");
        recording
            .arg(&recorder)
            .arg("--cmd")
            .arg(format!("{} dev --port {{port}}", program.display()))
            .args(["--project", project])
            .arg("--work")
            .arg(folder.join("run"))
            .arg("--out")
            .arg(&out);
        run_command(&mut recording)?;
        let ours: BTreeMap<String, Value> = rows(&out)?
            .into_iter()
            .map(|row| (row.case, row.observed))
            .collect();
        for row in cases {
            // The recorder plays some cases only when it is told to.
            let Some(observed) = ours.get(&row.case) else {
                unplayed += 1;
                continue;
            };
            let paths = difference::paths(&row.observed, observed);
            match expected.judge(project, &row.case, &paths) {
                Ok(()) if paths.is_empty() => same += 1,
                Ok(()) => listed += 1,
                Err(fault) => faults.push(fault),
            }
        }
    }
    ui::result(&format!(
        "{same} cases as recorded, {listed} with a deliberate difference, {} unaccounted for, {unplayed} not played",
        faults.len()
    ));
    match faults.is_empty() {
        true => Ok(()),
        false => Err(Failure::Compat(faults.join("\n"))),
    }
}

/// Reads what a recorder wrote.
pub fn rows(file: &Path) -> Result<Vec<Row>, Failure> {
    let unreadable = |reason: String| Failure::Unreadable {
        file: file.to_owned(),
        reason,
    };
    let bytes = fs::read(file).map_err(|error| unreadable(error.to_string()))?;
    let text = without_surrogates(&String::from_utf8_lossy(&bytes));
    serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))
}

/// JSON whose escapes of lone surrogates are plain text: no Rust string can hold them.
fn without_surrogates(json: &str) -> String {
    let mut plain = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        let escaped = &rest[at + 1..];
        let unit = code_unit(escaped);
        let low = escaped
            .get(5..)
            .and_then(|next| code_unit(next.strip_prefix('\\')?));
        let pair = matches!((unit, low), (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)));
        let length = match pair {
            true => "uXXXX\\uXXXX".len(),
            false => escaped.chars().next().map_or(0, char::len_utf8),
        };
        let end = at + 1 + length;
        plain.push_str(&rest[..at]);
        if !pair && matches!(unit, Some(0xd800..=0xdfff)) {
            plain.push('\\');
        }
        plain.push_str(&rest[at..end]);
        rest = &rest[end..];
    }
    plain.push_str(rest);
    plain
}

/// The recorder runs the command in other folders than this one.
/// What `uXXXX` stands for.
fn code_unit(escaped: &str) -> Option<u16> {
    u16::from_str_radix(escaped.strip_prefix('u')?.get(..4)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lone_surrogates_can_be_compared() {
        let json = r#"["a\ud83d", "\\ud83d", "\n\u00e9", "\udc00\uD800", "\ud83d\ude00"]"#;
        let texts: Vec<String> =
            serde_json::from_str(&without_surrogates(json)).expect("is JSON of Rust");
        assert_eq!(
            texts,
            [
                r"a\ud83d",
                r"\ud83d",
                "\n\u{e9}",
                r"\udc00\uD800",
                "\u{1f600}"
            ]
        );
    }
}
