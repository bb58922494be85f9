//! The pass that reads the facts of a file from its tree. It must run on the tree from which the
//! shape was read, whose imports it names by their indexes.
//!
//! Never changes the tree.

use std::collections::{HashMap, HashSet};

use swc_core::common::comments::SingleThreadedComments;
use swc_core::common::{BytePos, Mark, Span, SyntaxContext};
use swc_core::ecma::ast::*;
use swc_core::ecma::utils::find_pat_ids;
use swc_core::ecma::visit::{Visit, VisitWith, noop_visit_type};

use super::annotations::Annotations;
use super::facts::{Binding, Export, Facts, Part, PartKind, Symbol};
use super::judge::{hides_uses, judge, marked_functions};
use super::parts::{Piece, pieces};
use super::pure::Purity;
use super::uses::{Members, Uses};
use crate::modules::shape::{Kind, Places, Shape};

/// What is known of a file besides its tree.
pub(in crate::modules) struct Source<'a> {
    pub text: &'a str,
    /// The position of the first byte of `text`.
    pub base: BytePos,
    /// The mark of names that nothing declares.
    pub unresolved: Mark,
    /// Where JSX elements began.
    pub jsx: HashSet<BytePos>,
    pub(super) annotations: Annotations,
}

impl<'a> Source<'a> {
    pub(in crate::modules) fn new(
        text: &'a str,
        comments: &SingleThreadedComments,
        base: BytePos,
        unresolved: Mark,
    ) -> Self {
        Self {
            text,
            base,
            unresolved,
            jsx: HashSet::new(),
            annotations: Annotations::read(text, comments, base),
        }
    }
}

/// Where a part stands, and the statement of which it is only one variable.
pub(super) type PartSpan = (Span, Option<Span>);

/// Reads the facts, and the place of each part in the tree.
pub(super) fn read(
    program: &Program,
    source: &Source<'_>,
    shape: &Shape,
    places: &Places,
) -> (Facts, Vec<PartSpan>) {
    let pieces = pieces(program);
    let free = SyntaxContext::empty().apply_mark(source.unresolved);
    let mut reader = Reader::new(shape, places, pieces.len());
    for (index, piece) in pieces.iter().enumerate() {
        reader.declare(index as u32, piece);
    }
    reader.finish_clauses();
    let namespaces = reader.namespaces();
    let purity = Purity {
        free,
        annotations: &source.annotations,
        jsx: &source.jsx,
        functions: marked_functions(&pieces, source),
        namespaces: namespaces.keys().cloned().collect(),
    };
    let hides_uses = hides_uses(program, free);
    let mut members = Members {
        namespaces,
        found: HashMap::new(),
    };
    for (index, piece) in pieces.iter().enumerate() {
        let mut uses = Uses::new(&reader.symbols, &mut members, reader.facts.declared.len());
        uses.read(piece);
        let found = uses.found;
        reader.add_members(&mut members);
        let part = &mut reader.facts.parts[index];
        part.uses = found;
        let (is_removable, is_silent) = judge(piece, &purity);
        let declares = reader.declaring.contains(&(index as u32));
        part.is_removable = is_removable && !(hides_uses && declares);
        part.is_silent = is_silent && part.is_removable;
    }
    let spans = pieces.iter().map(|piece| (piece.span(), piece.statement()));
    let spans = spans.collect();
    (reader.facts, spans)
}

struct Reader<'a> {
    shape: &'a Shape,
    facts: Facts,
    symbols: HashMap<Id, Symbol>,
    /// Parts that declare a name.
    declaring: HashSet<u32>,
    /// `export { a as b }`, until all names are known.
    clauses: Vec<(Id, String, u32)>,
    /// How many of [`Facts::names`] what has been seen takes.
    named: u32,
}

impl<'a> Reader<'a> {
    fn new(shape: &'a Shape, places: &Places, parts: usize) -> Self {
        let mut facts = Facts::default();
        facts.parts.resize_with(parts, Part::default);
        for (index, place) in places.imports.iter().enumerate() {
            if let Some(part) = facts.parts.get_mut(*place as usize) {
                part.imports.push(index as u32);
            }
        }
        for place in &places.patterns {
            if let Some(part) = facts.parts.get_mut(*place as usize) {
                part.has_patterns = true;
            }
        }
        Self {
            shape,
            facts,
            symbols: HashMap::new(),
            declaring: HashSet::new(),
            clauses: Vec::new(),
            named: 0,
        }
    }

