//! Whether a statement or an expression can be left out when nobody uses its value. The rules are
//! esbuild's, which bundles for the original: what its bundles run must run here, and nothing else.
//! In doubt there is an effect.
//!
//! Never looks at who uses what.

use std::collections::HashSet;

use swc_core::common::{BytePos, Spanned, SyntaxContext};
use swc_core::ecma::ast::*;

use super::annotations::Annotations;
use super::globals;
use super::primitive::{Primitive, known_primitive};

/// What the rules need to know of the file.
pub(super) struct Purity<'a> {
    /// The scope of names that nothing declares.
    pub free: SyntaxContext,
    pub annotations: &'a Annotations,
    /// Where JSX elements began: what they became is without effect.
    pub jsx: &'a HashSet<BytePos>,
    /// Functions of the file that are marked as without effect.
    pub functions: HashSet<Id>,
    /// The names of `import * as`.
    pub namespaces: HashSet<Id>,
}

impl Purity<'_> {
    /// The statements of a function or a static block.
    pub(super) fn statements(&self, statements: &[Stmt], may_return: bool) -> bool {
        statements.iter().all(|statement| match statement {
            Stmt::Return(value) => may_return && value.arg.as_deref().is_none_or(|e| self.expr(e)),
            _ => self.statement(statement),
        })
    }

    pub(super) fn statement(&self, statement: &Stmt) -> bool {
        match statement {
            Stmt::Empty(_) => true,
            Stmt::Decl(declaration) => self.declaration(declaration),
            // Directives.
            Stmt::Expr(statement) if is_text(&statement.expr) => false,
            Stmt::Expr(statement) => self.expr(&statement.expr),
            Stmt::Try(attempt) => {
                let last = attempt.finalizer.as_ref();
                self.statements(&attempt.block.stmts, false)
                    && last.is_none_or(|block| self.statements(&block.stmts, false))
            }
            _ => false,
        }
    }

    pub(super) fn declaration(&self, declaration: &Decl) -> bool {
        match declaration {
            Decl::Fn(_) | Decl::TsInterface(_) | Decl::TsTypeAlias(_) => true,
            Decl::Class(class) => self.class(&class.class),
            Decl::Var(variables) => variables.decls.iter().all(|one| self.variable(one)),
            Decl::Using(variables) => {
                let is_nothing = |one: &VarDeclarator| {
                    let value = one.init.as_deref().map(|init| self.primitive(init));
                    matches!(value, Some(Primitive::Null | Primitive::Undefined))
                        && self.variable(one)
                };
                !variables.is_await && variables.decls.iter().all(is_nothing)
            }
            Decl::TsEnum(_) | Decl::TsModule(_) => false,
        }
    }

    pub(super) fn variable(&self, variable: &VarDeclarator) -> bool {
        let init = variable.init.as_deref();
        let binds_quietly = match &variable.name {
            Pat::Ident(_) => true,
            // The iterator of an array literal is the language's own.
            Pat::Array(pattern) if init.is_some_and(Expr::is_array) => {
                pattern.elems.iter().flatten().all(|element| match element {
                    Pat::Ident(_) => true,
                    Pat::Assign(with_default) => {
                        with_default.left.is_ident() && self.expr(&with_default.right)
                    }
                    _ => false,
                })
            }
            _ => false,
        };
        binds_quietly && init.is_none_or(|init| self.expr(init))
    }

    pub(super) fn expr(&self, expr: &Expr) -> bool {
        self.value(expr, false)
    }

    /// `is_marked` says that a comment before the parentheses around `expr` was for it.
    fn value(&self, expr: &Expr, is_marked: bool) -> bool {
        match expr {
            Expr::Paren(inner) => {
                let is_marked = is_marked || self.annotations.pure.contains(&inner.span.lo);
                self.value(&inner.expr, is_marked)
            }
            Expr::Lit(_) | Expr::This(_) | Expr::Fn(_) | Expr::Arrow(_) => true,
            Expr::MetaProp(meta) => meta.kind == MetaPropKind::ImportMeta,
            Expr::Class(class) => self.class(&class.class),
            Expr::Ident(name) => !self.is_free(name) || globals::is_known(&name.sym),
            Expr::Member(member) => self.is_quiet_member(member),
            Expr::Cond(choice) => self.choice(choice),
            Expr::Array(array) => array.elems.iter().flatten().all(|element| {
                // `[...[x]]`.
                let is_inline = element.spread.is_none() || element.expr.is_array();
                is_inline && self.expr(&element.expr)
            }),
            Expr::Object(object) => object.props.iter().all(|property| match property {
                PropOrSpread::Spread(_) => false,
                PropOrSpread::Prop(property) => self.property(property),
            }),
            Expr::Seq(sequence) => sequence.exprs.iter().all(|e| self.expr(e)),
            Expr::Call(call) => {
                (is_marked || self.is_pure_call(call)) && self.arguments(&call.args)
            }
            Expr::OptChain(chain) => match &*chain.base {
                OptChainBase::Call(call) => {
                    let is_pure = is_marked
                        || self.annotations.pure.contains(&chain.span.lo)
                        || self.is_function_without_effect(&call.callee);
                    is_pure && self.arguments(&call.args)
                }
                OptChainBase::Member(_) => false,
            },
            Expr::New(new) => {
                let arguments = new.args.as_deref().unwrap_or_default();
                let is_pure = is_marked
                    || self.annotations.pure.contains(&new.span.lo)
                    || self.makes_nothing_known(&new.callee, arguments);
                is_pure && self.arguments(arguments)
            }
            Expr::Unary(operation) => self.unary(operation),
            Expr::Bin(operation) => self.binary(operation),
            Expr::Tpl(template) => self.template(template),
            Expr::TaggedTpl(tagged) => {
                self.is_function_without_effect(&tagged.tag) && self.template(&tagged.tpl)
            }
            _ => false,
        }
    }

    fn property(&self, property: &Prop) -> bool {
        match property {
            Prop::Shorthand(name) => self.expr(&Expr::Ident(name.clone())),
            Prop::KeyValue(pair) => self.key(&pair.key) && self.expr(&pair.value),
            Prop::Getter(getter) => self.key(&getter.key),
            Prop::Setter(setter) => self.key(&setter.key),
            Prop::Method(method) => self.key(&method.key),
            Prop::Assign(_) => false,
        }
    }

    fn arguments(&self, arguments: &[ExprOrSpread]) -> bool {
        let mut arguments = arguments.iter();
        arguments.all(|argument| argument.spread.is_none() && self.expr(&argument.expr))
    }

    fn is_pure_call(&self, call: &CallExpr) -> bool {
        let start = call.span.lo;
        if self.annotations.pure.contains(&start) || self.jsx.contains(&start) || start.is_pure() {
            return true;
        }
        let Callee::Expr(callee) = &call.callee else {
            return false;
        };
        match bare(callee) {
            Expr::Arrow(arrow) => {
                let mut parameters = arrow.params.iter();
                !arrow.is_async
                    && parameters.all(|parameter| self.parameter(parameter))
                    && match &*arrow.body {
                        ArrowFunctionBody::FunctionBody(body) => self.statements(&body.stmts, true),
                        ArrowFunctionBody::Expr(value) => self.expr(value),
                    }
            }
            Expr::Fn(function) => {
                let function = &function.function;
                let mut parameters = function.params.iter();
                let body = function.body.as_ref();
                !function.is_async
                    && !function.is_generator
                    && parameters.all(|parameter| self.parameter(&parameter.pat))
                    && body.is_none_or(|body| self.statements(&body.stmts, true))
            }
            Expr::Member(_) => {
                let is_empty =
                    |e: &Expr| matches!(bare(e), Expr::Lit(Lit::Null(_)) | Expr::Object(_));
                matches!(&call.args[..], [one] if is_empty(&one.expr))
                    && self.path(callee).as_deref() == Some("Object.create")
            }
            other => self.is_function_without_effect(other),
        }
    }

    fn is_function_without_effect(&self, callee: &Expr) -> bool {
        matches!(callee, Expr::Ident(name) if self.functions.contains(&name.to_id()))
    }

    fn parameter(&self, parameter: &Pat) -> bool {
        match parameter {
            Pat::Ident(_) => true,
            Pat::Rest(rest) => rest.arg.is_ident(),
            Pat::Assign(with_default) => {
                with_default.left.is_ident() && self.expr(&with_default.right)
            }
            _ => false,
        }
    }

    /// Constructors of the language with arguments that they only store.
    fn makes_nothing_known(&self, callee: &Expr, arguments: &[ExprOrSpread]) -> bool {
        let Expr::Ident(name) = bare(callee) else {
            return false;
        };
        if !self.is_free(name) {
            return false;
        }
        let argument = match arguments {
            [] => None,
            [one] if one.spread.is_none() => Some(bare(&one.expr)),
            _ => return false,
        };
        let Some(argument) = argument else {
            return matches!(&*name.sym, "WeakSet" | "WeakMap" | "Date" | "Set" | "Map");
        };
        let primitive = self.primitive(argument);
        let is_nothing = matches!(argument, Expr::Lit(Lit::Null(_)))
            || matches!(argument, Expr::Ident(_)) && primitive == Primitive::Undefined;
        match (&*name.sym, argument) {
            ("WeakSet" | "WeakMap", Expr::Array(array)) => array.elems.is_empty(),
            ("Set", Expr::Array(_)) => true,
            ("Map", Expr::Array(array)) => array.elems.iter().all(|element| {
                let entry = element.as_ref();
                entry.is_some_and(|entry| entry.spread.is_none() && entry.expr.is_array())
            }),
            ("WeakSet" | "WeakMap" | "Set" | "Map", _) => is_nothing,
            ("Date", _) => !matches!(
                primitive,
                Primitive::Unknown | Primitive::Mixed | Primitive::BigInt
            ),
            _ => false,
        }
    }

    fn is_quiet_member(&self, member: &MemberExpr) -> bool {
        if let Expr::Ident(object) = &*member.obj
            && self.namespaces.contains(&object.to_id())
        {
            return match &member.prop {
                MemberProp::Ident(_) => true,
                MemberProp::Computed(computed) => is_text(&computed.expr),
                MemberProp::PrivateName(_) => false,
            };
        }
        self.member_path(member)
            .is_some_and(|path| globals::is_known(&path))
    }

    /// `a.b.c` where `a` is free.
    pub(super) fn path(&self, expr: &Expr) -> Option<String> {
        match bare(expr) {
            Expr::Ident(name) if self.is_free(name) => Some(name.sym.to_string()),
            Expr::Member(member) => self.member_path(member),
            _ => None,
        }
    }

    fn member_path(&self, member: &MemberExpr) -> Option<String> {
        let MemberProp::Ident(name) = &member.prop else {
            return None;
        };
        let object = self.path(&member.obj)?;
        Some(format!("{object}.{}", name.sym))
    }

    pub(super) fn primitive(&self, expr: &Expr) -> Primitive {
        known_primitive(expr, &|name| self.is_free(name))
    }

    pub(super) fn is_free(&self, name: &Ident) -> bool {
        name.ctxt == self.free
    }
}

/// `expr` without parentheses.
pub(super) fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Paren(inner) => bare(&inner.expr),
        other => other,
    }
}

fn is_text(expr: &Expr) -> bool {
    matches!(expr, Expr::Lit(Lit::Str(_)))
}

/// Whether nobody could tell that the value was made, and no isolate has more to keep for it.
pub(super) fn is_silent(expr: &Expr) -> bool {
    matches!(bare(expr), Expr::Lit(_)) && !expr.span().is_pure()
}
