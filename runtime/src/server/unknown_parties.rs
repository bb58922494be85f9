//! Clients that ask for parties which the project does not have: each name is reported
//! once, because the client only sees a 404. Owns what has been told; routes nothing.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// Names that are told at most: clients may make up as many as they like.
const MOST: usize = 20;
/// Longest part of a name that is shown.
const SHOWN: usize = 60;

/// The names that were told.
#[derive(Debug, Default)]
pub struct UnknownParties(Mutex<HashSet<String>>);

impl UnknownParties {
    /// What to say of `asked` where the parties are `known`; `None` when it has been said.
    pub fn notice<'a>(
        &self,
        asked: &str,
        known: impl IntoIterator<Item = &'a String>,
    ) -> Option<String> {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() >= MOST || !told.insert(asked.to_owned()) {
            return None;
        }
        drop(told);
        let mut known: Vec<&str> = known.into_iter().map(String::as_str).collect();
        // The main party is the one that everybody has.
        known.sort_by_key(|name| (*name != "main", *name));
        let names: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
        let (parties, names) = match names.len() {
            1 => ("party", names.concat()),
            _ => ("parties", names.join(", ")),
        };
        let tip = match nearest(asked, &known) {
            Some(name) => format!(". Did you mean `{name}`?"),
            None => String::new(),
        };
        let asked: String = asked.escape_debug().take(SHOWN).collect();
        Some(format!(
            "A client asked for the party `{asked}`, which does not exist; the project has the {parties} {names}{tip}"
        ))
    }
}

/// The name that is one slip for every three letters away.
fn nearest<'a>(asked: &str, known: &[&'a str]) -> Option<&'a str> {
    let asked = asked.to_lowercase();
    let slips = (asked.chars().count() / 3).max(1);
    known
        .iter()
        .map(|name| {
            (
                strsim::damerau_levenshtein(&asked, &name.to_lowercase()),
                *name,
            )
        })
        .filter(|(distance, _)| *distance <= slips)
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn each_name_is_told_once_with_the_nearest_that_exists() {
        let (told, parties) = (UnknownParties::default(), known(&["chat", "main"]));
        assert_eq!(
            told.notice("Chatt", &parties).as_deref(),
            Some(
                "A client asked for the party `Chatt`, which does not exist; the project has the parties `main`, `chat`. Did you mean `chat`?"
            )
        );
        assert_eq!(told.notice("Chatt", &parties), None);
        let only = known(&["main"]);
        assert_eq!(
            told.notice("lobby", &only).as_deref(),
            Some(
                "A client asked for the party `lobby`, which does not exist; the project has the party `main`"
            )
        );
    }

    #[test]
    fn names_that_clients_make_up_fill_no_terminal() {
        let (told, parties) = (UnknownParties::default(), known(&["main"]));
        let text = told
            .notice(&format!("\x1b[2J{}", "x".repeat(500)), &parties)
            .expect("the first one");
        assert!(!text.contains('\x1b') && text.len() < 200, "{text}");
        let notices =
            (0..100).filter_map(|number| told.notice(&format!("made-up-{number}"), &parties));
        assert_eq!(notices.count(), MOST - 1);
    }
}
