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
        let path = self.path(name);
        let folder = path.parent().expect("the file is in the root at least");
        std::fs::create_dir_all(folder).expect("the temporary folder is writable");
        std::fs::write(path, text).expect("the temporary folder is writable");
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
