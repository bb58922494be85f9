//! The parts into which a file is divided: its outermost statements, and each of the variables of a
//! statement that declares several.
//!
//! One order for everybody who counts them.

use swc_core::common::{Span, Spanned};
use swc_core::ecma::ast::*;

/// One part of the tree.
pub(in crate::modules) enum Piece<'a> {
    Variable(Variable<'a>),
    Item(&'a ModuleItem),
    Statement(&'a Stmt),
}

/// One variable of a statement.
pub(in crate::modules) struct Variable<'a> {
    pub declarator: &'a VarDeclarator,
    pub list: &'a VarDecl,
    pub is_first: bool,
    pub is_exported: bool,
    /// The whole statement.
    pub statement: Span,
}

impl Piece<'_> {
    /// Where the part stands.
    pub(super) fn span(&self) -> Span {
        match self {
            Piece::Variable(variable) if variable.list.decls.len() > 1 => variable.declarator.span,
            Piece::Variable(variable) => variable.statement,
            Piece::Item(item) => item.span(),
            Piece::Statement(statement) => statement.span(),
        }
    }

    /// The statement of which the part is one variable among several.
    pub(super) fn statement(&self) -> Option<Span> {
        match self {
            Piece::Variable(variable) if variable.list.decls.len() > 1 => Some(variable.statement),
            _ => None,
        }
    }
}

/// All parts in order.
pub(in crate::modules) fn pieces(program: &Program) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    match program {
        Program::Module(module) => {
            for item in &module.body {
                match item {
                    ModuleItem::Stmt(Stmt::Decl(Decl::Var(list))) => {
                        pieces.extend(variables(list, false, item.span()));
                    }
                    ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(export)) => match &export.decl {
                        Decl::Var(list) => pieces.extend(variables(list, true, item.span())),
                        _ => pieces.push(Piece::Item(item)),
                    },
                    _ => pieces.push(Piece::Item(item)),
                }
            }
        }
        Program::Script(script) => {
            for statement in &script.body {
                match statement {
                    Stmt::Decl(Decl::Var(list)) => {
                        pieces.extend(variables(list, false, statement.span()));
                    }
                    _ => pieces.push(Piece::Statement(statement)),
                }
            }
        }
    }
    pieces
}

fn variables(
    list: &VarDecl,
    is_exported: bool,
    statement: Span,
) -> impl Iterator<Item = Piece<'_>> {
    list.decls
        .iter()
        .enumerate()
        .map(move |(index, declarator)| {
            Piece::Variable(Variable {
                declarator,
                list,
                is_first: index == 0,
                is_exported,
                statement,
            })
        })
}

/// One statement for each variable, so that each can be left out by itself.
pub(in crate::modules) fn split(program: &mut Program) {
    let is_long =
        |declaration: &Decl| matches!(declaration, Decl::Var(list) if list.decls.len() > 1);
    match program {
        Program::Module(module) => {
            let has_long = module.body.iter().any(|item| match item {
                ModuleItem::Stmt(Stmt::Decl(declaration)) => is_long(declaration),
                ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(export)) => is_long(&export.decl),
                _ => false,
            });
            if has_long {
                let items = std::mem::take(&mut module.body);
                module.body = items.into_iter().flat_map(split_item).collect();
            }
        }
        Program::Script(script) => {
            let mut statements = script.body.iter();
            if statements.any(|one| matches!(one, Stmt::Decl(declaration) if is_long(declaration)))
            {
                let statements = std::mem::take(&mut script.body);
                script.body = statements.into_iter().flat_map(split_statement).collect();
            }
        }
    }
}

fn split_item(item: ModuleItem) -> Vec<ModuleItem> {
    match item {
        ModuleItem::Stmt(statement) => {
            let statements = split_statement(statement).into_iter();
            statements.map(ModuleItem::Stmt).collect()
        }
        ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(ExportDecl {
            decl: Decl::Var(list),
            span,
        })) => {
            let lists = split_list(*list).into_iter().enumerate();
            let exports = lists.map(|(index, list)| ExportDecl {
                span: if index == 0 { span } else { list.span },
                decl: Decl::Var(Box::new(list)),
            });
            exports
                .map(|export| ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(export)))
                .collect()
        }
        other => vec![other],
    }
}

fn split_statement(statement: Stmt) -> Vec<Stmt> {
    match statement {
        Stmt::Decl(Decl::Var(list)) => {
            let lists = split_list(*list).into_iter();
            lists
                .map(|list| Stmt::Decl(Decl::Var(Box::new(list))))
                .collect()
        }
        other => vec![other],
    }
}

fn split_list(list: VarDecl) -> Vec<VarDecl> {
    let VarDecl {
        span,
        ctxt,
        kind,
        declare,
        decls,
    } = list;
    let one = |(index, declarator): (usize, VarDeclarator)| VarDecl {
        // What a comment says of the statement, it says of the first variable.
        span: if index == 0 { span } else { declarator.span },
        ctxt,
        kind,
        declare,
        decls: vec![declarator],
    };
    decls.into_iter().enumerate().map(one).collect()
}
