//! Where the parts of a file stand in the text that V8 gets.
//!
//! Never changes a text.

use std::ops::Range;

use swc_core::common::{BytePos, Span};
use swc_core::ecma::ast::*;

use super::facts::Facts;
use super::read::{Source, read};
use crate::modules::shape::{Places, Shape};

/// The facts of a file whose text stays as it is written, but for one `?` for each UTF-16 unit that
/// is not ASCII.
pub(in crate::modules) fn in_source(
    program: &Program,
    source: &Source<'_>,
    shape: &Shape,
    places: &Places,
) -> Facts {
    let (mut facts, spans) = read(program, source, shape, places);
    facts.names = names(program);
    let offsets = Offsets::new(source.text, source.base);
    for (part, (span, statement)) in facts.parts.iter_mut().zip(spans) {
        part.span = offsets.range(span);
        part.of = statement.map(|span| offsets.range(span));
    }
    facts
}

/// The facts of a tree that is yet to be printed.
pub(in crate::modules) fn in_tree(
    program: &Program,
    source: &Source<'_>,
    shape: &Shape,
    places: &Places,
) -> Facts {
    read(program, source, shape, places).0
}

/// Adds where each statement was printed. Statements that were put in front since are nobody's.
pub(in crate::modules) fn printed(
    mut facts: Facts,
    program: &Program,
    items: &[Range<usize>],
) -> Facts {
    facts.names = names(program);
    let Some(added) = items.len().checked_sub(facts.parts.len()) else {
        facts.is_fixed = true;
        return facts;
    };
    let directives = directives(program);
    for (index, part) in facts.parts.iter_mut().enumerate() {
        let added = if index < directives { 0 } else { added };
        part.span = items[index + added].clone();
    }
    facts
}

/// Names as the text spells them, in the order in which [`Facts::names`] has them.
fn names(program: &Program) -> Vec<String> {
    let mut names = Vec::new();
    let Program::Module(module) = program else {
        return names;
    };
    for item in &module.body {
        match item {
            ModuleItem::ModuleDecl(ModuleDecl::Import(import)) => {
                let locals = import.specifiers.iter().map(ImportSpecifier::local);
                names.extend(locals.map(|local| local.sym.to_string()));
            }
            ModuleItem::ModuleDecl(ModuleDecl::ExportNamed(export)) if export.src.is_none() => {
                names.extend(export.specifiers.iter().filter_map(|one| match one {
                    ExportSpecifier::Named(named) => Some(named.orig.atom().to_string()),
                    _ => None,
                }));
            }
            _ => {}
        }
    }
    names
}

/// How many statements at the start are only texts.
fn directives(program: &Program) -> usize {
    let is_directive = |statement: &Stmt| match statement {
        Stmt::Expr(statement) => matches!(&*statement.expr, Expr::Lit(Lit::Str(_))),
        _ => false,
    };
    match program {
        Program::Module(module) => {
            let items = module.body.iter();
            items
                .take_while(|item| item.as_stmt().is_some_and(is_directive))
                .count()
        }
        Program::Script(script) => {
            let statements = script.body.iter();
            statements.take_while(|one| is_directive(one)).count()
        }
    }
}

/// From places in a source to places in its text.
struct Offsets {
    base: BytePos,
    /// Behind each character outside of ASCII: its end, and how many bytes the text is shorter there.
    shifts: Vec<(usize, usize)>,
}

impl Offsets {
    fn new(source: &str, base: BytePos) -> Self {
        let mut shifts = Vec::new();
        if !source.is_ascii() {
            let mut shorter = 0;
            for (at, c) in source.char_indices().filter(|(_, c)| !c.is_ascii()) {
                shorter += c.len_utf8() - c.len_utf16();
                shifts.push((at + c.len_utf8(), shorter));
            }
        }
        Self { base, shifts }
    }

    fn range(&self, span: Span) -> Range<usize> {
        self.offset(span.lo)..self.offset(span.hi)
    }

    fn offset(&self, position: BytePos) -> usize {
        let at = position.0.saturating_sub(self.base.0) as usize;
        let before = self.shifts.partition_point(|(end, _)| *end <= at);
        match before.checked_sub(1) {
            Some(last) => at - self.shifts[last].1,
            None => at,
        }
    }
}
