//! JavaScript that V8 can have as it is written: nothing to lower, to replace or to escape. Most of
//! what is installed from npm is so; it needs no printing and no source map.
//!
//! Never changes a position: what is replaced here is replaced character by character.

use swc_core::common::comments::SingleThreadedComments;
use swc_core::common::{BytePos, Span};
use swc_core::ecma::ast::*;
use swc_core::ecma::visit::{Visit, VisitWith, noop_visit_type};

use super::define::Defines;

/// Whether there is syntax that V8 does not know, or does not know so.
pub(super) fn has_foreign_syntax(program: &Program) -> bool {
    let mut finder = FindWork(false);
    program.visit_with(&mut finder);
    finder.0
}

/// The text for V8 in ASCII, or `None` when the file must be printed. `base` is the position of its
/// first byte in swc's numbering.
pub(super) fn text(
    source: String,
    comments: &SingleThreadedComments,
    base: BytePos,
    defines: &Defines,
) -> Option<String> {
    let mut text = source;
    defines.write_into(&mut text, base)?;
    if !text.is_ascii() {
        let mut spans = Vec::new();
        let (leading, trailing) = comments.borrow_all();
        let all = leading.values().chain(trailing.values()).flatten();
        spans.extend(all.map(|comment| comment.span));
        drop((leading, trailing));
        text = without_characters(&text, spans, base);
        if !text.is_ascii() {
            return None;
        }
    }
    forget_map(&mut text);
    // The body of a function must not start so.
    if text.starts_with("#!") {
        text.replace_range(..2, "//");
    }
    Some(text)
}

/// A map in a file of its own is never read, but every isolate would work out where it is. One within the
/// text stays.
fn forget_map(text: &mut String) {
    const NAME: &str = "//# sourceMappingURL=";
    let Some(at) = text.rfind(NAME) else { return };
    let url = &text[at + NAME.len()..];
    let is_last = !url.trim_end().contains(['\n', '\u{2028}', '\u{2029}']);
    if is_last && !url.starts_with("data:") {
        text.replace_range(at..at + 3, "// ");
    }
}

/// Replaces each non-ASCII character in a comment with one `?` per UTF-16 unit, so columns stay the same.
fn without_characters(source: &str, mut spans: Vec<Span>, base: BytePos) -> String {
    spans.sort_by_key(|span| span.lo);
    let mut text = String::with_capacity(source.len());
    let mut done = 0;
    for span in spans {
        let from = span.lo.0.saturating_sub(base.0) as usize;
        let to = span.hi.0.saturating_sub(base.0) as usize;
        let (Some(before), Some(comment)) = (source.get(done..from), source.get(from..to)) else {
            // A comment that was noted twice.
            continue;
        };
        text.push_str(before);
        for c in comment.chars() {
            match c {
                // These two end a line, also in a comment.
                '\u{2028}' | '\u{2029}' => text.push(c),
                c if c.is_ascii() => text.push(c),
                c => (0..c.len_utf16()).for_each(|_| text.push('?')),
            }
        }
        done = to;
    }
    text.push_str(source.get(done..).unwrap_or(""));
    text
}

struct FindWork(bool);

impl Visit for FindWork {
    noop_visit_type!();

    fn visit_jsx_element(&mut self, _: &JSXElement) {
        self.0 = true;
    }

    fn visit_jsx_fragment(&mut self, _: &JSXFragment) {
        self.0 = true;
    }

    fn visit_decorator(&mut self, _: &Decorator) {
        self.0 = true;
    }

    fn visit_auto_accessor(&mut self, _: &AutoAccessor) {
        self.0 = true;
    }

    fn visit_import_decl(&mut self, import: &ImportDecl) {
        self.0 |= import.with.is_some();
    }

    fn visit_named_export(&mut self, export: &NamedExport) {
        self.0 |= export.with.is_some();
    }

    fn visit_export_all(&mut self, export: &ExportAll) {
        self.0 |= export.with.is_some();
    }

    fn visit_call_expr(&mut self, call: &CallExpr) {
        self.0 |= matches!(call.callee, Callee::Import(_)) && call.args.len() > 1;
        call.visit_children_with(self);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_maps_in_the_text_are_left_to_isolates() {
        let forgotten = |source: &str| {
            let mut text = source.to_owned();
            forget_map(&mut text);
            assert_eq!(text.len(), source.len());
            text
        };
        let end = "a();\n//# sourceMappingURL=a.mjs.map\n";
        assert_eq!(forgotten(end), "a();\n//  sourceMappingURL=a.mjs.map\n");
        for kept in [
            "a();\n//# sourceMappingURL=data:application/json;base64,e30=",
            "const text = '//# sourceMappingURL=a.map';\na(text);",
            "a();",
        ] {
            assert_eq!(forgotten(kept), kept);
        }
    }

    #[test]
    fn characters_of_comments_keep_their_width() {
        let source = "a /* \u{e9}\u{1F388} */ b";
        let end = source.find(" b").expect("b is there");
        let span = Span::new(BytePos(12), BytePos(10 + end as u32));
        let text = without_characters(source, vec![span, span], BytePos(10));
        assert_eq!(text, "a /* ??? */ b");
    }
}
