//! What a person reads when a graph cannot be built: message, place, code frame.
//!
//! Never prints and never decides what is wrong.

use std::fmt;
use std::path::{Path, PathBuf};

/// Lines shown above and below the offending one.
const CONTEXT_LINES: usize = 2;

/// Longest source line shown in a frame, in characters: a minified file must not fill the terminal.
const LINE_LIMIT: usize = 160;

/// What is wrong, by cause. The wording is for people and may change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProblemKind {
    #[error("Could not find main: {0}")]
    MissingMain(String),
    #[error("Could not find party: {path}")]
    MissingParty { party: String, path: String },
    #[error("Could not read this file, {reason}: `{file}`")]
    Unreadable { file: String, reason: String },
    #[error(
        "No default export in \"{file}\": a party server is the default export, a class or an object{hint}"
    )]
    NoDefaultExport { file: String, hint: String },
    #[error("Syntax error: {0}")]
    Syntax(String),
    #[error("Could not resolve this import{hint}: `{specifier}`")]
    Unresolved { specifier: String, hint: String },
    #[error(
        "`{manifest}` lists this package and it is not installed, run `{manager} install`: `{package}`"
    )]
    NotInstalled {
        package: String,
        manifest: String,
        manager: &'static str,
    },
    #[error("There is no such module in Node.js: `{0}`")]
    NodeBuiltin(String),
    #[error(
        "PartyKit does not have this module of Cloudflare's platform, only `cloudflare:sockets` and `cloudflare:email`{hint}: `{name}`"
    )]
    CloudflareBuiltin { name: String, hint: &'static str },
    #[error(
        "Server code cannot import files of this type, only JavaScript, TypeScript, `.json`, \
         `.txt`, `.wasm` and `.bin`{hint}: `{specifier}`"
    )]
    NoLoader { specifier: String, hint: String },
    #[error("This import attribute is not supported: `type: \"{0}\"`")]
    Attribute(String),
    #[error("No export with this name in `{module}`{hint}: `{name}`")]
    NoSuchExport {
        module: String,
        hint: String,
        name: String,
    },
    #[error("The value of this define is not a JavaScript expression: `{name}` = `{text}`")]
    Define { name: String, text: String },
    #[error("The name of this define is not an identifier or a dotted name: `{0}`")]
    DefineName(String),
    #[error("Could not load the TypeScript configuration: {0}")]
    Tsconfig(String),
    #[error("Could not read where Yarn has the packages of this project: {0}")]
    Plugged(String),
    #[error("This file is not valid JSON: {0}")]
    Json(String),
    #[error("The transpiler gave up on this file: {0}")]
    Transpiler(String),
    #[error("Could not start a thread to read the code: {0}")]
    NoThread(String),
}

/// A position in one of the user's files, with the lines around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Path relative to the project's root, or absolute when outside of it; of code that runs, its URL.
    pub file: String,
    /// 1-based.
    pub line: u32,
    /// 1-based, in characters.
    pub column: u32,
    frame: String,
}

impl Place {
    /// A place in `source`; `length` is how many characters to underline.
    pub(super) fn new(file: String, source: &str, position: Position, length: usize) -> Self {
        let frame = code_frame(source, position, length);
        Self {
            file,
            line: position.line,
            column: position.column,
            frame,
        }
    }

    /// The lines around it, with the place underlined.
    pub fn frame(&self) -> &str {
        &self.frame
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// 1-based line and column (characters).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Position {
    pub line: u32,
    pub column: u32,
}

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub kind: ProblemKind,
    pub place: Option<Place>,
    /// What it contradicts, and what that is.
    pub other: Option<(&'static str, Place)>,
}

impl Problem {
    pub(super) fn new(kind: ProblemKind) -> Self {
        Self {
            kind,
            place: None,
            other: None,
        }
    }

