//! What a module shows to others: its imports with their places, its exports, whether it is
//! CommonJS. Read from the tree after TypeScript is gone, so types do not appear.
//!
//! Never resolves a specifier.

use std::collections::{BTreeSet, HashMap, HashSet};

use swc_core::common::{Mark, SourceMap, Span, SyntaxContext};
use swc_core::ecma::ast::*;
use swc_core::ecma::utils::find_pat_ids;
use swc_core::ecma::visit::{Visit, VisitWith, noop_visit_type};

use super::error::Position;

/// One specifier as one statement or call names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Import {
    pub specifier: String,
    pub names: Vec<ImportedName>,
    /// `import()` with a constant specifier.
    pub dynamic: bool,
    /// The `type` of `with { type: ".." }`.
    pub attribute: Option<String>,
    /// Where the specifier is written; `None` in generated imports.
    pub position: Option<Position>,
}

/// A name asked of another module. `*` asks for all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ImportedName {
    pub name: String,
    /// Only passed on by `export`: in TypeScript that may be a type, which transpiling one file
    /// cannot know.
    pub only_reexported: bool,
    pub position: Option<Position>,
}

/// The outside of one module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Shape {
    pub imports: Vec<Import>,
    pub exports: BTreeSet<String>,
    /// Specifiers of `export * from`.
    pub stars: Vec<String>,
    /// Has no ES module syntax and uses `module`, `exports` or `require`.
    pub common_js: bool,
}

/// Reads the shape of `module`; `unresolved` is the mark swc's resolver puts on free names.
pub(super) fn read(module: &Module, map: &SourceMap, unresolved: Mark) -> Shape {
    let mut reader = Reader {
        map,
        free: SyntaxContext::empty().apply_mark(unresolved),
        shape: Shape::default(),
        imported: HashMap::new(),
        used: HashSet::new(),
        is_module: false,
        uses_common_js: false,
    };
    module.visit_with(&mut reader);
    reader.finish()
}

/// Whether a script (a file that is not valid as a module) is CommonJS.
pub(super) fn is_common_js(script: &Script, unresolved: Mark) -> bool {
    let mut finder = FindCommonJs {
        free: SyntaxContext::empty().apply_mark(unresolved),
        found: false,
    };
    script.visit_with(&mut finder);
    finder.found
}

struct Reader<'a> {
    map: &'a SourceMap,
    free: SyntaxContext,
    shape: Shape,
    /// Local binding -> index of the import and of its name.
    imported: HashMap<Id, (usize, usize)>,
    /// Bindings used other than by `export { .. }`.
    used: HashSet<Id>,
    is_module: bool,
    uses_common_js: bool,
}

impl Reader<'_> {
    fn finish(mut self) -> Shape {
        for (id, (import, name)) in &self.imported {
            if !self.used.contains(id) {
                self.shape.imports[*import].names[*name].only_reexported = true;
            }
        }
        self.shape.common_js = self.uses_common_js && !self.is_module;
        self.shape
    }

    fn position(&self, span: Span) -> Option<Position> {
        position(self.map, span)
    }

    fn add_import(&mut self, source: &Str, with: Option<&ObjectLit>, names: Vec<ImportedName>) {
        self.shape.imports.push(Import {
            specifier: source.value.to_string_lossy().into_owned(),
            names,
            dynamic: false,
            attribute: with.and_then(attribute_type),
            position: self.position(source.span),
        });
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
        self.is_module = true;
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
            Decl::Var(var) => {
                let ids: Vec<Id> = find_pat_ids(var);
                exports.extend(ids.into_iter().map(|(name, _)| name.to_string()));
            }
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
        if let Callee::Import(_) = call.callee
            && let Some((specifier, span)) = constant_argument(call)
        {
            let import = Import {
                specifier,
                names: vec![self.name("*", span, false)],
                dynamic: true,
                attribute: None,
                position: self.position(span),
            };
            self.shape.imports.push(import);
        }
        call.visit_children_with(self);
    }

    fn visit_meta_prop_expr(&mut self, meta: &MetaPropExpr) {
        self.is_module |= meta.kind == MetaPropKind::ImportMeta;
    }

    fn visit_ident(&mut self, ident: &Ident) {
        self.uses_common_js |= is_common_js_name(ident, self.free);
        self.used.insert(ident.to_id());
    }
}

struct FindCommonJs {
    free: SyntaxContext,
    found: bool,
}

impl Visit for FindCommonJs {
    noop_visit_type!();

    fn visit_ident(&mut self, ident: &Ident) {
        self.found |= is_common_js_name(ident, self.free);
    }
}

fn is_common_js_name(ident: &Ident, free: SyntaxContext) -> bool {
    ident.ctxt == free && matches!(&*ident.sym, "module" | "exports" | "require")
}

/// 1-based position of the start of `span`, unless it belongs to generated code.
pub(super) fn position(map: &SourceMap, span: Span) -> Option<Position> {
    if span.is_dummy() || span.is_dummy_ignoring_cmt() {
        return None;
    }
    let place = map.try_lookup_char_pos(span.lo).ok()?;
    Some(Position {
        line: place.line as u32,
        column: place.col.0 as u32 + 1,
    })
}

/// The specifier of `import("x")` or import(`x`), when it is constant.
pub(super) fn constant_argument(call: &CallExpr) -> Option<(String, Span)> {
    match &*call.args.first()?.expr {
        Expr::Lit(Lit::Str(text)) => Some((text.value.to_string_lossy().into_owned(), text.span)),
        Expr::Tpl(template) if template.exprs.is_empty() => {
            let text = template.quasis.first()?.cooked.as_ref()?;
            Some((text.to_string_lossy().into_owned(), template.span))
        }
        _ => None,
    }
}

fn attribute_type(with: &ObjectLit) -> Option<String> {
    with.props.iter().find_map(|prop| {
        let PropOrSpread::Prop(prop) = prop else {
            return None;
        };
        let Prop::KeyValue(pair) = &**prop else {
            return None;
        };
        let is_type = match &pair.key {
            PropName::Ident(key) => key.sym == "type",
            PropName::Str(key) => key.value.as_str() == Some("type"),
            _ => false,
        };
        match &*pair.value {
            Expr::Lit(Lit::Str(value)) if is_type => {
                Some(value.value.to_string_lossy().into_owned())
            }
            _ => None,
        }
    })
}
