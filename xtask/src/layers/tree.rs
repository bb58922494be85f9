//! The files of a crate as modules, and the file to which each path of a file leads. A path through a
//! name that a module passes on leads to where that came from.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::paths::{Kind, Named, paths};
use super::tokens::{declared_for_tests, tokens};
use crate::error::Failure;

/// How often a name may be passed on; more is a circle.
const MOST_STEPS: usize = 8;

/// A module's path below the crate's root.
type Module = Vec<String>;

pub struct Tree {
    /// By module: the file, and what it names.
    modules: BTreeMap<Module, File>,
}

struct File {
    name: String,
    named: Vec<Named>,
}

/// One file names another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arrow {
    pub from: String,
    pub to: String,
    /// As it is written.
    pub path: String,
    /// A folder's own file passes on a name of a file in the folder.
    pub passes_on: bool,
}

impl Tree {
    /// Reads every file below `src`, but not tests.
    pub fn read(src: &Path) -> Result<Tree, Failure> {
        let mut tree = Tree {
            modules: BTreeMap::new(),
        };
        let mut test_modules = Vec::new();
        tree.read_folder(src, "", &mut test_modules)?;
        let is_test = |module: &Module| test_modules.iter().any(|test| module.starts_with(test));
        tree.modules.retain(|module, _| !is_test(module));
        Ok(tree)
    }

    fn read_folder(
        &mut self,
        folder: &Path,
        prefix: &str,
        test_modules: &mut Vec<Module>,
    ) -> Result<(), Failure> {
        let unreadable = |error: std::io::Error| Failure::Unreadable {
            file: folder.to_owned(),
            reason: error.to_string(),
        };
        for entry in std::fs::read_dir(folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = entry.path();
            if is_test(&name) {
                continue;
            }
            if path.is_dir() {
                self.read_folder(&path, &format!("{prefix}{name}/"), test_modules)?;
            } else if name.ends_with(".rs") {
                let file = format!("{prefix}{name}");
                let text = super::read(&path)?;
                let named = paths(&tokens(&text));
                let module = module(&file);
                for name in declared_for_tests(&text) {
                    test_modules.push([module.clone(), vec![name]].concat());
                }
                self.modules.insert(module, File { name: file, named });
            }
        }
        Ok(())
    }

    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.modules.values().map(|file| file.name.as_str())
    }

    /// Every file that names another, each path once.
    pub fn arrows(&self) -> BTreeSet<Arrow> {
        let mut arrows = BTreeSet::new();
        for (module, file) in &self.modules {
            for named in &file.named {
                let Some(target) = self.target(module, &outside(named), MOST_STEPS) else {
                    continue;
                };
                let to = &self.modules[&target].name;
                if *to != file.name {
                    arrows.insert(Arrow {
                        from: file.name.clone(),
                        to: to.clone(),
                        path: named.segments.join("::"),
                        passes_on: named.kind == Kind::PublicUse && target.starts_with(module),
                    });
                }
            }
        }
        arrows
    }

    /// The module to which a path leads that stands in `here`.
    fn target(&self, here: &Module, path: &[String], steps: usize) -> Option<Module> {
        let first = path.first()?;
        let (mut at, rest) = match first.as_str() {
            "crate" => (Vec::new(), &path[1..]),
            "self" => (here.clone(), &path[1..]),
            "super" => {
                let ups = path.iter().take_while(|it| *it == "super").count();
                let depth = here.len().checked_sub(ups)?;
                (here[..depth].to_vec(), &path[ups..])
            }
            // A module of this file's own folder, or a crate.
            _ => {
                let mut child = here.clone();
                child.push(first.clone());
                self.modules.contains_key(&child).then_some(())?;
                (here.clone(), path)
            }
        };
        for (place, segment) in rest.iter().enumerate() {
            let mut next = at.clone();
            next.push(segment.clone());
            if self.modules.contains_key(&next) {
                at = next;
                continue;
            }
            return Some(self.passed_on(&at, segment, &rest[place + 1..], steps));
        }
        self.modules.contains_key(&at).then_some(at)
    }

    /// Where a name comes from that `module` has, if it only passes it on.
    fn passed_on(&self, module: &Module, name: &str, rest: &[String], steps: usize) -> Module {
        let declared = self.modules.get(module).and_then(|file| {
            let is_it = |named: &&Named| {
                named.kind != Kind::Elsewhere && named.inside == 0 && named.name == name
            };
            file.named.iter().find(is_it)
        });
        let Some(declared) = declared.filter(|_| steps > 0) else {
            return module.clone();
        };
        let path = [declared.segments.clone(), rest.to_vec()].concat();
        let target = self.target(module, &path, steps - 1);
        target.unwrap_or_else(|| module.clone())
    }
}

/// The path as it would be written outside of the file's own modules, whose `super` is in the file.
fn outside(named: &Named) -> Vec<String> {
    let ups = named.segments.iter().take_while(|it| *it == "super");
    let own = ups.count().min(named.inside);
    match own {
        0 => named.segments.clone(),
        _ => {
            let rest = &named.segments[own..];
            let is_further_up = rest.first().is_some_and(|it| it == "super");
            let start = (!is_further_up).then(|| "self".to_owned());
            start.into_iter().chain(rest.iter().cloned()).collect()
        }
    }
}

fn is_test(name: &str) -> bool {
    let stem = name.strip_suffix(".rs").unwrap_or(name);
    matches!(stem, "tests" | "testing") || stem.ends_with("_tests") || stem.ends_with("_testing")
}

fn module(file: &str) -> Module {
    let stem = file.strip_suffix(".rs").unwrap_or(file);
    let mut parts: Module = stem.split('/').map(str::to_owned).collect();
    let last = parts.last().map(String::as_str);
    if last == Some("mod") || (parts.len() == 1 && matches!(last, Some("lib" | "main"))) {
        parts.pop();
    }
    parts
}
