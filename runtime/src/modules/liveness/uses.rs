//! Which of a file's names a part of it uses. Of `import * as ns`, a property that is read is a name
//! of its own; only where the object itself gets about is all of it used.
//!
//! Branches that can never run use nothing.

use std::collections::HashMap;

use swc_core::ecma::ast::*;
use swc_core::ecma::visit::{Visit, VisitWith, noop_visit_type};

use super::facts::Symbol;
use super::parts::Piece;
use crate::modules::conditions::{visit_choice, visit_if, visit_live};

/// The namespaces of a file and the properties of them that it reads.
pub(super) struct Members {
    pub namespaces: HashMap<Id, Symbol>,
    pub found: HashMap<(Symbol, String), Symbol>,
}

pub(super) struct Uses<'a> {
    symbols: &'a HashMap<Id, Symbol>,
    members: &'a mut Members,
    next: Symbol,
    pub found: Vec<Symbol>,
}

impl<'a> Uses<'a> {
    /// `symbols` has the names of the file; a new property gets the number `next`.
    pub(super) fn new(
        symbols: &'a HashMap<Id, Symbol>,
        members: &'a mut Members,
        next: usize,
    ) -> Self {
        Self {
            symbols,
            members,
            next: next as Symbol,
            found: Vec::new(),
        }
    }

    /// Leaves the names in `found`, each once.
    pub(super) fn read(&mut self, piece: &Piece<'_>) {
        match piece {
            Piece::Variable(variable) => variable.declarator.visit_with(self),
            Piece::Statement(statement) => statement.visit_with(self),
            Piece::Item(ModuleItem::Stmt(statement)) => statement.visit_with(self),
            Piece::Item(ModuleItem::ModuleDecl(declaration)) => match declaration {
                ModuleDecl::Import(_) | ModuleDecl::ExportNamed(_) | ModuleDecl::ExportAll(_) => {}
                other => other.visit_with(self),
            },
        }
        self.found.sort_unstable();
        self.found.dedup();
    }
}

impl Visit for Uses<'_> {
    noop_visit_type!();

    fn visit_ident(&mut self, name: &Ident) {
        self.found.extend(self.symbols.get(&name.to_id()));
    }

    fn visit_member_expr(&mut self, member: &MemberExpr) {
        if let Expr::Ident(object) = &*member.obj
            && let Some(namespace) = self.members.namespaces.get(&object.to_id())
            && let Some(name) = property(&member.prop)
        {
            let known = self.members.found.entry((*namespace, name));
            let symbol = *known.or_insert_with(|| {
                self.next += 1;
                self.next - 1
            });
            self.found.push(symbol);
            return;
        }
        member.visit_children_with(self);
    }

    fn visit_if_stmt(&mut self, branch: &IfStmt) {
        visit_if(self, branch);
    }

    fn visit_cond_expr(&mut self, branch: &CondExpr) {
        visit_choice(self, branch);
    }

    fn visit_bin_expr(&mut self, operation: &BinExpr) {
        visit_live(self, operation);
    }
}

fn property(property: &MemberProp) -> Option<String> {
    match property {
        MemberProp::Ident(name) => Some(name.sym.to_string()),
        MemberProp::Computed(computed) => match &*computed.expr {
            Expr::Lit(Lit::Str(text)) => text.value.as_str().map(str::to_owned),
            _ => None,
        },
        MemberProp::PrivateName(_) => None,
    }
}
