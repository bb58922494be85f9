//! Names that a file declares twice outside of functions and blocks. V8 would refuse most of them,
//! but not what `hoist` and the removal of TypeScript make of them: `var` twice is no mistake.
//!
//! Never changes the tree; scopes within it are V8's affair. What TypeScript merges is one
//! declaration: an interface with a class, a namespace with a function.

use std::collections::HashMap;

use swc_core::atoms::Atom;
use swc_core::common::{BytePos, Span};
use swc_core::ecma::ast::*;
use swc_core::ecma::utils::find_pat_ids;
use swc_core::ecma::visit::{Visit, VisitWith, noop_visit_type};

/// A name that was declared before.
pub(super) struct Duplicate {
    pub name: Atom,
    pub span: Span,
    pub first: Span,
}

/// The second and later declarations of each name. In TypeScript an import may be a type, which
/// a value of the same name then replaces.
pub(super) fn found(program: &Program, is_typescript: bool) -> Vec<Duplicate> {
    let mut names = Names {
        has_types: is_typescript,
        known: HashMap::new(),
        default: None,
        found: Vec::new(),
    };
    match program {
        Program::Module(module) => module.body.iter().for_each(|item| names.item(item)),
        Program::Script(script) => script.body.iter().for_each(|item| names.statement(item)),
    }
    names.found
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Import,
    /// `const`, `let`, `using`.
    Lexical,
    Variable,
    Function,
    Class,
    Enum,
    Namespace,
}

impl Kind {
    fn allows(self, later: Kind) -> bool {
        use Kind::{Class, Enum, Function, Namespace, Variable};
        match later {
            // Which of them a module may repeat, V8 knows.
            Variable | Function => matches!(self, Variable | Function),
            Enum => matches!(self, Enum | Namespace),
            Namespace => matches!(self, Namespace | Function | Enum | Class),
            Kind::Import | Kind::Lexical | Class => false,
        }
    }
}

struct Names {
    has_types: bool,
    known: HashMap<Atom, (Kind, Span)>,
    /// The words before the default export.
    default: Option<Span>,
    found: Vec<Duplicate>,
}

impl Names {
    fn declare(&mut self, name: &Ident, kind: Kind) {
        match self.known.get(&name.sym) {
            Some((before, first)) if !before.allows(kind) => self.found.push(Duplicate {
                name: name.sym.clone(),
                span: name.span,
                first: *first,
            }),
            _ => {
                self.known.insert(name.sym.clone(), (kind, name.span));
            }
        }
    }

    /// Hoisting makes assignments of them, which V8 would take.
    fn default(&mut self, export: Span) {
        let words = export.with_hi(export.lo + BytePos("export default".len() as u32));
        match self.default {
            None => self.default = Some(words),
            Some(first) => self.found.push(Duplicate {
                name: "default".into(),
                span: words,
                first,
            }),
        }
    }

    fn item(&mut self, item: &ModuleItem) {
        let declaration = match item {
            ModuleItem::Stmt(statement) => return self.statement(statement),
            ModuleItem::ModuleDecl(declaration) => declaration,
        };
        match declaration {
            ModuleDecl::Import(import) if !self.has_types => {
                for specifier in &import.specifiers {
                    self.declare(specifier.local(), Kind::Import);
                }
            }
            ModuleDecl::ExportDecl(export) => self.declaration(&export.decl),
            ModuleDecl::ExportDefaultExpr(export) => self.default(export.span),
            ModuleDecl::ExportDefaultDecl(export) => match &export.decl {
                DefaultDecl::Class(class) => {
                    self.default(export.span);
                    let name = class.ident.iter();
                    name.for_each(|name| self.declare(name, Kind::Class));
                }
                DefaultDecl::Fn(function) if function.function.body.is_some() => {
                    self.default(export.span);
                    let name = function.ident.iter();
                    name.for_each(|name| self.declare(name, Kind::Function));
                }
                DefaultDecl::Fn(_) | DefaultDecl::TsInterfaceDecl(_) => {}
            },
            _ => {}
        }
    }

    fn statement(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Decl(declaration) => self.declaration(declaration),
            // `var` in a block belongs to what is around the block.
            _ => statement.visit_with(self),
        }
    }

    fn declaration(&mut self, declaration: &Decl) {
        match declaration {
            Decl::Var(variables) if !variables.declare => {
                let kind = match variables.kind {
                    VarDeclKind::Var => Kind::Variable,
                    VarDeclKind::Const | VarDeclKind::Let => Kind::Lexical,
                };
                let names: Vec<Ident> = find_pat_ids(variables);
                names.iter().for_each(|name| self.declare(name, kind));
            }
            Decl::Using(variables) => {
                let names: Vec<Ident> = find_pat_ids(&variables.decls);
                let names = names.iter();
                names.for_each(|name| self.declare(name, Kind::Lexical));
            }
            // Without a body it is one of the signatures of the next one.
            Decl::Fn(function) if !function.declare && function.function.body.is_some() => {
                self.declare(&function.ident, Kind::Function);
            }
            Decl::Class(class) if !class.declare => self.declare(&class.ident, Kind::Class),
            Decl::TsEnum(enumeration) if !enumeration.declare => {
                self.declare(&enumeration.id, Kind::Enum);
            }
            Decl::TsModule(namespace) if has_values(namespace) => {
                if let TsModuleName::Ident(name) = &namespace.id {
                    self.declare(name, Kind::Namespace);
                }
            }
            _ => {}
        }
    }
}

impl Visit for Names {
    noop_visit_type!();

    fn visit_var_decl(&mut self, variables: &VarDecl) {
        if variables.kind == VarDeclKind::Var {
            let names: Vec<Ident> = find_pat_ids(variables);
            let names = names.iter();
            names.for_each(|name| self.declare(name, Kind::Variable));
        }
    }

    fn visit_decl(&mut self, declaration: &Decl) {
        if let Decl::Var(variables) = declaration {
            self.visit_var_decl(variables);
        }
    }

    fn visit_expr(&mut self, _: &Expr) {}
}

/// Whether anything of a namespace is left at run time.
fn has_values(namespace: &TsModuleDecl) -> bool {
    !namespace.declare && !namespace.global && namespace.body.as_ref().is_some_and(body_has_values)
}

fn body_has_values(body: &TsNamespaceBody) -> bool {
    let block = match body {
        TsNamespaceBody::TsModuleBlock(block) => block,
        TsNamespaceBody::TsNamespaceDecl(inner) => return body_has_values(&inner.body),
    };
    block.body.iter().any(|item| {
        let declaration = match item {
            ModuleItem::Stmt(Stmt::Decl(declaration)) => declaration,
            ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(export)) => &export.decl,
            ModuleItem::Stmt(statement) => return !statement.is_empty(),
            // `export import A = B` may name a type.
            ModuleItem::ModuleDecl(_) => return false,
        };
        match declaration {
            Decl::TsInterface(_) | Decl::TsTypeAlias(_) => false,
            Decl::TsModule(inner) => has_values(inner),
            Decl::Var(variables) => !variables.declare,
            Decl::Fn(function) => !function.declare,
            Decl::Class(class) => !class.declare,
            Decl::TsEnum(enumeration) => !enumeration.declare,
            Decl::Using(_) => true,
        }
    })
}
