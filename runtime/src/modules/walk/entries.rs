//! The entries of a graph: the files that settings name, which may be folders.

use std::path::{Path, PathBuf};

use super::Walk;
use crate::modules::draft::url_of;
use crate::modules::error::{Problem, ProblemKind, shorten};
use crate::modules::question::Target;
use crate::modules::similar::similar_file;

impl Walk<'_> {
    pub(super) fn add_entry(&mut self, party: &str, path: &Path) {
        // Without a slash at the end, which would make a folder of a file.
        let path: PathBuf = self.root.join(path).components().collect();
        let real = path.canonicalize();
        let found = match &real {
            Ok(real) => self.resolver.entry(real),
            Err(_) => Err(Vec::new()),
        };
        match found {
            Ok(found) => {
                let target = Target::Script(found);
                self.entries.insert(party.to_owned(), url_of(&target));
                self.found.push(target);
            }
            Err(missing) => {
                let short = shorten(&self.root, &path);
                let name = match short.starts_with(['.', '/']) {
                    true => short,
                    false => format!("./{short}"),
                };
                let name = match similar_file(&path) {
                    _ if real.is_ok() => format!("{name}, a folder without an `index` file"),
                    Some(similar) => format!("{name}, did you mean `{similar}`?"),
                    None => name,
                };
                let kind = match party {
                    "main" => ProblemKind::MissingMain(name),
                    _ => ProblemKind::MissingParty {
                        party: party.to_owned(),
                        path: name,
                    },
                };
                self.problems.push(Problem::new(kind));
                self.missing.extend(missing);
                self.missing.insert(path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::modules::testing::Project;

    const SERVER: &str = "export default class {}";

    #[test]
    fn an_entry_may_be_a_folder() {
        let mut project = Project::new(&[
            ("party/index.ts", SERVER),
            ("both/index.tsx", SERVER),
            ("both/index.ts", SERVER),
            ("both/index.js", SERVER),
            (
                "named/package.json",
                r#"{"main": "lib/x.js", "exports": "./e.js"}"#,
            ),
            ("named/lib/x.js", SERVER),
            ("named/e.js", SERVER),
            (
                "module/package.json",
                r#"{"main": "c.js", "module": "m.js"}"#,
            ),
            ("module/c.js", SERVER),
            ("module/m.js", SERVER),
            ("file.ts", SERVER),
        ]);
        for (path, file) in [
            ("party", "party/index.ts"),
            ("./party/", "party/index.ts"),
            ("both", "both/index.tsx"),
            ("named", "named/lib/x.js"),
            ("module", "module/m.js"),
            ("file.ts/", "file.ts"),
        ] {
            project.options.entries = vec![("main".into(), path.into())];
            let graph = project.graph();
            let url = graph.entry("main").map(ToString::to_string);
            assert_eq!(url, Some(project.url(file)), "{path}");
        }
    }

    #[test]
    fn a_folder_without_an_index_is_waited_for() {
        let mut project = Project::new(&[("party/server.ts", SERVER), ("data/index.json", "{}")]);
        project.options.entries = vec![
            ("main".into(), "party".into()),
            ("other".into(), "data".into()),
        ];
        let error = project.build().err().expect("there is no index");
        assert_eq!(
            error.to_string(),
            "Could not find main: ./party, a folder without an `index` file\n\n\
             Could not find party: ./data, a folder without an `index` file"
        );
        let index = project.path("party/index.ts");
        assert!(error.missing.contains(&index), "{:?}", error.missing);
    }

    #[test]
    fn names_may_have_what_cuts_specifiers() {
        let mut project = Project::new(&[
            ("a#b/ser?ver.ts", "import './u'; export default class {}"),
            ("a#b/u.ts", ""),
        ]);
        let graph = project.graph();
        assert!(project.has(&graph, "a#b/u.ts"));
    }
}
