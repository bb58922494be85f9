//! `cargo xtask coverage`: which lines of `runtime` its unit tests run. Only that one crate is compiled with
//! counters, so that it costs one crate's time, not that of everything below. Decides nothing: no number is
//! enough or too little.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::args::Coverage;
use crate::error::Failure;
use crate::workspace::{Workspace, run as succeed, shown};
use crate::{ui, v8};

/// Builds, runs the tests, and prints a line for each folder, and for each file of those that are named.
pub fn run(args: &Coverage) -> Result<(), Failure> {
    let workspace = Workspace::locate()?;
    let [merge, export] = tools()?;
    v8::ensure(&workspace)?;
    let tests = build(&workspace)?;
    let folder = workspace.target.join("coverage");
    // What an earlier run counted; absent before the first.
    let _ = fs::remove_dir_all(&folder);
    let mut command = Command::new(&tests);
    command
        .current_dir(workspace.root.join("runtime"))
        .env("LLVM_PROFILE_FILE", folder.join("%p-%m.profraw"));
    succeed(&mut command)?;
    let counts = folder.join("counts");
    succeed(
        Command::new(merge)
            .args(["merge", "--sparse", "--output"])
            .args([&counts, &folder]),
    )?;
    let mut command = Command::new(export);
    command
        .args(["export", "--summary-only", "--instr-profile"])
        .args([&counts, &tests]);
    let sources = workspace.root.join("runtime/src");
    for line in table(&parsed(&mut command)?, &sources, &args.folders) {
        ui::result(&line);
    }
    Ok(())
}

/// LLVM's programs for counts, which rustup has for the compiler that it installed.
fn tools() -> Result<[PathBuf; 2], Failure> {
    let mut command = Command::new("rustc");
    command.args(["--print", "target-libdir"]);
    let folder = String::from_utf8_lossy(&output(&mut command)?)
        .trim()
        .to_owned();
    let programs = Path::new(&folder).with_file_name("bin");
    let tools = ["llvm-profdata", "llvm-cov"].map(|name| programs.join(name));
    match tools.iter().all(|tool| tool.is_file()) {
        true => Ok(tools),
        false => Err(Failure::NoCounts),
    }
}

/// The unit tests of `runtime` with counters in them. The profile has the settings of `release`, so what it
/// depends on is there.
fn build(workspace: &Workspace) -> Result<PathBuf, Failure> {
    #[derive(Deserialize)]
    struct Message {
        executable: Option<PathBuf>,
    }
    let mut command = workspace.cargo(["rustc", "--profile", "bench"]);
    command.args([
        "--package",
        "partyrun_runtime",
        "--lib",
        "--message-format",
        "json-render-diagnostics",
        "--",
        "-Cinstrument-coverage",
    ]);
    ui::step(&shown(&command));
    let messages = output(&mut command)?;
    let messages = messages.split(|byte| *byte == b'\n');
    let mut executables =
        messages.filter_map(|line| serde_json::from_slice::<Message>(line).ok()?.executable);
    executables.next_back().ok_or_else(|| Failure::Output {
        command: shown(&command),
        reason: "it names no program".to_owned(),
    })
}

fn output(command: &mut Command) -> Result<Vec<u8>, Failure> {
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.map_err(|source| Failure::NotStarted {
        program: shown(command),
        source,
    })?;
    match output.status.success() {
        true => Ok(output.stdout),
        false => Err(Failure::Failed {
            command: shown(command),
            status: output.status,
        }),
    }
}

/// What `llvm-cov export` says.
#[derive(Deserialize)]
struct Export {
    data: Vec<Files>,
}

#[derive(Deserialize)]
struct Files {
    files: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    filename: PathBuf,
    summary: Summary,
}

#[derive(Deserialize)]
struct Summary {
    lines: Lines,
}

#[derive(Clone, Copy, Default, Deserialize)]
struct Lines {
    count: u64,
    covered: u64,
}

fn parsed(command: &mut Command) -> Result<Export, Failure> {
    serde_json::from_slice(&output(command)?).map_err(|error| Failure::Output {
        command: shown(command),
        reason: error.to_string(),
    })
}

/// Tests run all of themselves.
fn is_test(file: &Path) -> bool {
    file.iter().any(|part| {
        let name = part.to_string_lossy();
        let name = name.trim_end_matches(".rs");
        name == "tests" || name.ends_with("_tests") || name == "testing" || name == "chance"
    })
}

/// A line for each folder at the top of `sources`, and one for each file of `folders`.
fn table(export: &Export, sources: &Path, folders: &[String]) -> Vec<String> {
    let mut sums: BTreeMap<String, Lines> = BTreeMap::new();
    let mut rows = Vec::new();
    for file in export.data.iter().flat_map(|data| &data.files) {
        let Ok(name) = file.filename.strip_prefix(sources) else {
            continue;
        };
        if is_test(name) {
            continue;
        }
        let folder = name.iter().next().map(|part| part.to_string_lossy());
        let folder = folder.unwrap_or_default().into_owned();
        let lines = file.summary.lines;
        for sum in [folder.clone(), "all".to_owned()] {
            let sum = sums.entry(sum).or_default();
            sum.count += lines.count;
            sum.covered += lines.covered;
        }
        if folders.contains(&folder) {
            rows.push(row(&name.display().to_string(), lines));
        }
    }
    let sums = sums.iter().map(|(name, lines)| row(name, *lines));
    rows.sort();
    sums.chain(rows).collect()
}

fn row(name: &str, Lines { count, covered }: Lines) -> String {
    let percent = (covered * 100).checked_div(count).unwrap_or(100);
    format!("{percent:>3} %  {covered:>6} of {count:<6} {name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_summed_without_their_tests() {
        let file = |name: &str, count: u64, covered: u64| {
            let summary = serde_json::json!({ "lines": { "count": count, "covered": covered, "percent": 0 } });
            serde_json::json!({ "filename": name, "summary": summary })
        };
        let files = [
            file("/w/runtime/src/rooms/mod.rs", 10, 5),
            file("/w/runtime/src/rooms/live.rs", 30, 30),
            file("/w/runtime/src/rooms/tests.rs", 99, 99),
            file("/w/runtime/src/time.rs", 0, 0),
            file("/w/ops/src/lib.rs", 7, 0),
        ];
        let export = serde_json::json!({ "data": [{ "files": files }] });
        let export: Export = serde_json::from_value(export).expect("it has what is read");
        assert_eq!(
            table(&export, Path::new("/w/runtime/src"), &["rooms".to_owned()]),
            [
                " 87 %      35 of 40     all",
                " 87 %      35 of 40     rooms",
                "100 %       0 of 0      time.rs",
                " 50 %       5 of 10     rooms/mod.rs",
                "100 %      30 of 30     rooms/live.rs",
            ]
            .map(str::to_owned)
        );
    }
}
