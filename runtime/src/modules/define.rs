//! Defines: identifiers and dotted names replaced by JavaScript expressions at build time
//! (specification 8.4).
//!
//! Replaces free names only; a local variable of the same name is left alone, as are strings. What is
//! assigned to stays as well: a value cannot be.

use std::collections::BTreeMap;

use swc_core::common::sync::Lrc;
use swc_core::common::{BytePos, FileName, Mark, SourceMap, Span, Spanned, SyntaxContext};
use swc_core::ecma::ast::*;
use swc_core::ecma::parser::{Syntax, parse_file_as_expr};
use swc_core::ecma::utils::DropSpan;
use swc_core::ecma::visit::{VisitMut, VisitMutWith, noop_visit_mut_type};

use super::error::ProblemKind;
use super::names::is_dotted_name;
use super::nesting;
use super::synthetic::literal;

/// Checks all defines once per build, so that a bad one is reported as itself and not in each file.
pub(super) fn check(define: &BTreeMap<String, String>) -> Vec<ProblemKind> {
    let mut problems = Vec::new();
    for (name, text) in define {
        if !is_dotted_name(name) {
            problems.push(ProblemKind::DefineName(name.clone()));
        } else if parse(text).is_none() {
            let (name, text) = (name.clone(), text.clone());
            problems.push(ProblemKind::Define { name, text });
        }
    }
    problems
}

/// The defines that could apply to `source`, parsed for one file.
pub(super) struct Defines {
    values: Vec<(Vec<String>, Box<Expr>)>,
    free: SyntaxContext,
    /// What was replaced so far, and by which literals.
    edits: Vec<(Span, String)>,
    /// Whether something was replaced that is not in `edits`.
    has_other_edits: bool,
    is_applied: bool,
}

impl Defines {
    /// `unresolved` is the mark swc's resolver puts on free names.
    pub(super) fn new(define: &BTreeMap<String, String>, source: &str, unresolved: Mark) -> Self {
        let free = SyntaxContext::empty().apply_mark(unresolved);
        let mut values = Vec::new();
        for (name, text) in define {
            let path: Vec<String> = name.split('.').map(str::to_owned).collect();
            if !path.iter().all(|part| source.contains(part.as_str())) {
                continue;
            }
            let mut value = parse(text).expect("`check` ran before the first file");
            value.visit_mut_with(&mut MarkFree(free));
            values.push((path, value));
        }
        Self {
            values,
            free,
            edits: Vec::new(),
            has_other_edits: false,
            is_applied: false,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Replaces what is defined; once, whatever the values contain.
    pub(super) fn apply(&mut self, program: &mut Program) {
        if !self.is_empty() && !std::mem::replace(&mut self.is_applied, true) {
            program.visit_mut_with(self);
        }
    }

    /// Does in `text` what was done in its tree, if each value fits in the place of its name: then no
    /// position moves. `base` is the position of the first byte in swc's numbering.
    pub(super) fn write_into(&self, text: &mut String, base: BytePos) -> Option<()> {
        if self.has_other_edits {
            return None;
        }
        for (span, value) in &self.edits {
            let start = span.lo.0.checked_sub(base.0)? as usize;
            let end = span.hi.0.checked_sub(base.0)? as usize;
            let name = text.get(start..end)?;
            if value.len() > name.len() || name.contains(['\n', '\r']) {
                return None;
            }
            text.replace_range(start..end, &format!("{value:<width$}", width = end - start));
        }
        Some(())
    }

    fn note(&mut self, replaced: Span, value: &Expr) {
        let text = match value {
            Expr::Lit(Lit::Str(text)) => text.value.as_str().map(literal),
            Expr::Lit(Lit::Bool(value)) => Some(value.value.to_string()),
            _ => None,
        };
        match text {
            Some(text) => self.edits.push((replaced, text)),
            None => self.has_other_edits = true,
        }
    }

    /// Visits an expression that is written to: its own name stays, what it is reached through counts.
    fn visit_target(&mut self, expr: &mut Expr) {
        if self.value_of(bare(expr)).is_none() {
            expr.visit_mut_children_with(self);
        }
    }

    fn value_of(&self, expr: &Expr) -> Option<Box<Expr>> {
        let (_, value) = self
            .values
            .iter()
            .find(|(path, _)| matches_path(expr, path, self.free))?;
        Some(value.clone())
    }
}

impl VisitMut for Defines {
    noop_visit_mut_type!();

    fn visit_mut_expr(&mut self, expr: &mut Expr) {
        if let Some(value) = self.value_of(expr) {
            self.note(expr.span(), &value);
            *expr = *value;
            return;
        }
        expr.visit_mut_children_with(self);
    }

    fn visit_mut_update_expr(&mut self, update: &mut UpdateExpr) {
        self.visit_target(&mut update.arg);
    }

    fn visit_mut_unary_expr(&mut self, unary: &mut UnaryExpr) {
        match unary.op {
            UnaryOp::Delete => self.visit_target(&mut unary.arg),
            _ => unary.visit_mut_children_with(self),
        }
    }

    fn visit_mut_pat(&mut self, pat: &mut Pat) {
        match pat {
            Pat::Expr(expr) => self.visit_target(expr),
            _ => pat.visit_mut_children_with(self),
        }
    }

    fn visit_mut_simple_assign_target(&mut self, target: &mut SimpleAssignTarget) {
        match target {
            SimpleAssignTarget::Paren(ParenExpr { expr, .. })
            | SimpleAssignTarget::TsAs(TsAsExpr { expr, .. })
            | SimpleAssignTarget::TsSatisfies(TsSatisfiesExpr { expr, .. })
            | SimpleAssignTarget::TsNonNull(TsNonNullExpr { expr, .. })
            | SimpleAssignTarget::TsTypeAssertion(TsTypeAssertion { expr, .. }) => {
                self.visit_target(expr);
            }
            _ => target.visit_mut_children_with(self),
        }
    }

    fn visit_mut_prop(&mut self, prop: &mut Prop) {
        if let Prop::Shorthand(name) = prop {
            let expr = Expr::Ident(name.clone());
            if let Some(value) = self.value_of(&expr) {
                self.has_other_edits = true;
                let key = PropName::Ident(IdentName::new(name.sym.clone(), name.span));
                *prop = Prop::KeyValue(KeyValueProp { key, value });
            }
            return;
        }
        prop.visit_mut_children_with(self);
    }
}

/// Gives the names inside of a define's value the scope of free names.
struct MarkFree(SyntaxContext);

impl VisitMut for MarkFree {
    noop_visit_mut_type!();

    fn visit_mut_ident(&mut self, ident: &mut Ident) {
        ident.ctxt = self.0;
    }
}

/// `expr` without what vanishes before it runs: parentheses and types.
fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Paren(ParenExpr { expr, .. })
        | Expr::TsAs(TsAsExpr { expr, .. })
        | Expr::TsConstAssertion(TsConstAssertion { expr, .. })
        | Expr::TsNonNull(TsNonNullExpr { expr, .. })
        | Expr::TsSatisfies(TsSatisfiesExpr { expr, .. })
        | Expr::TsTypeAssertion(TsTypeAssertion { expr, .. }) => bare(expr),
        _ => expr,
    }
}

