//! What a module shows to others: its imports with their places, its exports, its format. Read from
//! the tree after TypeScript is gone, so types do not appear.
//!
//! Never resolves a specifier.

mod read;

use std::collections::BTreeSet;

use swc_core::common::{SourceMap, Span};
use swc_core::ecma::ast::*;

use super::error::Position;
use super::pattern::Pattern;

pub(super) use read::read;

/// How a specifier is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `import` and `export .. from`.
    Static,
    /// `import()` with a constant specifier.
    Dynamic,
    /// `require()` with a constant specifier, and `require.resolve()`.
    Require,
}

/// One specifier as one statement or call names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Import {
    pub specifier: String,
    pub names: Vec<ImportedName>,
    /// Names that are read from the whole module.
    pub hints: BTreeSet<String>,
    pub kind: Kind,
    /// Stands in a `try`: the program is prepared for its failure.
    pub guarded: bool,
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

/// What a file is, by its syntax.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Format {
    #[default]
    Es,
    /// Has no ES module syntax and uses `module`, `exports`, `require` or the outermost `this`.
    CommonJs,
    /// Imports with `import` and exports with `module` or `exports`.
    Mixed,
    /// Neither: a module for those who import it, CommonJS for those who require it.
    Plain,
}

impl Format {
    /// Whether V8 gets the file as a module.
    pub(super) fn is_module(self) -> bool {
        matches!(self, Format::Es | Format::Mixed)
    }

    /// Whether what the file exports is an object, known when it has run.
    pub(super) fn has_exports_object(self) -> bool {
        matches!(self, Format::CommonJs | Format::Mixed)
    }
}

/// The outside of one module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Shape {
    pub imports: Vec<Import>,
    /// Of CommonJS: the names that its text shows, a guess.
    pub exports: BTreeSet<String>,
    /// Specifiers of `export * from`, or of modules that CommonJS passes on.
    pub stars: Vec<String>,
    pub format: Format,
    /// Computed paths, asked for by `import()` or `require()`.
    pub patterns: Vec<(Kind, Pattern)>,
    /// Whether `require` is a free name in it.
    pub uses_require: bool,
    /// The same of `module`.
    pub uses_module: bool,
    /// The same of `exports`.
    pub uses_exports: bool,
    /// Names that are imported as types and used as values, each at its first use.
    pub types_used: Vec<(String, Position)>,
}

/// Which part of the file each import and each computed path of its shape stands in. Parts are
/// counted as `liveness` does.
#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    pub imports: Vec<u32>,
    pub patterns: Vec<u32>,
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

/// The `type` of `with { type: ".." }`.
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
