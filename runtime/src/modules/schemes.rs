//! Specifiers whose first letters say that no file is meant: modules that come with the program, `data:`
//! URLs, and the schemes of other runtimes and tools, with what to write instead. Never looks at a folder.

use super::builtin::Builtin;
use super::error::ProblemKind;
use super::inline::Inline;
use super::question::Target;
use super::specifier::root;
use super::synthetic::{PARTYKIT_SERVER, SCHEME};

/// What a project is that imports `cloudflare:workers`, itself or by a package.
const WORKERS: &str =
    "; this one is for Workers, like those of `partyserver`, which `npx wrangler dev` serves";

/// What a specifier means in every file; `None` when that depends on the file.
pub(super) fn without_lookup(specifier: &str) -> Option<Result<Target, ProblemKind>> {
    if let Some(builtin) = Builtin::named(specifier) {
        return Some(Ok(Target::Builtin(builtin)));
    }
    if specifier == PARTYKIT_SERVER {
        return Some(Ok(Target::Empty(format!("{SCHEME}:{PARTYKIT_SERVER}"))));
    }
    let unresolved = |hint| ProblemKind::Unresolved {
        specifier: specifier.to_owned(),
        hint,
    };
    if let Some(inline) = Inline::parse(specifier) {
        return Some(inline.map(Target::Inline).map_err(unresolved));
    }
    if specifier.starts_with("node:") {
        return Some(Err(ProblemKind::NodeBuiltin(specifier.to_owned())));
    }
    if specifier.starts_with("cloudflare:") {
        let hint = match specifier {
            "cloudflare:workers" => WORKERS,
            _ => "",
        };
        let name = specifier.to_owned();
        return Some(Err(ProblemKind::CloudflareBuiltin { name, hint }));
    }
    let is_address = is_remote(specifier) || specifier.to_ascii_lowercase().starts_with("file:");
    let hint = advice(specifier).filter(|_| is_address)?;
    Some(Err(unresolved(hint)))
}

/// Whether a module is somewhere on the network. The bundler leaves such imports to the runtime, which
/// has none: what is imported when the program runs fails then.
pub(super) fn is_remote(specifier: &str) -> bool {
    ["//", "http:", "https:"]
        .iter()
        .any(|start| specifier.to_ascii_lowercase().starts_with(start))
}

/// What to add to the message about a specifier of another runtime or tool that leads nowhere.
pub(super) fn advice(specifier: &str) -> Option<String> {
    const NETWORK: &str = ", modules are not loaded over the network";
    if specifier.starts_with("//") {
        return Some(NETWORK.to_owned());
    }
    let (scheme, rest) = specifier.split_once(':')?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    if !is_scheme {
        return None;
    }
    let hint = match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" => NETWORK.to_owned(),
        "npm" => format!(
            ", `npm:` is Deno's way to name a package. Import it by its name, and have it in package.json: `{}`",
            without_version(rest)
        ),
        "jsr" => format!(
            ", `jsr:` is Deno's way to name a package. Add it by `npx jsr add {}`, and import it by its name: `{}`",
            root(&without_version(rest)),
            without_version(rest)
        ),
        "bun" | "deno" => format!(", modules of {scheme} do not exist in PartyKit"),
        "file" => ", a file is imported by its path, relative to the one that imports it".to_owned(),
        "data" => ", `data:` is written in small letters".to_owned(),
        "virtual" => ", `virtual:` is for modules that a plugin of a bundler makes, and no such plugin runs here"
            .to_owned(),
        _ => format!(
            ", nothing here loads modules of `{scheme}:`, which a plugin of a bundler may make: packages are \
             imported by name, files by path"
        ),
    };
    Some(hint)
}

/// `zod@3/v4` as it is imported: `zod/v4`.
fn without_version(package: &str) -> String {
    let package = package.trim_start_matches('/');
    let name = root(package);
    let path = &package[name.len()..];
    let bare = match name.char_indices().skip(1).find(|(_, c)| *c == '@') {
        Some((at, _)) => &name[..at],
        None => name,
    };
    format!("{bare}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_lose_their_version() {
        assert_eq!(without_version("zod@3/v4"), "zod/v4");
        assert_eq!(without_version("@std/path@^1.0.0"), "@std/path");
        assert_eq!(without_version("/@std/path@1/posix"), "@std/path/posix");
    }

    #[test]
    fn foreign_schemes_have_advice_and_names_have_none() {
        for (specifier, words) in [
            ("npm:zod@3", "`zod`"),
            ("jsr:@std/path@1", "npx jsr add @std/path`"),
            ("bun:sqlite", "modules of bun"),
            ("virtual:config", "plugin of a bundler"),
            ("astro:content", "`astro:`"),
            ("file:///a.ts", "by its path"),
            ("https://esm.sh/a", "network"),
            ("//esm.sh/a", "network"),
            ("DATA:text/plain,a", "small letters"),
        ] {
            let hint = advice(specifier).unwrap_or_default();
            assert!(hint.contains(words), "{specifier}: {hint}");
            assert!(!hint.contains("install"), "{specifier}: {hint}");
        }
        for specifier in ["zod", "./a:b", "@s/a:b", "a/b:c", "#a:b", "$x:y"] {
            assert_eq!(advice(specifier), None, "{specifier}");
        }
    }
}
