//! Modules that are written into their own specifier, as `data:` URLs: what they hold, by the rules of
//! PartyKit's bundler (specification 10.1). Never reads a file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use deno_core::ModuleSpecifier;

/// What every such specifier begins with; capital letters make it something else, as in the bundler.
const PREFIX: &str = "data:";

/// A module without a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Inline {
    /// The specifier with all of it in the path, by which it is known.
    pub url: ModuleSpecifier,
    pub media: Media,
    pub text: Arc<str>,
}

/// What the text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    JavaScript,
    Json,
    Text,
}

impl Inline {
    /// What `specifier` holds; `None` when it is no `data:` URL.
    ///
    /// # Errors
    /// What to add to the message that it cannot be resolved.
    pub(super) fn parse(specifier: &str) -> Option<Result<Self, String>> {
        let (kind, content) = match specifier.strip_prefix(PREFIX)?.split_once(',') {
            Some(parts) => parts,
            None => {
                return Some(Err(
                    ", a `data:` URL has a comma before its content".to_owned()
                ));
            }
        };
        Some(Self::of(specifier, kind, content))
    }

    fn of(specifier: &str, kind: &str, content: &str) -> Result<Self, String> {
        let (kind, is_base64) = match kind.strip_suffix(";base64") {
            Some(kind) => (kind, true),
            None => (kind, false),
        };
        let media = match kind.split(';').next().unwrap_or_default() {
            "text/javascript" => Media::JavaScript,
            "application/json" => Media::Json,
            "text/plain" | "" => Media::Text,
            other => {
                return Err(format!(
                    ", only `text/javascript`, `application/json` and `text/plain` can be imported from a \
                     `data:` URL, not `{other}`"
                ));
            }
        };
        let bytes = match is_base64 {
            true => STANDARD
                .decode(content.replace(['\r', '\n'], ""))
                .map_err(|error| format!(", its content is not base64 ({error})"))?,
            false => unescaped(content)?,
        };
        let text = String::from_utf8_lossy(&bytes).into();
        let url = ModuleSpecifier::parse(&specifier.replace('?', "%3F").replace('#', "%23"))
            .map_err(|error| format!(", {error}"))?;
        Ok(Self { url, media, text })
    }

    /// Stands for the path of a file, where one is asked for.
    pub(super) fn path(&self) -> PathBuf {
        PathBuf::from(self.url.as_str())
    }
}

/// Whether a module has no file: its path is that of an [`Inline`].
pub(super) fn is_inline(path: &Path) -> bool {
    path.to_str().is_some_and(|path| path.starts_with(PREFIX))
}

fn unescaped(content: &str) -> Result<Vec<u8>, String> {
    let digit = |at: usize| {
        let byte = *content.as_bytes().get(at)?;
        char::from(byte).to_digit(16).map(|digit| digit as u8)
    };
    let mut bytes = Vec::with_capacity(content.len());
    let mut at = 0;
    while let Some(&byte) = content.as_bytes().get(at) {
        if byte != b'%' {
            bytes.push(byte);
            at += 1;
            continue;
        }
        let (Some(high), Some(low)) = (digit(at + 1), digit(at + 2)) else {
            let escape: String = content[at..].chars().take(3).collect();
            return Err(format!(
                ", its content has an escape that is none: `{escape}`"
            ));
        };
        bytes.push(high << 4 | low);
        at += 3;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(specifier: &str) -> String {
        match Inline::parse(specifier).expect("a data: URL") {
            Ok(inline) => inline.text.to_string(),
            Err(hint) => hint,
        }
    }

    #[test]
    fn content_is_escaped_or_base64() {
        assert_eq!(text("data:text/javascript,a%20b+c#d?e"), "a b+c#d?e");
        assert_eq!(text("data:text/javascript;charset=utf-8,é"), "é");
        assert_eq!(
            text("data:application/json;base64,eyJhIjoxfQ=="),
            r#"{"a":1}"#
        );
        assert_eq!(text("data:,plain"), "plain");
        assert_eq!(text("data:text/plain,"), "");
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        assert!(text("data:text/javascript").contains("comma"));
        assert!(text("data:text/plain;base64,YQ").contains("not base64"));
        assert!(text("data:text/plain,50%zz").ends_with("`%zz`"));
        assert!(text("data:text/css,a{}").ends_with("not `text/css`"));
        assert_eq!(Inline::parse("DATA:text/plain,x"), None);
    }

    #[test]
    fn all_of_the_specifier_is_its_path() {
        let inline = |specifier| Inline::parse(specifier)?.ok();
        let one = inline("data:text/plain,a#1").expect("is valid");
        let two = inline("data:text/plain,a#2").expect("is valid");
        assert_ne!(one.url.path(), two.url.path());
        assert!(is_inline(&one.path()));
    }
}
