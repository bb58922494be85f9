//! What a session watches: the files that decide its settings and its graphs, and the folders in which
//! a new file could join a graph. Never looks at what changed.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use partyrun_runtime::modules::{GraphError, ModuleGraph};

use crate::config::Settings;
use crate::ui::Printer;
use crate::watch::FileWatcher;

/// Files, and folders of which every entry counts.
pub struct Watched {
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
}

impl Watched {
    /// What `settings` and the graphs are made of, and what could mend the graph that failed.
    pub fn of<'a>(
        settings: &Settings,
        graphs: impl Iterator<Item = &'a ModuleGraph>,
        error: Option<&GraphError>,
    ) -> Self {
        let mut files = settings.sources.clone();
        files.extend(settings.entries.iter().map(|(_, path)| path.clone()));
        let mut folders = Vec::new();
        for graph in graphs {
            files.extend(graph.watched().map(Path::to_owned));
            folders.extend(graph.watched_folders().map(Path::to_owned));
        }
        if let Some(error) = error {
            files.extend(error.files.iter().chain(&error.missing).cloned());
            folders.extend(error.folders.iter().cloned());
        }
        Self { files, folders }
    }

    /// With these folders too.
    pub fn with_folders(mut self, folders: Vec<PathBuf>) -> Self {
        self.folders.extend(folders);
        self
    }

    /// Whether any of them is younger than `time`, also by a rename.
    pub fn have_changed_since(&self, time: SystemTime) -> bool {
        // The clock of file systems ticks slowly.
        let since = time - Duration::from_millis(20);
        let all = self.files.iter().chain(&self.folders);
        all.filter_map(|path| path.metadata().ok())
            .any(|metadata| changed_at(&metadata).is_none_or(|changed| changed >= since))
    }

    /// Watches them from here on; says whether a folder among theirs was not watched before.
    pub fn arm(&self, watcher: &mut FileWatcher, printer: &Printer) -> bool {
        let armed = watcher.arm(
            self.files.iter().map(PathBuf::as_path),
            self.folders.iter().map(PathBuf::as_path),
        );
        // A system whose watches are used up refuses every folder.
        if let Some(first) = armed.errors.first() {
            let more = match armed.errors.len() - 1 {
                0 => String::new(),
                count => format!("; the same for {count} more"),
            };
            printer.note(&format!("{first}{more}"));
        }
        armed.fresh
    }
}

/// When a file or its name was last written.
fn changed_at(metadata: &Metadata) -> Option<SystemTime> {
    use std::os::unix::fs::MetadataExt;
    let seconds = Duration::from_secs(metadata.ctime().try_into().ok()?);
    let nanoseconds = Duration::from_nanos(metadata.ctime_nsec().try_into().ok()?);
    SystemTime::UNIX_EPOCH.checked_add(seconds + nanoseconds)
}
