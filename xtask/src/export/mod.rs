//! `cargo xtask export`: exported projects under npm's workerd. Plays the recordings of the original against
//! exports, lets real clients use whole projects, and lets two nodes share a room. Owns the steps and the verdict; what may differ is listed in
//! `docs/scaling-recordings.md`, and named in `docs/scaling.md` or `docs/differences.md`.

mod cluster;
mod engine;
mod projects;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::args::Export;
use crate::compat::expected::Expected;
use crate::compat::{Row, difference, rows};
use crate::error::Failure;
use crate::workspace::{Workspace, absolute, run as run_command};
use crate::{npm, ui};
use engine::Engines;

/// What may differ, by the two lists: that of exports, and that of partyrun itself.
struct Lists {
    own: Expected,
    partyrun: Expected,
}

impl Lists {
    fn read(docs: &Path) -> Result<Lists, Failure> {
        let named = [docs.join("scaling.md"), docs.join("differences.md")];
        Ok(Lists {
            own: Expected::read(&docs.join("scaling-recordings.md"), &named)?,
            partyrun: Expected::read(&docs.join("recordings.md"), &named)?,
        })
    }

    /// What partyrun does better than the original, an export does as well, or as the original does.
    fn judge(&self, project: &str, case: &str, paths: &[String]) -> Result<(), String> {
        let is_fine = paths.is_empty() || self.partyrun.judge(project, case, paths).is_ok();
        match self.own.lists(project, case) {
            false if is_fine => Ok(()),
            _ => self.own.judge(project, case, paths),
        }
    }
}

/// Runs what was asked for, or says what there is.
///
/// # Errors
/// When a case differs that is not listed, or a listed one does not; when wrangler refuses an export; when
/// the cluster loses a write.
pub fn run(args: &Export) -> Result<(), Failure> {
    let workspace = Workspace::locate()?;
    npm::require_node("the export")?;
    own_tests(&workspace.root)?;
    if args.recordings.is_none() && !args.cluster && !args.projects {
        ui::result(
            "The tests of `js/export` pass. Ask for more: `--recordings <folder>`, `--projects`, `--cluster`",
        );
        return Ok(());
    }
    let partyrun = workspace.partyrun(args.partyrun.as_deref(), &[])?;
    let engines = Engines::install(&workspace.target.join("export"))?;
    if let Some(folder) = &args.recordings {
        play(args, folder, &workspace, &partyrun, &engines)?;
    }
    if args.projects {
        projects::run(&workspace.root, &partyrun, &engines)?;
    }
    match args.cluster {
        true => cluster::run(args, &workspace.root, &partyrun, &engines),
        false => Ok(()),
    }
}

/// The tests of `js/export`, which need nothing but Node.js.
fn own_tests(root: &Path) -> Result<(), Failure> {
    let mut command = Command::new("node");
    command
        .args(["--test", "tests/"])
        .current_dir(root.join("js/export"))
        .stdout(Stdio::null());
    run_command(&mut command)
}

fn play(
    args: &Export,
    folder: &Path,
    workspace: &Workspace,
    partyrun: &Path,
    engines: &Engines,
) -> Result<(), Failure> {
    let lists = Lists::read(&workspace.root.join("docs"))?;
    let recorder = absolute(&folder.join("record.mjs"))?;
    let golden = rows(&folder.join("golden.json"))?;
    let mut projects: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in golden.iter().filter(|row| row.counts()) {
        if args.project.is_empty() || args.project.contains(&row.project) {
            projects.entry(&row.project).or_default().push(row);
        }
    }
    let work = engines.folder.join("run");
    let (mut same, mut listed, mut unplayed) = (0, 0, 0);
    let mut faults = Vec::new();
    for (project, cases) in projects {
        let ours = record(project, &recorder, &work, partyrun, engines)?;
        for row in cases {
            // The recorder plays some cases only when it is told to.
            let Some(observed) = ours.get(&row.case) else {
                unplayed += 1;
                continue;
            };
            let paths = difference::paths(&row.observed, observed);
            match lists.judge(project, &row.case, &paths) {
                Ok(()) if paths.is_empty() => same += 1,
                Ok(()) => listed += 1,
                Err(fault) => faults.push(fault),
            }
        }
        engines.dry_run(&work.join(project).join("dist/workers"))?;
    }
    ui::result(&format!(
        "{same} cases as recorded, {listed} with a named difference, {} unaccounted for, {unplayed} not played",
        faults.len()
    ));
    match faults.is_empty() {
        true => Ok(()),
        false => Err(Failure::Export(faults.join("\n"))),
    }
}

