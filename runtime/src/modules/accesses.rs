//! Which names a module reads from the modules it imports whole: `ns.a` of `import * as ns`, or
//! `const { a } = await import("x")`. CommonJS has no list of its exports: it exports what is asked.
//!
//! Never looks at other modules. What it finds is a hint: a name too many is `undefined`.

use std::collections::HashMap;

use swc_core::ecma::ast::*;
use swc_core::ecma::visit::{Visit, VisitWith, noop_visit_type};

use super::shape::{Kind, Shape, constant_argument};

/// Adds to the imports of `shape` the names that are read from whole modules.
pub(super) fn complete(program: &Program, shape: &mut Shape) {
    let whole = |name: &super::shape::ImportedName| name.name == "*";
    if !shape.imports.iter().any(|i| i.names.iter().any(whole)) {
        return;
    }
    let mut reader = Accesses::default();
    program.visit_with(&mut reader);
    // Uses may stand before what they use: functions do.
    program.visit_with(&mut reader);
    for (source, name) in reader.found {
        for import in &mut shape.imports {
            if (import.kind, &import.specifier) == (source.0, &source.1) {
                import.hints.insert(name.clone());
            }
        }
    }
}

/// A whole module: how and by which specifier it came.
type Source = (Kind, String);

#[derive(Default)]
struct Accesses {
    /// Variables that hold whole modules.
    holders: HashMap<Id, Source>,
    found: Vec<(Source, String)>,
}

impl Accesses {
    /// The whole module that `expr` is: a variable, or `await import("x")`.
    fn source(&self, expr: &Expr) -> Option<Source> {
        match expr {
            Expr::Paren(inner) => self.source(&inner.expr),
            Expr::Ident(ident) => self.holders.get(&ident.to_id()).cloned(),
            Expr::Await(wait) => dynamic(&wait.arg),
            _ => None,
        }
    }

    fn bind(&mut self, pattern: &Pat, source: Source) {
        match pattern {
            Pat::Ident(name) => drop(self.holders.insert(name.to_id(), source)),
            Pat::Object(object) => {
                for property in &object.props {
                    let name = match property {
                        ObjectPatProp::Assign(short) => Some(short.key.sym.to_string()),
                        ObjectPatProp::KeyValue(pair) => key(&pair.key),
                        ObjectPatProp::Rest(_) => None,
                    };
                    self.found.extend(name.map(|name| (source.clone(), name)));
                }
            }
            _ => {}
        }
    }
}

impl Visit for Accesses {
    noop_visit_type!();

    fn visit_import_decl(&mut self, import: &ImportDecl) {
        for specifier in &import.specifiers {
            if let ImportSpecifier::Namespace(namespace) = specifier {
                let source = import.src.value.to_string_lossy().into_owned();
                self.holders
                    .insert(namespace.local.to_id(), (Kind::Static, source));
            }
        }
    }

    fn visit_var_declarator(&mut self, variable: &VarDeclarator) {
        if let Some(source) = variable.init.as_deref().and_then(|init| self.source(init)) {
            self.bind(&variable.name, source);
        }
        variable.visit_children_with(self);
    }

    fn visit_member_expr(&mut self, member: &MemberExpr) {
        let name = match &member.prop {
            MemberProp::Ident(name) => Some(name.sym.to_string()),
            MemberProp::Computed(computed) => text(&computed.expr),
            MemberProp::PrivateName(_) => None,
        };
        if let (Some(name), Some(source)) = (name, self.source(&member.obj)) {
            self.found.push((source, name));
        }
        member.visit_children_with(self);
    }

    fn visit_jsx_member_expr(&mut self, member: &JSXMemberExpr) {
        if let JSXObject::Ident(object) = &member.obj
            && let Some(source) = self.holders.get(&object.to_id())
        {
            let name = member.prop.sym.to_string();
            self.found.push((source.clone(), name));
        }
    }

    /// `import("x").then((module) => ..)`.
    fn visit_call_expr(&mut self, call: &CallExpr) {
        if let Callee::Expr(callee) = &call.callee
            && let Expr::Member(member) = &**callee
            && let MemberProp::Ident(method) = &member.prop
            && method.sym == *"then"
            && let Some(source) = dynamic(&member.obj)
            && let Some(argument) = call.args.first()
        {
            let parameter = match &*argument.expr {
                Expr::Arrow(arrow) => arrow.params.first(),
                Expr::Fn(function) => function.function.params.first().map(|p| &p.pat),
                _ => None,
            };
            if let Some(parameter) = parameter {
                self.bind(parameter, source);
            }
        }
        call.visit_children_with(self);
    }
}

fn dynamic(expr: &Expr) -> Option<Source> {
    match expr {
        Expr::Paren(inner) => dynamic(&inner.expr),
        Expr::Call(call) if matches!(call.callee, Callee::Import(_)) => {
            constant_argument(call).map(|(specifier, _)| (Kind::Dynamic, specifier))
        }
        _ => None,
    }
}

fn key(name: &PropName) -> Option<String> {
    match name {
        PropName::Ident(name) => Some(name.sym.to_string()),
        PropName::Str(name) => name.value.as_str().map(str::to_owned),
        _ => None,
    }
}

fn text(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Lit(Lit::Str(text)) => text.value.as_str().map(str::to_owned),
        _ => None,
    }
}
