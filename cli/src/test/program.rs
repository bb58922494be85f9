//! Which program a command names, found as a shell finds it, so that one that cannot run is an error with a
//! reason before anything has been started.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

/// Exit code of a shell for a program that is there and cannot be run.
pub const CANNOT_RUN: u8 = 126;
/// Exit code of a shell for a program that is not there.
pub const NOT_FOUND: u8 = 127;

/// Why a command cannot run.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProgramError {
    #[error(
        "The command that runs the tests is missing. It comes last, after two dashes: `partyrun test -- npx vitest run`"
    )]
    Missing,
    #[error("The command is not on the PATH{tip}: `{name}`")]
    NotFound { name: String, tip: &'static str },
    #[error("The command is not there: `{0}`")]
    NoFile(String),
    #[error("The command is a folder: `{0}`")]
    Folder(String),
    #[error(
        "The command is not a program, or you may not run it (`chmod +x` makes it executable): `{0}`"
    )]
    NotExecutable(String),
}

impl ProgramError {
    pub fn code(&self) -> u8 {
        match self {
            ProgramError::Missing => 2,
            ProgramError::NotFound { .. } | ProgramError::NoFile(_) => NOT_FOUND,
            ProgramError::Folder(_) | ProgramError::NotExecutable(_) => CANNOT_RUN,
        }
    }
}

/// The file of the program that `name` names in the folder `cwd`.
pub fn find(name: &OsStr, cwd: &Path) -> Result<PathBuf, ProgramError> {
    let text = || name.to_string_lossy().into_owned();
    if name.is_empty() {
        return Err(ProgramError::Missing);
    }
    let is_path = name.as_encoded_bytes().contains(&b'/');
    if is_path {
        let path = cwd.join(name);
        return match fs::metadata(&path) {
            Err(_) => Err(ProgramError::NoFile(text())),
            Ok(data) if data.is_dir() => Err(ProgramError::Folder(text())),
            Ok(_) if !may_run(&path) => Err(ProgramError::NotExecutable(text())),
            Ok(_) => Ok(path),
        };
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let candidates: Vec<_> = env::split_paths(&path)
        .map(|folder| cwd.join(folder).join(name))
        .filter(|file| file.is_file())
        .collect();
    match candidates.iter().find(|file| may_run(file)) {
        Some(file) => Ok(file.clone()),
        None if !candidates.is_empty() => Err(ProgramError::NotExecutable(text())),
        None => Err(ProgramError::NotFound {
            name: text(),
            tip: tip(name, cwd),
        }),
    }
}

/// What the user probably meant.
fn tip(name: &OsStr, cwd: &Path) -> &'static str {
    let is_in = |folder: &Path| folder.join("node_modules/.bin").join(name).exists();
    if cwd.ancestors().any(is_in) {
        return ", but the project's packages have it (`npx` runs those)";
    }
    let is_line = name.to_string_lossy().contains(' ');
    if is_line {
        return ", which has no line of a shell (`sh -c` runs those)";
    }
    ""
}

fn may_run(path: &Path) -> bool {
    access(path, Access::EXEC_OK).is_ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_name_is_looked_up_and_a_path_is_not() {
        let here = Path::new("/");
        assert!(find(OsStr::new("sh"), here).is_ok());
        assert_eq!(
            find(OsStr::new("./sh"), Path::new("/no/such/folder")),
            Err(ProgramError::NoFile("./sh".to_owned()))
        );
        let missing = find(OsStr::new("no-such-program"), here).expect_err("there is none");
        assert_eq!(missing.code(), NOT_FOUND);
        let line = find(OsStr::new("npm test"), here).expect_err("it is a line");
        assert!(line.to_string().contains("`sh -c`"), "{line}");
    }

    #[test]
    fn what_cannot_run_says_why() {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let file = scratch.path().join("script");
        fs::write(&file, "echo").expect("writable");
        let found = |name: &str| find(OsStr::new(name), scratch.path());
        assert_eq!(
            found("./script"),
            Err(ProgramError::NotExecutable("./script".to_owned()))
        );
        assert_eq!(found("./").map_err(|error| error.code()), Err(CANNOT_RUN));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("it is ours");
        assert_eq!(found("./script"), Ok(scratch.path().join("./script")));
    }

    #[test]
    fn packages_of_the_project_are_npx_s() {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let folder = scratch.path().join("node_modules/.bin");
        fs::create_dir_all(&folder).expect("writable");
        fs::write(folder.join("some-runner"), "").expect("writable");
        let inner = scratch.path().join("packages/a");
        fs::create_dir_all(&inner).expect("writable");
        let error = find(OsStr::new("some-runner"), &inner).expect_err("not on the PATH");
        assert!(error.to_string().contains("`npx`"), "{error}");
    }
}
