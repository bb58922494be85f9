//! Which names a CommonJS file exports, as far as its text shows: assignments to `exports`, the
//! object given to `module.exports`, `Object.defineProperty`, and the files it passes on whole.
//!
//! A guess, as in Node and in bundlers. It decides what `import * as x` lists; names that are asked
//! for are exported in any case.

use std::collections::{BTreeSet, HashMap};

use swc_core::ecma::ast::*;
use swc_core::ecma::visit::{Visit, VisitWith, noop_visit_type};

use super::shape::{Shape, constant_argument};

/// Adds the names and the files passed on to `shape`.
pub(super) fn complete(program: &Program, shape: &mut Shape) {
    let mut reader = Exports::default();
    program.visit_with(&mut reader);
    // The same mark that tells importers of transpiled code apart; it is nobody's export.
    reader.names.remove("__esModule");
    shape.exports.append(&mut reader.names);
    shape.stars.append(&mut reader.passed_on);
}

#[derive(Default)]
struct Exports {
    names: BTreeSet<String>,
    passed_on: Vec<String>,
    /// Variables that hold a required module, by name: scopes do not matter for a guess.
    required: HashMap<String, String>,
}

impl Exports {
    fn assigned(&mut self, value: &Expr) {
        match value {
            Expr::Paren(inner) => self.assigned(&inner.expr),
            Expr::Assign(assign) => self.assigned(&assign.right),
            Expr::Object(object) => self.object(object),
            // esbuild's `module.exports = __toCommonJS(..)` has its names in an annotation.
            _ => {
                let specifier = self.required_by(value);
                self.passed_on.extend(specifier);
            }
        }
    }

    fn object(&mut self, object: &ObjectLit) {
        for property in &object.props {
            match property {
                PropOrSpread::Spread(spread) => {
                    let specifier = self.required_by(&spread.expr);
                    self.passed_on.extend(specifier);
                }
                PropOrSpread::Prop(property) => {
                    let name = match &**property {
                        Prop::Shorthand(name) => Some(name.sym.to_string()),
                        Prop::KeyValue(pair) => key(&pair.key),
                        Prop::Getter(getter) => key(&getter.key),
                        Prop::Method(method) => key(&method.key),
                        _ => None,
                    };
                    self.names.extend(name);
                }
            }
        }
    }

    /// The specifier when `value` is `require("x")`, alone, in a function of a compiler
    /// (`__importStar(require("x"))`), or in a variable.
    fn required_by(&self, value: &Expr) -> Option<String> {
        match value {
            Expr::Paren(inner) => self.required_by(&inner.expr),
            Expr::Ident(name) => self.required.get(&*name.sym).cloned(),
            Expr::Call(call) => {
                let Callee::Expr(callee) = &call.callee else {
                    return None;
                };
                match &**callee {
                    Expr::Ident(name) if name.sym == *"require" => {
                        constant_argument(call).map(|(specifier, _)| specifier)
                    }
                    Expr::Ident(name) if name.sym.starts_with('_') => {
                        self.required_by(&call.args.first()?.expr)
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// `Object.defineProperty(exports, "name", ..)`.
    fn defined(&mut self, call: &CallExpr) {
        let [target, name, ..] = &call.args[..] else {
            return;
        };
        if is_exports(&target.expr)
            && let Expr::Lit(Lit::Str(name)) = &*name.expr
        {
            self.names.extend(name.value.as_str().map(str::to_owned));
        }
    }

    /// `Object.keys(_x).forEach(..)`, Babel's way to pass on a whole module.
    fn every_key(&mut self, call: &CallExpr) {
        let Some(specifier) = call.args.first().and_then(|a| self.required_by(&a.expr)) else {
            return;
        };
        self.passed_on.push(specifier);
    }
}

impl Visit for Exports {
    noop_visit_type!();

    fn visit_var_declarator(&mut self, variable: &VarDeclarator) {
        if let Pat::Ident(name) = &variable.name
            && let Some(init) = &variable.init
            && let Some(specifier) = self.required_by(init)
        {
            self.required.insert(name.sym.to_string(), specifier);
        }
        variable.visit_children_with(self);
    }

    fn visit_assign_expr(&mut self, assign: &AssignExpr) {
        if let AssignTarget::Simple(SimpleAssignTarget::Member(member)) = &assign.left {
            if is_exports(&member.obj) {
                self.names.extend(property(member));
            } else if is_exports_of_module(member) {
                self.assigned(&assign.right);
            }
        }
        assign.visit_children_with(self);
    }

    fn visit_call_expr(&mut self, call: &CallExpr) {
        if let Callee::Expr(callee) = &call.callee {
            match &**callee {
                Expr::Member(member) if is_method(member, "Object", "defineProperty") => {
                    self.defined(call);
                }
                // TypeScript's `__exportStar(require("x"), exports)`, alone or from `tslib`.
                Expr::Ident(name) if is_star(&name.sym) => self.every_key(call),
                Expr::Member(member) if property(member).is_some_and(|name| is_star(&name)) => {
                    self.every_key(call);
                }
                Expr::Member(member) if property(member).as_deref() == Some("forEach") => {
                    if let Expr::Call(keys) = &*member.obj
                        && let Callee::Expr(callee) = &keys.callee
                        && let Expr::Member(member) = &**callee
                        && is_method(member, "Object", "keys")
                    {
                        self.every_key(keys);
                    }
                }
                _ => {}
            }
        }
        call.visit_children_with(self);
    }
}

fn is_star(name: &str) -> bool {
    matches!(name, "__exportStar" | "__export" | "__reExport")
}

/// `exports`, `module.exports`, or a chain of assignments that ends in one of them.
fn is_exports(expr: &Expr) -> bool {
    match expr {
        Expr::Paren(inner) => is_exports(&inner.expr),
        Expr::Ident(name) => name.sym == *"exports",
        Expr::Member(member) => is_exports_of_module(member),
        Expr::Assign(assign) => match &assign.left {
            AssignTarget::Simple(SimpleAssignTarget::Member(member)) => {
                is_exports_of_module(member)
            }
            AssignTarget::Simple(SimpleAssignTarget::Ident(name)) => name.sym == *"exports",
            _ => false,
        },
        _ => false,
    }
}

fn is_exports_of_module(member: &MemberExpr) -> bool {
    is_method(member, "module", "exports")
}

fn is_method(member: &MemberExpr, object: &str, name: &str) -> bool {
    matches!(&*member.obj, Expr::Ident(ident) if ident.sym == *object)
        && property(member).as_deref() == Some(name)
}

fn property(member: &MemberExpr) -> Option<String> {
    match &member.prop {
        MemberProp::Ident(name) => Some(name.sym.to_string()),
        MemberProp::Computed(computed) => match &*computed.expr {
            Expr::Lit(Lit::Str(name)) => name.value.as_str().map(str::to_owned),
            _ => None,
        },
        MemberProp::PrivateName(_) => None,
    }
}

fn key(name: &PropName) -> Option<String> {
    match name {
        PropName::Ident(name) => Some(name.sym.to_string()),
        PropName::Str(name) => name.value.as_str().map(str::to_owned),
        _ => None,
    }
}
