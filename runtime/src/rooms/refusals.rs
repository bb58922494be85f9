//! What is reported of rooms that cannot be made: to each client its own, to the terminal some of them.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use partyrun_ops::message::HttpReply;

use crate::call::text_reply;

/// How often the terminal hears.
const PAUSE: Duration = Duration::from_secs(10);
/// When clients may try again, in seconds.
const RETRY_AFTER: &str = "1";

/// Why a room cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub text: String,
    /// For whoever runs the server: where a limit comes from and how to raise it.
    pub more: Option<String>,
}

impl From<String> for Refusal {
    fn from(text: String) -> Self {
        Refusal { text, more: None }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        match &self.more {
            Some(more) => write!(f, ". {more}"),
            None => Ok(()),
        }
    }
}

#[derive(Default)]
pub(super) struct Refusals(Mutex<State>);

#[derive(Default)]
struct State {
    told: Option<Instant>,
    untold: usize,
}

impl Refusals {
    /// What to tell of one more: `text`, and how many there have been since the last time. `None` when
    /// that is not long ago.
    pub fn notice(&self, text: String) -> Option<String> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.told.is_some_and(|told| told.elapsed() < PAUSE) {
            state.untold += 1;
            return None;
        }
        state.told = Some(Instant::now());
        Some(match std::mem::take(&mut state.untold) {
            0 => text,
            more => format!("{text} ({more} more since the last notice)"),
        })
    }
}

/// The answer to a request whose room cannot be made at the moment.
pub(super) fn unavailable(text: &str) -> HttpReply {
    let mut reply = text_reply(503, text);
    reply
        .headers
        .push(("retry-after".into(), RETRY_AFTER.into()));
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_terminal_hears_of_the_first_and_then_of_many_at_once() {
        let refusals = Refusals::default();
        assert_eq!(refusals.notice("a".to_owned()).as_deref(), Some("a"));
        for _ in 0..3 {
            assert_eq!(refusals.notice("b".to_owned()), None);
        }
        refusals.0.lock().expect("nobody panicked").told = Instant::now().checked_sub(PAUSE);
        assert_eq!(
            refusals.notice("c".to_owned()).as_deref(),
            Some("c (3 more since the last notice)")
        );
    }
}
