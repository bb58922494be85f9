//! Scratch projects for the tests of this folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::{GraphBuilder, GraphError, GraphOptions, ModuleGraph};

/// A project folder that goes away with the value.
pub(super) struct Project {
    root: PathBuf,
    pub options: GraphOptions,
    pub builder: GraphBuilder,
}

impl Project {
    /// Writes the files; the first one is the main file.
    pub(super) fn new(files: &[(&str, &str)]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("partyrun-modules-{}-{number}", std::process::id());
        let root = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&root).expect("the temporary folder is writable");
        let root = root.canonicalize().expect("the folder was just made");
        let main = files.first().map_or("none.ts", |(name, _)| name);
        let options = GraphOptions {
            root: root.clone(),
            entries: vec![("main".into(), main.into())],
            ..Default::default()
        };
        let builder = GraphBuilder::new();
        let project = Self {
            root,
            options,
            builder,
        };
        for (name, text) in files {
            project.write(name, text);
        }
        project
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        self.write_bytes(name, text.as_bytes());
    }

    pub(super) fn write_bytes(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        let folder = path.parent().expect("the file is in the root at least");
        std::fs::create_dir_all(folder).expect("the temporary folder is writable");
        std::fs::write(path, bytes).expect("the temporary folder is writable");
    }

    pub(super) fn link(&self, from: &str, to: &str) {
        let from = self.path(from);
        let folder = from.parent().expect("the link is in the root at least");
        std::fs::create_dir_all(folder).expect("the temporary folder is writable");
        std::os::unix::fs::symlink(self.path(to), from).expect("the link is new");
    }

    pub(super) fn build(&mut self) -> Result<Arc<ModuleGraph>, GraphError> {
        self.builder.build(&self.options)
    }

    /// Builds a project that has no problems.
    pub(super) fn graph(&mut self) -> Arc<ModuleGraph> {
        self.build().unwrap_or_else(|error| panic!("{error}"))
    }

    /// Builds a project that has problems; the paths of the machine are not in the text.
    pub(super) fn error(&mut self) -> String {
        match self.build() {
            Ok(_) => panic!("the project has no problem"),
            Err(error) => error.to_string(),
        }
    }

    /// The text V8 gets for a file.
    pub(super) fn text(&self, graph: &ModuleGraph, name: &str) -> &'static str {
        graph
            .module(&self.url(name))
            .expect("the file is in the graph")
            .text
    }

    pub(super) fn url(&self, name: &str) -> String {
        let url = deno_core::ModuleSpecifier::from_file_path(self.path(name));
        url.expect("the root is absolute").into()
    }

    pub(super) fn has(&self, graph: &ModuleGraph, name: &str) -> bool {
        graph.module(&self.url(name)).is_some()
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(Path::new(&self.root));
    }
}

/// An archive of files that are not compressed, of which only what readers need is right: no checksums.
pub(super) fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let files: Vec<_> = files
        .iter()
        .map(|(name, text)| (*name, text.as_bytes()))
        .collect();
    zip_of(&files, 0)
}

/// The same, with bytes that have been made by `method`.
pub(super) fn zip_of(files: &[(&str, &[u8])], method: u8) -> Vec<u8> {
    let (mut bytes, mut directory): (Vec<u8>, Vec<u8>) = (Vec::new(), Vec::new());
    for (name, stored) in files {
        let offset = bytes.len() as u32;
        // Checksum, sizes, length of the name, no more.
        let mut facts = vec![0_u8; 4];
        facts.extend((stored.len() as u32).to_le_bytes());
        facts.extend((stored.len() as u32).to_le_bytes());
        facts.extend((name.len() as u16).to_le_bytes());
        facts.extend([0; 2]);
        bytes.extend(b"PK\x03\x04\x0a\0\0\0");
        bytes.extend([method, 0, 0, 0, 0, 0]);
        bytes.extend(&facts);
        bytes.extend(name.as_bytes());
        bytes.extend(*stored);
        directory.extend(b"PK\x01\x02\x0a\0\x0a\0\0\0");
        directory.extend([method, 0, 0, 0, 0, 0]);
        directory.extend(&facts);
        // Comment, disk, attributes.
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let start = bytes.len() as u32;
    let count = (files.len() as u16).to_le_bytes();
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(count);
    bytes.extend(count);
    bytes.extend((directory.len() as u32).to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0; 2]);
    bytes
}
