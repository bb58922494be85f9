//! A TypeScript namespace in several blocks: each block sees what the others export. The transpiler
//! makes a function of each block by itself, so such names become members of the namespace here,
//! before types are stripped.
//!
//! Looks at blocks in one list of statements; the inner names of `namespace A.B {}` are joined only
//! within that block.

use std::collections::{HashMap, HashSet};

use swc_core::atoms::Atom;
use swc_core::common::{Mark, SyntaxContext};
use swc_core::ecma::ast::*;
use swc_core::ecma::utils::find_pat_ids;
use swc_core::ecma::visit::{VisitMut, VisitMutWith, noop_visit_mut_type};

/// The pass. swc's resolver must have run, whose marks tell a name of the block from one of outside.
pub(super) struct JoinNamespaces {
    /// The scopes around: what no scope declares, and those of the namespaces that are being visited.
    outside: Vec<SyntaxContext>,
}

impl JoinNamespaces {
    /// `unresolved` is the mark that the resolver puts on free names.
    pub(super) fn new(unresolved: Mark) -> Self {
        Self {
            outside: vec![SyntaxContext::empty().apply_mark(unresolved)],
        }
    }
}

impl VisitMut for JoinNamespaces {
    noop_visit_mut_type!();

    fn visit_mut_module_items(&mut self, items: &mut Vec<ModuleItem>) {
        join(
            items.iter_mut().filter_map(namespace).collect(),
            &self.outside,
        );
        items.visit_mut_children_with(self);
    }

    fn visit_mut_script(&mut self, script: &mut Script) {
        let namespaces = script.body.iter_mut().filter_map(namespace_of_statement);
        join(namespaces.collect(), &self.outside);
        script.visit_mut_children_with(self);
    }

    fn visit_mut_ts_module_decl(&mut self, namespace: &mut TsModuleDecl) {
        let TsModuleName::Ident(name) = &namespace.id else {
            return;
        };
        self.outside.push(name.ctxt);
        namespace.visit_mut_children_with(self);
        self.outside.pop();
    }
}

fn namespace(item: &mut ModuleItem) -> Option<&mut TsModuleDecl> {
    match item {
        ModuleItem::Stmt(statement) => namespace_of_statement(statement),
        ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(export)) => match &mut export.decl {
            Decl::TsModule(namespace) if !namespace.declare => Some(namespace),
            _ => None,
        },
        ModuleItem::ModuleDecl(_) => None,
    }
}

fn namespace_of_statement(statement: &mut Stmt) -> Option<&mut TsModuleDecl> {
    match statement {
        Stmt::Decl(Decl::TsModule(namespace)) if !namespace.declare => Some(namespace),
        _ => None,
    }
}

fn join(blocks: Vec<&mut TsModuleDecl>, outside: &[SyntaxContext]) {
    let mut same: HashMap<Id, Vec<(Ident, &mut TsNamespaceBody)>> = HashMap::new();
    for block in blocks {
        if let (TsModuleName::Ident(name), Some(body)) = (&block.id, &mut block.body) {
            let name = name.clone();
            same.entry(name.to_id()).or_default().push((name, body));
        }
    }
    for mut blocks in same.into_values().filter(|blocks| blocks.len() > 1) {
        let exported: Vec<HashSet<Atom>> = blocks.iter().map(|(_, body)| exports(body)).collect();
        for (index, (name, body)) in blocks.iter_mut().enumerate() {
            let others = exported.iter().enumerate().filter(|(i, _)| *i != index);
            let mut foreign = ToMembers {
                namespace: name,
                exported: others.flat_map(|(_, names)| names).collect(),
                outside,
            };
            body.visit_mut_with(&mut foreign);
        }
    }
}

