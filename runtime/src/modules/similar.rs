//! What a person may have meant by the name of a file that does not exist. Owns the guess; never reads a
//! file.

use std::fs;
use std::path::Path;

/// Entries of a folder that are looked at: a guess is worth no more.
const LOOKED_AT: usize = 1000;

/// The name of a file beside `missing` that it may be a slip for: the same with another extension, or
/// one that differs in a letter or two.
pub(super) fn similar_file(missing: &Path) -> Option<String> {
    let wanted = missing.file_name()?.to_str()?.to_lowercase();
    let stem = missing.file_stem()?.to_str()?.to_lowercase();
    let entries = fs::read_dir(missing.parent()?).ok()?.take(LOOKED_AT);
    let names = entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| !kind.is_dir()))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| is_script(name));
    let slips = (stem.chars().count() / 3).max(1);
    names
        .filter_map(|name| {
            let lower = name.to_lowercase();
            let same_stem = lower
                .rsplit_once('.')
                .is_some_and(|(other, _)| other == stem);
            let distance = match same_stem {
                true => 0,
                false => strsim::damerau_levenshtein(&lower, &wanted),
            };
            (distance <= slips).then_some((distance, name))
        })
        .min()
        .map(|(_, name)| name)
}

fn is_script(name: &str) -> bool {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    matches!(
        extension,
        "ts" | "tsx" | "mts" | "cts" | "js" | "jsx" | "mjs" | "cjs"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_extensions_and_slips_are_found() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        for name in ["server.ts", "utils.js", "server.md"] {
            fs::write(folder.path().join(name), "").expect("written");
        }
        let similar = |name: &str| similar_file(&folder.path().join(name));
        assert_eq!(similar("server.js").as_deref(), Some("server.ts"));
        assert_eq!(similar("servr.ts").as_deref(), Some("server.ts"));
        assert_eq!(similar("util.js").as_deref(), Some("utils.js"));
        assert_eq!(similar("lobby.ts"), None);
        assert_eq!(similar("nowhere/server.ts"), None);
    }
}
