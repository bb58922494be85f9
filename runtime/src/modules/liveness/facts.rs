//! What one file says about its statements: what each declares and uses, and whether it can be left
//! out where nobody uses what it declares. Read once per transpilation and kept with the file.
//!
//! Knows nothing of other files; symbols are numbers within the file.

use std::ops::Range;

/// A name of the outermost scope, or an export or import without a local name.
pub(in crate::modules) type Symbol = u32;

/// The statements of a file in order, and the names they exchange with other files.
#[derive(Debug, Clone, Default)]
pub(in crate::modules) struct Facts {
    pub parts: Vec<Part>,
    pub bindings: Vec<Binding>,
    pub exports: Vec<Export>,
    /// By symbol: the parts that declare it.
    pub declared: Vec<Vec<u32>>,
    /// By symbol: its binding, where it is imported.
    pub bound: Vec<Option<u32>>,
    /// Names as the text spells them: locals of imports and of `export { .. }`, in order.
    pub names: Vec<String>,
    /// `export * from`, as indexes into the imports of the shape.
    pub stars: Vec<u32>,
    /// The places of the parts are not known: the text must stay whole.
    pub is_fixed: bool,
}

/// A statement, or one of the variables that a statement declares.
#[derive(Debug, Clone, Default)]
pub(in crate::modules) struct Part {
    /// Where it stands in the module's text.
    pub span: Range<usize>,
    /// The statement's place where `span` is only one of its variables.
    pub of: Option<Range<usize>>,
    pub kind: PartKind,
    /// Nothing but the value of what it declares would be missed.
    pub is_removable: bool,
    /// Plain values: nobody could tell whether it ran. Of a function an isolate keeps some hundred bytes, so that
    /// functions are none of these.
    pub is_silent: bool,
    pub uses: Vec<Symbol>,
    /// What it imports and requires, as indexes into the imports of the shape.
    pub imports: Vec<u32>,
    /// The same of computed paths.
    pub has_patterns: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::modules) enum PartKind {
    #[default]
    Code,
    /// `import`, `export .. from`.
    Link,
    /// `export { .. }`.
    Clause,
}

/// A name that another module is to provide.
#[derive(Debug, Clone)]
pub(in crate::modules) struct Binding {
    pub symbol: Symbol,
    /// Index into the imports of the shape.
    pub import: u32,
    /// In the other module; `*` is its namespace.
    pub name: String,
    /// Index into `names`; `None` where the file has no variable for it.
    pub local: Option<u32>,
    /// The namespace of which this is a property that the file reads.
    pub member_of: Option<Symbol>,
}

/// A name that the file provides.
#[derive(Debug, Clone)]
pub(in crate::modules) struct Export {
    pub alias: String,
    pub symbol: Symbol,
    /// Index into `names`; `None` where the declaration itself exports, and for `export .. from`.
    pub clause: Option<u32>,
}

impl Facts {
    /// The import that binds `symbol`.
    pub fn binding(&self, symbol: Symbol) -> Option<(u32, &Binding)> {
        let index = self.bound[symbol as usize]?;
        Some((index, &self.bindings[index as usize]))
    }
}
