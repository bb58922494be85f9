//! `const` and `let` outside of functions and blocks become `var`, as in the bundles that the
//! original makes (specification 10.1): code of modules that import each other, and functions called
//! before the line that gives them their values, find `undefined` and no `ReferenceError`.
//!
//! Never moves anything; what must have been refused before, `duplicates` and `constants` know. Classes stay as they are: without its class such code fails either way.

use swc_core::common::BytePos;
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

/// The same in the tree.
pub(super) fn in_tree(program: &mut Program) {
    let loosen = |declaration: &mut Decl| {
        if let Decl::Var(variables) = declaration {
            variables.kind = VarDeclKind::Var;
        }
    };
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
