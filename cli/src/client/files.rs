//! Which changes call for another build of the client code. Runs no build.

use std::collections::HashSet;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::tree;
use crate::watch::{Change, FileWatcher};

const PACKAGES: &str = "node_modules";
/// Clock of a file system.
const COARSE: Duration = Duration::from_millis(10);
/// Decide how code is read, wherever they lie above it.
const SETTINGS: [&str; 3] = ["tsconfig.json", "jsconfig.json", "package.json"];
/// An import may mean any of these without naming it.
const SOURCES: [&str; 10] = [
    "css", "cjs", "cts", "js", "json", "jsx", "mjs", "mts", "ts", "tsx",
];

/// The files and folders that the next build may see with other eyes than the last.
pub struct BuildFiles {
    watcher: Option<FileWatcher>,
    /// Each change of one of these counts.
    files: HashSet<PathBuf>,
    /// What comes and goes in one of these may count. Their other files do not: a log that is written
    /// there must not cause the build that it reports.
    folders: HashSet<PathBuf>,
    /// What is in the folders.
    known: HashSet<PathBuf>,
    /// What the build writes itself.
    outputs: HashSet<PathBuf>,
    /// Whether it is unknown what the build would read.
    failed: bool,
}

impl BuildFiles {
    pub fn new(watcher: Option<FileWatcher>) -> BuildFiles {
        BuildFiles {
            watcher,
            files: HashSet::new(),
            folders: HashSet::new(),
            known: HashSet::new(),
            outputs: HashSet::new(),
            failed: false,
        }
    }

    /// Whether the outcome of a build may be another after this.
    pub fn concerns(&self, change: &Change) -> bool {
        let path = match change {
            Change::Path(path) => path,
            Change::Unknown => return true,
        };
        if self.outputs.contains(path) {
            return false;
        }
        let came_or_went = self.known.contains(path) != path.exists();
        let source = path
            .extension()
            .is_some_and(|end| SOURCES.iter().any(|source| end == *source));
        let counts = match self.failed {
            true => came_or_went || source,
            false => came_or_went && source,
        };
        counts || self.files.contains(path)
    }

    /// Whether a file that is watched was written after `moment`, or shortly before: the times of files
    /// are coarse.
    pub fn changed_since(&self, moment: SystemTime) -> bool {
        let Some(moment) = moment.checked_sub(COARSE) else {
            return false;
        };
        let modified = |file: &PathBuf| fs::metadata(file).and_then(|data| data.modified()).ok();
        self.files
            .iter()
            .filter_map(modified)
            .any(|modified| modified > moment)
    }

    pub fn nothing(&mut self) {
        self.files.clear();
        self.folders.clear();
        self.arm();
    }

    /// After a build: what it read, and whatever comes up beside it, because a new file may take the
    /// place of one that was found elsewhere.
    pub fn built(&mut self, cwd: &Path, inputs: Vec<PathBuf>, outputs: Vec<PathBuf>) {
        self.files.clear();
        self.folders.clear();
        self.outputs = outputs.into_iter().collect();
        self.failed = false;
        for input in inputs {
            let in_package = input.components().any(|part| part.as_os_str() == PACKAGES);
            let folder = input.parent().filter(|_| !in_package);
            if let Some(folder) = folder
                && folder.is_dir()
                && self.folders.insert(folder.to_owned())
            {
                for above in folder
                    .ancestors()
                    .take_while(|above| above.starts_with(cwd))
                {
                    self.files
                        .extend(SETTINGS.iter().map(|name| above.join(name)));
                }
            }
            self.files.insert(input);
        }
        self.arm();
    }

    /// After a build that failed: it does not tell what it missed, so any file of the project counts,
    /// and any package.
    pub fn failed(&mut self, cwd: &Path, outdir: &Path) {
        self.failed = true;
        self.folders
            .extend(tree::folders(cwd, &|folder| folder == outdir));
        self.packages(cwd);
    }

    /// Whatever is installed in or above `cwd`.
    pub fn packages(&mut self, cwd: &Path) {
        for above in cwd.ancestors() {
            let modules = above.join(PACKAGES);
            if above == cwd || modules.is_dir() {
                // npm writes it last.
                self.files.insert(modules.join(".package-lock.json"));
                self.files.insert(modules);
            }
        }
        self.arm();
    }

    fn arm(&mut self) {
        // Before it is watched: what comes meanwhile is told apart from what was there.
        let entries = self
            .folders
            .iter()
            .filter_map(|folder| fs::read_dir(folder).ok());
        self.known = entries
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .collect();
        let Some(watcher) = &mut self.watcher else {
            return;
        };
        watcher.arm(
            self.files.iter().map(PathBuf::as_path),
            self.folders.iter().map(PathBuf::as_path),
        );
    }
}

/// A number that differs when one of the files does.
pub fn fingerprint(files: &[PathBuf]) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut files: Vec<&PathBuf> = files.iter().collect();
    files.sort();
    for file in files {
        (file, fs::read(file).ok()).hash(&mut hasher);
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_no_build_reads_do_not_count() {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let at = |name: &str| scratch.path().join(name);
        for name in ["in.ts", "out.js", "dev.log", "other.ts"] {
            fs::write(at(name), "1").expect("writable");
        }
        let mut watched = BuildFiles::new(None);
        watched.built(scratch.path(), vec![at("in.ts")], vec![at("out.js")]);
        let concerns = |watched: &BuildFiles, name: &str| watched.concerns(&Change::Path(at(name)));
        assert!(concerns(&watched, "in.ts"));
        assert!(concerns(&watched, "tsconfig.json"));
        for name in ["out.js", "dev.log", "other.ts", "never.ts"] {
            assert!(!concerns(&watched, name), "{name}");
        }
        fs::write(at("new.ts"), "1").expect("writable");
        fs::write(at("new.log"), "1").expect("writable");
        fs::remove_file(at("other.ts")).expect("removable");
        assert!(concerns(&watched, "new.ts"));
        assert!(concerns(&watched, "other.ts"));
        assert!(!concerns(&watched, "new.log"));

        watched.failed(scratch.path(), &at("dist"));
        fs::write(at("new.png"), "1").expect("writable");
        assert!(concerns(&watched, "new.ts"), "it may be the one at fault");
        assert!(concerns(&watched, "new.png"), "it may have been missing");
        assert!(!concerns(&watched, "dev.log"));
    }
}
