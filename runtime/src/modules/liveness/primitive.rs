//! Which primitive type the value of an expression has, as far as its text shows.
//!
//! Never computes the value.

use swc_core::ecma::ast::*;

use super::pure::bare;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Primitive {
    Unknown,
    /// One of several.
    Mixed,
    Null,
    Undefined,
    Boolean,
    Number,
    String,
    BigInt,
}

/// `is_free` says whether a name is one that nothing declares.
pub(super) fn known_primitive(expr: &Expr, is_free: &dyn Fn(&Ident) -> bool) -> Primitive {
    let of = |expr: &Expr| known_primitive(expr, is_free);
    match bare(expr) {
        Expr::Lit(literal) => match literal {
            Lit::Str(_) => Primitive::String,
            Lit::Bool(_) => Primitive::Boolean,
            Lit::Null(_) => Primitive::Null,
            Lit::Num(_) => Primitive::Number,
            Lit::BigInt(_) => Primitive::BigInt,
            Lit::Regex(_) | Lit::JSXText(_) => Primitive::Unknown,
        },
        Expr::Ident(name) if is_free(name) => match &*name.sym {
            "undefined" => Primitive::Undefined,
            "NaN" | "Infinity" => Primitive::Number,
            _ => Primitive::Unknown,
        },
        Expr::Tpl(_) => Primitive::String,
        Expr::Cond(choice) => either(of(&choice.cons), of(&choice.alt)),
        Expr::Seq(sequence) => sequence
            .exprs
            .last()
            .map_or(Primitive::Unknown, |last| of(last)),
        Expr::Unary(operation) => match operation.op {
            UnaryOp::Void => Primitive::Undefined,
            UnaryOp::TypeOf => Primitive::String,
            UnaryOp::Bang | UnaryOp::Delete => Primitive::Boolean,
            UnaryOp::Plus => Primitive::Number,
            UnaryOp::Minus | UnaryOp::Tilde => match of(&operation.arg) {
                Primitive::BigInt => Primitive::BigInt,
                Primitive::Unknown | Primitive::Mixed => Primitive::Mixed,
                _ => Primitive::Number,
            },
        },
        Expr::Update(_) => Primitive::Mixed,
        Expr::Bin(operation) => binary(operation, &of),
        Expr::Assign(assignment) => match assignment.op {
            AssignOp::Assign => of(&assignment.right),
            AssignOp::AddAssign => match of(&assignment.right) {
                Primitive::String => Primitive::String,
                _ => Primitive::Mixed,
            },
            AssignOp::AndAssign | AssignOp::OrAssign | AssignOp::NullishAssign => {
                Primitive::Unknown
            }
            _ => Primitive::Mixed,
        },
        _ => Primitive::Unknown,
    }
}

fn binary(operation: &BinExpr, of: &dyn Fn(&Expr) -> Primitive) -> Primitive {
    let (left, right) = (of(&operation.left), of(&operation.right));
    match operation.op {
        BinaryOp::EqEq
        | BinaryOp::NotEq
        | BinaryOp::EqEqEq
        | BinaryOp::NotEqEq
        | BinaryOp::Lt
        | BinaryOp::LtEq
        | BinaryOp::Gt
        | BinaryOp::GtEq
        | BinaryOp::In
        | BinaryOp::InstanceOf => Primitive::Boolean,
        BinaryOp::LogicalOr | BinaryOp::LogicalAnd => either(left, right),
        BinaryOp::NullishCoalescing => match (left, right) {
            (Primitive::Null | Primitive::Undefined, right) => right,
            (Primitive::Unknown, _) | (Primitive::Mixed, Primitive::Unknown) => Primitive::Unknown,
            (left, _) => left,
        },
        BinaryOp::Add => match (left, right) {
            (Primitive::String, _) | (_, Primitive::String) => Primitive::String,
            (Primitive::BigInt, Primitive::BigInt) => Primitive::BigInt,
            (left, right) if is_no_bigint(left) && is_no_bigint(right) => Primitive::Number,
            _ => Primitive::Mixed,
        },
        _ => Primitive::Mixed,
    }
}

fn is_no_bigint(value: Primitive) -> bool {
    !matches!(
        value,
        Primitive::Unknown | Primitive::Mixed | Primitive::BigInt
    )
}

fn either(one: Primitive, other: Primitive) -> Primitive {
    match (one, other) {
        (Primitive::Unknown, _) | (_, Primitive::Unknown) => Primitive::Unknown,
        (one, other) if one == other => one,
        _ => Primitive::Mixed,
    }
}
