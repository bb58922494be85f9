//! A script of web-platform-tests: where it is, what its `META` lines say, and the text that runs. Never runs it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Failure;

/// The ending of scripts that run in windows and workers alike.
const ENDING: &str = ".any.js";
/// Folders with what scripts use, and no scripts.
const NO_SCRIPTS: [&str; 3] = ["resources", "support", "tools"];
/// What tells that a script needs the handlers and hosts of upstream's own server.
const SERVERS: [&str; 3] = [".py", ".sub.", "get-host-info"];

/// What a script that others include asks the server for.
const HANDLER: &str = ".py\"";
/// A path that upstream's server answers with another file.
const PARSER: (&str, &str) = (
    "/resources/WebIDLParser.js",
    "/resources/webidl2/lib/webidl2.js",
);

/// Why a script was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unrun {
    /// It is for pages only.
    Window,
    /// It asks upstream's server.
    Server,
    /// A script that it includes is not in the suite.
    Incomplete,
}

#[derive(Clone)]
pub struct Script {
    /// Path in the suite, with `/`.
    pub name: String,
    text: String,
}

/// Adds the scripts below `folder`, or the script itself.
pub fn find(suite: &Path, folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let path = suite.join(folder);
    if path.is_file() {
        found.push(folder.to_owned());
        return Ok(());
    }
    let entries = fs::read_dir(&path).map_err(|_| Failure::NotAFolder(path))?;
    for entry in entries.filter_map(Result::ok) {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let below = folder.join(&*name);
        if entry.path().is_dir() {
            if !NO_SCRIPTS.contains(&&*name) {
                find(suite, &below, found)?;
            }
        } else if name.ends_with(ENDING) {
            found.push(below);
        }
    }
    Ok(())
}

impl Script {
    pub fn read(suite: &Path, path: &Path) -> Result<Script, Failure> {
        let file = suite.join(path);
        let text = fs::read_to_string(&file).map_err(|error| Failure::Unreadable {
            file,
            reason: error.to_string(),
        })?;
        let name = path.to_string_lossy().replace('\\', "/");
        Ok(Script { name, text })
    }

    /// The values of a key of its `META` lines.
    fn meta<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        let lines = self
            .text
            .lines()
            .filter_map(|line| line.strip_prefix("// META:"));
        lines.filter_map(move |line| line.trim().strip_prefix(key)?.strip_prefix('='))
    }

    /// The queries that it runs with, one after the other; the empty one when it names none.
    pub fn variants(&self) -> Vec<String> {
        let named: Vec<String> = self.meta("variant").map(str::to_owned).collect();
        if named.is_empty() {
            vec![String::new()]
        } else {
            named
        }
    }

    pub fn is_long(&self) -> bool {
        self.meta("timeout").any(|timeout| timeout == "long")
    }

    /// The text to evaluate, with the scripts that it includes before it. Never strict as a whole, because
    /// each of upstream's scripts has a mode of its own.
    pub fn source(&self, suite: &Path) -> Result<String, Unrun> {
        let globals = self
            .meta("global")
            .next()
            .unwrap_or("window,dedicatedworker");
        if !globals.split(',').any(|global| global.contains("worker")) {
            return Err(Unrun::Window);
        }
        let needs_server = |text: &str| SERVERS.iter().any(|sign| text.contains(sign));
        if needs_server(&self.text) {
            return Err(Unrun::Server);
        }
        let folder = Path::new(&self.name).parent().unwrap_or(Path::new(""));
        let mut source = String::from(";");
        for name in self.meta("script") {
            let name = if name == PARSER.0 { PARSER.1 } else { name };
            let path = match name.strip_prefix('/') {
                Some(path) => suite.join(path),
                None => suite.join(folder).join(name),
            };
            let included = fs::read_to_string(path).map_err(|_| Unrun::Incomplete)?;
            if included.contains(HANDLER) {
                return Err(Unrun::Server);
            }
            source += &included;
            source += "\n;\n";
        }
        Ok(source + &self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(text: &str) -> Script {
        Script {
            name: "url/a.any.js".to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn meta_lines_say_how_a_script_runs() {
        let script = script(
            "// META: timeout=long\n// META: variant=?1-10\n//META: x\n// META: variant=?11-20\ntest();",
        );
        assert!(script.is_long());
        assert_eq!(script.variants(), ["?1-10", "?11-20"]);
        let nowhere = Path::new("/nowhere");
        assert!(
            script
                .source(nowhere)
                .is_ok_and(|text| text.ends_with("test();"))
        );
    }

    #[test]
    fn scripts_for_pages_and_servers_are_left_out() {
        let nowhere = Path::new("/nowhere");
        let reason = |text| script(text).source(nowhere).expect_err("it is left out");
        assert_eq!(reason("// META: global=window\n"), Unrun::Window);
        assert_eq!(reason("fetch('echo.py')"), Unrun::Server);
        assert_eq!(reason("// META: script=absent.js\n"), Unrun::Incomplete);
        assert_eq!(script("").variants(), [""]);
    }
}
