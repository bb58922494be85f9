//! The walk from a project's entry files over everything they import.
//!
//! Reads files through the cache, collects problems instead of stopping at the first, and names
//! every file the result depends on. Never transpiles or resolves itself.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use deno_core::ModuleSpecifier;
use oxc_resolver::TsConfig;

use super::ahead::{Ahead, Ticket};
use super::assemble::assemble;
use super::builder::GraphOptions;
use super::builtin::Builtin;
use super::define;
use super::disk;
use super::draft::{Body, Draft, may_fail_later, url_of};
use super::error::{GraphError, Place, Position, Problem, ProblemKind, shorten};
use super::facade::Interop;
use super::files::{FileCache, Finished};
use super::graph::{Link, ModuleGraph};
use super::inline::{Inline, Media, is_inline};
use super::liveness::prune;
use super::outcome::Failure;
use super::package::Packages;
use super::question::{Data, Question, Target};
use super::resolve::Resolver;
use super::settings::{JavaScript, Settings};
use super::shape::{Import, Kind};
use super::specifier::in_package;

/// A module that the walk has heard of and not yet visited.
enum Stop {
    /// Its settings cannot be read.
    Settings(PathBuf, ProblemKind),
    Script {
        path: PathBuf,
        tsconfig: Option<Arc<TsConfig>>,
        ticket: Ticket,
    },
    Data(PathBuf, Data),
    /// Data that its specifier holds.
    Inline(Inline),
    Builtin(Builtin),
    Empty,
}

