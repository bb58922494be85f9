//! What a file is refused for: what bundles refuse in its tree, and what transforms complain about.
//!
//! Never shows it and never decides how V8 is to read a file.

use std::sync::{Arc, Mutex, PoisonError};

use swc_core::common::errors::{DiagnosticBuilder, Emitter, Level};
use swc_core::common::{SourceMap, Span};
use swc_core::ecma::ast::Program;

use crate::modules::outcome::{Failure, Refusal};
use crate::modules::{assignments, duplicates, shape};

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
        let message = match &*name {
            "default" => format!("A file has one default export, and there is one in line {line}"),
            _ => format!("This name is already declared, in line {line}: `{name}`"),
        };
        Refusal::new(map, message, Some(duplicate.span)).against(map, duplicate.first)
    });
    let assigned = assignments::assigned(program).into_iter();
    let assigned = assigned.map(|(message, span)| Refusal::new(map, message, Some(span)));
    let refusals: Vec<Refusal> = again.chain(assigned).collect();
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
