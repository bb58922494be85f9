//! The paths that a file names: in `use` declarations and elsewhere. Never decides where they lead.

use super::tokens::Token;

/// A path as it is written, and whether it is passed on: `pub use`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    pub segments: Vec<String>,
    /// The name by which the file has it.
    pub name: String,
    pub kind: Kind,
    /// In how many modules that are written out in the file it stands.
    pub inside: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Use,
    PublicUse,
    /// In an expression or a type.
    Elsewhere,
}

/// Every path of the tokens.
pub fn paths(tokens: &[Token]) -> Vec<Named> {
    let mut found = Vec::new();
    let mut place = 0;
    let mut blocks = Blocks::default();
    while place < tokens.len() {
        let before = found.len();
        if tokens[place] == "use" {
            let kind = match is_public(&tokens[..place]) {
                true => Kind::PublicUse,
                false => Kind::Use,
            };
            place = use_tree(tokens, place + 1, &[], kind, &mut found);
            blocks.mark(&mut found[before..]);
            continue;
        }
        let begins = is_name(&tokens[place])
            && tokens.get(place + 1).is_some_and(|next| next == "::")
            && !place
                .checked_sub(1)
                .is_some_and(|before| matches!(tokens[before].as_str(), "::" | "."));
        if !begins {
            blocks.pass(&tokens[place..]);
            place += 1;
            continue;
        }
        let mut segments = vec![tokens[place].clone()];
        place += 1;
        while tokens.get(place).is_some_and(|it| it == "::")
            && tokens.get(place + 1).is_some_and(|it| is_name(it))
        {
            segments.push(tokens[place + 1].clone());
            place += 2;
        }
        found.push(named(segments, None, Kind::Elsewhere));
        blocks.mark(&mut found[before..]);
        if tokens.get(place).is_some_and(|it| it == "::") {
            place += 1;
        }
    }
    found
}

fn named(segments: Vec<String>, name: Option<String>, kind: Kind) -> Named {
    let last = segments.last().cloned().unwrap_or_default();
    Named {
        segments,
        name: name.unwrap_or(last),
        kind,
        inside: 0,
    }
}

/// The blocks that are open, by whether each is a module's.
#[derive(Default)]
struct Blocks {
    open: Vec<bool>,
    /// The next one is a module's.
    module: bool,
}

impl Blocks {
    /// Takes note of the first of the tokens, which is no path's.
    fn pass(&mut self, tokens: &[Token]) {
        match tokens {
            [word, name, brace, ..] if word == "mod" && is_name(name) && brace == "{" => {
                self.module = true;
            }
            [brace, ..] if brace == "{" => self.open.push(std::mem::take(&mut self.module)),
            [brace, ..] if brace == "}" => {
                self.open.pop();
            }
            _ => {}
        }
    }

    fn mark(&self, found: &mut [Named]) {
        let inside = self.open.iter().filter(|is_module| **is_module).count();
        for named in found {
            named.inside = inside;
        }
    }
}

fn is_name(token: &str) -> bool {
    token
        .chars()
        .next()
        .is_some_and(|it| it.is_alphabetic() || it == '_')
}

/// Whether what comes next is `pub`, `pub(crate)`, ...
fn is_public(before: &[Token]) -> bool {
    let mut rest = before;
    if let [start @ .., close] = rest
        && close == ")"
    {
        let open = start.iter().rposition(|it| it == "(");
        rest = &rest[..open.unwrap_or(0)];
    }
    rest.last().is_some_and(|it| it == "pub")
}

/// Reads what stands behind `use`, or one part of it; gives the place behind it.
fn use_tree(
    tokens: &[Token],
    mut place: usize,
    prefix: &[String],
    kind: Kind,
    found: &mut Vec<Named>,
) -> usize {
    let mut segments = prefix.to_vec();
    while let Some(token) = tokens.get(place) {
        place += 1;
        match token.as_str() {
            "::" => {}
            "{" => {
                while tokens.get(place).is_some_and(|it| it != "}") {
                    place = use_tree(tokens, place, &segments, kind, found);
                    if tokens.get(place).is_some_and(|it| it == ",") {
                        place += 1;
                    }
                }
                place += 1;
                if prefix.is_empty() && tokens.get(place).is_some_and(|it| it == ";") {
                    place += 1;
                }
                return place;
            }
            "as" => {
                let name = tokens.get(place).cloned();
                found.push(named(segments, name, kind));
                return (place + 1).min(tokens.len());
            }
            "," | "}" | ";" => {
                if segments.last().is_some_and(|it| it == "self") {
                    segments.pop();
                }
                found.push(named(segments, None, kind));
                // What ends a part is for the one who reads the list.
                return if token == ";" { place } else { place - 1 };
            }
            _ => segments.push(token.clone()),
        }
    }
    place
}
