//! What git is to leave out of a project. Reads .gitignore files; never writes one.

use std::fs;
use std::path::{Path, PathBuf};

use super::change::TextChange;

const FILE: &str = ".gitignore";
/// Where `partyrun dev` keeps a project's storage.
const STATE: &str = ".partykit";

/// For a project that is new: its own file has all `lines`.
pub fn of_project(folder: &Path, lines: &[&str]) -> Option<TextChange> {
    let path = folder.join(FILE);
    let text = fs::read_to_string(&path).unwrap_or_default();
    let missing: Vec<&str> = lines
        .iter()
        .copied()
        .filter(|line| !ignores(&text, line, true))
        .collect();
    extended(path, &text, &missing)
}

/// For a project in a package that exists: the nearest file of the repository, if none of those above
/// has the line already.
pub fn of_package(folder: &Path) -> Option<TextChange> {
    let top = folder
        .ancestors()
        .find(|above| above.join(".git").exists())
        .unwrap_or(folder);
    let mut nearest: Option<(PathBuf, String)> = None;
    for above in folder.ancestors().take_while(|it| it.starts_with(top)) {
        let path = above.join(FILE);
        if let Ok(text) = fs::read_to_string(&path) {
            if ignores(&text, STATE, above == folder) {
                return None;
            }
            nearest.get_or_insert((path, text));
        }
    }
    let (path, text) = nearest.unwrap_or_else(|| (folder.join(FILE), String::new()));
    extended(path, &text, &[STATE])
}

/// Whether one of the patterns in `text` leaves out everything that is called `name`; `here` if the
/// file is in the same folder.
fn ignores(text: &str, name: &str, here: bool) -> bool {
    text.lines().any(|line| {
        let line = line.trim();
        let line = line.strip_prefix("**/").unwrap_or(line);
        let line = match line.strip_prefix('/') {
            Some(line) if here => line,
            Some(_) => return false,
            None => line,
        };
        let line = ["/**", "/*", "/"]
            .iter()
            .find_map(|end| line.strip_suffix(end))
            .unwrap_or(line);
        line == name
    })
}

/// `text` with more lines, which end as the others do.
fn extended(path: PathBuf, text: &str, lines: &[&str]) -> Option<TextChange> {
    if lines.is_empty() {
        return None;
    }
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut text = text.to_owned();
    if !text.is_empty() && !text.ends_with('\n') {
        text += end;
    }
    for line in lines {
        text += line;
        text += end;
    }
    Some(TextChange {
        path,
        text,
        added: lines.iter().map(|line| format!("`{line}`")).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_leave_out_the_folder_are_recognised() {
        for line in [
            ".partykit",
            ".partykit/",
            "/.partykit",
            "**/.partykit/",
            ".partykit/**",
            " .partykit ",
        ] {
            let text = format!("# comment\nnode_modules\r\n{line}\n");
            assert!(ignores(&text, STATE, true), "{line}");
        }
        for line in ["#.partykit", "!.partykit", ".partykit2", "x/.partykit", ""] {
            assert!(!ignores(line, STATE, true), "{line}");
        }
        assert!(
            !ignores("/.partykit", STATE, false),
            "it means a folder above"
        );
    }

    #[test]
    fn the_line_goes_to_the_nearest_file_of_the_repository() {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let (top, app) = (scratch.path().join("repo"), scratch.path().join("repo/app"));
        fs::create_dir_all(top.join(".git")).expect("created");
        fs::create_dir_all(&app).expect("created");
        fs::write(scratch.path().join(FILE), ".partykit\n").expect("written");
        let own = of_package(&app).expect("nothing of the repository has it");
        assert_eq!((own.path, &*own.text), (app.join(FILE), ".partykit\n"));

        fs::write(top.join(FILE), "dist\r\nnode_modules").expect("written");
        let change = of_package(&app).expect("it lacks the line");
        assert_eq!(change.path, top.join(FILE));
        assert_eq!(change.text, "dist\r\nnode_modules\r\n.partykit\r\n");

        fs::write(top.join(FILE), ".partykit/").expect("written");
        assert!(of_package(&app).is_none());

        fs::remove_dir(top.join(".git")).expect("it is empty");
        let own = of_package(&app).expect("files above belong to no repository");
        assert_eq!(own.path, app.join(FILE));
    }

    #[test]
    fn a_new_project_adds_what_its_folder_lacks() {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        fs::write(scratch.path().join(FILE), "node_modules/\n").expect("written");
        let lines = ["node_modules", ".partykit"];
        let change = of_project(scratch.path(), &lines).expect("one is missing");
        assert_eq!(change.text, "node_modules/\n.partykit\n");
        assert_eq!(change.phrase(), "`.partykit`");
    }
}
