//! What a person may have meant by a name that does not exist. Owns the guess; never reads a file.

use std::fs;
use std::path::Path;

/// Entries of a folder that are looked at: a guess is worth no more.
const LOOKED_AT: usize = 1000;

/// The name of a script beside `missing` that it may be a slip for: the same with another extension, or
/// one that differs in a letter or two.
pub(super) fn similar_file(missing: &Path) -> Option<String> {
    similar(missing, is_script)
}

/// What to write in the place of `missing` to import the file that it may be a slip for. Extensions that
/// an import may leave out are left out if they are in `missing`.
pub(super) fn similar_import(missing: &Path) -> Option<String> {
    let name = similar(missing, |name| is_script(name) || is_data(name))?;
    let has_extension = missing
        .file_name()
        .is_some_and(|wanted| extension(&wanted.to_string_lossy()).is_some_and(is_known));
    match name.rsplit_once('.') {
        Some((stem, extension)) if !has_extension && is_optional(extension) => {
            Some(stem.to_owned())
        }
        _ => Some(name),
    }
}

fn similar(missing: &Path, fits: impl Fn(&str) -> bool) -> Option<String> {
    let wanted = missing.file_name()?.to_str()?.to_lowercase();
    let stem = match extension(&wanted).filter(|extension| is_known(extension)) {
        Some(extension) => &wanted[..wanted.len() - extension.len() - 1],
        None => &wanted,
    };
    let entries = fs::read_dir(missing.parent()?).ok()?.take(LOOKED_AT);
    let names = entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| !kind.is_dir()))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| fits(name));
    let slips = slips(stem);
    names
        .filter_map(|name| {
            let lower = name.to_lowercase();
            let other = lower.rsplit_once('.').map_or(&*lower, |(other, _)| other);
            let distance = match other == stem {
                true => 0,
                false => strsim::damerau_levenshtein(&lower, &wanted)
                    .min(strsim::damerau_levenshtein(other, stem)),
            };
            (distance <= slips).then_some((distance, name))
        })
        .min()
        .map(|(_, name)| name)
}

/// The name among `names` that `wanted` may be a slip for.
pub(super) fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = wanted.to_lowercase();
    names
        .map(|name| {
            (
                strsim::damerau_levenshtein(&name.to_lowercase(), &lower),
                name,
            )
        })
        .filter(|(distance, _)| *distance <= slips(wanted))
        .min()
        .map(|(_, name)| name)
}

/// One edit for every three letters, at least one in a name of two: beyond that a guess misleads.
fn slips(name: &str) -> usize {
    match name.chars().count() {
        0 | 1 => 0,
        letters => (letters / 3).max(1),
    }
}

fn extension(name: &str) -> Option<&str> {
    name.rsplit_once('.').map(|(_, extension)| extension)
}

fn is_script(name: &str) -> bool {
    matches!(
        extension(name),
        Some("ts" | "tsx" | "mts" | "cts" | "js" | "jsx" | "mjs" | "cjs")
    )
}

fn is_data(name: &str) -> bool {
    matches!(extension(name), Some("json" | "txt" | "wasm" | "bin"))
}

fn is_known(extension: &str) -> bool {
    is_optional(extension) || matches!(extension, "cts" | "txt" | "wasm" | "bin")
}

/// Whether imports may leave the extension out.
fn is_optional(extension: &str) -> bool {
    matches!(
        extension,
        "ts" | "tsx" | "js" | "jsx" | "json" | "mts" | "mjs" | "cjs"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a scratch folder");
        for name in names {
            fs::write(folder.path().join(name), "").expect("written");
        }
        folder
    }

    #[test]
    fn other_extensions_and_slips_are_found() {
        let folder = folder(&["server.ts", "utils.js", "server.md"]);
        let similar = |name: &str| similar_file(&folder.path().join(name));
        assert_eq!(similar("server.js").as_deref(), Some("server.ts"));
        assert_eq!(similar("servr.ts").as_deref(), Some("server.ts"));
        assert_eq!(similar("util.js").as_deref(), Some("utils.js"));
        assert_eq!(similar("lobby.ts"), None);
        assert_eq!(similar("nowhere/server.ts"), None);
    }

    #[test]
    fn imports_are_found_as_they_would_be_written() {
        let folder = folder(&["words.txt", "utils.ts", "my.helper.ts", "logo.svg"]);
        let similar = |name: &str| similar_import(&folder.path().join(name));
        assert_eq!(similar("words").as_deref(), Some("words.txt"));
        assert_eq!(similar("words.json").as_deref(), Some("words.txt"));
        assert_eq!(similar("utlis").as_deref(), Some("utils"));
        assert_eq!(similar("util.js").as_deref(), Some("utils.ts"));
        assert_eq!(similar("my.helpr").as_deref(), Some("my.helper"));
        assert_eq!(similar("logo"), None);
    }

    #[test]
    fn the_nearest_name_is_a_slip_away() {
        let names = ["broadcast", "braodcaster", "send"];
        assert_eq!(nearest("brodcast", names.into_iter()), Some("broadcast"));
        assert_eq!(nearest("close", names.into_iter()), None);
    }
}
