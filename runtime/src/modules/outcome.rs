//! What the transpilation of one file comes to: its text with what was read in it, or why there is none.
//!
//! Never transpiles and never shows a message.

use swc_core::common::{SourceMap, SourceMapper, Span};

use super::error::Position;
use super::liveness::Facts;
use super::shape::{self, Shape};

/// As many faults of one file are told. A text that is no code at all has one for each of its words, and
/// nobody reads the second screen.
const MOST_TOLD: usize = 20;

/// A specifier and the name imported from it.
pub(super) type TypeName = (String, String);

/// One module's text.
#[derive(Debug)]
pub(super) struct Output {
    /// ASCII, but for the rare file where an escape would change the meaning.
    pub text: String,
    /// JSON, version 3; empty when the text is the user's.
    pub map: Vec<u8>,
    pub shape: Shape,
    pub facts: Facts,
}

/// Why there is no output.
#[derive(Debug)]
pub(super) enum Failure {
    Refused(Vec<Refusal>),
    /// The transpiler's own words.
    Crashed(String),
}

/// Something the parser or a transform refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub message: String,
    pub position: Option<Position>,
    /// Characters to underline.
    pub length: usize,
    /// What it contradicts: a position, and how much is there to underline.
    pub other: Option<(Position, usize)>,
}

impl Refusal {
    pub(super) fn new(map: &SourceMap, message: String, span: Option<Span>) -> Self {
        let length = span
            .and_then(|span| map.span_to_snippet(span).ok())
            .map_or(1, |text| text.lines().next().unwrap_or("").chars().count());
        Self {
            message,
            position: span.and_then(|span| shape::position(map, span)),
            length: length.max(1),
            other: None,
        }
    }

    /// The same, with what it contradicts.
    pub(super) fn against(mut self, map: &SourceMap, span: Span) -> Self {
        let other = Refusal::new(map, String::new(), Some(span));
        self.other = other.position.map(|position| (position, other.length));
        self
    }
}

impl Failure {
    /// For these reasons, in the order of the text.
    pub(super) fn refused(mut refusals: Vec<Refusal>) -> Failure {
        refusals.sort_by_key(|refusal| refusal.position);
        refusals.dedup();
        let more = refusals.len().saturating_sub(MOST_TOLD);
        refusals.truncate(MOST_TOLD);
        if let (Some(last), 1..) = (refusals.last_mut(), more) {
            last.message
                .push_str(&format!(" (and {more} more in this file)"));
        }
        Failure::Refused(refusals)
    }
}
