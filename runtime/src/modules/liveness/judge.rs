//! What can be said of a part by itself: whether it can be left out, and which promises a file makes of
//! its functions.
//!
//! Never looks at who uses what.

use std::collections::HashSet;

use swc_core::common::{Span, Spanned, SyntaxContext};
use swc_core::ecma::ast::*;
use swc_core::ecma::visit::{Visit, VisitWith, noop_visit_type};

use super::parts::Piece;
use super::pure::{Purity, bare, is_silent};
use super::read::Source;

/// Whether the piece is removable, and whether it is silent.
pub(super) fn judge(piece: &Piece<'_>, purity: &Purity<'_>) -> (bool, bool) {
    let of_declaration = |declaration: &Decl| (purity.declaration(declaration), false);
    let of_statement = |statement: &Stmt| match statement {
        Stmt::Decl(declaration) => of_declaration(declaration),
        Stmt::Empty(_) => (true, true),
        other => (purity.statement(other), false),
    };
    match piece {
        Piece::Variable(variable) => {
            let variable = variable.declarator;
            let silent = variable.name.is_ident() && variable.init.as_deref().is_none_or(is_silent);
            (purity.variable(variable), silent)
        }
        Piece::Statement(statement) => of_statement(statement),
        Piece::Item(ModuleItem::Stmt(statement)) => of_statement(statement),
        Piece::Item(ModuleItem::ModuleDecl(declaration)) => match declaration {
            ModuleDecl::Import(_) | ModuleDecl::ExportNamed(_) => (true, true),
            // It pulls nothing along, and is itself nothing.
            ModuleDecl::ExportAll(_) => (false, true),
            ModuleDecl::ExportDecl(export) => of_declaration(&export.decl),
            ModuleDecl::ExportDefaultDecl(export) => match &export.decl {
                DefaultDecl::Class(class) => (purity.class(&class.class), false),
                DefaultDecl::Fn(_) => (true, false),
                DefaultDecl::TsInterfaceDecl(_) => (true, true),
            },
            ModuleDecl::ExportDefaultExpr(export) => {
                (purity.expr(&export.expr), is_silent(&export.expr))
            }
            _ => (false, false),
        },
    }
}

/// Functions of which a comment says that calling them has no effect. Only in their own file.
pub(super) fn marked_functions(pieces: &[Piece<'_>], source: &Source<'_>) -> HashSet<Id> {
    let mut found = HashSet::new();
    let marks = &source.annotations.no_side_effects;
    if marks.is_empty() {
        return found;
    }
    let is_marked = |span: Span| marks.contains(&span.lo);
    // The tree may say `var` already.
    let is_constant = |span: Span| {
        let start = span.lo.0.checked_sub(source.base.0);
        let rest = start.and_then(|start| source.text.get(start as usize..));
        rest.is_some_and(|rest| rest.starts_with("const"))
    };
    for piece in pieces {
        match piece {
            Piece::Variable(variable) => {
                let init = variable.declarator.init.as_deref();
                let Some(init) = init.filter(|_| is_constant(variable.list.span)) else {
                    continue;
                };
                let is_first = variable.is_first
                    && (is_marked(variable.statement) || is_marked(variable.list.span));
                if matches!(bare(init), Expr::Fn(_) | Expr::Arrow(_))
                    && (is_first || is_marked(init.span()))
                    && let Pat::Ident(name) = &variable.declarator.name
                {
                    found.insert(name.to_id());
                }
            }
            Piece::Statement(Stmt::Decl(Decl::Fn(function)))
            | Piece::Item(ModuleItem::Stmt(Stmt::Decl(Decl::Fn(function))))
                if is_marked(function.function.span) || is_marked(piece.span()) =>
            {
                found.insert(function.ident.to_id());
            }
            Piece::Item(ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(export))) => {
                if let Decl::Fn(function) = &export.decl
                    && (is_marked(export.span) || is_marked(function.function.span))
                {
                    found.insert(function.ident.to_id());
                }
            }
            Piece::Item(ModuleItem::ModuleDecl(ModuleDecl::ExportDefaultDecl(export))) => {
                if let DefaultDecl::Fn(function) = &export.decl
                    && let Some(name) = &function.ident
                    && (is_marked(export.span) || is_marked(function.function.span))
                {
                    found.insert(name.to_id());
                }
            }
            _ => {}
        }
    }
    found
}

/// Whether code that cannot be seen may use any name: a direct `eval`, or `with`.
pub(super) fn hides_uses(program: &Program, free: SyntaxContext) -> bool {
    let mut finder = FindHidden { free, found: false };
    program.visit_with(&mut finder);
    finder.found
}

struct FindHidden {
    free: SyntaxContext,
    found: bool,
}

impl Visit for FindHidden {
    noop_visit_type!();

    fn visit_call_expr(&mut self, call: &CallExpr) {
        if let Callee::Expr(callee) = &call.callee
            && let Expr::Ident(name) = &**callee
        {
            self.found |= name.ctxt == self.free && name.sym == *"eval";
        }
        call.visit_children_with(self);
    }

    fn visit_with_stmt(&mut self, _: &WithStmt) {
        self.found = true;
    }
}
