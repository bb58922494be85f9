//! What the walk can only decide when it knows every module: shared packages, types that were taken
//! for values, names that nobody exports.
//!
//! Never visits a new file.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

use super::Walk;
use crate::modules::draft::{Body, Draft, neighbours, url_of};
use crate::modules::error::{Position, Problem, ProblemKind, shorten};
use crate::modules::graph::Link;
use crate::modules::hint;
use crate::modules::links;
use crate::modules::outcome::TypeName;
use crate::modules::question::{Question, Target};
use crate::modules::shape::Kind;
use crate::modules::specifier::in_package;

impl Walk<'_> {
    /// A package whose `main` somebody requires is that file for everybody: its `module` would be a
    /// second copy with a state of its own.
    pub(super) fn share_packages(&mut self) {
        let required: HashSet<&str> = self
            .drafts
            .values()
            .flat_map(|draft| draft.requires.values())
            .filter_map(|link| match link {
                Link::Module(url) if in_package(Path::new(url.path())) => Some(url.as_str()),
                _ => None,
            })
            .collect();
        if required.is_empty() {
            return;
        }
        let mut changes = Vec::new();
        for (importer, draft) in &self.drafts {
            let Body::Script(script) = &draft.body else {
                continue;
            };
            for (specifier, link) in &draft.links {
                let Link::Module(target) = link else {
                    continue;
                };
                if !in_package(Path::new(target.path())) {
                    continue;
                }
                let main = self.resolver.main_for_require(&Question {
                    importer: &script.path,
                    specifier,
                    kind: Kind::Require,
                    tsconfig: None,
                });
                let main = main.map(|path| url_of(&Target::Script(path)));
                if let Some(main) = main
                    && main != *target
                    && required.contains(main.as_str())
                {
                    changes.push((importer.clone(), specifier.clone(), main));
                }
            }
        }
        for (importer, specifier, main) in changes {
            if let Some(draft) = self.drafts.get_mut(&importer) {
                draft.links.insert(specifier, Link::Module(main));
            }
        }
    }

    /// Transpiles again, without them, the modules that pass on types as if they were values.
    /// Each round can uncover names that were passed on through a module of the round before.
    pub(super) fn settle_types(&mut self) {
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
                self.refuse(failure, &path, &source);
            }
        }
    }

    pub(super) fn check_names(&mut self) {
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
                let offered = links::names(&all, target.as_str());
                let source = self.drafts.get(target.as_str()).map(source_of);
                let kind = ProblemKind::NoSuchExport {
                    module,
                    hint: hint::of_name(&name.name, source.unwrap_or_default(), &offered),
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

    pub(super) fn check_entries(&mut self) {
        let all = neighbours(&self.drafts);
        let mut problems = BTreeMap::new();
        for url in self.entries.values() {
            if !links::offers(&all, url.as_str(), "default")
                && let Ok(path) = url.to_file_path()
            {
                let source = self.drafts.get(url.as_str()).map(source_of);
                let named = links::names(&all, url.as_str());
                let problem = self.no_default(&path, source.unwrap_or_default(), &named);
                problems.insert(shorten(&self.root, &path), problem);
            }
        }
        self.problems.extend(problems.into_values());
    }

    /// A file without a default export, and what in it is likely to be meant: a class, or handlers that it
    /// exports by `named`.
    fn no_default(&self, path: &Path, source: &str, named: &BTreeSet<&str>) -> Problem {
        let file = shorten(&self.root, path);
        let Some((position, name)) = first_class(source) else {
            let handlers: Vec<&str> = named
                .iter()
                .copied()
                .filter(|name| name.starts_with("on"))
                .collect();
            let hint = match handlers.is_empty() {
                true => ": write `export default class Server {}`".to_owned(),
                false => format!(": write `export default {{ {} }}`", handlers.join(", ")),
            };
            return Problem::new(ProblemKind::NoDefaultExport { file, hint });
        };
        let hint = format!(": write `export default class {name}`");
        let length = "class ".len() + name.chars().count();
        let place = self.place(path, source, position, length);
        Problem::at(ProblemKind::NoDefaultExport { file, hint }, place)
    }

    /// What is said of types that are used as values, in the order of the files.
    pub(super) fn types_used(&self) -> Vec<String> {
        let scripts = self.drafts.values().filter_map(|draft| match &draft.body {
            Body::Script(script) => Some(script),
            _ => None,
        });
        let notes = scripts.flat_map(|script| {
            let file = shorten(&self.root, &script.path);
            let used = script.module.shape.types_used.iter();
            used.map(move |(name, position)| {
                format!(
                    "{file}:{}:{}: `import type` leaves nothing of this name to run, import it without `type`: `{name}`",
                    position.line, position.column
                )
            })
        });
        notes.collect()
    }
}

fn source_of(draft: &Draft) -> &str {
    match &draft.body {
        Body::Script(script) => &script.module.source,
        _ => "",
    }
}

/// Where the first class of a text is declared, and its name.
fn first_class(source: &str) -> Option<(Position, &str)> {
    source.lines().zip(1..).find_map(|(text, line)| {
        let declared = text.strip_prefix("export ").unwrap_or(text);
        let declared = declared.strip_prefix("abstract ").unwrap_or(declared);
        let name = declared.strip_prefix("class ")?;
        let end = name.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '$'));
        let column = (text.len() - declared.len()) as u32 + 1;
        Some((
            Position { line, column },
            &name[..end.unwrap_or(name.len())],
        ))
    })
}

#[cfg(test)]
mod tests {
    use crate::modules::testing::Project;

    #[test]
    fn a_misspelled_export_names_the_one_that_was_meant() {
        let mut project = Project::new(&[
            (
                "s.ts",
                "import { brodcast, sned, other } from './m'; import { colour } from './c.json';\n\
                 export default { brodcast, sned, other, colour }",
            ),
            ("m.ts", "export * from './n'; export const broadcast = 1"),
            ("n.ts", "export * from './m'; export function send() {}"),
            ("c.json", r#"{"color": 1}"#),
        ]);
        let error = project.error();
        for line in [
            "s.ts:1:10: No export with this name in `m.ts`, did you mean `broadcast`?: `brodcast`",
            "s.ts:1:20: No export with this name in `m.ts`, did you mean `send`?: `sned`",
            "s.ts:1:26: No export with this name in `m.ts`: `other`",
            "in `c.json`, did you mean `color`?: `colour`",
        ] {
            assert!(error.contains(line), "no `{line}` in:\n{error}");
        }
    }

    #[test]
    fn a_default_that_is_a_type_can_be_passed_on() {
        let mut project = Project::new(&[
            (
                "server.ts",
                "import { X, f } from './barrel'; export default class { x: X = f() }",
            ),
            (
                "barrel.ts",
                "import X, { f } from './x'; import Y from './x'; export { X, Y as Z, f };",
            ),
            (
                "x.ts",
                "interface X { a: 1 } export default X; export const f = () => 1;",
            ),
        ]);
        let graph = project.graph();
        assert!(project.text(&graph, "barrel.ts").contains("{ f }"));
    }
}