    fn new_symbol(&mut self, part: u32) -> Symbol {
        let symbol = self.facts.declared.len() as Symbol;
        self.facts.declared.push(vec![part]);
        self.facts.bound.push(None);
        symbol
    }

    fn declare_id(&mut self, part: u32, id: Id) -> Symbol {
        self.declaring.insert(part);
        if let Some(symbol) = self.symbols.get(&id).copied() {
            let parts = &mut self.facts.declared[symbol as usize];
            if parts.last() != Some(&part) {
                parts.push(part);
            }
            return symbol;
        }
        let symbol = self.new_symbol(part);
        self.symbols.insert(id, symbol);
        symbol
    }

    fn export(&mut self, alias: String, symbol: Symbol, clause: Option<u32>) {
        self.facts.exports.push(Export {
            alias,
            symbol,
            clause,
        });
    }

    fn bind(
        &mut self,
        symbol: Symbol,
        import: u32,
        name: String,
        local: Option<u32>,
        member_of: Option<Symbol>,
    ) {
        self.facts.bound[symbol as usize] = Some(self.facts.bindings.len() as u32);
        self.facts.bindings.push(Binding {
            symbol,
            import,
            name,
            local,
            member_of,
        });
    }

    fn declare(&mut self, part: u32, piece: &Piece<'_>) {
        match piece {
            Piece::Variable(variable) => {
                let ids: Vec<Id> = find_pat_ids(&variable.declarator.name);
                for id in ids {
                    self.declare_and_export(part, id, variable.is_exported);
                }
            }
            Piece::Item(ModuleItem::Stmt(statement)) => self.declare_statement(part, statement),
            Piece::Statement(statement) => self.declare_statement(part, statement),
            Piece::Item(ModuleItem::ModuleDecl(declaration)) => {
                self.declare_module(part, declaration);
            }
        }
    }

    fn declare_and_export(&mut self, part: u32, id: Id, is_exported: bool) {
        let alias = id.0.to_string();
        let symbol = self.declare_id(part, id);
        if is_exported {
            self.export(alias, symbol, None);
        }
    }

    fn declare_statement(&mut self, part: u32, statement: &Stmt) {
        match statement {
            Stmt::Decl(declaration) => self.declare_declaration(part, declaration, false),
            other => {
                // `var` in a block belongs to what is around the block.
                let mut inner = Variables(Vec::new());
                other.visit_with(&mut inner);
                for id in inner.0 {
                    self.declare_id(part, id);
                }
            }
        }
    }

    fn declare_declaration(&mut self, part: u32, declaration: &Decl, is_exported: bool) {
        let ids: Vec<Id> = match declaration {
            Decl::Class(class) => vec![class.ident.to_id()],
            Decl::Fn(function) => vec![function.ident.to_id()],
            Decl::Var(variables) => find_pat_ids(variables),
            Decl::Using(variables) => find_pat_ids(&variables.decls),
            _ => Vec::new(),
        };
        for id in ids {
            self.declare_and_export(part, id, is_exported);
        }
    }

    fn declare_module(&mut self, part: u32, declaration: &ModuleDecl) {
        match declaration {
            ModuleDecl::Import(import) => self.declare_import(part, import),
            ModuleDecl::ExportNamed(export) if export.src.is_some() => {
                self.facts.parts[part as usize].kind = PartKind::Link;
                let Some(link) = self.link(part) else { return };
                for specifier in &export.specifiers {
                    let (name, alias) = match specifier {
                        ExportSpecifier::Named(named) => {
                            let alias = named.exported.as_ref().unwrap_or(&named.orig);
                            (named.orig.atom().to_string(), alias.atom().to_string())
                        }
                        ExportSpecifier::Namespace(namespace) => {
                            ("*".to_owned(), namespace.name.atom().to_string())
                        }
                        ExportSpecifier::Default(default) => {
                            ("default".to_owned(), default.exported.sym.to_string())
                        }
                    };
                    let symbol = self.new_symbol(part);
                    self.bind(symbol, link, name, None, None);
                    self.export(alias, symbol, None);
                }
            }
            ModuleDecl::ExportNamed(export) => {
                self.facts.parts[part as usize].kind = PartKind::Clause;
                for specifier in &export.specifiers {
                    if let ExportSpecifier::Named(named) = specifier {
                        let alias = named.exported.as_ref().unwrap_or(&named.orig);
                        let alias = alias.atom().to_string();
                        if let ModuleExportName::Ident(original) = &named.orig {
                            self.clauses.push((original.to_id(), alias, self.named));
                        }
                        self.named += 1;
                    }
                }
            }
            ModuleDecl::ExportAll(_) => {
                self.facts.parts[part as usize].kind = PartKind::Link;
                let link = self.link(part);
                self.facts.stars.extend(link);
            }
            ModuleDecl::ExportDecl(export) => {
                self.declare_declaration(part, &export.decl, true);
            }
            ModuleDecl::ExportDefaultDecl(export) => {
                let name = match &export.decl {
                    DefaultDecl::Class(class) => class.ident.as_ref(),
                    DefaultDecl::Fn(function) => function.ident.as_ref(),
                    DefaultDecl::TsInterfaceDecl(_) => return,
                };
                let symbol = match name {
                    Some(name) => self.declare_id(part, name.to_id()),
                    None => self.new_symbol(part),
                };
                self.export("default".to_owned(), symbol, None);
            }
            ModuleDecl::ExportDefaultExpr(_) => {
                let symbol = self.new_symbol(part);
                self.export("default".to_owned(), symbol, None);
            }
            _ => {}
        }
    }

