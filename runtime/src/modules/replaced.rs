//! TypeScript's own decorators may replace a class. In its body the name of a class means what it
//! became, as the TypeScript compiler has it; in the transpiler's output it would stay the class that
//! was written. So the body gets a variable of its own, which follows.

use swc_core::common::DUMMY_SP;
use swc_core::ecma::ast::*;
use swc_core::ecma::utils::{IdentUsageFinder, StmtLike, private_ident, replace_ident};
use swc_core::ecma::visit::{VisitMut, VisitMutWith, noop_visit_mut_type};

/// The pass. It runs before decorators are lowered, whose assignment comes right behind the class.
pub(super) struct FollowReplacement;

impl VisitMut for FollowReplacement {
    noop_visit_mut_type!();

    fn visit_mut_module_items(&mut self, items: &mut Vec<ModuleItem>) {
        items.visit_mut_children_with(self);
        each_class(items, |item| match item {
            ModuleItem::Stmt(Stmt::Decl(Decl::Class(class))) => {
                follow(&class.ident, &mut class.class)
            }
            ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(export)) => match &mut export.decl {
                Decl::Class(class) => follow(&class.ident, &mut class.class),
                _ => None,
            },
            ModuleItem::ModuleDecl(ModuleDecl::ExportDefaultDecl(export)) => match &mut export.decl
            {
                DefaultDecl::Class(class) => follow(class.ident.as_ref()?, &mut class.class),
                _ => None,
            },
            _ => None,
        });
    }

    fn visit_mut_stmts(&mut self, statements: &mut Vec<Stmt>) {
        statements.visit_mut_children_with(self);
        each_class(statements, |statement| match statement {
            Stmt::Decl(Decl::Class(class)) => follow(&class.ident, &mut class.class),
            _ => None,
        });
    }
}

fn each_class<T: StmtLike>(
    statements: &mut Vec<T>,
    follow: impl Fn(&mut T) -> Option<(Ident, Ident)>,
) {
    let mut all = Vec::with_capacity(statements.len());
    for mut statement in statements.drain(..) {
        match follow(&mut statement) {
            None => all.push(statement),
            Some((class, follower)) => {
                all.push(T::from(declaration(&follower)));
                all.push(statement);
                all.push(T::from(assignment(&follower, Expr::Ident(class))));
            }
        }
    }
    *statements = all;
}

/// The class's name and the variable for its body, if the class may be replaced and would notice.
fn follow(name: &Ident, class: &mut Class) -> Option<(Ident, Ident)> {
    if class.decorators.is_empty() || !IdentUsageFinder::find(name, &class.body) {
        return None;
    }
    let follower = private_ident!(format!("_{}", name.sym));
    replace_ident(&mut class.body, name.to_id(), &follower);
    let this = Expr::This(ThisExpr { span: DUMMY_SP });
    let first = StaticBlock {
        span: DUMMY_SP,
        body: BlockStmt {
            stmts: vec![assignment(&follower, this)],
            ..Default::default()
        },
    };
    class.body.insert(0, ClassMember::StaticBlock(first));
    Some((name.clone(), follower))
}

fn declaration(name: &Ident) -> Stmt {
    let variable = VarDeclarator {
        span: DUMMY_SP,
        name: Pat::Ident(name.clone().into()),
        init: None,
        definite: false,
    };
    Stmt::Decl(Decl::Var(Box::new(VarDecl {
        kind: VarDeclKind::Let,
        decls: vec![variable],
        ..Default::default()
    })))
}

fn assignment(name: &Ident, value: Expr) -> Stmt {
    let assign = AssignExpr {
        span: DUMMY_SP,
        op: AssignOp::Assign,
        left: AssignTarget::Simple(SimpleAssignTarget::Ident(name.clone().into())),
        right: Box::new(value),
    };
    Stmt::Expr(ExprStmt {
        span: DUMMY_SP,
        expr: Box::new(Expr::Assign(assign)),
    })
}