    pub(super) fn at(kind: ProblemKind, place: Place) -> Self {
        Self {
            kind,
            place: Some(place),
            other: None,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(place) = &self.place else {
            return write!(f, "{}", self.kind);
        };
        write!(f, "{place}: {}\n{}", self.kind, place.frame)?;
        match &self.other {
            Some((what, other)) => write!(f, "\n{other}: {what}\n{}", other.frame),
            None => Ok(()),
        }
    }
}

/// A graph could not be built. `Display` is complete and meant for a terminal.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", .problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n\n"))]
pub struct GraphError {
    /// Everything found, in the order of the walk. Never empty.
    pub problems: Vec<Problem>,
    /// Every file read so far; watch them, the next save may mend the graph.
    pub files: Vec<PathBuf>,
    /// Files that were looked for and do not exist; creating one of them may mend the graph.
    pub missing: Vec<PathBuf>,
    /// Folders in which any new file may belong to the graph.
    pub folders: Vec<PathBuf>,
    /// What is odd and no error, one line each.
    pub notes: Vec<String>,
}

/// `path` as messages show it: relative to `root` where possible.
pub(super) fn shorten(root: &Path, path: &Path) -> String {
    let short = path.strip_prefix(root).unwrap_or(path);
    short.to_string_lossy().into_owned()
}

fn code_frame(source: &str, position: Position, length: usize) -> String {
    let lines: Vec<&str> = source.lines().collect();
    let target = (position.line as usize).clamp(1, lines.len().max(1));
    let first = target.saturating_sub(CONTEXT_LINES).max(1);
    let last = (target + CONTEXT_LINES).min(lines.len().max(1));
    let width = last.to_string().len();
    let mut rows = Vec::new();
    for number in first..=last {
        let line = lines.get(number - 1).copied().unwrap_or("");
        let marker = if number == target { ">" } else { " " };
        let shown = clip(line);
        rows.push(
            format!("{marker} {number:>width$} | {shown}")
                .trim_end()
                .to_owned(),
        );
        if number == target {
            let column = (position.column as usize).max(1) - 1;
            if column > LINE_LIMIT {
                continue;
            }
            // A tab in the indentation must stay a tab, or the caret points at the wrong place.
            let indent: String = line
                .chars()
                .chain(std::iter::repeat(' '))
                .take(column)
                .map(|c| if c == '\t' { '\t' } else { ' ' })
                .collect();
            let rest = line.chars().count().saturating_sub(column);
            let carets = "^".repeat(length.clamp(1, rest.max(1)).min(LINE_LIMIT));
            rows.push(format!("  {:>width$} | {indent}{carets}", ""));
        }
    }
    rows.join("\n")
}

fn clip(line: &str) -> String {
    if line.chars().count() <= LINE_LIMIT {
        return line.to_owned();
    }
    let mut shown: String = line.chars().take(LINE_LIMIT).collect();
    shown.push_str("...");
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_shows_place_frame_and_caret() {
        let source = "one\n\ttwo three\nfour\n";
        let position = Position { line: 2, column: 6 };
        let kind = ProblemKind::Unresolved {
            specifier: "./x".into(),
            hint: String::new(),
        };
        let problem = Problem::at(kind, Place::new("src/a.ts".into(), source, position, 5));
        assert_eq!(
            problem.to_string(),
            "src/a.ts:2:6: Could not resolve this import: `./x`\n  \
             1 | one\n> 2 | \ttwo three\n    | \t    ^^^^^\n  3 | four"
        );
    }

    #[test]
    fn a_frame_at_the_end_of_an_empty_file_does_not_panic() {
        let frame = code_frame("", Position { line: 9, column: 9 }, 3);
        assert!(frame.starts_with("> 1 |"), "{frame}");
    }

    #[test]
    fn a_minified_line_is_clipped() {
        let source = "x".repeat(10_000);
        let frame = code_frame(
            &source,
            Position {
                line: 1,
                column: 5000,
            },
            1,
        );
        assert!(frame.len() < 400, "{}", frame.len());
    }
}