    fn declare_import(&mut self, part: u32, import: &ImportDecl) {
        self.facts.parts[part as usize].kind = PartKind::Link;
        let link = self.link(part);
        for specifier in &import.specifiers {
            let name = match specifier {
                ImportSpecifier::Named(named) => {
                    let name = named.imported.as_ref();
                    name.map_or(named.local.sym.to_string(), |name| name.atom().to_string())
                }
                ImportSpecifier::Default(_) => "default".to_owned(),
                ImportSpecifier::Namespace(_) => "*".to_owned(),
            };
            let symbol = self.declare_id(part, specifier.local().to_id());
            let local = Some(self.named);
            self.named += 1;
            if let Some(link) = link {
                self.bind(symbol, link, name, local, None);
            }
        }
    }

    /// The import of the shape that a linking statement makes.
    fn link(&self, part: u32) -> Option<u32> {
        let imports = &self.facts.parts[part as usize].imports;
        let shape = self.shape;
        let is_static = |index: &&u32| {
            let import = shape.imports.get(**index as usize);
            import.is_some_and(|import| import.kind == Kind::Static)
        };
        imports.iter().find(is_static).copied()
    }

    fn finish_clauses(&mut self) {
        for (id, alias, clause) in std::mem::take(&mut self.clauses) {
            if let Some(symbol) = self.symbols.get(&id).copied() {
                self.export(alias, symbol, Some(clause));
            }
        }
    }

    /// The variables of `import * as`.
    fn namespaces(&self) -> HashMap<Id, Symbol> {
        let is_namespace = |symbol: Symbol| {
            let binding = self.facts.binding(symbol);
            binding.is_some_and(|(_, binding)| binding.name == "*")
        };
        let all = self.symbols.iter();
        all.filter(|(_, symbol)| is_namespace(**symbol))
            .map(|(id, symbol)| (id.clone(), *symbol))
            .collect()
    }

    /// Makes symbols of the properties of namespaces that were first read in the last part.
    fn add_members(&mut self, members: &mut Members) {
        let first = self.facts.declared.len() as Symbol;
        let mut new: Vec<_> = members
            .found
            .iter()
            .filter(|(_, symbol)| **symbol >= first)
            .map(|((namespace, name), symbol)| (*symbol, *namespace, name.clone()))
            .collect();
        new.sort_unstable();
        for (symbol, namespace, name) in new {
            let Some((_, whole)) = self.facts.binding(namespace) else {
                continue;
            };
            let import = whole.import;
            let part = self.facts.declared[namespace as usize][0];
            let made = self.new_symbol(part);
            debug_assert_eq!(made, symbol);
            self.bind(made, import, name, None, Some(namespace));
        }
    }
}

/// The variables that statements declare in the scope around them.
struct Variables(Vec<Id>);

impl Visit for Variables {
    noop_visit_type!();

    fn visit_var_decl(&mut self, variables: &VarDecl) {
        if variables.kind == VarDeclKind::Var {
            self.0.extend(find_pat_ids::<_, Id>(variables));
        }
    }

    fn visit_expr(&mut self, _: &Expr) {}

    fn visit_function(&mut self, _: &Function) {}

    fn visit_class(&mut self, _: &Class) {}
}
