//! The pass that reads a shape from a module's tree. Branches that can never run are not read.

use std::collections::{BTreeSet, HashMap, HashSet};

use swc_core::common::{Mark, SourceMap, Span, SyntaxContext};
use swc_core::ecma::ast::*;
use swc_core::ecma::utils::find_pat_ids;
use swc_core::ecma::visit::{Visit, VisitWith, noop_visit_type};

use super::{
    Format, Import, ImportedName, Kind, Places, Shape, attribute_type, constant_argument, position,
};
use crate::modules::accesses;
use crate::modules::common_js;
use crate::modules::conditions::{visit_choice, visit_if, visit_live};
use crate::modules::error::Position;
use crate::modules::liveness::{Piece, pieces};
use crate::modules::pattern::Pattern;

/// Reads the shape of `program`; `unresolved` is the mark swc's resolver puts on free names.
pub(in crate::modules) fn read(
    program: &Program,
    map: &SourceMap,
    unresolved: Mark,
) -> (Shape, Places) {
    let mut reader = Reader {
        map,
        free: SyntaxContext::empty().apply_mark(unresolved),
        shape: Shape::default(),
        places: Places::default(),
        part: 0,
        imported: HashMap::new(),
        used: HashSet::new(),
        is_module: false,
        imports: false,
        uses_common_js: false,
        functions: 0,
        own_this: 0,
        tries: 0,
        caught: None,
    };
    for (part, piece) in pieces(program).iter().enumerate() {
        reader.part = part as u32;
        reader.visit_piece(piece);
    }
    let (mut shape, places) = reader.finish();
    match shape.format {
        Format::Es => accesses::complete(program, &mut shape),
        Format::CommonJs => common_js::complete(program, &mut shape),
        Format::Mixed => {
            accesses::complete(program, &mut shape);
            common_js::complete(program, &mut shape);
        }
        Format::Plain => {}
    }
    (shape, places)
}

struct Reader<'a> {
    map: &'a SourceMap,
    free: SyntaxContext,
    shape: Shape,
    places: Places,
    /// The part that is visited.
    part: u32,
    /// Local binding -> index of the import and of its name.
    imported: HashMap<Id, (usize, usize)>,
    /// Bindings used other than by `export { .. }`.
    used: HashSet<Id>,
    /// Has syntax that only ES modules have, beside `import` statements.
    is_module: bool,
    imports: bool,
    uses_common_js: bool,
    /// Functions around the place that is visited.
    functions: u32,
    /// Those among them that have a `this` of their own, and classes.
    own_this: u32,
    tries: u32,
    /// A promise whose failure the code that is visited handles.
    caught: Option<Span>,
}

