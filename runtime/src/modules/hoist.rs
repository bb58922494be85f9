//! `const` and `let` outside of functions and blocks become `var`, as in the bundles that the
//! original makes (specification 10.1): code of modules that import each other, and functions called
//! before the line that gives them their values, find `undefined` and no `ReferenceError`.
//!
//! Classes and default exports become `var` too, in files that others may read before they have run.
//! A tree is printed for it: a text has no place for the words. JavaScript of packages keeps them, as it
//! runs in programs that do not hoist, too.
//!
//! Never moves anything; what must have been refused before, `duplicates` and `constants` know.

use swc_core::common::{BytePos, DUMMY_SP, Mark, Span, SyntaxContext};
use swc_core::ecma::ast::*;

fn declaration(item: &ModuleItem) -> Option<&VarDecl> {
    match item {
        ModuleItem::Stmt(Stmt::Decl(Decl::Var(variables))) => Some(variables),
        ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(export)) => match &export.decl {
            Decl::Var(variables) => Some(variables),
            _ => None,
        },
        _ => None,
    }
}

fn declarations(program: &Program) -> Vec<&VarDecl> {
    match program {
        Program::Module(module) => module.body.iter().filter_map(declaration).collect(),
        Program::Script(script) => {
            let all = script.body.iter().filter_map(|statement| match statement {
                Stmt::Decl(Decl::Var(variables)) => Some(&**variables),
                _ => None,
            });
            all.collect()
        }
    }
}

/// The same in the tree, and for classes and default exports if they may be read early. `url` names what
/// has no name, as the original does.
pub(super) fn in_tree(program: &mut Program, url: &str) {
    let is_read_early = is_read_early(program);
    match program {
        Program::Module(module) if !is_read_early => {
            for item in &mut module.body {
                match item {
                    ModuleItem::Stmt(Stmt::Decl(declaration)) => loosen(declaration),
                    ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(export)) => {
                        loosen(&mut export.decl);
                    }
                    _ => {}
                }
            }
        }
        Program::Module(module) => {
            let items = std::mem::take(&mut module.body);
            module.body.reserve(items.len() + 1);
            for item in items {
                hoist_item(item, url, &mut module.body);
            }
        }
        Program::Script(script) => {
            for statement in &mut script.body {
                if let Stmt::Decl(declaration) = statement {
                    loosen(declaration);
                }
            }
        }
    }
}

/// Only the variables: the passes of a transpiler take `const` and `let` for something to look into.
pub(super) fn variables_in_tree(program: &mut Program) {
    match program {
        Program::Module(module) => {
            for item in &mut module.body {
                match item {
                    ModuleItem::Stmt(Stmt::Decl(declaration)) => loosen(declaration),
                    ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(export)) => {
                        loosen(&mut export.decl);
                    }
                    _ => {}
                }
            }
        }
        Program::Script(script) => {
            for statement in &mut script.body {
                if let Stmt::Decl(declaration) = statement {
                    loosen(declaration);
                }
            }
        }
    }
}

fn loosen(declaration: &mut Decl) {
    if let Decl::Var(variables) = declaration {
        variables.kind = VarDeclKind::Var;
    }
}

fn hoist_item(item: ModuleItem, url: &str, body: &mut Vec<ModuleItem>) {
    match item {
        ModuleItem::Stmt(Stmt::Decl(declaration)) => {
            body.push(Stmt::Decl(hoisted(declaration)).into());
        }
        ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(mut export)) => {
            export.decl = hoisted(export.decl);
            body.push(ModuleDecl::ExportDecl(export).into());
        }
        ModuleItem::ModuleDecl(ModuleDecl::ExportDefaultExpr(export)) => {
            let name = default_name(url);
            push_default(export.span, name, export.expr, body);
        }
        ModuleItem::ModuleDecl(ModuleDecl::ExportDefaultDecl(ExportDefaultDecl {
            span,
            decl: DefaultDecl::Class(class),
        })) => {
            let name = class.ident.clone().unwrap_or_else(|| default_name(url));
            push_default(span, name, class.into(), body);
        }
        other => body.push(other),
    }
}

