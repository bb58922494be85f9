//! The walk from a project's entry files over everything they import.
//!
//! Reads files through the cache, collects problems instead of stopping at the first, and names
//! every file the result depends on. Never transpiles or resolves itself.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use deno_core::ModuleSpecifier;

use super::assemble::assemble;
use super::define;
use super::draft::{Body, Draft, may_fail_later, url_of};
use super::error::{GraphError, Place, Position, Problem, ProblemKind, shorten};
use super::facade::Interop;
use super::files::FileCache;
use super::graph::{GraphOptions, Link, ModuleGraph};
use super::package::Packages;
use super::resolve::{Data, Question, Resolver, Target, tsconfig_files};
use super::settings::{JavaScript, Settings};
use super::shape::{Import, Kind};
use super::similar::similar_file;
use super::synthetic::Json;
use super::transpile::Failure;

/// One build in progress.
pub(super) struct Walk<'a> {
    resolver: &'a mut Resolver,
    packages: &'a mut Packages,
    cache: &'a mut FileCache,
    root: PathBuf,
    define: Arc<BTreeMap<String, String>>,
    drafts: BTreeMap<String, Draft>,
    queue: VecDeque<Target>,
    entries: HashMap<String, ModuleSpecifier>,
    problems: Vec<Problem>,
    watched: BTreeSet<PathBuf>,
    missing: BTreeSet<PathBuf>,
    javascript: JavaScript,
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
            queue: VecDeque::new(),
            entries: HashMap::new(),
            problems: Vec::new(),
            watched: BTreeSet::new(),
            missing: BTreeSet::new(),
            javascript,
        }
    }

    /// Visits every module, then makes the checks that need all of them.
    pub(super) fn run(&mut self, options: &GraphOptions) {
        self.problems
            .extend(define::check(&options.define).into_iter().map(Problem::new));
        if !self.problems.is_empty() {
            return;
        }
        for (party, path) in &options.entries {
            self.add_entry(party, path);
        }
        let mut seen: HashSet<String> = HashSet::new();
        while let Some(target) = self.queue.pop_front() {
            let url = url_of(&target);
            if seen.insert(url.to_string()) {
                self.visit(url, target);
            }
        }
        self.share_packages();
        if self.problems.is_empty() {
            self.settle_types();
        }
        if self.problems.is_empty() {
            self.check_names();
            self.check_entries();
        }
    }

    fn add_entry(&mut self, party: &str, path: &Path) {
        let path = self.root.join(path);
        match path.canonicalize() {
            Ok(real) if real.is_file() => {
                let target = Target::Script(real);
                self.entries.insert(party.to_owned(), url_of(&target));
                self.queue.push_back(target);
            }
            _ => {
                let short = shorten(&self.root, &path);
                let name = match short.starts_with(['.', '/']) {
                    true => short,
                    false => format!("./{short}"),
                };
                let name = match similar_file(&path) {
                    Some(similar) => format!("{name}, did you mean `{similar}`?"),
                    None => name,
                };
                let kind = match party {
                    "main" => ProblemKind::MissingMain(name),
                    _ => ProblemKind::MissingParty(name),
                };
                self.problems.push(Problem::new(kind));
                self.missing.insert(path);
            }
        }
    }

    fn visit(&mut self, url: ModuleSpecifier, target: Target) {
        let draft = match target {
            Target::Builtin(builtin) => Some(Draft::leaf(Body::Builtin(builtin))),
            Target::Empty(_) => Some(Draft::leaf(Body::Empty)),
            Target::Data(path, kind) => self.visit_data(path, kind),
            Target::Script(path) => self.visit_script(&url, path),
        };
        if let Some(draft) = draft {
            self.drafts.insert(url.into(), draft);
        }
    }

    fn read(&mut self, path: &Path) -> Option<Arc<str>> {
        let read = self.cache.read(path);
        self.readable(path, read)
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

    fn visit_data(&mut self, path: PathBuf, kind: Data) -> Option<Draft> {
        let body = match kind {
            Data::Json => return self.visit_json(path),
            Data::Text => Body::Text(self.read(&path)?),
            Data::Wasm => {
                let read = self.cache.wasm(&path);
                Body::Wasm(self.readable(&path, read)?)
            }
            Data::Bytes => {
                let read = std::fs::read(&path);
                Body::Bytes(self.readable(&path, read)?.into())
            }
        };
        Some(Draft::leaf(body))
    }

    fn visit_json(&mut self, path: PathBuf) -> Option<Draft> {
        let source = self.read(&path)?;
        match Json::parse(&source) {
            Ok(json) => Some(Draft::leaf(Body::Json { source, json })),
            Err((message, line, column)) => {
                let place = self.place(&path, &source, Position { line, column }, 1);
                self.problems
                    .push(Problem::at(ProblemKind::Json(message), place));
                None
            }
        }
    }

    fn visit_script(&mut self, url: &ModuleSpecifier, path: PathBuf) -> Option<Draft> {
        let source = self.read(&path)?;
        let tsconfig = match self.resolver.tsconfig(&path) {
            Ok(tsconfig) => tsconfig,
            Err(kind) => {
                self.problems.push(Problem::new(kind));
                return None;
            }
        };
        if let Some(tsconfig) = tsconfig.as_deref() {
            self.watched.extend(tsconfig_files(tsconfig));
        }
        let settings = Settings::new(&path, tsconfig.as_deref()).with_javascript(self.javascript);
        let define = self.define.clone();
        let script = match self
            .cache
            .script(url, &path, source.clone(), settings, define)
        {
            Ok(script) => script,
            Err(failure) => {
                self.refuse(failure, &path, &source);
                return None;
            }
        };
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
                tsconfig: tsconfig.as_deref(),
            });
            self.watched.extend(found.files);
            match found.target {
                Ok(target) => {
                    let url = url_of(&target);
                    self.queue.push_back(target);
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
            for specifier in pattern.specifiers(&path) {
                let found = self.resolver.resolve(&Question {
                    importer: &path,
                    specifier: &specifier,
                    kind: *kind,
                    tsconfig: None,
                });
                // Files that are no modules may lie beside those that are.
                if let Ok(target) = found.target {
                    let url = url_of(&target);
                    self.queue.push_back(target);
                    known.entry(specifier).or_insert(Link::Module(url));
                }
            }
        }
        let interop = match self.packages.is_node_module(&path) {
            true => Interop::Node,
            false => Interop::Compiler,
        };
        Some(Draft {
            body: Body::Script(script),
            links,
            requires,
            interop,
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
                    Problem::at(kind, place)
                }
            };
            self.problems.push(problem);
        }
    }

    fn report(&mut self, kind: ProblemKind, path: &Path, source: &Arc<str>, import: &Import) {
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
    pub(super) fn finish(self) -> Result<ModuleGraph, GraphError> {
        if !self.problems.is_empty() {
            return Err(GraphError {
                problems: self.problems,
                files: self.watched.into_iter().collect(),
                missing: self.missing.into_iter().collect(),
            });
        }
        let mut entries = self.entries;
        let modules = assemble(self.cache, self.drafts, &mut entries);
        Ok(ModuleGraph {
            modules,
            entries,
            watched: self.watched,
        })
    }
}

mod settle;
#[cfg(test)]
mod tests;
