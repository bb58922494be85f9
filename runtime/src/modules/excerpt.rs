//! Where in the user's code something went wrong: the place that a stack names, or that of a function or an
//! export, with the lines around it. Stacks are read as texts, because texts are what user code prints and passes on.
//!
//! Shows only files of the graph, whatever a text names. Never reads files.

use std::path::Path;

use super::compiled::Compiled;
use super::error::{Place, Position};
use super::graph::ModuleGraph;
use super::specifier::in_package;

/// What the URLs of files begin with.
const FILE: &str = "file://";

impl ModuleGraph {
    /// The first place of the user's code that a stack in `text` names; one in a package if there is no other.
    /// `file` of it is a URL.
    pub fn place_in(&self, text: &str) -> Option<Place> {
        let mut of_package = None;
        for (url, line, column) in text.lines().filter_map(named) {
            let Some(module) = self.module(url).filter(|module| !module.source.is_empty()) else {
                continue;
            };
            if !in_package(Path::new(module.url.path())) {
                return Some(excerpt(module, line, column));
            }
            of_package.get_or_insert((module, line, column));
        }
        let (module, line, column) = of_package?;
        Some(excerpt(module, line, column))
    }

    /// The place of a function by its position in the text that V8 has, 1-based. V8 says where its parameters
    /// begin; what is shown is its `name` before them.
    pub fn place_of(&self, url: &str, line: u32, column: u32, name: &str) -> Option<Place> {
        let module = self
            .module(url)
            .filter(|module| !module.source.is_empty())?;
        let mapped = module.original_position(line, column);
        let (line, column) = mapped.unwrap_or((line, column));
        let source = source_line(module, line);
        let until = bytes_before(source, column) + name.len();
        let before = source.get(..until.min(source.len())).unwrap_or(source);
        let column = match before.rfind(name) {
            Some(at) if !name.is_empty() => source[..at].encode_utf16().count() as u32 + 1,
            _ => column,
        };
        Some(excerpt(module, line, column))
    }

    /// The place of a party's default export; of the `member` of it, if that is written behind it.
    pub fn default_export(&self, party: &str, member: Option<&str>) -> Option<Place> {
        let module = self.module(self.entry(party)?.as_str())?;
        let source = &*module.source;
        let start = ["export default", "as default", "{ default", "exports"]
            .iter()
            .find_map(|words| source.find(words))?;
        let member = member.and_then(|name| word(source, start, name));
        let at = member.unwrap_or(start);
        let before = &source[..at];
        let line = before.matches('\n').count() as u32 + 1;
        let column = before.rsplit('\n').next().unwrap_or_default();
        Some(excerpt(
            module,
            line,
            column.encode_utf16().count() as u32 + 1,
        ))
    }
}

