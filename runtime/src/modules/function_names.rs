//! What functions are called that have no name where they are written, but that of the variable or field that they
//! are written into. V8 knows it; DevTools forget it where there is a source map, unless the map says it.
//! Read from the text that V8 has, when a debugger asks: what nobody debugs costs nothing.

use swc_core::common::sync::Lrc;
use swc_core::common::{BytePos, FileName, SourceMap, Spanned};
use swc_core::ecma::ast::*;
use swc_core::ecma::parser::{EsSyntax, Syntax, parse_file_as_program};
use swc_core::ecma::visit::{Visit, VisitWith, noop_visit_type};

use super::nesting;
use super::source_map::LineIndex;

/// A name, and where debuggers look for it: at the parenthesis before the parameters.
/// Line and column are 0-based, in UTF-16 units.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FunctionName {
    pub line: u32,
    pub column: u32,
    pub name: String,
}

/// The names in `text`, in their order; none of a text that cannot be read.
pub(super) fn read(text: &str) -> Vec<FunctionName> {
    let map: Lrc<SourceMap> = Lrc::default();
    let file = map.new_source_file(Lrc::new(FileName::Anon), text.to_owned());
    let found = nesting::on_stack(text, || {
        let syntax = Syntax::Es(EsSyntax {
            auto_accessors: true,
            explicit_resource_management: true,
            import_attributes: true,
            ..Default::default()
        });
        let mut errors = Vec::new();
        let parsed = parse_file_as_program(&file, syntax, EsVersion::EsNext, None, &mut errors);
        let mut finder = Finder {
            text,
            start: file.start_pos,
            found: Vec::new(),
        };
        parsed.ok()?.visit_with(&mut finder);
        Some(finder.found)
    });
    let lines = LineIndex::new(text);
    let mut names: Vec<_> = found
        .unwrap_or_default()
        .into_iter()
        .map(|(offset, name)| {
            let (line, column) = lines.locate(offset);
            FunctionName { line, column, name }
        })
        .collect();
    names.sort_by_key(|name| (name.line, name.column));
    names
}

struct Finder<'a> {
    text: &'a str,
    start: BytePos,
    found: Vec<(usize, String)>,
}

impl Finder<'_> {
    fn offset(&self, position: BytePos) -> usize {
        (position.0 - self.start.0) as usize
    }

    /// Notes `name`, if `value` is a function without one.
    fn name(&mut self, name: Option<String>, value: &Expr) {
        let Some(name) = name else { return };
        let (start, until) = match value {
            Expr::Arrow(arrow) => (arrow.span.lo, arrow.body.span().lo),
            Expr::Fn(function) if function.ident.is_none() => {
                (function.function.span.lo, function.function.span.hi)
            }
            _ => return,
        };
        let (start, until) = (self.offset(start), self.offset(until));
        let head = &self.text[start..until];
        // An arrow's one parameter may stand without parentheses.
        let at = match value {
            Expr::Arrow(arrow) if arrow.params.len() == 1 && !head.starts_with(['(', 'a']) => {
                head.find("=>")
            }
            _ => head.find('('),
        };
        if let Some(at) = at {
            self.found.push((start + at, name));
        }
    }
}

fn of_key(key: &PropName) -> Option<String> {
    match key {
        PropName::Ident(name) => Some(name.sym.to_string()),
        PropName::Str(name) => Some(name.value.to_string_lossy().into_owned()),
        PropName::Num(_) | PropName::BigInt(_) | PropName::Computed(_) => None,
    }
}

fn of_pattern(pattern: &Pat) -> Option<String> {
    pattern.as_ident().map(|name| name.id.sym.to_string())
}

impl Visit for Finder<'_> {
    noop_visit_type!();

    fn visit_var_declarator(&mut self, variable: &VarDeclarator) {
        if let Some(value) = &variable.init {
            self.name(of_pattern(&variable.name), value);
        }
        variable.visit_children_with(self);
    }

    fn visit_assign_expr(&mut self, assignment: &AssignExpr) {
        let name = assignment
            .left
            .as_ident()
            .map(|name| name.id.sym.to_string());
        self.name(name, &assignment.right);
        assignment.visit_children_with(self);
    }

    fn visit_assign_pat(&mut self, pattern: &AssignPat) {
        self.name(of_pattern(&pattern.left), &pattern.right);
        pattern.visit_children_with(self);
    }

    fn visit_key_value_prop(&mut self, property: &KeyValueProp) {
        self.name(of_key(&property.key), &property.value);
        property.visit_children_with(self);
    }

    fn visit_class_prop(&mut self, field: &ClassProp) {
        if let Some(value) = &field.value {
            self.name(of_key(&field.key), value);
        }
        field.visit_children_with(self);
    }

    fn visit_private_prop(&mut self, field: &PrivateProp) {
        if let Some(value) = &field.value {
            self.name(Some(format!("#{}", field.key.name)), value);
        }
        field.visit_children_with(self);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names with the text that follows their places.
    fn names(text: &str) -> Vec<String> {
        let lines: Vec<&str> = text.lines().collect();
        read(text)
            .iter()
            .map(|FunctionName { line, column, name }| {
                let units: Vec<u16> = lines[*line as usize].encode_utf16().collect();
                let rest = String::from_utf16_lossy(&units[*column as usize..]);
                format!("{name} {}", rest.chars().take(2).collect::<String>())
            })
            .collect()
    }

    #[test]
    fn functions_are_called_as_what_they_are_written_into() {
        let text = "const a = (x)=>x, b = function(y) {}, c = async (z)=>{};\nlet d; d = async function*(p) {};\nconst o = { e: ()=>1, 'f g': (q)=>q, h (r) {} };\nclass K { #i = (s)=>s; j = (t)=>t; static k(u) {} }\nvar m = v=>v, n = (aa)=>aa;";
        let expected = [
            "a (x", "b (y", "c (z", "d (p", "e ()", "f g (q", "#i (s", "j (t", "m =>", "n (a",
        ];
        assert_eq!(names(text), expected);
    }

    #[test]
    fn functions_with_names_and_without_any_are_left_alone() {
        assert!(
            names("const a = function own() {}; (()=>1)(); function d() {} [1].map((x)=>x);")
                .is_empty()
        );
        assert!(names("const a = ((").is_empty());
        assert_eq!(names("/* \u{1F388} */ const b = ()=>1;"), ["b ()"]);
        let deep = format!("const a = {}1{}", "[()=>".repeat(3_000), "]".repeat(3_000));
        assert!(names(&deep).is_empty());
    }
}
