//! Which specifiers mean a module that comes with the program, as PartyKit's bundler decides
//! (specification 10.2). Never holds such a module: they are made in `js`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use partyrun_js::BUILTINS;

use super::synthetic::literal;

/// Node.js has these behind `node:` only.
const PREFIXED: &[&str] = &["sea", "sqlite", "test", "test/reporters"];

/// A module of Node.js, of `cloudflare:`, or in place of an npm package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Builtin {
    /// `node:fs`, `cloudflare:sockets`, `npm:node-fetch`.
    pub url: &'static str,
    names: &'static [&'static str],
}

impl Builtin {
    /// The module that `specifier` means in every file. Installed packages, aliases and `browser`
    /// fields do not come before it.
    pub(super) fn named(specifier: &str) -> Option<Self> {
        let url = match specifier {
            // A path into a package that copies the module.
            "buffer/index.js" => "node:buffer".to_owned(),
            name if name.starts_with("node:") || name.starts_with("cloudflare:") => name.to_owned(),
            name if PREFIXED.contains(&name) => return None,
            name => {
                let of_node = Self::at(&format!("node:{name}"));
                return of_node.or_else(|| Self::at(&format!("npm:{name}")));
            }
        };
        Self::at(&url)
    }

    fn at(url: &str) -> Option<Self> {
        let index = BUILTINS.binary_search_by_key(&url, |(url, _)| url).ok()?;
        let (url, names) = BUILTINS[index];
        Some(Self { url, names })
    }

    /// The text of the module: its exports object by default, and what the graph's importers ask
    /// for by name; `*` is every name. A name that the module lacks is `undefined`, because
    /// programs ask for what only newer versions of Node.js have.
    pub(super) fn text(&self, wanted: &BTreeSet<String>) -> String {
        let mut text = format!(
            "const exported = globalThis[Symbol.for(\"partyrun.builtin\")]({});\n\
             export default exported;\n",
            literal(self.url)
        );
        let own = self.names.iter().copied();
        let own = own.filter(|_| wanted.contains("*"));
        let names: BTreeSet<&str> = own.chain(wanted.iter().map(String::as_str)).collect();
        let names = names
            .iter()
            .filter(|name| **name != "default" && **name != "*");
        for (index, name) in names.enumerate() {
            let name = literal(name);
            writeln!(
                text,
                "const v{index} = exported[{name}];\nexport {{ v{index} as {name} }};"
            )
            .expect("writing to a string cannot fail");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(specifier: &str) -> Option<&'static str> {
        Builtin::named(specifier).map(|found| found.url)
    }

    #[test]
    fn names_are_those_of_node_with_and_without_prefix() {
        assert_eq!(url("fs"), Some("node:fs"));
        assert_eq!(url("node:fs/promises"), Some("node:fs/promises"));
        assert_eq!(url("node:test"), Some("node:test"));
        assert_eq!(url("test"), None);
        assert_eq!(url("cloudflare:sockets"), Some("cloudflare:sockets"));
        assert_eq!(url("cloudflare:workers"), None);
        for name in [
            "fs-extra",
            "./fs",
            "fs/nothing",
            "node:nothing",
            "buffer/",
            "npm:node-fetch",
        ] {
            assert_eq!(url(name), None, "{name}");
        }
    }

    #[test]
    fn packages_that_bring_fetch_are_replaced() {
        assert_eq!(url("node-fetch"), Some("npm:node-fetch"));
        assert_eq!(url("node:node-fetch"), None);
        assert_eq!(url("buffer/index.js"), Some("node:buffer"));
    }

    #[test]
    fn text_exports_what_is_asked_for() {
        let path = Builtin::named("path").expect("a module of Node.js");
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let text = path.text(&set(&["default", "join", "nothing"]));
        assert_eq!(text.matches("export {").count(), 2, "{text}");
        let text = path.text(&set(&["*", "nothing"]));
        assert!(text.contains("exported[\"basename\"]"), "{text}");
        assert!(text.contains("exported[\"nothing\"]"), "{text}");
    }
}