fn matches_path(expr: &Expr, path: &[String], free: SyntaxContext) -> bool {
    let Some((last, parents)) = path.split_last() else {
        return false;
    };
    let member = match expr {
        Expr::Ident(ident) => {
            return parents.is_empty() && ident.ctxt == free && ident.sym == **last;
        }
        Expr::MetaProp(MetaPropExpr {
            kind: MetaPropKind::ImportMeta,
            ..
        }) => return path == ["import", "meta"],
        Expr::Member(member) => member,
        Expr::OptChain(chain) => match &*chain.base {
            OptChainBase::Member(member) => member,
            OptChainBase::Call(_) => return false,
        },
        _ => return false,
    };
    let same = match &member.prop {
        MemberProp::Ident(name) => name.sym == **last,
        MemberProp::Computed(ComputedPropName { expr, .. }) => {
            matches!(&**expr, Expr::Lit(Lit::Str(name)) if name.value.as_str() == Some(last))
        }
        MemberProp::PrivateName(_) => false,
    };
    same && matches_path(bare(&member.obj), parents, free)
}

fn parse(text: &str) -> Option<Box<Expr>> {
    if nesting::is_deep(text) {
        return None;
    }
    let map: Lrc<SourceMap> = Lrc::default();
    // In parentheses the parser must reach the end of the text, and `{}` is an object.
    let file = map.new_source_file(
        Lrc::new(FileName::Custom("define".into())),
        format!("({text}\n)"),
    );
    let mut recovered = Vec::new();
    let syntax = Syntax::Es(Default::default());
    let parsed = parse_file_as_expr(&file, syntax, EsVersion::EsNext, None, &mut recovered);
    let mut expr = parsed.ok().filter(|_| recovered.is_empty())?;
    if expr.span().hi < file.end_pos {
        return None;
    }
    expr.visit_mut_with(&mut DropSpan);
    match *expr {
        Expr::Paren(inner) => Some(inner.expr),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_must_be_one_whole_expression() {
        for text in [
            "1",
            "\"a\"",
            "{}",
            "[1, {\"a\": null}]",
            "a.b",
            "'x' // note",
        ] {
            assert!(parse(text).is_some(), "{text}");
        }
        for text in ["", "1;", "a b", "if (1) {}", "1) + (2", "\"open"] {
            assert!(parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn values_that_nest_deeply_are_none() {
        for (open, close) in [("(", ")"), ("[", "]"), ("!", ""), ("a=>", ""), ("a+", "")] {
            let text = open.repeat(50_000) + "1" + &close.repeat(50_000);
            assert!(parse(&text).is_none(), "{open}");
        }
        let long = format!("[{}]", "{\"a\": [1, 2]}, ".repeat(10_000));
        assert!(parse(&long).is_some());
    }

    #[test]
    fn a_bad_define_is_reported_by_name() {
        let define = BTreeMap::from([
            ("GOOD".to_owned(), "1".to_owned()),
            ("BAD".to_owned(), "not an expression".to_owned()),
            ("not-a-name".to_owned(), "1".to_owned()),
        ]);
        let messages: Vec<_> = check(&define).iter().map(ToString::to_string).collect();
        assert_eq!(
            messages,
            [
                "The value of this define is not a JavaScript expression: \
                 `BAD` = `not an expression`",
                "The name of this define is not an identifier or a dotted name: `not-a-name`",
            ]
        );
    }
}