/// A class refers to itself by a name that is its own, as before.
fn hoisted(mut declaration: Decl) -> Decl {
    loosen(&mut declaration);
    match declaration {
        Decl::Class(class) => {
            let span = class.class.span;
            let value = ClassExpr {
                ident: Some(class.ident.clone()),
                class: class.class,
            };
            variable(span, class.ident, Box::new(value.into()))
        }
        other => other,
    }
}

fn push_default(span: Span, name: Ident, value: Box<Expr>, body: &mut Vec<ModuleItem>) {
    let export = ExportNamedSpecifier {
        span: DUMMY_SP,
        orig: ModuleExportName::Ident(name.clone()),
        exported: Some(ModuleExportName::Ident("default".into())),
        is_type_only: false,
    };
    body.push(Stmt::Decl(variable(span, name, value)).into());
    let export = NamedExport {
        span: DUMMY_SP,
        specifiers: vec![ExportSpecifier::Named(export)],
        src: None,
        type_only: false,
        with: None,
    };
    body.push(ModuleDecl::ExportNamed(export).into());
}

fn variable(span: Span, name: Ident, value: Box<Expr>) -> Decl {
    let declarator = VarDeclarator {
        span,
        name: name.into(),
        init: Some(value),
        definite: false,
    };
    Decl::Var(Box::new(VarDecl {
        span,
        kind: VarDeclKind::Var,
        decls: vec![declarator],
        ..Default::default()
    }))
}

/// `chat_default` for a file `chat.ts`. Nothing else in the file means this variable, whatever its name.
fn default_name(url: &str) -> Ident {
    let file = url.rsplit('/').next().unwrap_or_default();
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let mut name: String = stem
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, '_');
    }
    name.push_str("_default");
    let context = SyntaxContext::empty().apply_mark(Mark::new());
    Ident::new(name.into(), DUMMY_SP, context)
}

/// Whether another file may read a class or the default export of this one before it has its value, which
/// takes files that import each other.
pub(super) fn is_read_early(program: &Program) -> bool {
    let Program::Module(module) = program else {
        return false;
    };
    let is_import = |item: &ModuleItem| match item {
        ModuleItem::ModuleDecl(ModuleDecl::Import(_) | ModuleDecl::ExportAll(_)) => true,
        ModuleItem::ModuleDecl(ModuleDecl::ExportNamed(export)) => export.src.is_some(),
        _ => false,
    };
    let is_late = |item: &ModuleItem| match item {
        ModuleItem::Stmt(Stmt::Decl(Decl::Class(_))) => true,
        ModuleItem::ModuleDecl(declaration) => match declaration {
            ModuleDecl::ExportDecl(export) => matches!(export.decl, Decl::Class(_)),
            ModuleDecl::ExportDefaultDecl(export) => matches!(export.decl, DefaultDecl::Class(_)),
            ModuleDecl::ExportDefaultExpr(_) => true,
            _ => false,
        },
        ModuleItem::Stmt(_) => false,
    };
    module.body.iter().any(is_import) && module.body.iter().any(is_late)
}

/// The same in the text, which keeps its length. `base` is the position of its first byte in swc's
/// numbering. `None` when a declaration does not start with its word.
pub(super) fn in_text(source: &str, program: &Program, base: BytePos) -> Option<String> {
    let mut text = source.to_owned();
    for variables in declarations(program) {
        let (word, replacement) = match variables.kind {
            VarDeclKind::Const => ("const", "var  "),
            VarDeclKind::Let => ("let", "var"),
            VarDeclKind::Var => continue,
        };
        let start = (variables.span.lo.0.checked_sub(base.0)?) as usize;
        let end = start + word.len();
        if text.get(start..end) != Some(word) {
            return None;
        }
        text.replace_range(start..end, replacement);
    }
    Some(text)
}
