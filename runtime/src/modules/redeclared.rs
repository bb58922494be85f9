//! Where a name was declared first that V8 refuses as declared twice, within a function for example: V8 says only
//! where that was done again. Read when code does not load: what loads costs nothing.
//!
//! Never decides that a name is declared twice.

use std::path::Path;

use swc_core::common::sync::Lrc;
use swc_core::common::{BytePos, FileName, GLOBALS, Globals, Mark, SourceMap, Span, SyntaxContext};
use swc_core::ecma::ast::*;
use swc_core::ecma::parser::parse_file_as_module;
use swc_core::ecma::transforms::base::resolver;
use swc_core::ecma::utils::find_pat_ids;
use swc_core::ecma::visit::{Visit, VisitWith, noop_visit_type};

use super::error::{Place, Position};
use super::graph::ModuleGraph;
use super::nesting;
use super::settings::Language;
use super::shape;

/// Something that is declared or exported before.
pub struct Declared {
    /// What is said of the second time, without the name.
    pub what: &'static str,
    pub name: String,
    /// The second time: of private names, V8 says where their value is.
    pub again: Place,
    pub first: Place,
}

impl ModuleGraph {
    /// The first declaration of what is declared again at `place`, if `message` is V8's about that.
    pub fn declared_first(&self, message: &str, place: &Place) -> Option<Declared> {
        let wanted = Wanted::of(message)?;
        let source = &self.module(&place.file)?.source;
        let again = Position {
            line: place.line,
            column: place.column,
        };
        let (name, first, again) = first(&wanted, source, &place.file, again)?;
        let length = name.chars().count();
        let at = |position, length| Place::new(place.file.clone(), source, position, length);
        Some(Declared {
            what: match wanted {
                Wanted::Export(_) => "This name is already exported",
                Wanted::Name(_) | Wanted::Parameter => "This name is already declared",
            },
            first: match name.as_str() {
                "default" => at(first, "export default".len()),
                _ => at(first, length),
            },
            again: again.map_or_else(|| place.clone(), |again| at(again, length)),
            name,
        })
    }
}

