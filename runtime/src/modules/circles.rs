//! Files that import each other, for whoever explains an error of theirs. Never changes the order in which
//! modules run.

use std::collections::{HashMap, VecDeque};
use std::path::Path;

use super::graph::{Link, ModuleGraph};
use super::shape::Kind;
use super::specifier::in_package;

impl ModuleGraph {
    /// The shortest way from the file `url` back to itself by imports that run at once, both ends included; only
    /// files of the project's own. `None` if there is none.
    pub fn circle(&self, url: &str) -> Option<Vec<String>> {
        let (start, _) = self.modules.get_key_value(url)?;
        let mut came_from: HashMap<&str, &str> = HashMap::new();
        let mut waiting = VecDeque::from([start.as_str()]);
        while let Some(importer) = waiting.pop_front() {
            for imported in self.imported_at_once(importer) {
                if imported == start {
                    let mut way = vec![start.clone()];
                    let mut at = importer;
                    while at != start {
                        way.push(at.to_owned());
                        at = came_from[at];
                    }
                    way.push(start.clone());
                    way.reverse();
                    return Some(way);
                }
                if let std::collections::hash_map::Entry::Vacant(entry) = came_from.entry(imported)
                {
                    entry.insert(importer);
                    waiting.push_back(imported);
                }
            }
        }
        None
    }

    fn imported_at_once(&self, url: &str) -> Vec<&str> {
        let Some(node) = self.node(url) else {
            return Vec::new();
        };
        let imports = node.module.shape.imports.iter();
        imports
            .filter(|import| import.kind == Kind::Static)
            .filter_map(|import| match node.links.get(&import.specifier) {
                Some(Link::Module(target)) if !in_package(Path::new(target.path())) => {
                    Some(target.as_str())
                }
                _ => None,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::modules::testing::Project;

    #[test]
    fn files_that_import_each_other_are_found_by_the_shortest_way() {
        let mut project = Project::new(&[
            (
                "s.ts",
                "import './a'; import './alone'; export default class {}; console.log()",
            ),
            ("a.ts", "import './b'; import './c'; console.log()"),
            ("b.ts", "import './c'; console.log()"),
            ("c.ts", "import './a'; console.log()"),
            ("alone.ts", "import('./s'); console.log()"),
        ]);
        let graph = project.graph();
        let circle = |name: &str| {
            let way = graph.circle(&project.url(name))?;
            let names = way.iter().filter_map(|url| url.rsplit('/').next());
            Some(names.collect::<Vec<_>>().join(" "))
        };
        assert_eq!(circle("a.ts").as_deref(), Some("a.ts c.ts a.ts"));
        assert_eq!(circle("b.ts").as_deref(), Some("b.ts c.ts a.ts b.ts"));
        assert_eq!(circle("s.ts"), None);
        assert_eq!(circle("alone.ts"), None);
        assert_eq!(circle("none.ts"), None);
    }
}