impl Reader<'_> {
    fn is_caught(&self, call: &CallExpr) -> bool {
        self.caught == Some(call.span)
    }

    fn visit_piece(&mut self, piece: &Piece<'_>) {
        match piece {
            Piece::Variable(variable) => {
                if variable.is_exported {
                    self.is_module = true;
                    let ids: Vec<Id> = find_pat_ids(&variable.declarator.name);
                    let names = ids.into_iter().map(|(name, _)| name.to_string());
                    self.shape.exports.extend(names);
                }
                variable.declarator.visit_with(self);
            }
            Piece::Item(item) => item.visit_with(self),
            Piece::Statement(statement) => statement.visit_with(self),
        }
    }

    fn finish(mut self) -> (Shape, Places) {
        for (id, (import, name)) in &self.imported {
            if !self.used.contains(id) {
                self.shape.imports[*import].names[*name].only_reexported = true;
            }
        }
        self.shape.format = if self.is_module {
            Format::Es
        } else if self.imports && (self.shape.uses_module || self.shape.uses_exports) {
            Format::Mixed
        } else if self.imports {
            Format::Es
        } else if self.uses_common_js {
            Format::CommonJs
        } else {
            Format::Plain
        };
        (self.shape, self.places)
    }

    fn position(&self, span: Span) -> Option<Position> {
        position(self.map, span)
    }

    fn add_import(&mut self, source: &Str, with: Option<&ObjectLit>, names: Vec<ImportedName>) {
        self.places.imports.push(self.part);
        self.shape.imports.push(Import {
            specifier: source.value.to_string_lossy().into_owned(),
            names,
            hints: BTreeSet::new(),
            kind: Kind::Static,
            guarded: false,
            attribute: with.and_then(attribute_type),
            position: self.position(source.span),
        });
    }

    fn add_call(&mut self, kind: Kind, call: &CallExpr) {
        let Some((specifier, span)) = constant_argument(call) else {
            let pattern = call.args.first().and_then(|a| Pattern::of(&a.expr));
            if let Some(pattern) = pattern {
                self.places.patterns.push(self.part);
                self.shape.patterns.push((kind, pattern));
            }
            return;
        };
        let import = Import {
            specifier,
            names: match kind {
                Kind::Require => Vec::new(),
                _ => vec![self.name("*", span, false)],
            },
            hints: BTreeSet::new(),
            kind,
            guarded: self.tries > 0 || self.is_caught(call) || is_resolve(call),
            attribute: None,
            position: self.position(span),
        };
        self.places.imports.push(self.part);
        self.shape.imports.push(import);
    }

    fn is_free(&self, expr: &Expr, name: &str) -> bool {
        matches!(expr, Expr::Ident(ident) if ident.ctxt == self.free && ident.sym == *name)
    }

    /// `require`, `require.resolve`, `module.require`.
    fn is_require(&self, callee: &Expr) -> bool {
        match callee {
            Expr::Member(member) => match &member.prop {
                MemberProp::Ident(name) if name.sym == *"resolve" => {
                    self.is_free(&member.obj, "require")
                }
                MemberProp::Ident(name) if name.sym == *"require" => {
                    self.is_free(&member.obj, "module")
                }
                _ => false,
            },
            _ => self.is_free(callee, "require"),
        }
    }

    /// What has a `this` of its own and runs when it is called, or never.
    fn in_function<N: VisitWith<Self>>(&mut self, function: &N) {
        self.functions += 1;
        self.own_this += 1;
        function.visit_children_with(self);
        self.functions -= 1;
        self.own_this -= 1;
    }

    fn name(&self, name: impl Into<String>, span: Span, only_reexported: bool) -> ImportedName {
        ImportedName {
            name: name.into(),
            only_reexported,
            position: self.position(span),
        }
    }
}

