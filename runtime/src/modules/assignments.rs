//! Assignments that must fail when they run, in any scope: to constants, to imports, to the own name
//! of a class expression. Bundles refuse them, and `hoist` would let some of them succeed.
//!
//! Never changes the tree. swc's resolver must have run.

use std::collections::HashMap;

use swc_core::common::Span;
use swc_core::ecma::ast::*;
use swc_core::ecma::utils::{DestructuringFinder, find_pat_ids};
use swc_core::ecma::visit::{Visit, VisitWith, noop_visit_type};

/// What is wrong with each such place.
pub(super) fn assigned(program: &Program) -> Vec<(String, Span)> {
    let mut fixed = FindFixed::default();
    program.visit_with(&mut fixed);
    let mut finder = FindAssigned {
        fixed: fixed.0,
        found: Vec::new(),
    };
    if !finder.fixed.is_empty() {
        program.visit_with(&mut finder);
    }
    finder.found
}

/// Why nothing can be assigned to a name.
#[derive(Clone, Copy)]
enum Reason {
    Constant,
    Import,
}

#[derive(Default)]
struct FindFixed(HashMap<Id, Reason>);

impl FindFixed {
    fn add<N: VisitWith<DestructuringFinder<Id>>>(&mut self, pattern: &N, reason: Reason) {
        let names: Vec<Id> = find_pat_ids(pattern);
        self.0.extend(names.into_iter().map(|name| (name, reason)));
    }
}

impl Visit for FindFixed {
    noop_visit_type!();

    fn visit_var_decl(&mut self, variables: &VarDecl) {
        if variables.kind == VarDeclKind::Const && !variables.declare {
            self.add(variables, Reason::Constant);
        }
        variables.visit_children_with(self);
    }

    fn visit_using_decl(&mut self, variables: &UsingDecl) {
        self.add(&variables.decls, Reason::Constant);
        variables.visit_children_with(self);
    }

    fn visit_class_expr(&mut self, class: &ClassExpr) {
        if let Some(name) = &class.ident {
            self.0.insert(name.to_id(), Reason::Constant);
        }
        class.visit_children_with(self);
    }

    fn visit_import_decl(&mut self, import: &ImportDecl) {
        for specifier in &import.specifiers {
            self.0.insert(specifier.local().to_id(), Reason::Import);
        }
    }
}

struct FindAssigned {
    fixed: HashMap<Id, Reason>,
    found: Vec<(String, Span)>,
}

impl FindAssigned {
    fn check(&mut self, target: &Ident) {
        let name = &target.sym;
        let message = match self.fixed.get(&target.to_id()) {
            None => return,
            Some(Reason::Constant) => {
                format!("This is a constant, nothing can be assigned to it: `{name}`")
            }
            Some(Reason::Import) => {
                format!("This is an import, only its own module can assign to it: `{name}`")
            }
        };
        self.found.push((message, target.span));
    }

    /// The target of an assignment that is written as an expression: `(name)`, `name!`.
    fn check_expr(&mut self, target: &Expr) {
        match target {
            Expr::Ident(target) => self.check(target),
            Expr::Paren(inner) => self.check_expr(&inner.expr),
            Expr::TsNonNull(inner) => self.check_expr(&inner.expr),
            Expr::TsAs(inner) => self.check_expr(&inner.expr),
            _ => {}
        }
    }

    fn check_pattern<N: VisitWith<DestructuringFinder<Ident>>>(&mut self, pattern: &N) {
        let targets: Vec<Ident> = find_pat_ids(pattern);
        targets.iter().for_each(|target| self.check(target));
    }
}

impl Visit for FindAssigned {
    noop_visit_type!();

    fn visit_assign_expr(&mut self, assign: &AssignExpr) {
        match &assign.left {
            AssignTarget::Simple(SimpleAssignTarget::Ident(target)) => self.check(&target.id),
            AssignTarget::Simple(SimpleAssignTarget::Paren(target)) => {
                self.check_expr(&target.expr);
            }
            AssignTarget::Simple(SimpleAssignTarget::TsAs(target)) => {
                self.check_expr(&target.expr);
            }
            AssignTarget::Simple(SimpleAssignTarget::TsNonNull(target)) => {
                self.check_expr(&target.expr);
            }
            AssignTarget::Simple(_) => {}
            AssignTarget::Pat(pattern) => self.check_pattern(pattern),
        }
        assign.visit_children_with(self);
    }

    fn visit_update_expr(&mut self, update: &UpdateExpr) {
        self.check_expr(&update.arg);
        update.visit_children_with(self);
    }

    fn visit_for_head(&mut self, head: &ForHead) {
        if let ForHead::Pat(pattern) = head {
            self.check_pattern(&**pattern);
        }
        head.visit_children_with(self);
    }
}
