//! The list of cases that may come out otherwise, read from the tables of `docs/recordings.md`: a
//! heading for each project, and rows of a case, the places in which it differs, and the deliberate
//! differences of `docs/differences.md` that it shows, by the words with which they begin.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Failure;

/// Between two differences that one case shows.
const AND: &str = " + ";

/// Listed cases by project and name, with the places of their differences.
pub struct Expected {
    cases: BTreeMap<(String, String), Vec<String>>,
}

impl Expected {
    /// Reads the list, and the documents that name the differences.
    ///
    /// # Errors
    /// When a file cannot be read, and when a row names a difference that is not there.
    pub fn read(list: &Path, differences: &[PathBuf]) -> Result<Expected, Failure> {
        let text = |file: &Path| {
            fs::read_to_string(file).map_err(|error| Failure::Unreadable {
                file: file.to_owned(),
                reason: error.to_string(),
            })
        };
        let named: Result<Vec<String>, Failure> =
            differences.iter().map(|file| text(file)).collect();
        let parsed = parse(&text(list)?, &named?.join("\n"));
        parsed.map_err(|reason| Failure::Unreadable {
            file: list.to_owned(),
            reason,
        })
    }

    /// Whether a case has a row.
    pub fn lists(&self, project: &str, case: &str) -> bool {
        let key = (project.to_owned(), case.to_owned());
        self.cases.contains_key(&key)
    }

    /// Whether a case may differ in these places, and no others.
    ///
    /// # Errors
    /// What is wrong, with the row that would make it right.
    pub fn judge(&self, project: &str, case: &str, paths: &[String]) -> Result<(), String> {
        let listed = self.cases.get(&(project.to_owned(), case.to_owned()));
        match listed {
            None if paths.is_empty() => Ok(()),
            Some(listed) if listed == paths => Ok(()),
            Some(_) if paths.is_empty() => Err(format!(
                "{project}: it does not differ and has no place in the list: {case}"
            )),
            _ => Err(format!(
                "{project}: | `{case}` | {} | ? |",
                paths
                    .iter()
                    .map(|path| format!("`{path}`"))
                    .collect::<Vec<_>>()
                    .join(", ")
            )),
        }
    }
}

/// A row's cells, when the line is one and no heading.
fn cells(line: &str) -> Option<[&str; 3]> {
    let inner = line.strip_prefix("| ")?.strip_suffix(" |")?;
    let (case, rest) = inner.split_once(" | ")?;
    let (places, named) = rest.rsplit_once(" | ")?;
    (case.starts_with('`')).then_some([case.trim_matches('`'), places, named])
}

fn parse(list: &str, differences: &str) -> Result<Expected, String> {
    let mut cases = BTreeMap::new();
    let mut project = String::new();
    for line in list.lines() {
        if let Some(name) = line.strip_prefix("## ") {
            name.clone_into(&mut project);
        }
        let Some([case, places, named]) = cells(line) else {
            continue;
        };
        for difference in named.split(AND) {
            let begins = |line: &str| {
                let text = line.strip_prefix("- ");
                text.is_some_and(|text| text.starts_with(difference))
            };
            if !differences.lines().any(begins) {
                return Err(format!(
                    "no deliberate difference begins with these words: {difference}"
                ));
            }
        }
        let places = places
            .split(", ")
            .map(|place| place.trim_matches('`').to_owned());
        cases.insert((project.clone(), case.to_owned()), places.collect());
    }
    Ok(Expected { cases })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "# Recordings\n\n## chat\n\n| case | where | difference |\n| --- | --- | --- |\n| `reload` | `events.2.code`, `events.2.reason` | Sockets get a frame |\n";
    const DIFFERENCES: &str = "### Reload\n\n- Sockets get a frame: not a cut.\n";

    #[test]
    fn a_case_differs_where_the_list_says() {
        let expected = parse(LIST, DIFFERENCES).expect("a list");
        let paths = |paths: &[&str]| {
            paths
                .iter()
                .map(|path| (*path).to_owned())
                .collect::<Vec<_>>()
        };
        let judge = |case: &str, found: &[&str]| expected.judge("chat", case, &paths(found));
        assert_eq!(
            judge("reload", &["events.2.code", "events.2.reason"]),
            Ok(())
        );
        assert_eq!(judge("other", &[]), Ok(()));
        assert_eq!(
            judge("reload", &["events.2.code"]),
            Err("chat: | `reload` | `events.2.code` | ? |".to_owned())
        );
        assert!(judge("reload", &[]).is_err());
        assert!(judge("other", &["status"]).is_err());
        assert!(expected.judge("echo", "reload", &paths(&["x"])).is_err());
    }

    #[test]
    fn a_difference_without_a_reason_is_no_difference() {
        assert!(parse(LIST, "### Reload\n").is_err());
        assert!(parse(LIST, "Sockets get a frame\n").is_err());
    }
}