impl Visit for Reader<'_> {
    noop_visit_type!();

    fn visit_module_decl(&mut self, decl: &ModuleDecl) {
        match decl {
            ModuleDecl::Import(_) => self.imports = true,
            // Stripping TypeScript leaves one where the only imports were types.
            ModuleDecl::ExportNamed(export)
                if export.specifiers.is_empty()
                    && export.src.is_none()
                    && export.span.is_dummy() =>
            {
                self.imports = true;
            }
            _ => self.is_module = true,
        }
        decl.visit_children_with(self);
    }

    fn visit_import_decl(&mut self, import: &ImportDecl) {
        let index = self.shape.imports.len();
        let mut names = Vec::new();
        for specifier in &import.specifiers {
            let (local, name) = match specifier {
                ImportSpecifier::Named(named) => {
                    let imported = named.imported.as_ref();
                    let name =
                        imported.map_or(named.local.sym.to_string(), |n| n.atom().to_string());
                    (&named.local, name)
                }
                ImportSpecifier::Default(default) => (&default.local, "default".to_owned()),
                ImportSpecifier::Namespace(namespace) => (&namespace.local, "*".to_owned()),
            };
            self.imported.insert(local.to_id(), (index, names.len()));
            names.push(self.name(name, local.span, false));
        }
        self.add_import(&import.src, import.with.as_deref(), names);
    }

    fn visit_named_export(&mut self, export: &NamedExport) {
        let mut names = Vec::new();
        for specifier in &export.specifiers {
            let (original, exported) = match specifier {
                ExportSpecifier::Named(named) => {
                    let exported = named.exported.as_ref().unwrap_or(&named.orig);
                    (named.orig.atom().to_string(), exported.atom().to_string())
                }
                ExportSpecifier::Namespace(ns) => ("*".to_owned(), ns.name.atom().to_string()),
                ExportSpecifier::Default(default) => {
                    ("default".to_owned(), default.exported.sym.to_string())
                }
            };
            let span = swc_core::common::Spanned::span(specifier);
            names.push(self.name(original, span, true));
            self.shape.exports.insert(exported);
        }
        if let Some(source) = &export.src {
            self.add_import(source, export.with.as_deref(), names);
        }
    }

    fn visit_export_all(&mut self, export: &ExportAll) {
        self.shape
            .stars
            .push(export.src.value.to_string_lossy().into_owned());
        self.add_import(&export.src, export.with.as_deref(), Vec::new());
    }

    fn visit_export_decl(&mut self, export: &ExportDecl) {
        let exports = &mut self.shape.exports;
        match &export.decl {
            Decl::Class(class) => drop(exports.insert(class.ident.sym.to_string())),
            Decl::Fn(function) => drop(exports.insert(function.ident.sym.to_string())),
            // Variables are parts of their own.
            _ => {}
        }
        export.visit_children_with(self);
    }

    fn visit_export_default_decl(&mut self, export: &ExportDefaultDecl) {
        self.shape.exports.insert("default".to_owned());
        export.visit_children_with(self);
    }

    fn visit_export_default_expr(&mut self, export: &ExportDefaultExpr) {
        self.shape.exports.insert("default".to_owned());
        export.visit_children_with(self);
    }

    fn visit_call_expr(&mut self, call: &CallExpr) {
        match &call.callee {
            Callee::Import(_) => self.add_call(Kind::Dynamic, call),
            Callee::Expr(callee) if self.is_require(callee) => self.add_call(Kind::Require, call),
            Callee::Expr(callee) => {
                if let Expr::Member(MemberExpr { obj, prop, .. }) = &**callee
                    && let Expr::Call(promise) = &**obj
                    && let MemberProp::Ident(name) = prop
                {
                    let is_caught = match &*name.sym {
                        "catch" => !call.args.is_empty() || self.is_caught(call),
                        "then" => call.args.len() > 1 || self.is_caught(call),
                        _ => false,
                    };
                    if is_caught {
                        self.caught = Some(promise.span);
                    }
                }
            }
            Callee::Super(_) => {}
        }
        call.visit_children_with(self);
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

    fn visit_try_stmt(&mut self, statement: &TryStmt) {
        self.tries += 1;
        statement.block.visit_with(self);
        self.tries -= 1;
        statement.handler.visit_with(self);
        statement.finalizer.visit_with(self);
    }

    fn visit_function(&mut self, function: &Function) {
        self.in_function(function);
    }

    fn visit_getter_prop(&mut self, getter: &GetterProp) {
        self.in_function(getter);
    }

    fn visit_setter_prop(&mut self, setter: &SetterProp) {
        self.in_function(setter);
    }

    fn visit_arrow_expr(&mut self, arrow: &ArrowExpr) {
        self.functions += 1;
        arrow.visit_children_with(self);
        self.functions -= 1;
    }

    fn visit_class(&mut self, class: &Class) {
        class.super_class.visit_with(self);
        class.decorators.visit_with(self);
        self.functions += 1;
        self.own_this += 1;
        class.body.visit_with(self);
        self.functions -= 1;
        self.own_this -= 1;
    }

    fn visit_this_expr(&mut self, _: &ThisExpr) {
        self.uses_common_js |= self.own_this == 0;
    }

    fn visit_await_expr(&mut self, wait: &AwaitExpr) {
        self.is_module |= self.functions == 0;
        wait.visit_children_with(self);
    }

    fn visit_for_of_stmt(&mut self, statement: &ForOfStmt) {
        self.is_module |= statement.is_await && self.functions == 0;
        statement.visit_children_with(self);
    }

    fn visit_meta_prop_expr(&mut self, meta: &MetaPropExpr) {
        self.is_module |= meta.kind == MetaPropKind::ImportMeta;
    }

    fn visit_ident(&mut self, ident: &Ident) {
        if ident.ctxt == self.free {
            let shape = &mut self.shape;
            match &*ident.sym {
                "require" => shape.uses_require = true,
                "module" => shape.uses_module = true,
                "exports" => shape.uses_exports = true,
                _ => {}
            }
            self.uses_common_js |= shape.uses_require || shape.uses_module || shape.uses_exports;
        }
        self.used.insert(ident.to_id());
    }
}

/// `require.resolve(..)` only asks.
fn is_resolve(call: &CallExpr) -> bool {
    matches!(&call.callee, Callee::Expr(callee) if callee.is_member())
}