/// What V8 says is there twice.
#[derive(Debug, PartialEq, Eq)]
enum Wanted<'a> {
    /// A variable, function, class or private name.
    Name(&'a str),
    Parameter,
    Export(&'a str),
}

impl<'a> Wanted<'a> {
    fn of(message: &'a str) -> Option<Self> {
        let message = message.lines().next()?.strip_prefix("SyntaxError: ")?;
        if message.starts_with("Duplicate parameter name") {
            return Some(Wanted::Parameter);
        }
        let (what, rest) = message.split_once(" '")?;
        let (name, rest) = rest.split_once('\'')?;
        match (what, rest) {
            ("Identifier", " has already been declared") => Some(Wanted::Name(name)),
            ("Duplicate export of", "") => Some(Wanted::Export(name)),
            _ => None,
        }
    }
}

/// The name, where the first of them is, and where the second, if that is not where V8 says.
fn first(
    wanted: &Wanted<'_>,
    source: &str,
    url: &str,
    again: Position,
) -> Option<(String, Position, Option<Position>)> {
    let map: Lrc<SourceMap> = Lrc::default();
    let file = map.new_source_file(Lrc::new(FileName::Anon), source.to_owned());
    let found = nesting::on_stack(source, || {
        GLOBALS.set(&Globals::new(), || {
            let syntax = Language::of(Path::new(url)).syntax();
            let mut errors = Vec::new();
            let target = EsVersion::EsNext;
            let module = parse_file_as_module(&file, syntax, target, None, &mut errors).ok()?;
            let mut program = Program::Module(module);
            program.mutate(resolver(Mark::new(), Mark::new(), syntax.typescript()));
            let mut finder = Finder::default();
            program.visit_with(&mut finder);
            Some(match wanted {
                Wanted::Export(_) => finder.exports,
                _ => finder.names,
            })
        })
    })?;
    let mut found: Vec<(Position, Found)> = found
        .into_iter()
        .filter_map(|found| Some((shape::position(&map, found.span)?, found)))
        .collect();
    found.sort_by_key(|(position, _)| *position);
    let before = |(position, _): &&(Position, Found)| *position < again;
    let mut upwards = found.iter().rev();
    let (at, later) = match wanted {
        Wanted::Export(name) => {
            let mut exports = found.iter().filter(|(_, export)| export.name == *name);
            let (first, _) = exports.find(before)?;
            return Some(((*name).to_owned(), *first, None));
        }
        Wanted::Name(name) => {
            upwards.find(|(position, found)| *position <= again && found.name == *name)?
        }
        Wanted::Parameter => upwards.find(|(position, _)| *position == again)?,
    };
    let mut same = found
        .iter()
        .filter(|(_, found)| found.name == later.name && found.scope == later.scope);
    let (first, _) = same.find(|(position, _)| position < at)?;
    Some((later.name.clone(), *first, Some(*at)))
}

/// Names of one scope that are the same clash.
#[derive(PartialEq, Eq)]
enum Scope {
    /// As swc's resolver tells scopes apart.
    Of(SyntaxContext),
    /// Of private names: where the class begins.
    Class(BytePos),
    Exports,
}

struct Found {
    name: String,
    scope: Scope,
    span: Span,
}

#[derive(Default)]
struct Finder {
    names: Vec<Found>,
    exports: Vec<Found>,
}

impl Finder {
    fn declare(&mut self, name: &Ident) {
        self.names.push(Found {
            name: name.sym.to_string(),
            scope: Scope::Of(name.ctxt),
            span: name.span,
        });
    }

    fn export(&mut self, name: &str, span: Span) {
        self.exports.push(Found {
            name: name.to_owned(),
            scope: Scope::Exports,
            span,
        });
    }
}

impl Visit for Finder {
    noop_visit_type!();

    // What is assigned to is no declaration, and looks like one in the tree.
    fn visit_assign_expr(&mut self, assignment: &AssignExpr) {
        assignment.right.visit_with(self);
    }

    fn visit_for_head(&mut self, head: &ForHead) {
        if !matches!(head, ForHead::Pat(_)) {
            head.visit_children_with(self);
        }
    }

    fn visit_binding_ident(&mut self, name: &BindingIdent) {
        self.declare(&name.id);
    }

    fn visit_import_decl(&mut self, import: &ImportDecl) {
        let specifiers = import.specifiers.iter();
        specifiers.for_each(|specifier| self.declare(specifier.local()));
    }

    fn visit_fn_decl(&mut self, function: &FnDecl) {
        self.declare(&function.ident);
        function.function.visit_with(self);
    }

    fn visit_class_decl(&mut self, class: &ClassDecl) {
        self.declare(&class.ident);
        class.class.visit_with(self);
    }

    fn visit_class(&mut self, class: &Class) {
        for member in &class.body {
            let key = match member {
                ClassMember::PrivateProp(field) => &field.key,
                ClassMember::PrivateMethod(method) => &method.key,
                _ => continue,
            };
            self.names.push(Found {
                name: format!("#{}", key.name),
                scope: Scope::Class(class.span.lo),
                span: key.span,
            });
        }
        class.visit_children_with(self);
    }

    fn visit_export_decl(&mut self, export: &ExportDecl) {
        let names: Vec<Ident> = match &export.decl {
            Decl::Var(variables) => find_pat_ids(variables),
            Decl::Fn(function) => vec![function.ident.clone()],
            Decl::Class(class) => vec![class.ident.clone()],
            _ => Vec::new(),
        };
        for name in names {
            self.export(&name.sym, name.span);
        }
        export.visit_children_with(self);
    }

    fn visit_export_default_decl(&mut self, export: &ExportDefaultDecl) {
        self.export("default", export.span);
        export.visit_children_with(self);
    }

    fn visit_export_default_expr(&mut self, export: &ExportDefaultExpr) {
        self.export("default", export.span);
        export.visit_children_with(self);
    }

    fn visit_export_named_specifier(&mut self, export: &ExportNamedSpecifier) {
        let name = export.exported.as_ref().unwrap_or(&export.orig);
        self.export(&name.atom(), export.span);
    }
}

#[cfg(test)]
mod tests {
    use super::{Position, Wanted};

    /// Line, column and name of what comes before what is at the mark `|`, which is taken out of the source.
    fn first(source: &str, message: &str) -> Option<(u32, u32, String)> {
        let (before, after) = source.split_once('|').expect("there is a mark");
        let again = Position {
            line: before.matches('\n').count() as u32 + 1,
            column: before.rsplit('\n').next().unwrap_or_default().len() as u32 + 1,
        };
        let source = format!("{before}{after}");
        let wanted = Wanted::of(message)?;
        let (name, at, _) = super::first(&wanted, &source, "file:///p/a.ts", again)?;
        Some((at.line, at.column, name))
    }

    fn twice(name: &str) -> String {
        format!("SyntaxError: Identifier '{name}' has already been declared\n    at a.ts:1:1")
    }

    #[test]
    fn the_first_declaration_within_a_function_is_found() {
        let at = |source: &str| {
            let (line, column, name) = first(source, &twice("r")).expect("found");
            assert_eq!(name, "r");
            (line, column)
        };
        let method = "export default class {\n  m(q: string) {\n    const r = 1;\n    r = 2;\n    let |r = q;\n  }\n  n() { const r = 1; }\n}";
        assert_eq!(at(method), (3, 11));
        assert_eq!(at("function f(r) { let |r = 1; }"), (1, 12));
        assert_eq!(at("let r; function f({ q: r }) {\n class |r {} }"), (1, 24));
        assert_eq!(
            at("switch (1) { case 1: let r; break; case 2: let |r; }"),
            (1, 26)
        );
    }

    #[test]
    fn private_names_parameters_and_exports_are_found() {
        let class = "class A { #x = 1 } class B { #x = 1; |#x = 2; }";
        assert_eq!(first(class, &twice("#x")), Some((1, 30, "#x".to_owned())));
        let value = "class A { #x = 1; #x = |2; }";
        assert_eq!(first(value, &twice("#x")), Some((1, 11, "#x".to_owned())));
        let parameter = "SyntaxError: Duplicate parameter name not allowed in this context";
        assert_eq!(
            first("function f(a, b, |a) {}", parameter),
            Some((1, 12, "a".to_owned()))
        );
        let export = |name: &str| format!("SyntaxError: Duplicate export of '{name}'");
        assert_eq!(
            first(
                "export const x = () => { const y = 1; };\nexport { |x };",
                &export("x")
            ),
            Some((1, 14, "x".to_owned()))
        );
        assert_eq!(
            first(
                "export default class A {}\nexport { |A as default };",
                &export("default")
            ),
            Some((1, 1, "default".to_owned()))
        );
    }

    #[test]
    fn other_errors_have_no_first_declaration() {
        assert_eq!(first("let a;\nlet |b;", "TypeError: Identifier 'b'"), None);
        assert_eq!(first("let a;\nlet |b;", &twice("b")), None);
        assert_eq!(first("let a; { let |a; }", &twice("a")), None);
        assert_eq!(first("let a; |let b", &twice("a")), None);
        assert_eq!(first("let ; |", &twice("a")), None);
    }
}
