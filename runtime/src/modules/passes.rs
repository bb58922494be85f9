//! The small passes of our own over a module's tree, beside the transpiler's.
//!
//! Each is one question or one edit; their order is decided in `transpile`.

use std::collections::BTreeSet;

use swc_core::common::SyntaxContext;
use swc_core::ecma::ast::*;
use swc_core::ecma::visit::{
    Visit, VisitMut, VisitMutWith, VisitWith, noop_visit_mut_type, noop_visit_type,
};

use super::outcome::TypeName;
use super::shape;

/// Whether a character outside of ASCII cannot be escaped: a tagged template sees how its text is
/// spelled, and so does a regular expression through `source`.
pub(super) fn has_observable_spelling(program: &Program) -> bool {
    let mut finder = FindSpelling(false);
    program.visit_with(&mut finder);
    finder.0
}

struct FindSpelling(bool);

impl Visit for FindSpelling {
    noop_visit_type!();

    fn visit_tagged_tpl(&mut self, tagged: &TaggedTpl) {
        self.0 |= tagged.tpl.quasis.iter().any(|part| !part.raw.is_ascii());
        tagged.visit_children_with(self);
    }

    fn visit_regex(&mut self, regex: &Regex) {
        self.0 |= !regex.exp.is_ascii();
    }
}

/// Whether there are decorators or `accessor` fields.
pub(super) fn has_decorators(program: &Program) -> bool {
    let mut finder = FindDecorators(false);
    program.visit_with(&mut finder);
    finder.0
}

struct FindDecorators(bool);

impl Visit for FindDecorators {
    noop_visit_type!();

    fn visit_decorator(&mut self, _: &Decorator) {
        self.0 = true;
    }

    fn visit_auto_accessor(&mut self, _: &AutoAccessor) {
        self.0 = true;
    }
}

/// Marks imports and re-exports of types as such; stripping TypeScript then removes them.
pub(super) struct MarkTypes<'a>(pub &'a BTreeSet<TypeName>);

impl MarkTypes<'_> {
    fn is_type(&self, source: &Str, name: &str) -> bool {
        let source = source.value.to_string_lossy().into_owned();
        self.0.contains(&(source, name.to_owned()))
    }
}

impl VisitMut for MarkTypes<'_> {
    noop_visit_mut_type!();

    fn visit_mut_import_decl(&mut self, import: &mut ImportDecl) {
        for specifier in &mut import.specifiers {
            match specifier {
                ImportSpecifier::Named(named) => {
                    let imported = named.imported.as_ref();
                    let name =
                        imported.map_or(named.local.sym.to_string(), |n| n.atom().to_string());
                    named.is_type_only |= self.is_type(&import.src, &name);
                }
                // Only names in braces can be marked.
                ImportSpecifier::Default(default) if self.is_type(&import.src, "default") => {
                    let imported = Ident::new_no_ctxt("default".into(), default.span);
                    *specifier = ImportSpecifier::Named(ImportNamedSpecifier {
                        span: default.span,
                        local: default.local.clone(),
                        imported: Some(ModuleExportName::Ident(imported)),
                        is_type_only: true,
                    });
                }
                ImportSpecifier::Default(_) | ImportSpecifier::Namespace(_) => {}
            }
        }
    }

    fn visit_mut_named_export(&mut self, export: &mut NamedExport) {
        let Some(source) = &export.src else { return };
        for specifier in &mut export.specifiers {
            if let ExportSpecifier::Named(named) = specifier {
                named.is_type_only |= self.is_type(source, &named.orig.atom());
            }
        }
    }
}

/// `const enum` becomes `enum`: it may be asked by a computed name, for which stripping TypeScript
/// leaves nothing. What is only declared stays a constant, as its object is nowhere.
pub(super) struct KeepEnums;

impl VisitMut for KeepEnums {
    noop_visit_mut_type!();

    fn visit_mut_ts_enum_decl(&mut self, enumeration: &mut TsEnumDecl) {
        enumeration.is_const &= enumeration.declare;
        enumeration.visit_mut_children_with(self);
    }

    /// Nothing below has a value.
    fn visit_mut_ts_module_decl(&mut self, namespace: &mut TsModuleDecl) {
        if !namespace.declare {
            namespace.visit_mut_children_with(self);
        }
    }
}

/// Every module reaches V8 as JavaScript, JSON included, so no import may ask for another type.
pub(super) struct DropAttributes;

impl VisitMut for DropAttributes {
    noop_visit_mut_type!();

    fn visit_mut_import_decl(&mut self, import: &mut ImportDecl) {
        import.with = None;
    }

    fn visit_mut_named_export(&mut self, export: &mut NamedExport) {
        export.with = None;
    }

    fn visit_mut_export_all(&mut self, export: &mut ExportAll) {
        export.with = None;
    }

    fn visit_mut_call_expr(&mut self, call: &mut CallExpr) {
        if matches!(call.callee, Callee::Import(_)) && shape::constant_argument(call).is_some() {
            call.args.truncate(1);
        }
        call.visit_mut_children_with(self);
    }
}

/// Names in the transpiler's helper functions, all of one scope: it takes variables that are used
/// before their declaration for others, and then renames only one of the two.
pub(super) struct SettleHelpers {
    pub helpers: SyntaxContext,
}

impl VisitMut for SettleHelpers {
    noop_visit_mut_type!();

    fn visit_mut_stmt(&mut self, statement: &mut Stmt) {
        if let Stmt::Decl(Decl::Fn(function)) = statement
            && function.ident.ctxt == self.helpers
        {
            function.visit_mut_with(&mut OneScope(self.helpers));
        }
    }
}

struct OneScope(SyntaxContext);

impl VisitMut for OneScope {
    noop_visit_mut_type!();

    fn visit_mut_ident(&mut self, name: &mut Ident) {
        name.ctxt = self.0;
    }
}