/// Where `name` stands as a word of its own behind `start`.
fn word(source: &str, start: usize, name: &str) -> Option<usize> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    let found = source[start..].match_indices(name);
    found.map(|(at, _)| start + at).find(|at| {
        let before = source[..*at].chars().next_back();
        let after = source[at + name.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

/// The place that a line of a stack names, `at f (file:///p/a.ts:1:2)`, whatever colours it has and whatever stands
/// behind it.
fn named(line: &str) -> Option<(&str, u32, u32)> {
    let start = line.find(FILE)?;
    if !line[..start].contains("at ") {
        return None;
    }
    let rest = &line[start..];
    let colons = rest.match_indices(':').skip(1);
    colons
        .map(|(at, _)| at)
        .find_map(|at| Some((at, numbers(&rest[at + 1..])?)))
        .map(|(at, (line, column))| (&rest[..at], line, column))
}

/// `12:34`, at the beginning of a text.
fn numbers(text: &str) -> Option<(u32, u32)> {
    let (line, rest) = text.split_once(':')?;
    let end = rest.find(|c: char| !c.is_ascii_digit());
    let column = &rest[..end.unwrap_or(rest.len())];
    Some((line.parse().ok()?, column.parse().ok()?))
}

/// The place at a 1-based line and column, in UTF-16 units as V8 counts.
fn excerpt(module: &Compiled, line: u32, column: u32) -> Place {
    let source = source_line(module, line);
    let before = &source[..bytes_before(source, column)];
    let position = Position {
        line,
        column: before.chars().count() as u32 + 1,
    };
    let length = underlined(&source[before.len()..]);
    Place::new(module.url.to_string(), &module.source, position, length)
}

fn source_line(module: &Compiled, line: u32) -> &str {
    let index = line.saturating_sub(1) as usize;
    module.source.lines().nth(index).unwrap_or_default()
}

/// How many bytes of `line` stand before the 1-based `column`.
fn bytes_before(line: &str, column: u32) -> usize {
    let mut left = column.saturating_sub(1) as usize;
    for (at, c) in line.char_indices() {
        if left < c.len_utf16() {
            return at;
        }
        left -= c.len_utf16();
    }
    line.len()
}

/// How many characters of `text` are the name that it begins with; of `new Error` both words.
fn underlined(text: &str) -> usize {
    let word = |text: &str| {
        let characters = text.chars();
        characters
            .take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '.' | '#'))
            .count()
    };
    match text.strip_prefix("new ") {
        Some(class) => "new ".len() + word(class),
        None => {
            let name = text.split('.').next().unwrap_or_default();
            word(name).max(1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modules::testing::Project;

    fn place(project: &mut Project, text: &str) -> String {
        let root = project.path("");
        let text = text.replace("ROOT", &format!("{FILE}{}", root.display()));
        let graph = project.graph();
        let Some(place) = graph.place_in(&text) else {
            return "none".to_owned();
        };
        let file = place.file.rsplit('/').next().unwrap_or_default();
        format!("{file}:{}:{}\n{}", place.line, place.column, place.frame())
    }

    fn project() -> Project {
        Project::new(&[
            (
                "s.ts",
                "import 'p';\nconst é = '\u{1f388}'; throw new Error('x');\nexport default class { onRequst() {} }",
            ),
            ("node_modules/p/package.json", r#"{"main": "i.js"}"#),
            ("node_modules/p/i.js", "f();\n"),
        ])
    }

    #[test]
    fn a_stack_leads_to_the_users_own_code() {
        let mut project = project();
        let stack = "Error: x\n    at f (ROOTnode_modules/p/i.js:1:1)\n    at ROOTs.ts:2:23";
        assert_eq!(
            place(&mut project, stack),
            "s.ts:2:22\n  1 | import 'p';\n> 2 | const é = '\u{1f388}'; throw new Error('x');\n    \
             |                       ^^^^^^^^^\n  3 | export default class { onRequst() {} }"
        );
        let only = "    at f (ROOTnode_modules/p/i.js:1:1)";
        assert_eq!(place(&mut project, only), "i.js:1:1\n> 1 | f();\n    | ^");
    }

    #[test]
    fn texts_lead_to_no_other_files() {
        let mut project = project();
        for text in [
            "",
            "see ROOTs.ts:1:1",
            "    at file:///etc/passwd:1:1",
            "    at ROOTs.ts",
            "    at ROOTs.ts:x:1",
        ] {
            assert_eq!(place(&mut project, text), "none", "{text}");
        }
        for text in [
            "\x1b[90m    at f (ROOTs.ts:1:1)\x1b[39m {",
            "  [cause]: Error\n      at ROOTs.ts:1:1 {",
            "    at ROOTs.ts:1:1]",
            "    at f (ROOTs.ts:1:1) { a: 1 }",
        ] {
            assert!(
                place(&mut project, text).starts_with("s.ts:1:1\n"),
                "{text}"
            );
        }
        // What never was in the file.
        assert!(place(&mut project, "    at ROOTs.ts:99:99").starts_with("s.ts:99:1\n"));
    }

    #[test]
    fn functions_and_exports_have_places() {
        let mut project = project();
        let (graph, url) = (project.graph(), project.url("s.ts"));
        let at = |place: Option<Place>| {
            let place = place.expect("it is in the file");
            (place.line, place.column)
        };
        let text = project.text(&graph, "s.ts");
        let line = text.lines().position(|line| line.contains("onRequst"));
        let line = line.expect("the text has it");
        let column = text
            .lines()
            .nth(line)
            .and_then(|line| line.find("onRequst"));
        let (line, column) = (line as u32 + 1, column.expect("found") as u32 + 9);
        assert_eq!(at(graph.place_of(&url, line, column, "onRequst")), (3, 24));
        assert_eq!(at(graph.default_export("main", None)), (3, 1));
        assert_eq!(at(graph.default_export("main", Some("onRequst"))), (3, 24));
        assert_eq!(at(graph.default_export("main", Some("onReq"))), (3, 1));
        assert!(graph.default_export("other", None).is_none());
    }
}
