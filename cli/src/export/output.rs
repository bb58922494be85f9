//! The folder that a build writes. Owns what may be overwritten and removed there: what an earlier build wrote by
//! its own list, and nothing of the user's.

use std::cell::{Cell, RefCell};
use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use super::failure::Failure;
use crate::config::shown;
use crate::ui::Printer;

/// The folder of static files in it.
pub const ASSETS: &str = "assets";
/// The folder of the code of a project for workers: wrangler takes every text and page beside the code for a
/// module of it, so that static files must lie elsewhere.
pub const CODE: &str = "worker";
/// The list of what builds have written.
const LIST: &str = ".partyrun-files";
/// What the engines keep between builds: rooms, and values of secrets.
const KEPT: [&str; 3] = [LIST, ".wrangler", ".dev.vars"];

/// A folder that is ready to be written.
pub struct Output {
    folder: PathBuf,
    shown: String,
    bytes: Cell<usize>,
    written: RefCell<Vec<String>>,
}

impl Output {
    /// Makes the folder and removes what an earlier build wrote.
    pub fn open(folder: &Path, cwd: &Path) -> Result<Output, Failure> {
        fs::create_dir_all(folder).map_err(|error| Failure::unwritable(folder, &error))?;
        let shown = shown(cwd, folder);
        match fs::read_to_string(folder.join(LIST)) {
            Ok(list) => remove(folder, &list)?,
            Err(_) => refuse_foreign(folder, &shown)?,
        }
        let output = Output {
            folder: folder.to_owned(),
            shown,
            bytes: Cell::new(0),
            written: RefCell::default(),
        };
        output.list()?;
        Ok(output)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Writes a file, and makes the folder that it is in.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        self.claim(name)?;
        let path = self.path(name);
        let folder = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder).map_err(|error| Failure::unwritable(folder, &error))?;
        fs::write(&path, bytes).map_err(|error| Failure::unwritable(&path, &error))?;
        if path.extension().is_none_or(|extension| extension != "map") {
            self.bytes.set(self.bytes.get() + bytes.len());
        }
        Ok(())
    }

    /// Lists a file or folder before it is written, so that the next build may remove it.
    pub fn claim(&self, name: &str) -> Result<(), Failure> {
        self.written.borrow_mut().push(name.to_owned());
        self.list()
    }

    fn list(&self) -> Result<(), Failure> {
        let path = self.path(LIST);
        let names = self.written.borrow();
        let text: String = names.iter().map(|name| format!("{name}\n")).collect();
        fs::write(&path, text).map_err(|error| Failure::unwritable(&path, &error))
    }

    /// Says what there is.
    pub fn said(&self, printer: &Printer) {
        let kib = self.bytes.get().div_ceil(1024);
        let (shown, files) = (&self.shown, self.written.borrow().len());
        printer.out(format!(
            "Wrote {files} files ({kib} KiB without source maps) to `{shown}`"
        ));
    }

    /// The folder as the user would write it.
    pub fn shown(&self) -> &str {
        &self.shown
    }
}

/// Removes what is on the list, and is below `folder`.
fn remove(folder: &Path, list: &str) -> Result<(), Failure> {
    let is_below = |name: &Path| {
        name.components()
            .all(|part| matches!(part, Component::Normal(_)))
    };
    for name in list.lines().map(Path::new).filter(|name| is_below(name)) {
        let path = folder.join(name);
        let removed = match path.is_dir() {
            true => fs::remove_dir_all(&path),
            false => fs::remove_file(&path),
        };
        match removed {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(Failure::unwritable(&path, &error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// A folder without a list may only have what engines keep.
fn refuse_foreign(folder: &Path, shown: &str) -> Result<(), Failure> {
    let entries = fs::read_dir(folder).map_err(|error| Failure::unreadable(folder, &error))?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    match names.filter(|name| !KEPT.contains(&name.as_str())).min() {
        None => Ok(()),
        Some(foreign) => Err(Failure::of(format!(
            "The folder has files that no build has written, name another one with `--out`: `{shown}` has `{foreign}`"
        ))),
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
        fs::write(folder.join("worker.js"), "").expect("writable");
        let failure = Output::open(&folder, scratch.path())
            .err()
            .expect("refused");
        assert!(
            failure.0[0].ends_with("`dist` has `worker.js`"),
            "{}",
            failure.0[0]
        );
    }

    #[test]
    fn what_engines_and_users_put_there_outlives_a_build() {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let folder = scratch.path().join("out");
        let output = Output::open(&folder, scratch.path()).expect("empty");
        for name in ["worker/worker.js", "worker/a-1.wasm", "README.md"] {
            output.write(name, b"x").expect("writable");
        }
        output.claim(ASSETS).expect("writable");
        for name in [
            "assets/sub/a.txt",
            ".dev.vars",
            "notes.js",
            "worker/mine.js",
        ] {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().expect("in a folder")).expect("writable");
            fs::write(path, "x").expect("writable");
        }
        fs::write(scratch.path().join("outside"), "x").expect("writable");
        let list = fs::read_to_string(folder.join(LIST)).expect("it is there");
        fs::write(folder.join(LIST), list + "../outside\n").expect("writable");
        Output::open(&folder, scratch.path()).expect("ours");
        for (name, stays) in [
            ("worker/worker.js", false),
            ("worker/a-1.wasm", false),
            ("assets", false),
            (".dev.vars", true),
            ("notes.js", true),
            ("worker/mine.js", true),
            ("../outside", true),
        ] {
            assert_eq!(folder.join(name).exists(), stays, "{name}");
        }
    }
}
