//! What a person reads when a graph cannot be built: message, place, code frame.
//!
//! Never prints and never decides what is wrong.

use std::fmt;
use std::path::{Path, PathBuf};

use unicode_width::UnicodeWidthChar;

/// Lines shown above and below the offending one.
const CONTEXT_LINES: usize = 2;

/// Longest source line shown in a frame, in characters: a minified file must not fill the terminal.
const LINE_LIMIT: usize = 160;

/// What is left out of a line.
const ELLIPSIS: &str = "...";

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
        if number != target {
            let row = format!("  {number:>width$} | {}", clip(line));
            rows.push(row.trim_end().to_owned());
            continue;
        }
        let column = (position.column as usize).max(1) - 1;
        let (shown, before) = window(line, column, length);
        rows.push(
            format!("> {number:>width$} | {shown}")
                .trim_end()
                .to_owned(),
        );
        let (indent, carets) = underline(&shown, column - before, length);
        rows.push(format!("  {:>width$} | {indent}{carets}", ""));
    }
    rows.join("\n")
}

fn clip(line: &str) -> String {
    match line.char_indices().nth(LINE_LIMIT) {
        Some((end, _)) => format!("{}{ELLIPSIS}", &line[..end]),
        None => line.to_owned(),
    }
}

/// What is shown of the line that has the place, and by how much its column is moved to the left.
fn window(line: &str, column: usize, length: usize) -> (String, usize) {
    if column + length <= LINE_LIMIT || line.chars().count() <= LINE_LIMIT {
        return (clip(line), 0);
    }
    let before = column.saturating_sub(LINE_LIMIT / 2);
    let Some(moved) = before.checked_sub(ELLIPSIS.len()) else {
        return (clip(line), 0);
    };
    let rest: String = line.chars().skip(before).collect();
    (format!("{ELLIPSIS}{}", clip(&rest)), moved)
}

/// What stands below the line: the indentation and the carets, as wide as what is above them.
fn underline(line: &str, column: usize, length: usize) -> (String, String) {
    let mut letters = line.chars();
    let mut indent = String::new();
    for _ in 0..column {
        match letters.next() {
            // A tab in the indentation must stay a tab, or the caret points at the wrong place.
            Some('\t') => indent.push('\t'),
            letter => indent.extend(std::iter::repeat_n(' ', columns(letter.unwrap_or(' ')))),
        }
    }
    let width: usize = letters.take(length).map(columns).sum();
    (indent, "^".repeat(width.max(1)))
}

/// How wide a terminal shows it.
fn columns(letter: char) -> usize {
    letter.width().unwrap_or(1)
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
    fn a_minified_line_is_shown_around_the_place() {
        let source = format!("{}throw new Error(){}", "x".repeat(5000), "y".repeat(5000));
        let column = 5001;
        let frame = code_frame(&source, Position { line: 1, column }, 5);
        let (line, carets) = frame.split_once('\n').expect("two rows");
        let at = carets.find('^').expect("it is underlined");
        assert_eq!(&line[at..at + 9], "throw new");
        assert!(line.starts_with("> 1 | ...x") && line.ends_with("y..."));
        assert_eq!(carets.matches('^').count(), 5);
        assert!(frame.len() < 400, "{}", frame.len());
        let end = code_frame(
            &source,
            Position {
                line: 1,
                column: 10_016,
            },
            1,
        );
        assert!(end.ends_with(" ^"), "{end}");
        let start = code_frame(&source, Position { line: 1, column: 1 }, 10_000);
        assert!(start.len() < 400, "{start}");
    }

    #[test]
    fn carets_are_below_what_is_wide_on_a_terminal() {
        let position = |column| Position { line: 1, column };
        assert_eq!(
            code_frame("f('\u{1f388}漢', x)", position(9), 1),
            "> 1 | f('\u{1f388}漢', x)\n    |           ^"
        );
        assert_eq!(
            code_frame("名前()", position(1), 2),
            "> 1 | 名前()\n    | ^^^^"
        );
        assert_eq!(
            code_frame("e\u{301} x", position(4), 1),
            "> 1 | e\u{301} x\n    |   ^"
        );
    }
}