/// Plays one project's cases against its export; what was observed, by case.
fn record(
    project: &str,
    recorder: &Path,
    work: &Path,
    partyrun: &Path,
    engines: &Engines,
) -> Result<BTreeMap<String, Value>, Failure> {
    let out = engines.folder.join(format!("{project}.json"));
    let script = server(partyrun, engines)?;
    let command = format!("sh {} {{port}}", script.display());
    let mut recording = Command::new("node");
    recording
        .arg(recorder)
        .args(["--cmd", &command, "--project", project])
        .arg("--work")
        .arg(work)
        .arg("--out")
        .arg(&out)
        .env("ESBUILD_BINARY_PATH", &engines.esbuild);
    run_command(&mut recording)?;
    let played = rows(&out)?.into_iter();
    Ok(played.map(|row| (row.case, row.observed)).collect())
}

/// A script that exports the project of the current folder and serves it, on the port of its first argument:
/// what a recorder starts in the place of `partykit dev`. Other arguments are the build's.
fn server(partyrun: &Path, engines: &Engines) -> Result<PathBuf, Failure> {
    let file = engines.folder.join("serve.sh");
    let script = format!(
        "set -e\nport=$1\nshift\n\"{}\" build --target workers --out dist/workers --with-secrets \"$@\"\n\
         cd dist/workers\n\"{}\" serve wrangler.jsonc --experimental --socket-addr=http=127.0.0.1:$port &\n\
         # Ctrl-C ends it as an orderly stop does.\n\
         trap 'kill -TERM $!' INT TERM\nset +e\nwait $!\nwait $!\nexit 0\n",
        partyrun.display(),
        engines.workerd.display()
    );
    match fs::write(&file, script) {
        Ok(()) => Ok(file),
        Err(source) => Err(Failure::Unwritable { file, source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_may_differ_as_partyrun_does_or_as_its_own_list_says() {
        let name = format!("xtask-export-lists-{}", std::process::id());
        let docs = std::env::temp_dir().join(name);
        fs::create_dir_all(&docs).expect("a temporary folder");
        let table = |case: &str, named: &str| {
            format!(
                "## chat\n\n| case | where | difference |\n| --- | --- | --- |\n| `{case}` | `a` | {named} |\n"
            )
        };
        for (file, text) in [
            ("scaling.md", "- Ids differ: why.\n".to_owned()),
            ("differences.md", "- A frame tells more: why.\n".to_owned()),
            ("scaling-recordings.md", table("own", "Ids differ")),
            ("recordings.md", table("partyrun", "A frame tells more")),
        ] {
            fs::write(docs.join(file), text).expect("writable");
        }
        let lists = Lists::read(&docs).expect("two lists");
        let judge = |case: &str, places: &[&str]| {
            let places: Vec<String> = places.iter().map(|place| (*place).to_owned()).collect();
            lists.judge("chat", case, &places).is_ok()
        };
        assert!(judge("own", &["a"]) && !judge("own", &["b"]) && !judge("own", &[]));
        assert!(judge("partyrun", &["a"]) && judge("partyrun", &[]) && !judge("partyrun", &["b"]));
        assert!(judge("other", &[]) && !judge("other", &["a"]));
        fs::remove_dir_all(&docs).expect("removable");
    }
}
