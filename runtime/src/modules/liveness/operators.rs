//! Whether operators can be left out with their operands: those that call no code of the program, as
//! `toString` or `valueOf` would be, and never throw.
//!
//! Part of `pure`'s rules.

use swc_core::ecma::ast::*;

use super::primitive::Primitive;
use super::pure::{Purity, bare};
use crate::modules::conditions::truthiness;

impl Purity<'_> {
    pub(super) fn unary(&self, operation: &UnaryExpr) -> bool {
        let argument = bare(&operation.arg);
        match operation.op {
            UnaryOp::Void | UnaryOp::Bang => self.expr(argument),
            UnaryOp::TypeOf => argument.is_ident() || self.expr(argument),
            UnaryOp::Minus | UnaryOp::Plus => matches!(
                argument,
                Expr::Lit(Lit::Num(_) | Lit::Bool(_) | Lit::Null(_) | Lit::Str(_))
            ),
            _ => false,
        }
    }

    pub(super) fn binary(&self, operation: &BinExpr) -> bool {
        let (left, right) = (bare(&operation.left), bare(&operation.right));
        let both = || self.expr(&operation.left) && self.expr(&operation.right);
        match operation.op {
            BinaryOp::EqEqEq | BinaryOp::NotEqEq | BinaryOp::NullishCoalescing => both(),
            BinaryOp::LogicalOr | BinaryOp::LogicalAnd => {
                let is_and = operation.op == BinaryOp::LogicalAnd;
                self.expr(&operation.left)
                    && (truthiness(left) == Some(!is_and)
                        || self.is_guarded(right, left, is_and)
                        || self.expr(&operation.right))
            }
            BinaryOp::EqEq | BinaryOp::NotEq => {
                let known = self.primitive(left);
                known != Primitive::Unknown
                    && known != Primitive::Mixed
                    && known == self.primitive(right)
                    && both()
            }
            BinaryOp::Lt | BinaryOp::Gt | BinaryOp::LtEq | BinaryOp::GtEq => {
                let known = self.primitive(left);
                matches!(
                    known,
                    Primitive::String | Primitive::Number | Primitive::BigInt
                ) && known == self.primitive(right)
                    && both()
            }
            BinaryOp::Add => is_text_sum(left) && is_text_sum(right) && both(),
            _ => false,
        }
    }

    pub(super) fn choice(&self, choice: &CondExpr) -> bool {
        let test = bare(&choice.test);
        let branch = |value: &Expr, is_yes: bool| {
            self.is_guarded(bare(value), test, is_yes) || self.expr(value)
        };
        self.expr(&choice.test) && branch(&choice.cons, true) && branch(&choice.alt, false)
    }

    /// `x` where `test` has made sure that there is an `x`: `typeof x !== "undefined" ? x : y`.
    fn is_guarded(&self, value: &Expr, test: &Expr, is_yes: bool) -> bool {
        let (Expr::Ident(name), Expr::Bin(test)) = (value, test) else {
            return false;
        };
        if !self.is_free(name) {
            return false;
        }
        let (left, right) = (bare(&test.left), bare(&test.right));
        let (asked, text, is_flipped) = match (left, right) {
            (Expr::Unary(asked), Expr::Lit(Lit::Str(text))) => (asked, text, false),
            (Expr::Lit(Lit::Str(text)), Expr::Unary(asked)) => (asked, text, true),
            _ => return false,
        };
        let is_same = matches!(bare(&asked.arg), Expr::Ident(other) if other.sym == name.sym);
        if asked.op != UnaryOp::TypeOf || !is_same {
            return false;
        }
        let is_yes = is_yes != (is_flipped && !is_equality(test.op));
        match test.op {
            BinaryOp::NotEq | BinaryOp::NotEqEq => (text.value == *"undefined") == is_yes,
            BinaryOp::EqEq | BinaryOp::EqEqEq => (text.value == *"undefined") != is_yes,
            BinaryOp::Lt | BinaryOp::LtEq => text.value == *"u" && is_yes,
            BinaryOp::Gt | BinaryOp::GtEq => text.value == *"u" && !is_yes,
            _ => false,
        }
    }

    pub(super) fn template(&self, template: &Tpl) -> bool {
        let mut values = template.exprs.iter();
        values.all(|value| self.expr(value) && self.primitive(value) != Primitive::Unknown)
    }
}

/// Texts that are joined before the program runs.
fn is_text_sum(expr: &Expr) -> bool {
    match bare(expr) {
        Expr::Lit(Lit::Str(_)) | Expr::Tpl(_) => true,
        Expr::Bin(sum) => {
            sum.op == BinaryOp::Add && is_text_sum(&sum.left) && is_text_sum(&sum.right)
        }
        _ => false,
    }
}

fn is_equality(op: BinaryOp) -> bool {
    matches!(
        op,
        BinaryOp::EqEq | BinaryOp::EqEqEq | BinaryOp::NotEq | BinaryOp::NotEqEq
    )
}
