//! What is said of a file that cannot become a module: message, position, length.
//!
//! Never shows it and never decides how V8 is to read a file.

use std::sync::{Arc, Mutex, PoisonError};

use swc_core::common::errors::{DiagnosticBuilder, Emitter, Level};
use swc_core::common::{SourceMap, SourceMapper, Span};
use swc_core::ecma::ast::Program;

use super::Failure;
use crate::modules::error::Position;
use crate::modules::{assignments, duplicates, shape};

/// As many faults of one file are told. A text that is no code at all has one for each of its words, and
/// nobody reads the second screen.
const MOST_TOLD: usize = 20;

/// Something the parser or a transform refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::modules) struct Refusal {
    pub message: String,
    pub position: Option<Position>,
    /// Characters to underline.
    pub length: usize,
}

impl Refusal {
    pub(in crate::modules) fn new(map: &SourceMap, message: String, span: Option<Span>) -> Self {
        let length = span
            .and_then(|span| map.span_to_snippet(span).ok())
            .map_or(1, |text| text.lines().next().unwrap_or("").chars().count());
        Self {
            message,
            position: span.and_then(|span| shape::position(map, span)),
            length: length.max(1),
        }
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

/// Refuses what bundles refuse, and what a variable in the place of a constant would take. swc's
/// resolver must have run, and no pass that changes declarations.
pub(super) fn check(
    program: &Program,
    map: &SourceMap,
    is_typescript: bool,
) -> Result<(), Failure> {
    let again = duplicates::found(program, is_typescript).into_iter();
    let again = again.map(|duplicate| {
        let line = shape::position(map, duplicate.first).map_or(0, |position| position.line);
        let name = duplicate.name;
        let message = format!("This name is already declared, in line {line}: `{name}`");
        (message, duplicate.span)
    });
    let refusals: Vec<Refusal> = again
        .chain(assignments::assigned(program))
        .map(|(message, span)| Refusal::new(map, message, Some(span)))
        .collect();
    if refusals.is_empty() {
        return Ok(());
    }
    Err(Failure::refused(refusals))
}

/// Collects what transforms complain about.
#[derive(Clone, Default)]
pub(super) struct Refusals(Arc<Mutex<Vec<Complaint>>>);

/// A message and what it is about.
pub(super) type Complaint = (String, Option<Span>);

impl Refusals {
    pub(super) fn take(&self) -> Vec<Complaint> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Emitter for Refusals {
    fn emit(&mut self, diagnostic: &mut DiagnosticBuilder<'_>) {
        if matches!(diagnostic.level, Level::Warning | Level::Note | Level::Help) {
            return;
        }
        let found = (diagnostic.message(), diagnostic.span.primary_span());
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(found);
    }
}
