//! Conditions that are known before a program runs, so that what a bundler would drop is not looked
//! up: `if (process.env.NODE_ENV === "production") require("./min.js")` after the defines.
//!
//! Never changes the tree.

use swc_core::ecma::ast::*;
use swc_core::ecma::visit::{Visit, VisitWith};

/// Has `visitor` see what can run of a branch.
pub(super) fn visit_if(branch: &IfStmt, visitor: &mut impl Visit) {
    let known = truthiness(&branch.test);
    branch.test.visit_with(visitor);
    if known != Some(false) {
        branch.cons.visit_with(visitor);
    }
    if known != Some(true) {
        branch.alt.visit_with(visitor);
    }
}

/// The same of `a ? b : c`.
pub(super) fn visit_choice(branch: &CondExpr, visitor: &mut impl Visit) {
    let known = truthiness(&branch.test);
    branch.test.visit_with(visitor);
    if known != Some(false) {
        branch.cons.visit_with(visitor);
    }
    if known != Some(true) {
        branch.alt.visit_with(visitor);
    }
}

/// The same of `a && b` and `a || b`.
pub(super) fn visit_operation(operation: &BinExpr, visitor: &mut impl Visit) {
    operation.left.visit_with(visitor);
    let is_dead = match operation.op {
        BinaryOp::LogicalAnd => truthiness(&operation.left) == Some(false),
        BinaryOp::LogicalOr => truthiness(&operation.left) == Some(true),
        _ => false,
    };
    if !is_dead {
        operation.right.visit_with(visitor);
    }
}

/// Whether `expr` is always truthy, or always falsy. `None` when it depends on the run.
pub(super) fn truthiness(expr: &Expr) -> Option<bool> {
    match expr {
        Expr::Paren(inner) => truthiness(&inner.expr),
        Expr::Lit(Lit::Bool(value)) => Some(value.value),
        Expr::Lit(Lit::Str(text)) => Some(!text.value.is_empty()),
        Expr::Lit(Lit::Num(number)) => Some(number.value != 0.0 && !number.value.is_nan()),
        Expr::Lit(Lit::Null(_)) => Some(false),
        Expr::Unary(not) if not.op == UnaryOp::Bang => truthiness(&not.arg).map(|value| !value),
        Expr::Bin(operation) => binary(operation),
        _ => None,
    }
}

fn binary(operation: &BinExpr) -> Option<bool> {
    let (left, right) = (&*operation.left, &*operation.right);
    match operation.op {
        BinaryOp::EqEq | BinaryOp::EqEqEq => same_text(left, right),
        BinaryOp::NotEq | BinaryOp::NotEqEq => same_text(left, right).map(|same| !same),
        BinaryOp::LogicalAnd => match (truthiness(left), truthiness(right)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), right) => right,
            _ => None,
        },
        BinaryOp::LogicalOr => match (truthiness(left), truthiness(right)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), right) => right,
            _ => None,
        },
        _ => None,
    }
}

fn same_text(left: &Expr, right: &Expr) -> Option<bool> {
    match (left, right) {
        (Expr::Lit(Lit::Str(left)), Expr::Lit(Lit::Str(right))) => Some(left.value == right.value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use swc_core::common::sync::Lrc;
    use swc_core::common::{FileName, SourceMap};
    use swc_core::ecma::parser::{Syntax, parse_file_as_expr};

    use super::*;

    fn of(text: &str) -> Option<bool> {
        let map: Lrc<SourceMap> = Lrc::default();
        let file = map.new_source_file(Lrc::new(FileName::Anon), text.to_owned());
        let syntax = Syntax::Es(Default::default());
        let expr = parse_file_as_expr(&file, syntax, EsVersion::EsNext, None, &mut Vec::new());
        truthiness(&expr.expect("the text is an expression"))
    }

    #[test]
    fn comparisons_of_texts_are_known() {
        assert_eq!(of("'development' === 'production'"), Some(false));
        assert_eq!(of("!('a' != 'b')"), Some(false));
        assert_eq!(of("'a' === 'a' && x"), None);
        assert_eq!(of("x && false"), Some(false));
        assert_eq!(of("'a' === b"), None);
        assert_eq!(of("1 || x"), Some(true));
    }
}
