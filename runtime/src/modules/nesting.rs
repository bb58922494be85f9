//! What a source asks of the stack. The parser and the passes recurse as deep as the code nests, and
//! along chains of operators, and a stack that overflows ends the process; so the need is estimated from
//! the characters before any of them runs, and what nests deeper than V8 takes is refused by the tree.
//!
//! The room that every source has makes up for thousands of levels that the estimate, `scan`, misses. Never
//! decides what the code means.

mod scan;

use swc_core::common::{BytePos, SourceFile, SourceMap, Span};
use swc_core::ecma::ast::*;
use swc_core::ecma::visit::{Visit, VisitWith, noop_visit_type};

use self::scan::need;
use super::outcome::{Failure, Output, Refusal};

/// Room that is there without a look at the source.
const USUAL: usize = 48 << 20;
/// Most room that is made. It is address space until it is used.
const MOST: usize = 2 << 30;
/// As [`MOST`], for a value that is put into other code, whose own need is not known.
const MOST_OF_A_VALUE: usize = 16 << 20;
/// Longest text of a module, in bytes: half of V8's longest string.
const MOST_TEXT: usize = 256 << 20;
/// Levels that V8 compiles, which has some 1 MB of stack for it, are fewer than this.
const MOST_LEVELS: usize = 4_000;

/// Runs `work`, which recurses over `file`, on a stack that is large enough.
///
/// # Errors
/// The refusal of a file that no stack is large enough for, at its deepest place, or whose lines come out
/// indented so far that V8 has no string for them.
pub(super) fn with_stack(
    map: &SourceMap,
    file: &SourceFile,
    work: impl FnOnce() -> Result<Output, Failure>,
) -> Result<Output, Failure> {
    let (need, deepest) = need(&file.src);
    if need > MOST {
        let at = file.start_pos + BytePos(deepest as u32);
        return Err(refused(map, Span::new(at, at)));
    }
    let size = need + USUAL;
    let output = stacker::maybe_grow(size, size + (1 << 20), work)?;
    if output.text.len() > MOST_TEXT {
        let at = file.start_pos + BytePos(deepest as u32);
        return Err(refused(map, Span::new(at, at)));
    }
    Ok(output)
}

/// Runs `work`, which recurses over `text`, on a stack that is large enough, if there is one.
pub(super) fn on_stack<T>(text: &str, work: impl FnOnce() -> Option<T>) -> Option<T> {
    let (need, _) = need(text);
    let size = need + USUAL;
    (need <= MOST).then(|| stacker::maybe_grow(size, size + (1 << 20), work))?
}

/// Refuses what V8 could not compile, at the innermost construct that is one level too many.
pub(super) fn check(program: &Program, map: &SourceMap) -> Result<(), Failure> {
    let mut finder = FindDeepest {
        level: 0,
        found: None,
    };
    program.visit_with(&mut finder);
    finder.found.map_or(Ok(()), |span| Err(refused(map, span)))
}

fn refused(map: &SourceMap, span: Span) -> Failure {
    let message = "This is nested too deeply".to_owned();
    Failure::Refused(vec![Refusal::new(map, message, Some(span))])
}

/// Whether `value` nests so deeply that it must not become a part of other code.
pub(super) fn is_deep(value: &str) -> bool {
    need(value).0 > MOST_OF_A_VALUE
}

struct FindDeepest {
    level: usize,
    found: Option<Span>,
}

impl FindDeepest {
    fn inside(&mut self, span: Span, children: impl FnOnce(&mut Self)) {
        if self.found.is_some() {
            return;
        }
        self.level += 1;
        if self.level > MOST_LEVELS {
            self.found = Some(span.shrink_to_lo());
        } else {
            children(self);
        }
        self.level -= 1;
    }
}

/// Visits a kind of node as one level.
macro_rules! level {
    ($($visit:ident: $node:ty),* $(,)?) => {
        $(fn $visit(&mut self, node: &$node) {
            self.inside(node.span, |finder| node.visit_children_with(finder));
        })*
    };
}

impl Visit for FindDeepest {
    noop_visit_type!();

    level! {
        visit_array_lit: ArrayLit,
        visit_arrow_expr: ArrowExpr,
        visit_block_stmt: BlockStmt,
        visit_class: Class,
        visit_cond_expr: CondExpr,
        visit_function_body: FunctionBody,
        visit_if_stmt: IfStmt,
        visit_jsx_element: JSXElement,
        visit_jsx_fragment: JSXFragment,
        visit_object_lit: ObjectLit,
        visit_paren_expr: ParenExpr,
        visit_tpl: Tpl,
        visit_unary_expr: UnaryExpr,
    }
}
