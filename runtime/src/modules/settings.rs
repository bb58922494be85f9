//! How one file is to be transpiled: its syntax (by extension) and what the nearest
//! `tsconfig.json` says, decided as esbuild 0.21 decides (specification 10.1).
//!
//! Never touches source text.

use std::path::Path;

use oxc_resolver::TsConfig;
use swc_core::ecma::parser::{EsSyntax, Syntax, TsSyntax};

/// The language of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    /// JavaScript; JSX is accepted in every file, it is not ambiguous there.
    JavaScript,
    /// TypeScript without JSX: `<T>x` is a type assertion.
    TypeScript,
    TypeScriptJsx,
}

/// What becomes of `.js` files that V8 could have as they are written. A project's stay so; the others
/// put the transpiler itself to the test.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum JavaScript {
    #[default]
    AsWritten,
    /// Parsed and printed.
    Printed,
    /// Read as TypeScript, whose syntax includes nearly all of JavaScript's, and printed.
    AsTypeScript,
}

/// How JSX becomes calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Jsx {
    /// Calls of `jsx()` imported from `<source>/jsx-runtime`.
    Automatic { source: String, development: bool },
    /// Calls of a factory that is in scope.
    Classic { factory: String, fragment: String },
}

/// Which imports without a use as a value survive in TypeScript.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UnusedImports {
    Remove,
    /// Names go, the import stays for its side effects.
    KeepStatement,
    KeepAll,
}

/// Everything besides the text that decides the output of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Settings {
    pub language: Language,
    pub jsx: Jsx,
    /// TypeScript's own decorators instead of the ones of TC39.
    pub legacy_decorators: bool,
    /// `false`: class fields are assignments, and fields without a value do not exist.
    pub define_fields: bool,
    pub unused_imports: UnusedImports,
    /// Whether a file is printed even where nothing has to change.
    pub always_print: bool,
}

impl Language {
    /// That of a file with this name.
    pub(super) fn of(path: &Path) -> Self {
        match path.extension().and_then(|e| e.to_str()) {
            Some("ts" | "mts" | "cts") => Language::TypeScript,
            Some("tsx") => Language::TypeScriptJsx,
            _ => Language::JavaScript,
        }
    }

    /// As swc reads it.
    pub(super) fn syntax(self) -> Syntax {
        match self {
            Language::JavaScript => Syntax::Es(EsSyntax {
                jsx: true,
                decorators: true,
                decorators_before_export: true,
                auto_accessors: true,
                explicit_resource_management: true,
                import_attributes: true,
                ..Default::default()
            }),
            language => Syntax::Typescript(TsSyntax {
                tsx: language == Language::TypeScriptJsx,
                decorators: true,
                ..Default::default()
            }),
        }
    }
}

impl Settings {
    pub(super) fn new(path: &Path, tsconfig: Option<&TsConfig>) -> Self {
        let mut settings = Self {
            language: Language::of(path),
            jsx: Jsx::Classic {
                factory: "React.createElement".into(),
                fragment: "React.Fragment".into(),
            },
            legacy_decorators: false,
            define_fields: true,
            unused_imports: UnusedImports::Remove,
            always_print: false,
        };
        if let Some(tsconfig) = tsconfig {
            settings.apply(tsconfig);
        }
        settings
    }

    /// The settings that a JavaScript file has instead.
    pub(super) fn with_javascript(mut self, javascript: JavaScript) -> Self {
        if self.language == Language::JavaScript && javascript != JavaScript::AsWritten {
            self.always_print = true;
            if javascript == JavaScript::AsTypeScript {
                self.language = Language::TypeScript;
                // What is imported for its effects only would be gone with the import.
                self.unused_imports = UnusedImports::KeepAll;
            }
        }
        self
    }

    pub(super) fn is_typescript(&self) -> bool {
        self.language != Language::JavaScript
    }

    fn apply(&mut self, tsconfig: &TsConfig) {
        let options = &tsconfig.compiler_options;
        self.legacy_decorators = options.experimental_decorators == Some(true);
        if self.is_typescript() {
            self.define_fields = options
                .use_define_for_class_fields
                .unwrap_or_else(|| target_has_fields(options.target.as_deref()));
        }
        if options.verbatim_module_syntax == Some(true)
            || options.preserve_value_imports == Some(true)
        {
            self.unused_imports = UnusedImports::KeepAll;
        } else if matches!(
            options.imports_not_used_as_values.as_deref(),
            Some("preserve" | "error")
        ) {
            self.unused_imports = UnusedImports::KeepStatement;
        }
        let factory = dotted(options.jsx_factory.as_deref());
        let fragment = dotted(options.jsx_fragment_factory.as_deref());
        let mode = options.jsx.as_deref().unwrap_or("").to_ascii_lowercase();
        self.jsx = if mode.starts_with("react-jsx") {
            let source = options.jsx_import_source.as_deref().unwrap_or("react");
            Jsx::Automatic {
                source: source.to_owned(),
                development: mode == "react-jsxdev",
            }
        } else {
            Jsx::Classic {
                factory: factory.unwrap_or("React.createElement").to_owned(),
                fragment: fragment.unwrap_or("React.Fragment").to_owned(),
            }
        };
    }
}

/// swc panics on a factory that is not an expression; anything but a dotted name is not used.
fn dotted(name: Option<&str>) -> Option<&str> {
    name.filter(|name| super::names::is_dotted_name(name))
}

/// TypeScript defines fields from ES2022 on; without a target esbuild assumes the newest.
fn target_has_fields(target: Option<&str>) -> bool {
    let Some(target) = target else { return true };
    let target = target.to_ascii_lowercase();
    if target == "esnext" {
        return true;
    }
    target
        .strip_prefix("es")
        .and_then(|year| year.parse::<u32>().ok())
        .is_none_or(|year| year >= 2022)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_fields_follow_the_target() {
        assert!(target_has_fields(None));
        assert!(target_has_fields(Some("ESNext")));
        assert!(target_has_fields(Some("ES2022")));
        assert!(!target_has_fields(Some("es2021")));
        assert!(!target_has_fields(Some("ES6")));
    }

    #[test]
    fn the_language_is_decided_by_the_extension() {
        let language = |name: &str| Settings::new(Path::new(name), None).language;
        assert_eq!(language("a.mts"), Language::TypeScript);
        assert_eq!(language("a.tsx"), Language::TypeScriptJsx);
        assert_eq!(language("a.mjs"), Language::JavaScript);
    }
}
