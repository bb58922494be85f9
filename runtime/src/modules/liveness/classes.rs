//! Whether a class can be left out when nobody uses it: what runs when it is defined are its parent,
//! computed keys, static fields and blocks, and decorators.
//!
//! Part of `pure`'s rules.

use swc_core::ecma::ast::*;

use super::globals;
use super::pure::{Purity, bare};

impl Purity<'_> {
    pub(super) fn class(&self, class: &Class) -> bool {
        class.decorators.is_empty()
            && class.super_class.as_deref().is_none_or(|e| self.expr(e))
            && class.body.iter().all(|member| self.member(member))
    }

    fn member(&self, member: &ClassMember) -> bool {
        let value = |is_static: bool, value: &Option<Box<Expr>>| {
            !is_static || value.as_deref().is_none_or(|e| self.expr(e))
        };
        let is_plain = |function: &Function| {
            let mut parameters = function.params.iter();
            function.decorators.is_empty() && parameters.all(|p| p.decorators.is_empty())
        };
        match member {
            ClassMember::Constructor(constructor) => {
                constructor.params.iter().all(|parameter| match parameter {
                    ParamOrTsParamProp::Param(parameter) => parameter.decorators.is_empty(),
                    ParamOrTsParamProp::TsParamProp(property) => property.decorators.is_empty(),
                })
            }
            ClassMember::Method(method) => self.key(&method.key) && is_plain(&method.function),
            ClassMember::PrivateMethod(method) => is_plain(&method.function),
            ClassMember::ClassProp(field) => {
                field.decorators.is_empty()
                    && self.key(&field.key)
                    && value(field.is_static, &field.value)
            }
            ClassMember::PrivateProp(field) => {
                field.decorators.is_empty() && value(field.is_static, &field.value)
            }
            ClassMember::AutoAccessor(field) => {
                let key = match &field.key {
                    Key::Public(key) => self.key(key),
                    Key::Private(_) => true,
                };
                field.decorators.is_empty() && key && value(field.is_static, &field.value)
            }
            ClassMember::StaticBlock(block) => self.statements(&block.body.stmts, false),
            ClassMember::TsIndexSignature(_) | ClassMember::Empty(_) => true,
        }
    }

    pub(super) fn key(&self, key: &PropName) -> bool {
        let PropName::Computed(computed) = key else {
            return true;
        };
        match bare(&computed.expr) {
            Expr::Lit(literal) => !matches!(literal, Lit::Regex(_) | Lit::JSXText(_)),
            Expr::Ident(name) => self.is_free(name) && name.sym == *"undefined",
            other => self
                .path(other)
                .is_some_and(|path| globals::is_symbol(&path)),
        }
    }
}
