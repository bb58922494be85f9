//! What the system's words about a file come to. Of the file itself it asks for no more than the length.

use std::fs;
use std::path::{Path, PathBuf};

use notify::Event;
use notify::event::{AccessKind, AccessMode, EventKind, ModifyKind, RenameMode};

/// What has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Path(PathBuf),
    /// Events were lost: any file may have changed.
    Unknown,
}

/// How far whoever changes a file has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// There may be more to come.
    UnderWay,
    /// The file is as it was meant to be: it was put into its place under another name, or its writer has closed
    /// it and it is not empty. An editor that truncates a file first and opens it again to write leaves it
    /// empty in between.
    Done,
}

impl Step {
    /// What `event` says of `path`, which is one of its paths. Where the system does not tell of the end of
    /// writing, that is never known.
    pub(super) fn of(event: &Event, path: &Path) -> Step {
        let is_done = match event.kind {
            EventKind::Access(AccessKind::Close(AccessMode::Write)) => {
                fs::metadata(path).is_ok_and(|file| file.len() > 0)
            }
            EventKind::Modify(ModifyKind::Name(RenameMode::To)) => true,
            EventKind::Modify(ModifyKind::Name(RenameMode::Both)) => {
                event.paths.last().is_some_and(|target| target == path)
            }
            _ => false,
        };
        match is_done {
            true => Step::Done,
            false => Step::UnderWay,
        }
    }
}

/// Reading a file is an event too, and we read them all.
pub(super) fn is_change(event: &Event) -> bool {
    match event.kind {
        EventKind::Access(kind) => kind == AccessKind::Close(AccessMode::Write),
        EventKind::Modify(ModifyKind::Metadata(_)) => false,
        _ => true,
    }
}

/// Files of which nothing but the attributes was set.
pub(super) fn touched(event: &Event) -> &[PathBuf] {
    match event.kind {
        EventKind::Modify(ModifyKind::Metadata(_)) => &event.paths,
        _ => &[],
    }
}
