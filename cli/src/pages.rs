//! Watches the static files for `--live`: each change reloads the pages. The files themselves are
//! served as they are on disk, watched or not.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use partyrun_runtime::Assets;

use crate::threads::{self, NoThread};
use crate::tree;
use crate::watch::{FileWatcher, QUIET, burst};

/// What is watched: the files of a folder, but not what the client build writes, which has its own
/// way of saying so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pages {
    pub folder: PathBuf,
    pub built: Option<PathBuf>,
}

enum Message {
    Changed,
    End,
}

/// The thread that watches. Dropping this ends it.
pub struct PageWatcher {
    messages: Sender<Message>,
}

impl PageWatcher {
    /// Starts watching.
    pub fn start(pages: Pages, assets: Arc<Assets>) -> Result<PageWatcher, NoThread> {
        let (messages, inbox) = channel();
        let changes = messages.clone();
        let (watcher, _) = FileWatcher::start(move |_, _| {
            let _ = changes.send(Message::Changed);
        });
        threads::start("pages", move || work(&pages, &assets, &inbox, watcher))?;
        Ok(PageWatcher { messages })
    }
}

impl Drop for PageWatcher {
    fn drop(&mut self) {
        let _ = self.messages.send(Message::End);
    }
}

fn work(pages: &Pages, assets: &Assets, inbox: &Receiver<Message>, mut watcher: FileWatcher) {
    arm(&mut watcher, pages);
    while let Ok(Message::Changed) = inbox.recv() {
        let more = burst(inbox, QUIET);
        if more.iter().any(|message| matches!(message, Message::End)) {
            return;
        }
        // Before the pages ask for files of folders that are new.
        arm(&mut watcher, pages);
        assets.live.changed();
    }
}

fn arm(watcher: &mut FileWatcher, pages: &Pages) {
    let skip = |folder: &Path| Some(folder) == pages.built.as_deref();
    let folders = tree::folders(&pages.folder, &skip);
    // The folder itself may have to be made first.
    watcher.arm(
        [pages.folder.as_path()],
        folders.iter().map(PathBuf::as_path),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thread_that_the_system_refuses_is_an_error() {
        let pages = Pages {
            folder: PathBuf::from("/nowhere"),
            built: None,
        };
        let started = threads::refused(|| PageWatcher::start(pages, Arc::default()));
        let error = started.err().expect("there is no thread").to_string();
        let begin = "Could not start a thread for pages: ";
        assert!(error.starts_with(begin), "{error}");
    }
}