fn exports(body: &TsNamespaceBody) -> HashSet<Atom> {
    let block = match body {
        TsNamespaceBody::TsModuleBlock(block) => block,
        TsNamespaceBody::TsNamespaceDecl(inner) => return HashSet::from([inner.id.sym.clone()]),
    };
    let mut names = HashSet::new();
    for item in &block.body {
        match item {
            ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(export)) => match &export.decl {
                Decl::Class(class) => drop(names.insert(class.ident.sym.clone())),
                Decl::Fn(function) => drop(names.insert(function.ident.sym.clone())),
                Decl::TsEnum(enumeration) => drop(names.insert(enumeration.id.sym.clone())),
                Decl::Var(variables) => {
                    names.extend(
                        find_pat_ids::<_, Ident>(variables)
                            .into_iter()
                            .map(|n| n.sym),
                    );
                }
                Decl::TsModule(inner) => {
                    if let TsModuleName::Ident(name) = &inner.id {
                        names.insert(name.sym.clone());
                    }
                }
                Decl::Using(_) | Decl::TsInterface(_) | Decl::TsTypeAlias(_) => {}
            },
            ModuleItem::ModuleDecl(ModuleDecl::TsImportEquals(alias)) if alias.is_export => {
                names.insert(alias.id.sym.clone());
            }
            _ => {}
        }
    }
    names
}

/// Turns `name` into `Namespace.name` in one block.
struct ToMembers<'a> {
    namespace: &'a Ident,
    exported: HashSet<&'a Atom>,
    outside: &'a [SyntaxContext],
}

impl ToMembers<'_> {
    fn member(&self, name: &Ident) -> Option<MemberExpr> {
        let is_outside = name.ctxt == self.namespace.ctxt || self.outside.contains(&name.ctxt);
        let is_foreign = is_outside && self.exported.contains(&name.sym);
        is_foreign.then(|| MemberExpr {
            span: name.span,
            obj: Box::new(Expr::Ident(self.namespace.clone())),
            prop: MemberProp::Ident(IdentName::new(name.sym.clone(), name.span)),
        })
    }
}

impl VisitMut for ToMembers<'_> {
    noop_visit_mut_type!();

    fn visit_mut_expr(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Ident(name) => {
                if let Some(member) = self.member(name) {
                    *expr = Expr::Member(member);
                }
            }
            _ => expr.visit_mut_children_with(self),
        }
    }

    fn visit_mut_prop(&mut self, prop: &mut Prop) {
        if let Prop::Shorthand(name) = prop
            && let Some(member) = self.member(name)
        {
            *prop = Prop::KeyValue(KeyValueProp {
                key: PropName::Ident(IdentName::new(name.sym.clone(), name.span)),
                value: Box::new(Expr::Member(member)),
            });
        } else {
            prop.visit_mut_children_with(self);
        }
    }

    fn visit_mut_simple_assign_target(&mut self, target: &mut SimpleAssignTarget) {
        if let SimpleAssignTarget::Ident(name) = target
            && let Some(member) = self.member(&name.id)
        {
            *target = SimpleAssignTarget::Member(member);
        } else {
            target.visit_mut_children_with(self);
        }
    }

    fn visit_mut_pat(&mut self, pattern: &mut Pat) {
        if let Pat::Ident(name) = pattern
            && let Some(member) = self.member(&name.id)
        {
            *pattern = Pat::Expr(Box::new(Expr::Member(member)));
        } else {
            pattern.visit_mut_children_with(self);
        }
    }

    fn visit_mut_object_pat_prop(&mut self, prop: &mut ObjectPatProp) {
        if let ObjectPatProp::Assign(short) = prop
            && let Some(member) = self.member(&short.key.id)
        {
            let target = Pat::Expr(Box::new(Expr::Member(member)));
            let value = match short.value.take() {
                None => target,
                Some(mut right) => {
                    right.visit_mut_with(self);
                    Pat::Assign(AssignPat {
                        span: short.span,
                        left: Box::new(target),
                        right,
                    })
                }
            };
            let key = IdentName::new(short.key.id.sym.clone(), short.key.id.span);
            *prop = ObjectPatProp::KeyValue(KeyValuePatProp {
                key: PropName::Ident(key),
                value: Box::new(value),
            });
        } else {
            prop.visit_mut_children_with(self);
        }
    }

    fn visit_mut_jsx_element_name(&mut self, element: &mut JSXElementName) {
        // A small letter names an element of the page.
        if let JSXElementName::Ident(name) = element
            && name.sym.starts_with(char::is_uppercase)
            && self.member(name).is_some()
        {
            *element = JSXElementName::JSXMemberExpr(JSXMemberExpr {
                span: name.span,
                obj: JSXObject::Ident(self.namespace.clone()),
                prop: IdentName::new(name.sym.clone(), name.span),
            });
        }
    }
}
