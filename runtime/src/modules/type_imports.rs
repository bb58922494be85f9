//! Names that a file imports by `import type` and uses as values all the same: nothing of them is there when the
//! file runs. The original says nothing, and code that never runs does no harm, so it is no error.
//!
//! Never changes the tree. swc's resolver must have run.

use std::collections::HashSet;

use swc_core::common::{SourceMap, Span};
use swc_core::ecma::ast::*;
use swc_core::ecma::visit::{Visit, VisitWith, noop_visit_type};

use super::error::Position;
use super::shape::position;

/// The first use of each such name.
pub(super) fn used_as_values(program: &Program, map: &SourceMap) -> Vec<(String, Position)> {
    let Program::Module(module) = program else {
        return Vec::new();
    };
    let imports = module.body.iter().filter_map(|item| match item {
        ModuleItem::ModuleDecl(ModuleDecl::Import(import)) => Some(import),
        _ => None,
    });
    let types: HashSet<Id> = imports
        .flat_map(|import| {
            let is_type = |specifier: &&ImportSpecifier| {
                import.type_only
                    || matches!(specifier, ImportSpecifier::Named(named) if named.is_type_only)
            };
            import.specifiers.iter().filter(is_type)
        })
        .map(|specifier| specifier.local().to_id())
        .collect();
    if types.is_empty() {
        return Vec::new();
    }
    let mut uses = Uses {
        types,
        found: Vec::new(),
    };
    module.visit_with(&mut uses);
    let found = uses.found.into_iter();
    let mut found: Vec<_> = found
        .filter_map(|(name, span)| Some((name, position(map, span)?)))
        .collect();
    found.sort_by_key(|(_, position)| *position);
    found
}

struct Uses {
    /// Those that have not been found.
    types: HashSet<Id>,
    found: Vec<(String, Span)>,
}

impl Uses {
    fn look_at(&mut self, name: &Ident) {
        if self.types.remove(&name.to_id()) {
            self.found.push((name.sym.to_string(), name.span));
        }
    }
}

impl Visit for Uses {
    noop_visit_type!();

    fn visit_expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Ident(name) => self.look_at(name),
            _ => expr.visit_children_with(self),
        }
    }

    fn visit_prop(&mut self, prop: &Prop) {
        match prop {
            Prop::Shorthand(name) => self.look_at(name),
            _ => prop.visit_children_with(self),
        }
    }

    fn visit_jsx_element_name(&mut self, name: &JSXElementName) {
        if let JSXElementName::Ident(name) = name {
            self.look_at(name);
        }
    }

    /// A type can be passed on.
    fn visit_export_default_expr(&mut self, export: &ExportDefaultExpr) {
        if !export.expr.is_ident() {
            export.visit_children_with(self);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::modules::testing::Project;

    fn notes(server: &str) -> Vec<String> {
        let mut project = Project::new(&[
            ("s.ts", server),
            ("m.ts", "export class A {} export class B {}"),
        ]);
        project.graph().notes().to_vec()
    }

    #[test]
    fn types_that_are_used_as_values_are_told_of() {
        assert_eq!(
            notes(
                "import type { A } from './m';\nimport { type B } from './m';\n\
                 export default class extends A { x = { B } }\nnew A();"
            ),
            [
                "s.ts:3:30: `import type` leaves nothing of this name to run, import it without `type`: `A`",
                "s.ts:3:40: `import type` leaves nothing of this name to run, import it without `type`: `B`",
            ]
        );
    }

    #[test]
    fn types_that_are_types_are_not() {
        for server in [
            "import type { A } from './m'; export default class implements A { x?: A; y = f<A>() as typeof A }\n\
             declare function f<T>(): T; declare class C extends A {}",
            "import type { A } from './m'; export type { A }; export default class { f(A: string) { return A } }",
            "import { A } from './m'; export default class { x = new A() }",
        ] {
            assert_eq!(notes(server), [""; 0], "{server}");
        }
    }
}
