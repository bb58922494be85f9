//! Which changes call for another build of the client code. Runs no build.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use crate::tree;
use crate::watch::{Change, FileWatcher};

const PACKAGES: &str = "node_modules";
/// Decide how code is read, wherever they lie above it.
const SETTINGS: [&str; 3] = ["tsconfig.json", "jsconfig.json", "package.json"];

/// The files and folders that the next build may see with other eyes than the last.
pub struct Watched {
    watcher: Option<FileWatcher>,
    files: HashSet<PathBuf>,
    folders: HashSet<PathBuf>,
    /// What the build writes itself.
    outputs: HashSet<PathBuf>,
}

impl Watched {
    pub fn new(watcher: Option<FileWatcher>) -> Watched {
        Watched {
            watcher,
            files: HashSet::new(),
            folders: HashSet::new(),
            outputs: HashSet::new(),
        }
    }

    pub fn concerns(&self, change: &Change) -> bool {
        match change {
            Change::Path(path) => !self.outputs.contains(path),
            Change::Unknown => true,
        }
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
        let Some(watcher) = &mut self.watcher else {
            return;
        };
        watcher.arm_all(
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
        (file, std::fs::read(file).ok()).hash(&mut hasher);
    }
    hasher.finish()
}