/// One build in progress.
pub(super) struct Walk<'a> {
    resolver: &'a mut Resolver,
    packages: &'a mut Packages,
    cache: &'a mut FileCache,
    root: PathBuf,
    define: Arc<BTreeMap<String, String>>,
    drafts: BTreeMap<String, Draft>,
    /// What imports have led to since the last look.
    found: Vec<Target>,
    entries: HashMap<String, ModuleSpecifier>,
    problems: Vec<Problem>,
    watched: BTreeSet<PathBuf>,
    folders: BTreeSet<PathBuf>,
    missing: BTreeSet<PathBuf>,
    javascript: JavaScript,
    /// Whether also those modules and statements run that a bundle would not have.
    pub(super) runs_unused: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        resolver: &'a mut Resolver,
        packages: &'a mut Packages,
        cache: &'a mut FileCache,
        options: &GraphOptions,
        javascript: JavaScript,
    ) -> Self {
        Self {
            resolver,
            packages,
            cache,
            root: options
                .root
                .canonicalize()
                .unwrap_or_else(|_| options.root.clone()),
            define: Arc::new(options.define.clone()),
            drafts: BTreeMap::new(),
            found: Vec::new(),
            entries: HashMap::new(),
            problems: Vec::new(),
            watched: BTreeSet::new(),
            folders: BTreeSet::new(),
            missing: BTreeSet::new(),
            javascript,
            runs_unused: false,
        }
    }

    /// Visits every module, then makes the checks that need all of them.
    pub(super) fn run(&mut self, options: &GraphOptions) {
        self.problems
            .extend(define::check(&options.define).into_iter().map(Problem::new));
        if !self.problems.is_empty() {
            return;
        }
        if let Err(kind) = self.resolver.look_again(&self.root) {
            self.problems.push(Problem::new(kind));
            return;
        }
        for (party, path) in &options.entries {
            self.add_entry(party, path);
        }
        std::thread::scope(|scope| self.visit_all(&mut Ahead::new(scope)));
        self.share_packages();
        if self.problems.is_empty() {
            self.settle_types();
        }
        if self.problems.is_empty() {
            self.check_names();
            self.check_entries();
        }
    }

    fn visit_all(&mut self, ahead: &mut Ahead<'_, '_>) {
        let mut seen: HashSet<String> = HashSet::new();
        let mut waiting: VecDeque<(String, Stop)> = VecDeque::new();
        loop {
            for target in std::mem::take(&mut self.found) {
                let url = String::from(url_of(&target));
                if seen.insert(url.clone()) {
                    waiting.push_back((url, self.stop(target, ahead)));
                }
            }
            let Some((url, stop)) = waiting.pop_front() else {
                return;
            };
            if let Some(draft) = self.visit(stop, ahead) {
                self.drafts.insert(url, draft);
            }
        }
    }

    fn stop(&mut self, target: Target, ahead: &mut Ahead<'_, '_>) -> Stop {
        let path = match target {
            Target::Script(path) => path,
            Target::Data(path, kind) => return Stop::Data(path, kind),
            Target::Inline(inline) => return self.stop_inline(inline, ahead),
            Target::Builtin(builtin) => return Stop::Builtin(builtin),
            Target::Empty(_) => return Stop::Empty,
        };
        let tsconfig = match self.resolver.tsconfig(&path) {
            Ok(tsconfig) => tsconfig,
            Err(kind) => return Stop::Settings(path, kind),
        };
        let settings = Settings::new(&path, tsconfig.as_deref()).with_javascript(self.javascript);
        let ticket = ahead.ask(self.cache.job(&path, settings, self.define.clone()));
        Stop::Script {
            path,
            tsconfig,
            ticket,
        }
    }

    fn visit(&mut self, stop: Stop, ahead: &mut Ahead<'_, '_>) -> Option<Draft> {
        match stop {
            Stop::Builtin(builtin) => Some(Draft::leaf(Body::Builtin(builtin))),
            Stop::Empty => Some(Draft::leaf(Body::Empty)),
            Stop::Data(path, kind) => self.visit_data(path, kind),
            Stop::Inline(inline) if inline.media == Media::Json => {
                self.json_draft(&inline.path(), inline.text)
            }
            Stop::Inline(inline) => Some(Draft::leaf(Body::Text(inline.text))),
            Stop::Settings(path, kind) => {
                self.watched.insert(path);
                self.problems.push(Problem::new(kind));
                None
            }
            Stop::Script {
                path,
                tsconfig,
                ticket,
            } => self.visit_script(path, tsconfig.as_deref(), ahead.take(&ticket)),
        }
    }

    /// Notes that the graph depends on the file, and what is wrong with it.
    fn readable<T>(&mut self, path: &Path, read: std::io::Result<T>) -> Option<T> {
        self.watched.insert(path.to_owned());
        match read {
            Ok(content) => Some(content),
            Err(error) => {
                let file = shorten(&self.root, path);
                let reason = error.to_string();
                self.problems
                    .push(Problem::new(ProblemKind::Unreadable { file, reason }));
                None
            }
        }
    }

    fn visit_script(
        &mut self,
        path: PathBuf,
        tsconfig: Option<&TsConfig>,
        finished: Finished,
    ) -> Option<Draft> {
        let script = match finished {
            Finished::Unreadable(error) => return self.readable(&path, Err(error)),
            Finished::Ready(script) => script,
            Finished::Refused(source, failure) => {
                self.watched.insert(path.clone());
                self.refuse(failure, &path, &source);
                return None;
            }
        };
        self.watched.insert(path.clone());
        self.cache.keep(&script);
        let source = script.module.source.clone();
        let mut links = HashMap::new();
        let mut requires = HashMap::new();
        for import in &script.module.shape.imports {
            if let Some(kind) = &import.attribute
                && kind != "json"
            {
                let problem = ProblemKind::Attribute(kind.clone());
                self.report(problem, &path, &source, import);
                continue;
            }
            let known = match import.kind {
                Kind::Require => &mut requires,
                Kind::Static | Kind::Dynamic => &mut links,
            };
            if matches!(known.get(&import.specifier), Some(Link::Module(_))) {
                continue;
            }
            let found = self.resolver.resolve(&Question {
                importer: &path,
                specifier: &import.specifier,
                kind: import.kind,
                tsconfig,
            });
            self.watched.extend(found.files);
            match found.target {
                Ok(target) => {
                    let url = url_of(&target);
                    self.found.push(target);
                    known.insert(import.specifier.clone(), Link::Module(url));
                }
                Err(kind) if may_fail_later(import, &kind, &path) => {
                    known.insert(import.specifier.clone(), Link::Failure(kind.to_string()));
                }
                Err(kind) => {
                    self.missing.extend(found.missing);
                    self.report(kind, &path, &source, import);
                }
            }
        }
        for (kind, pattern) in &script.module.shape.patterns {
            let known = match kind {
                Kind::Require => &mut requires,
                Kind::Static | Kind::Dynamic => &mut links,
            };
            let fits = pattern.look_around(&path);
            // Packages do not change while somebody works.
            if !in_package(&path) {
                self.folders.extend(fits.folders);
                self.watched.extend(fits.missing);
            }
            for specifier in fits.specifiers {
                let found = self.resolver.resolve(&Question {
                    importer: &path,
                    specifier: &specifier,
                    kind: *kind,
                    tsconfig: None,
                });
                // Files that are no modules may lie beside those that are.
                if let Ok(target) = found.target {
                    let url = url_of(&target);
                    self.found.push(target);
                    known.entry(specifier).or_insert(Link::Module(url));
                }
            }
        }
        let interop = match self.packages.is_node_module(&path) {
            true => Interop::Node,
            false => Interop::Compiler,
        };
        let has_side_effects = self.packages.has_side_effects(&path);
        self.watched.extend(self.packages.around(&path));
        Some(Draft {
            body: Body::Script(script),
            links,
            requires,
            interop,
            has_side_effects,
        })
    }

    fn refuse(&mut self, failure: Failure, path: &Path, source: &str) {
        let refusals = match failure {
            Failure::Crashed(message) => {
                let file = shorten(&self.root, path);
                let kind = ProblemKind::Transpiler(format!("`{file}`, {message}"));
                self.problems.push(Problem::new(kind));
                return;
            }
            Failure::Refused(refusals) => refusals,
        };
        for refusal in refusals {
            let kind = ProblemKind::Syntax(refusal.message);
            let problem = match refusal.position {
                None => Problem::new(kind),
                Some(position) => {
                    let place = self.place(path, source, position, refusal.length);
                    let other = refusal.other.map(|(position, length)| {
                        let first = self.place(path, source, position, length);
                        ("It is declared here first", first)
                    });
                    Problem {
                        other,
                        ..Problem::at(kind, place)
                    }
                }
            };
            self.problems.push(problem);
        }
    }

    fn report(&mut self, kind: ProblemKind, path: &Path, source: &Arc<str>, import: &Import) {
        // Of a package it matters that, not where, and one line for all of its imports.
        if matches!(kind, ProblemKind::NotInstalled { .. }) {
            let problem = Problem::new(kind);
            if !self.problems.contains(&problem) {
                self.problems.push(problem);
            }
            return;
        }
        let position = import.position.unwrap_or(Position { line: 1, column: 1 });
        // The quotes are part of what is underlined.
        let length = import.specifier.chars().count() + 2;
        let place = self.place(path, source, position, length);
        self.problems.push(Problem::at(kind, place));
    }

    fn place(&self, path: &Path, source: &str, position: Position, length: usize) -> Place {
        Place::new(shorten(&self.root, path), source, position, length)
    }

    /// The graph, or everything that is wrong.
    pub(super) fn finish(mut self) -> Result<ModuleGraph, GraphError> {
        let mut notes = self.resolver.notes(&self.root);
        notes.extend(self.types_used());
        self.watched.extend(self.resolver.files());
        self.watched = std::mem::take(&mut self.watched)
            .iter()
            .filter(|path| !is_inline(path))
            .map(|path| disk::on_disk(path))
            .collect();
        if !self.problems.is_empty() {
            return Err(GraphError {
                problems: self.problems,
                files: self.watched.into_iter().collect(),
                missing: self.missing.into_iter().collect(),
                folders: self.folders.into_iter().collect(),
                notes,
            });
        }
        let (mut entries, mut drafts) = (self.entries, self.drafts);
        if !self.runs_unused {
            prune(self.cache, &mut drafts, entries.values());
        }
        let modules = assemble(self.cache, drafts, &mut entries);
        Ok(ModuleGraph {
            modules,
            entries,
            watched: self.watched,
            folders: self.folders,
            notes,
        })
    }
}

mod data;
mod entries;
mod settle;
#[cfg(test)]
mod tests;
