//! `cargo xtask dev <project> [flags]`: from a clean clone to a served project. Never watches or
//! serves: partyrun takes over the process, so that signals reach it.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::args::Dev;
use crate::error::Failure;
use crate::npm;
use crate::workspace::Workspace;

/// Builds partyrun, installs the project's npm packages, and becomes `partyrun dev` in its folder.
pub fn run(args: &Dev) -> Result<(), Failure> {
    let workspace = Workspace::locate()?;
    let project = find(&workspace.root, &args.project)?;
    npm::install_packages(&project)?;
    workspace.build(&["partyrun"])?;
    let mut command = Command::new(workspace.program("partyrun"));
    command
        .arg("dev")
        .args(&args.flags)
        .current_dir(&project)
        .env("PWD", &project);
    become_program(command)
}

/// The project as named from the current folder or from the repository, so that the README's command
/// works in every folder of it.
fn find(root: &Path, named: &Path) -> Result<PathBuf, Failure> {
    [named.to_owned(), root.join(named)]
        .into_iter()
        .find(|folder| folder.is_dir())
        .and_then(|folder| folder.canonicalize().ok())
        .ok_or_else(|| Failure::NotAFolder(named.to_owned()))
}

fn become_program(mut command: Command) -> Result<(), Failure> {
    let source = command.exec();
    Err(Failure::NotStarted {
        program: crate::workspace::shown(&command),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_found_from_the_repository_too() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert!(
            find(root, Path::new("src/bench")).is_ok_and(|folder| folder.ends_with("src/bench"))
        );
        let failure = find(root, Path::new("no/such/project")).expect_err("there is none");
        assert_eq!(failure.to_string(), "Not a folder: no/such/project");
        assert!(
            find(root, Path::new("Cargo.toml")).is_err(),
            "a file is no project folder"
        );
    }
}
