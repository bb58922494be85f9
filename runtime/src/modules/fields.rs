//! Class fields as assignments, for TypeScript projects whose `tsconfig.json` asks for that
//! (`useDefineForClassFields: false`, or a target before ES2022).
//!
//! Runs before types are stripped: TypeScript's parameter properties are then placed in front of
//! the fields, which may read them. Fields with a computed key stay as they are: the key must be
//! evaluated once per class, not once per instance.

use swc_core::common::DUMMY_SP;
use swc_core::ecma::ast::*;
use swc_core::ecma::utils::constructor::inject_after_super;
use swc_core::ecma::utils::{default_constructor_with_span, prop_name_to_member_prop};
use swc_core::ecma::visit::{VisitMut, VisitMutWith, noop_visit_mut_type};

/// The pass. Stateless.
pub(super) struct AssignFields;

impl VisitMut for AssignFields {
    noop_visit_mut_type!();

    fn visit_mut_class(&mut self, class: &mut Class) {
        class.visit_mut_children_with(self);
        let mut assignments = Vec::new();
        let members = std::mem::take(&mut class.body);
        class.body = members
            .into_iter()
            .filter_map(|member| match member {
                ClassMember::ClassProp(field) => public_field(field, &mut assignments),
                ClassMember::PrivateProp(field) if !field.is_static => {
                    Some(private_field(field, &mut assignments))
                }
                other => Some(other),
            })
            .collect();
        if !assignments.is_empty() {
            let assignments = assignments.into_iter().map(Box::new).collect();
            inject_after_super(constructor_of(class), assignments);
        }
    }
}

fn public_field(field: ClassProp, assignments: &mut Vec<Expr>) -> Option<ClassMember> {
    let stays = field.declare
        || field.is_abstract
        || matches!(field.key, PropName::Computed(_))
        || !field.decorators.is_empty();
    if stays {
        return Some(ClassMember::ClassProp(field));
    }
    let assignment = assign(
        prop_name_to_member_prop(field.key),
        field.value?,
        field.span,
    );
    if !field.is_static {
        assignments.push(assignment);
        return None;
    }
    let statement = Stmt::Expr(ExprStmt {
        span: field.span,
        expr: Box::new(assignment),
    });
    Some(ClassMember::StaticBlock(StaticBlock {
        span: field.span,
        body: BlockStmt {
            stmts: vec![statement],
            ..Default::default()
        },
    }))
}

/// A private field must stay declared, but its value may read the public ones before it.
fn private_field(mut field: PrivateProp, assignments: &mut Vec<Expr>) -> ClassMember {
    if field.decorators.is_empty()
        && let Some(value) = field.value.take()
    {
        let member = MemberProp::PrivateName(field.key.clone());
        assignments.push(assign(member, value, field.span));
    }
    ClassMember::PrivateProp(field)
}

fn assign(prop: MemberProp, value: Box<Expr>, span: swc_core::common::Span) -> Expr {
    let target = MemberExpr {
        span: DUMMY_SP,
        obj: Box::new(Expr::This(ThisExpr { span: DUMMY_SP })),
        prop,
    };
    Expr::Assign(AssignExpr {
        span,
        op: AssignOp::Assign,
        left: AssignTarget::Simple(SimpleAssignTarget::Member(target)),
        right: value,
    })
}

fn constructor_of(class: &mut Class) -> &mut Constructor {
    let has_body =
        |member: &ClassMember| matches!(member, ClassMember::Constructor(c) if c.body.is_some());
    let index = class.body.iter().position(has_body).unwrap_or_else(|| {
        let constructor = default_constructor_with_span(class.super_class.is_some(), class.span);
        class.body.insert(0, ClassMember::Constructor(constructor));
        0
    });
    match &mut class.body[index] {
        ClassMember::Constructor(constructor) => constructor,
        _ => unreachable!("the index was found by matching a constructor"),
    }
}
