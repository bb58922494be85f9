//! Which calls JSX becomes: the file's settings, and the comments in which a file says otherwise
//! (`@jsx`, `@jsxFrag`, `@jsxRuntime`, `@jsxImportSource`).
//!
//! A comment that does not fit the kind of call is passed over, as esbuild does; only
//! `@jsxImportSource` alone turns the calls of a runtime on: nothing else can be meant by it.

use std::collections::HashSet;

use swc_core::common::comments::SingleThreadedComments;
use swc_core::common::sync::Lrc;
use swc_core::common::{BytePos, Mark, SourceMap};
use swc_core::ecma::ast::*;
use swc_core::ecma::transforms::react::{Options, Runtime, react};
use swc_core::ecma::visit::{Visit, VisitWith, noop_visit_type};

use super::names::is_dotted_name;
use super::settings::Jsx;

/// Where each element and each fragment begins.
pub(super) fn places(program: &Program) -> HashSet<BytePos> {
    let mut finder = FindJsx(HashSet::new());
    program.visit_with(&mut finder);
    finder.0
}

struct FindJsx(HashSet<BytePos>);

impl Visit for FindJsx {
    noop_visit_type!();

    fn visit_jsx_element(&mut self, element: &JSXElement) {
        self.0.insert(element.span.lo);
        element.visit_children_with(self);
    }

    fn visit_jsx_fragment(&mut self, fragment: &JSXFragment) {
        self.0.insert(fragment.span.lo);
        fragment.visit_children_with(self);
    }
}

/// The file's own choice, where its comments make one.
pub(super) fn chosen(jsx: &Jsx, comments: &SingleThreadedComments) -> Jsx {
    let mut pragmas = Pragmas::default();
    let (leading, _) = comments.borrow_all();
    let mut all: Vec<_> = leading.values().flatten().collect();
    all.sort_by_key(|comment| comment.span.lo);
    for comment in all {
        pragmas.read(&comment.text);
    }
    pragmas.apply(jsx)
}

#[derive(Default)]
struct Pragmas {
    factory: Option<String>,
    fragment: Option<String>,
    runtime: Option<String>,
    source: Option<String>,
}

impl Pragmas {
    fn read(&mut self, comment: &str) {
        let mut words = comment.split_whitespace().peekable();
        while let Some(word) = words.next() {
            let place = match word {
                "@jsx" => &mut self.factory,
                "@jsxFrag" => &mut self.fragment,
                "@jsxRuntime" => &mut self.runtime,
                "@jsxImportSource" => &mut self.source,
                _ => continue,
            };
            if let Some(value) = words.next_if(|value| !value.starts_with('@')) {
                *place = Some(value.to_owned());
            }
        }
        for name in [&mut self.factory, &mut self.fragment] {
            name.take_if(|name| !is_dotted_name(name));
        }
    }

    fn apply(self, jsx: &Jsx) -> Jsx {
        let is_automatic = match self.runtime.as_deref() {
            Some("automatic") => true,
            Some("classic") => false,
            _ => self.source.is_some() || matches!(jsx, Jsx::Automatic { .. }),
        };
        match (is_automatic, jsx) {
            (
                true,
                Jsx::Automatic {
                    source,
                    development,
                },
            ) => Jsx::Automatic {
                source: self.source.unwrap_or_else(|| source.clone()),
                development: *development,
            },
            (true, Jsx::Classic { .. }) => Jsx::Automatic {
                source: self.source.unwrap_or_else(|| "react".to_owned()),
                development: false,
            },
            (false, jsx) => {
                let (factory, fragment) = match jsx {
                    Jsx::Classic { factory, fragment } => (factory.as_str(), fragment.as_str()),
                    Jsx::Automatic { .. } => ("React.createElement", "React.Fragment"),
                };
                Jsx::Classic {
                    factory: self.factory.unwrap_or_else(|| factory.to_owned()),
                    fragment: self.fragment.unwrap_or_else(|| fragment.to_owned()),
                }
            }
        }
    }
}

/// Turns JSX into calls.
pub(super) fn lower(
    program: &mut Program,
    jsx: &Jsx,
    map: &Lrc<SourceMap>,
    top_level: Mark,
    unresolved: Mark,
) {
    let comments = None::<SingleThreadedComments>;
    program.mutate(react(
        map.clone(),
        comments,
        options(jsx),
        top_level,
        unresolved,
    ));
}

fn options(jsx: &Jsx) -> Options {
    let shared = Options {
        throw_if_namespace: Some(false),
        ..Default::default()
    };
    match jsx {
        Jsx::Automatic {
            source,
            development,
        } => Options {
            runtime: Some(Runtime::Automatic),
            import_source: Some(source.as_str().into()),
            development: Some(*development),
            ..shared
        },
        Jsx::Classic { factory, fragment } => Options {
            runtime: Some(Runtime::Classic),
            pragma: Some(factory.clone().into()),
            pragma_frag: Some(fragment.clone().into()),
            ..shared
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(comment: &str, jsx: &Jsx) -> Jsx {
        let mut pragmas = Pragmas::default();
        pragmas.read(comment);
        pragmas.apply(jsx)
    }

    fn classic(factory: &str, fragment: &str) -> Jsx {
        Jsx::Classic {
            factory: factory.into(),
            fragment: fragment.into(),
        }
    }

    fn automatic(source: &str) -> Jsx {
        Jsx::Automatic {
            source: source.into(),
            development: false,
        }
    }

    #[test]
    fn comments_choose_over_settings() {
        let own = classic("React.createElement", "React.Fragment");
        assert_eq!(with("* @jsx h @jsxFrag F ", &own), classic("h", "F"));
        assert_eq!(with("@jsxRuntime automatic", &own), automatic("react"));
        assert_eq!(with("* @jsxImportSource a/b", &own), automatic("a/b"));
        assert_eq!(with("@jsxRuntime classic", &automatic("x")), own);
        assert_eq!(with("@jsx h", &automatic("x")), automatic("x"));
        assert_eq!(with("@jsx 1+1 @jsxFrag @other", &own), own);
    }
}
