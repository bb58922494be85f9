//! Makes one graph after the other, on threads with enough stack.
//!
//! Never executes JavaScript and never watches files: a graph names the files to watch.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::ahead::STACK;
use super::disk;
use super::error::{GraphError, Problem, ProblemKind};
use super::files::FileCache;
use super::graph::ModuleGraph;
use super::package::Packages;
use super::resolve::Resolver;
use super::settings::JavaScript;
use super::walk::Walk;

/// What to build.
#[derive(Debug, Clone, Default)]
pub struct GraphOptions {
    /// The project's folder; messages name files relative to it.
    pub root: PathBuf,
    /// Party name and its file; the party `main` is the project's main file.
    pub entries: Vec<(String, PathBuf)>,
    /// Identifiers or dotted names, and the JavaScript expressions that replace them.
    pub define: BTreeMap<String, String>,
    /// Names of packages, and what they mean instead: packages, or paths that start at `root`.
    pub alias: BTreeMap<String, String>,
}

/// Builds graphs; keeps what it knows of unchanged files from one build to the next.
pub struct GraphBuilder {
    resolver: Resolver,
    packages: Packages,
    files: FileCache,
    javascript: JavaScript,
    runs_unused: bool,
    stack: usize,
}

impl Default for GraphBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl GraphBuilder {
    pub fn new() -> Self {
        Self {
            resolver: Resolver::new(),
            packages: Packages::default(),
            files: FileCache::default(),
            javascript: JavaScript::default(),
            runs_unused: false,
            stack: STACK,
        }
    }

    /// A builder that does something else with JavaScript than projects need.
    #[must_use]
    pub fn with_javascript(self, javascript: JavaScript) -> Self {
        Self { javascript, ..self }
    }

    /// A builder whose modules run whole, also what the bundle of a project would leave out.
    #[must_use]
    pub fn with_unused(self) -> Self {
        Self {
            runs_unused: true,
            ..self
        }
    }

    /// Reads the entries and everything they import. Blocks the caller.
    ///
    /// # Errors
    /// All problems found, each with file, line and a code frame; and the files to watch.
    pub fn build(&mut self, options: &GraphOptions) -> Result<Arc<ModuleGraph>, GraphError> {
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new()
                .name("module-graph".into())
                .stack_size(self.stack)
                .spawn_scoped(scope, || self.build_here(options))
                .map_err(|error| no_thread(&error, options))?;
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// A builder whose threads have this many bytes of stack.
    #[cfg(test)]
    fn with_stack(self, stack: usize) -> Self {
        Self { stack, ..self }
    }

    /// How many files were transpiled, over all builds.
    #[cfg(test)]
    pub(super) fn transpiled(&self) -> usize {
        self.files.transpiled()
    }

    fn build_here(&mut self, options: &GraphOptions) -> Result<Arc<ModuleGraph>, GraphError> {
        disk::close_archives();
        self.packages.forget();
        self.resolver.set_alias(&options.root, &options.alias);
        let mut walk = Walk::new(
            &mut self.resolver,
            &mut self.packages,
            &mut self.files,
            options,
            self.javascript,
        );
        walk.runs_unused = self.runs_unused;
        walk.run(options);
        let built = walk.finish().map(Arc::new);
        disk::close_archives();
        built
    }
}

/// Nothing was read. A save of an entry is the next try.
fn no_thread(error: &std::io::Error, options: &GraphOptions) -> GraphError {
    let files = options.entries.iter();
    let files = files.map(|(_, file)| options.root.join(file));
    GraphError {
        problems: vec![Problem::new(ProblemKind::NoThread(error.to_string()))],
        files: files.collect(),
        missing: Vec::new(),
        folders: Vec::new(),
        notes: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modules::testing::Project;

    #[test]
    fn thread_that_the_system_refuses_is_a_problem_and_the_next_build_works() {
        let mut project = Project::new(&[("s.ts", "export default {};")]);
        let builder = std::mem::take(&mut project.builder);
        // More than there are addresses.
        project.builder = builder.with_stack(1 << 52);
        let error = project.build().err().expect("there is no such stack");
        let text = error.to_string();
        assert!(
            text.starts_with("Could not start a thread to read the code: "),
            "{text}"
        );
        assert!(error.files.contains(&project.path("s.ts")));
        let builder = std::mem::take(&mut project.builder);
        project.builder = builder.with_stack(STACK);
        assert!(!project.graph().is_empty());
    }
}
