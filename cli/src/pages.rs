//! Watches the static files for `--live`: each change reloads the pages. The files themselves are
//! served as they are on disk, watched or not.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use partyrun_runtime::Assets;

use crate::tree;
use crate::watch::{FileWatcher, burst};

/// A save is complete once its files were quiet for this long.
const QUIET: Duration = Duration::from_millis(10);

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
    pub fn start(pages: Pages, assets: Arc<Assets>) -> PageWatcher {
        let (messages, inbox) = channel();
        let changes = messages.clone();
        let (watcher, _) = FileWatcher::start(move |_| {
            let _ = changes.send(Message::Changed);
        });
        thread::Builder::new()
            .name("pages".to_owned())
            .spawn(move || work(&pages, &assets, &inbox, watcher))
            .expect("a thread can be started before there are rooms");
        PageWatcher { messages }
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
