//! Conditions that are known before a program runs, so that what a bundler would drop is not looked
//! up: `if (process.env.NODE_ENV === "production") require("./min.js")` after the defines.
//!
//! Never changes the tree.

use swc_core::ecma::ast::*;
use swc_core::ecma::visit::{Visit, VisitWith};

/// Has `visitor` see what can run of a branch.
pub(super) fn visit_if(visitor: &mut impl Visit, branch: &IfStmt) {
    visit_branch(visitor, &branch.test, &branch.cons, &branch.alt);
}

/// The same of `a ? b : c`.
pub(super) fn visit_choice(visitor: &mut impl Visit, branch: &CondExpr) {
    visit_branch(visitor, &branch.test, &branch.cons, &branch.alt);
}

fn visit_branch<V: Visit>(
    visitor: &mut V,
    test: &Expr,
    then: &impl VisitWith<V>,
    otherwise: &impl VisitWith<V>,
) {
    let known = truthiness(test);
    test.visit_with(visitor);
    if known != Some(false) {
        then.visit_with(visitor);
    }
    if known != Some(true) {
        otherwise.visit_with(visitor);
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

/// Visits the parts of `operation` that may run. Each is looked at once, however long the chain is that
/// they make.
pub(super) fn visit_live<V: Visit>(visitor: &mut V, operation: &BinExpr) {
    if is_logical(operation) {
        chain(visitor, operation);
    } else {
        operation.visit_children_with(visitor);
    }
}

fn is_logical(operation: &BinExpr) -> bool {
    matches!(operation.op, BinaryOp::LogicalAnd | BinaryOp::LogicalOr)
}

/// Visits a chain of `&&` and `||`, and answers as [`truthiness`].
fn chain<V: Visit>(visitor: &mut V, operation: &BinExpr) -> Option<bool> {
    let mut links = vec![operation];
    let mut first = &*operation.left;
    while let Expr::Bin(inner) = first
        && is_logical(inner)
    {
        links.push(inner);
        first = &inner.left;
    }
    let mut value = link(visitor, first);
    for operation in links.into_iter().rev() {
        let ending = Some(operation.op == BinaryOp::LogicalOr);
        if value == ending {
            continue;
        }
        let right = link(visitor, &operation.right);
        value = match value {
            _ if right == ending => ending,
            Some(_) => right,
            None => None,
        };
    }
    value
}

fn link<V: Visit>(visitor: &mut V, expr: &Expr) -> Option<bool> {
    match expr {
        Expr::Paren(inner) => link(visitor, &inner.expr),
        Expr::Unary(not) if not.op == UnaryOp::Bang => link(visitor, &not.arg).map(|value| !value),
        Expr::Bin(operation) if is_logical(operation) => chain(visitor, operation),
        _ => {
            expr.visit_with(visitor);
            truthiness(expr)
        }
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

    fn parsed(text: &str) -> Box<Expr> {
        let map: Lrc<SourceMap> = Lrc::default();
        let file = map.new_source_file(Lrc::new(FileName::Anon), text.to_owned());
        let syntax = Syntax::Es(Default::default());
        let expr = parse_file_as_expr(&file, syntax, EsVersion::EsNext, None, &mut Vec::new());
        expr.expect("the text is an expression")
    }

    fn of(text: &str) -> Option<bool> {
        truthiness(&parsed(text))
    }

    /// The names that are visited, and how often something is.
    #[derive(Default)]
    struct Seen(Vec<String>);

    impl Visit for Seen {
        fn visit_bin_expr(&mut self, operation: &BinExpr) {
            visit_live(self, operation);
        }

        fn visit_ident(&mut self, name: &Ident) {
            self.0.push(name.sym.to_string());
        }
    }

    #[test]
    fn only_what_may_run_is_visited_and_once() {
        let seen = |text: &str| {
            let mut seen = Seen::default();
            parsed(text).visit_with(&mut seen);
            seen.0.join(" ")
        };
        assert_eq!(seen("a || b || c && d + e"), "a b c d e");
        assert_eq!(seen("'x' || a"), "");
        assert_eq!(seen("false && a || b"), "b");
        assert_eq!(seen("a && false && b || c"), "a c");
        assert_eq!(seen("!(a && ('x' === 'y')) || b"), "a");
        assert_eq!(seen("(a || true) && b"), "a b");
        assert_eq!(seen("(a || true) || b"), "a");
        assert_eq!(seen("!0 && a"), "a");
        let long = format!("x{}", "||(x)".repeat(500));
        assert_eq!(seen(&long).matches('x').count(), 501);
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
