//! What is added to the error with which code does not load: where in it that was, with the lines around it, a
//! declaration that it repeats, and files that import each other. Never decides what is an error.

use crate::isolate::LoadError;
use crate::modules::ModuleGraph;

/// What is said when a module runs before what it needs has run. Much else says so too: it is a hint only where
/// there is a circle.
const TOO_EARLY: [&str; 5] = [
    "undefined",
    "is not a function",
    "is not a constructor",
    "is not defined",
    "before initialization",
];

/// An error that was thrown while modules were evaluated.
pub(super) fn of_loading(error: LoadError, graph: &ModuleGraph) -> LoadError {
    let Some(place) = graph.place_in(&error.0) else {
        return error;
    };
    let is_too_early = TOO_EARLY.iter().any(|words| error.0.contains(words));
    let circle = match is_too_early {
        true => graph.circle(&place.file),
        false => None,
    };
    let circle = circle.map_or_else(String::new, |urls| {
        format!(
            "\nThese files import each other, so that one of them runs before what it takes from the next is there:\n  {}",
            urls.join("\n  imports ")
        )
    });
    let first = graph.declared_first(&error.0, &place);
    let first = first.map_or_else(String::new, |first| {
        format!("\n{first}: It is declared here first\n{}", first.frame())
    });
    LoadError(format!(
        "{}\n{place}\n{}{first}{circle}",
        error.0,
        place.frame()
    ))
}

/// An error about what a party's module exports.
pub(super) fn of_export(error: LoadError, graph: &ModuleGraph, party: &str) -> LoadError {
    let message = error.0.strip_prefix("Error: ").unwrap_or(&error.0);
    // A handler is named so.
    let handler = message
        .strip_prefix('.')
        .and_then(|rest| rest.split(' ').next());
    match graph.default_export(party, handler) {
        Some(place) => LoadError(format!("{place}: {message}\n{}", place.frame())),
        None => error,
    }
}
