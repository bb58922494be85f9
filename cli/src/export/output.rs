//! The folder that a build writes. Owns what may be overwritten there: what an earlier build wrote, and
//! nothing of the user's.

use std::cell::Cell;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::bundle::WORKER;
use super::failure::Failure;
use crate::config::shown;
use crate::ui::Printer;

/// The folder of static files in it.
pub const ASSETS: &str = "assets";
/// The folder of the code of a project for workers: wrangler takes every text and page beside the code for a
/// module of it, so that static files must lie elsewhere.
pub const CODE: &str = "worker";
/// What the engines keep between builds: rooms, and values of secrets.
const KEPT: [&str; 2] = [".wrangler", ".dev.vars"];
/// Extensions of files that only a build puts here.
const BUILT: [&str; 4] = ["js", "map", "wasm", "bin"];

/// A folder that is ready to be written.
pub struct Output {
    folder: PathBuf,
    shown: String,
    bytes: Cell<usize>,
    files: Cell<usize>,
}

impl Output {
    /// Makes the folder and removes what an earlier build wrote.
    pub fn open(folder: &Path, cwd: &Path) -> Result<Output, Failure> {
        let unwritable = |path: &Path, error| Failure::unwritable(path, &error);
        fs::create_dir_all(folder).map_err(|error| unwritable(folder, error))?;
        let shown = shown(cwd, folder);
        let entries = fs::read_dir(folder).map_err(|error| Failure::unreadable(folder, &error))?;
        let paths: Vec<PathBuf> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .collect();
        let is_ours = [folder.to_owned(), folder.join(CODE)]
            .iter()
            .any(|folder| folder.join(WORKER).is_file());
        let name = |path: &Path| {
            path.file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned()
        };
        let foreign = paths
            .iter()
            .find(|path| !KEPT.contains(&name(path).as_str()));
        if let (false, Some(foreign)) = (is_ours, foreign) {
            return Err(Failure::of(format!(
                "The folder has files that no build has written, name another one with `--out`: `{shown}` has `{}`",
                name(foreign)
            )));
        }
        for path in paths {
            let is_built = path
                .extension()
                .is_some_and(|extension| BUILT.iter().any(|built| extension == *built));
            let removed = match name(&path).as_str() {
                ASSETS | CODE if path.is_dir() => fs::remove_dir_all(&path),
                _ if is_built => fs::remove_file(&path),
                _ => Ok(()),
            };
            match removed {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(unwritable(&path, error));
                }
                _ => {}
            }
        }
        Ok(Output {
            folder: folder.to_owned(),
            shown,
            bytes: Cell::new(0),
            files: Cell::new(0),
        })
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        let path = self.path(name);
        let folder = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder).map_err(|error| Failure::unwritable(folder, &error))?;
        fs::write(&path, bytes).map_err(|error| Failure::unwritable(&path, &error))?;
        self.files.set(self.files.get() + 1);
        if !Path::new(name)
            .extension()
            .is_some_and(|extension| extension == "map")
        {
            self.bytes.set(self.bytes.get() + bytes.len());
        }
        Ok(())
    }

    /// Says what there is.
    pub fn said(&self, printer: &Printer) {
        let kib = self.bytes.get().div_ceil(1024);
        let (shown, files) = (&self.shown, self.files.get());
        printer.out(format!(
            "Wrote {files} files ({kib} KiB without source maps) to `{shown}`"
        ));
    }

    /// The folder as the user would write it.
    pub fn shown(&self) -> &str {
        &self.shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_user_are_not_overwritten() {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let folder = scratch.path().join("dist");
        fs::create_dir(&folder).expect("writable");
        fs::write(folder.join("thesis.js"), "").expect("writable");
        let failure = Output::open(&folder, scratch.path())
            .err()
            .expect("refused");
        assert!(
            failure.0[0].ends_with("`dist` has `thesis.js`"),
            "{}",
            failure.0[0]
        );
    }

    #[test]
    fn what_engines_keep_outlives_a_build() {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let folder = scratch.path();
        let output = Output::open(folder, folder).expect("empty");
        for name in ["worker/worker.js", "a-1.wasm", ".dev.vars", "README.md"] {
            output.write(name, b"x").expect("writable");
        }
        fs::create_dir_all(folder.join("assets/sub")).expect("writable");
        Output::open(folder, folder).expect("ours");
        for (name, stays) in [
            ("worker", false),
            ("a-1.wasm", false),
            (".dev.vars", true),
            ("assets", false),
        ] {
            assert_eq!(folder.join(name).exists(), stays, "{name}");
        }
    }
}
