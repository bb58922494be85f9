//! The walk from a project's entry files over everything they import.
//!
//! Reads files through the cache, collects problems instead of stopping at the first, and names
//! every file the result depends on. Never transpiles or resolves itself.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use deno_core::ModuleSpecifier;

use super::define;
use super::draft::{Body, Draft, Importer, may_fail_later, neighbours, url_of, wanted_names};
use super::error::{GraphError, Place, Position, Problem, ProblemKind, shorten};
use super::files::FileCache;
use super::graph::{GraphOptions, Link, ModuleGraph, Node};
use super::links;
use super::resolve::{Resolver, Target, package_name, tsconfig_files};
use super::settings::Settings;
use super::shape::Import;
use super::synthetic::{self, Json};
use super::transpile::{Failure, TypeName};

/// One build in progress.
pub(super) struct Walk<'a> {
    resolver: &'a mut Resolver,
    cache: &'a mut FileCache,
    root: PathBuf,
    define: Arc<BTreeMap<String, String>>,
    drafts: BTreeMap<String, Draft>,
    queue: VecDeque<(Target, Option<Importer>)>,
    entries: HashMap<String, ModuleSpecifier>,
    problems: Vec<Problem>,
    watched: BTreeSet<PathBuf>,
    missing: BTreeSet<PathBuf>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        resolver: &'a mut Resolver,
        cache: &'a mut FileCache,
        options: &GraphOptions,
    ) -> Self {
        Self {
            resolver,
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
        while let Some((target, importer)) = self.queue.pop_front() {
            let url = url_of(&target);
            if seen.insert(url.to_string()) {
                self.visit(url, target, importer);
            }
        }
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
                self.queue.push_back((target, None));
            }
            _ => {
                let short = shorten(&self.root, &path);
                let name = match short.starts_with(['.', '/']) {
                    true => short,
                    false => format!("./{short}"),
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

    /// `importer` is the first place that asks for the module.
    fn visit(&mut self, url: ModuleSpecifier, target: Target, importer: Option<Importer>) {
        let draft = match target {
            Target::Builtin(builtin) => Some(Draft {
                body: Body::Builtin(builtin),
                links: HashMap::new(),
            }),
            Target::Empty(_) => Some(Draft {
                body: Body::Empty,
                links: HashMap::new(),
            }),
            Target::Json(path) => self.visit_json(path),
            Target::Script(path) => self.visit_script(&url, path, importer),
        };
        if let Some(draft) = draft {
            self.drafts.insert(url.into(), draft);
        }
    }

    fn read(&mut self, path: &Path) -> Option<Arc<str>> {
        self.watched.insert(path.to_owned());
        match self.cache.read(path) {
            Ok(source) => Some(source),
            Err(error) => {
                let file = shorten(&self.root, path);
                let reason = error.to_string();
                self.problems
                    .push(Problem::new(ProblemKind::Unreadable { file, reason }));
                None
            }
        }
    }

    fn visit_json(&mut self, path: PathBuf) -> Option<Draft> {
        let source = self.read(&path)?;
        match Json::parse(&source) {
            Ok(json) => Some(Draft {
                body: Body::Json { source, json },
                links: HashMap::new(),
            }),
            Err((message, line, column)) => {
                let place = self.place(&path, &source, Position { line, column }, 1);
                self.problems
                    .push(Problem::at(ProblemKind::Json(message), place));
                None
            }
        }
    }

    fn visit_script(
        &mut self,
        url: &ModuleSpecifier,
        path: PathBuf,
        importer: Option<Importer>,
    ) -> Option<Draft> {
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
        let settings = Settings::new(&path, tsconfig.as_deref());
        let define = self.define.clone();
        let script = match self
            .cache
            .script(url, &path, source.clone(), settings, define)
        {
            Ok(script) => script,
            Err(failure) => {
                self.refuse(failure, &path, &source, importer);
                return None;
            }
        };
        let mut links = HashMap::new();
        for import in &script.module.shape.imports {
            if let Some(kind) = &import.attribute
                && kind != "json"
            {
                let problem = ProblemKind::Attribute(kind.clone());
                self.report(problem, &path, &source, import);
                continue;
            }
            if links.contains_key(&import.specifier) {
                continue;
            }
            let found = self
                .resolver
                .resolve(&path, &import.specifier, tsconfig.as_deref());
            self.watched.extend(found.files);
            match found.target {
                Ok(target) => {
                    let url = url_of(&target);
                    let importer = Importer::new(&path, &source, import);
                    self.queue.push_back((target, Some(importer)));
                    links.insert(import.specifier.clone(), Link::Module(url));
                }
                Err(kind) if may_fail_later(import, &kind, &path) => {
                    links.insert(import.specifier.clone(), Link::Failure(kind.to_string()));
                }
                Err(kind) => {
                    self.missing.extend(found.missing);
                    self.report(kind, &path, &source, import);
                }
            }
        }
        let body = Body::Script(script);
        Some(Draft { body, links })
    }

    fn refuse(&mut self, failure: Failure, path: &Path, source: &str, importer: Option<Importer>) {
        let refusals = match failure {
            // Reported where it is imported; an entry has no importer.
            Failure::CommonJs => {
                let name = package_name(path).unwrap_or_else(|| shorten(&self.root, path));
                let kind = ProblemKind::CommonJs(name);
                let place =
                    importer.map(|at| self.place(&at.path, &at.source, at.position, at.length));
                self.problems.push(Problem { kind, place });
                return;
            }
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
        let at = Importer::new(path, source, import);
        let place = self.place(path, source, at.position, at.length);
        self.problems.push(Problem::at(kind, place));
    }

    fn place(&self, path: &Path, source: &str, position: Position, length: usize) -> Place {
        Place::new(shorten(&self.root, path), source, position, length)
    }

    /// Transpiles again, without them, the modules that pass on types as if they were values.
    /// Each round can uncover names that were passed on through a module of the round before.
    fn settle_types(&mut self) {
        loop {
            let mut again: Vec<(String, BTreeSet<TypeName>)> = Vec::new();
            let all = neighbours(&self.drafts);
            for (url, draft) in &self.drafts {
                let Body::Script(script) = &draft.body else {
                    continue;
                };
                if !script.settings.is_typescript() {
                    continue;
                }
                let types = links::types(&all, url, &script.module.shape, &script.types);
                if types != script.types {
                    again.push((url.clone(), types));
                }
            }
            if again.is_empty() {
                return;
            }
            for (url, types) in again {
                self.retranspile(&url, types);
            }
            if !self.problems.is_empty() {
                return;
            }
        }
    }

    fn retranspile(&mut self, url: &str, types: BTreeSet<TypeName>) {
        let Some(draft) = self.drafts.get_mut(url) else {
            return;
        };
        let Body::Script(script) = &mut draft.body else {
            return;
        };
        match self.cache.again(script, types) {
            Ok(new) => *script = new,
            Err(failure) => {
                let (path, source) = (script.path.clone(), script.module.source.clone());
                self.refuse(failure, &path, &source, None);
            }
        }
    }

    fn check_names(&mut self) {
        let all = neighbours(&self.drafts);
        let mut problems = Vec::new();
        for (url, draft) in &self.drafts {
            let Body::Script(script) = &draft.body else {
                continue;
            };
            for (import, name) in links::missing(&all, url, &script.module.shape) {
                let Some(Link::Module(target)) = draft.links.get(&import.specifier) else {
                    continue;
                };
                let module = match target.to_file_path() {
                    Ok(path) => shorten(&self.root, &path),
                    Err(()) => target.to_string(),
                };
                let kind = ProblemKind::NoSuchExport {
                    module,
                    name: name.name.clone(),
                };
                let position = name.position.or(import.position).unwrap_or_default();
                let length = name.name.chars().count();
                let place = self.place(&script.path, &script.module.source, position, length);
                problems.push(Problem::at(kind, place));
            }
        }
        self.problems.extend(problems);
    }

    fn check_entries(&mut self) {
        let all = neighbours(&self.drafts);
        let mut files = BTreeSet::new();
        for url in self.entries.values() {
            if !links::offers(&all, url.as_str(), "default")
                && let Ok(path) = url.to_file_path()
            {
                files.insert(shorten(&self.root, &path));
            }
        }
        let problems = files.into_iter().map(ProblemKind::NoDefaultExport);
        self.problems.extend(problems.map(Problem::new));
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
        let wanted = wanted_names(&self.drafts);
        let nothing = BTreeSet::new();
        let mut modules = HashMap::new();
        for (url, draft) in self.drafts {
            let names = wanted.get(&url).unwrap_or(&nothing);
            let module = match draft.body {
                Body::Script(script) => script.module,
                Body::Json { source, json } => self
                    .cache
                    .synthetic(&url, synthetic::json_text(&source, &json, names)),
                Body::Builtin(builtin) => self.cache.synthetic(&url, builtin.text(names)),
                Body::Empty => self.cache.synthetic(&url, synthetic::empty_text(names)),
            };
            let links = draft.links;
            modules.insert(url, Node { module, links });
        }
        Ok(ModuleGraph {
            modules,
            entries: self.entries,
            watched: self.watched,
        })
    }
}

#[cfg(test)]
mod tests;
