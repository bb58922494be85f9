//! What a person can do about a name that a module does not export. Reads the module's text as a text: types are
//! gone from the tree.

use std::collections::BTreeSet;

use super::did_you_mean;
use crate::modules::similar::nearest;

/// Names that are listed: more are no hint.
const LISTED: usize = 4;

/// What to add about `name`, which the module with this text and these exports does not have.
pub(in crate::modules) fn of_name(name: &str, source: &str, offered: &BTreeSet<&str>) -> String {
    if is_type(source, name) {
        return ", there it is a type, of which nothing is left when the code runs".to_owned();
    }
    if let Some(meant) = nearest(name, offered.iter().copied()) {
        return did_you_mean(Some(meant));
    }
    let named: Vec<&str> = offered
        .iter()
        .copied()
        .filter(|name| *name != "default")
        .collect();
    match named.len() {
        1..=LISTED if name == "default" => format!(
            ", what it has is imported in braces: `{{ {} }}`",
            named.join(", ")
        ),
        0 if offered.contains("default") => {
            ", it has nothing but a default export, which is imported without braces".to_owned()
        }
        _ => String::new(),
    }
}

/// Whether the text exports `name` as a type.
fn is_type(source: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    let begins = |text: &str| {
        text.strip_prefix(name)
            .is_some_and(|rest| !rest.starts_with(is_part))
    };
    source.lines().any(|line| {
        let Some(rest) = line.trim_start().strip_prefix("export ") else {
            return false;
        };
        let rest = rest.strip_prefix("declare ").unwrap_or(rest);
        let declared = ["interface ", "type "]
            .iter()
            .find_map(|word| rest.strip_prefix(word))
            .map(str::trim_start);
        match declared {
            // `export type { A, B }`
            Some(list) if list.starts_with('{') => {
                let list = list.trim_start_matches('{').split('}').next();
                let names = list.unwrap_or_default().split(',');
                names
                    .map(|one| one.rsplit(' ').find(|word| !word.is_empty()))
                    .any(|one| one == Some(name))
            }
            Some(declared) => begins(declared),
            None => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(name: &str, source: &str, offered: &[&str]) -> String {
        of_name(name, source, &offered.iter().copied().collect())
    }

    #[test]
    fn types_are_named_as_such() {
        for source in [
            "export interface Room { a: 1 }",
            "  export type Room = 1",
            "export declare type Room<T> = T",
            "class Room {}\nexport type { Other, Room };",
            "export type { Inner as Room } from './x'",
        ] {
            assert!(
                said("Room", source, &["Rooms"]).contains("a type"),
                "{source}"
            );
        }
        for source in [
            "export interface Rooms {}",
            "interface Room {}",
            "export type { Room as Other }",
            "export const type = Room",
        ] {
            assert!(!said("Room", source, &[]).contains("a type"), "{source}");
        }
    }

    #[test]
    fn braces_that_are_missing_or_too_many_are_told_of() {
        assert_eq!(
            said("default", "", &["room", "send"]),
            ", what it has is imported in braces: `{ room, send }`"
        );
        assert!(said("Room", "", &["default"]).contains("without braces"));
        assert_eq!(said("default", "", &["a", "b", "c", "d", "e"]), "");
        assert_eq!(said("default", "", &[]), "");
        assert_eq!(said("Room", "", &["default", "send"]), "");
        assert_eq!(said("sned", "", &["send"]), ", did you mean `send`?");
    }
}
