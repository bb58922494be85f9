//! From a URL's path to the name of a file. Touches no disk: what it lets through has only plain
//! names in it, whatever the system's own rules for paths are.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;

use super::media_type;
use crate::call::party_url::{self, PartyUrl};

/// Served for a path that ends in a slash.
const INDEX: &str = "index.html";
/// Never served, nor is anything below.
const PACKAGES: &str = "node_modules";

/// A path that `decodeURIComponent` does not take; the text is what JavaScript's error says.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("URI malformed")]
pub struct Malformed;

/// As `decodeURIComponent` does (ECMA-262, section 19.2.6).
pub fn decode(path: &str) -> Result<Cow<'_, str>, Malformed> {
    let mut rest = path.as_bytes();
    while let Some(at) = rest.iter().position(|byte| *byte == b'%') {
        match rest.get(at + 1..at + 3) {
            Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => rest = &rest[at + 3..],
            _ => return Err(Malformed),
        }
    }
    percent_decode_str(path)
        .decode_utf8()
        .map_err(|_| Malformed)
}

/// The file that a decoded path means, relative to the folder of static files. `None` when it cannot
/// be one that is served.
pub fn relative(path: &str) -> Option<PathBuf> {
    let path = path.strip_prefix('/')?;
    let mut names: Vec<&str> = path.split('/').collect();
    if let Some(last @ &mut "") = names.last_mut() {
        *last = INDEX;
    }
    let (file, folders) = names.split_last()?;
    let plain = names.iter().all(|name| is_plain(name));
    (plain && !folders.contains(&PACKAGES)).then(|| folders.iter().collect::<PathBuf>().join(file))
}

/// Whether a file would be served by this, its real path relative to the folder: a link gives nothing
/// another name that must not have one.
pub fn is_shown(real: &Path) -> bool {
    let is_hidden = |name: &OsStr| name.as_encoded_bytes().starts_with(b".");
    let in_packages = real
        .parent()
        .is_some_and(|folders| folders.iter().any(|name| name == PACKAGES));
    !in_packages && !real.iter().any(is_hidden)
}

/// A name of one file, not hidden, that means the same in every shell and browser: a backslash is a
/// separator to some.
fn is_plain(name: &str) -> bool {
    let strange = |c: char| c == '\0' || c == '\\';
    let hidden = name.is_empty() || name.starts_with('.');
    !hidden && !name.contains(strange)
}

/// Whether a browser that goes to a decoded path may get the page of a single-page app. Party URLs
/// only count when what they name is no file of another kind.
pub fn is_page(path: &str) -> bool {
    match party_url::parse(path) {
        PartyUrl::Elsewhere => true,
        PartyUrl::Room { .. } | PartyUrl::NoParty => {
            path.ends_with(".html") || !media_type::is_known(Path::new(path))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_as_javascript_does() {
        assert_eq!(decode("/sp%20ace%C3%BC").as_deref(), Ok("/sp aceü"));
        assert_eq!(decode("/a+b").as_deref(), Ok("/a+b"));
        for path in [
            "/%",
            "/%4",
            "/%zz",
            "/%E0%A4%A",
            "/%ff",
            "/%C0%AF",
            "/%ED%A0%80",
        ] {
            assert_eq!(decode(path), Err(Malformed), "{path}");
        }
    }

    #[test]
    fn names_files_below_the_folder() {
        let file = |path| relative(path).map(|file| file.to_string_lossy().into_owned());
        assert_eq!(file("/a.js").as_deref(), Some("a.js"));
        assert_eq!(file("/").as_deref(), Some("index.html"));
        assert_eq!(file("/sub/").as_deref(), Some("sub/index.html"));
        assert_eq!(file("/sub/deep/f.txt").as_deref(), Some("sub/deep/f.txt"));
        assert_eq!(file("/node_modules").as_deref(), Some("node_modules"));
    }

    #[test]
    fn nothing_leads_elsewhere() {
        for path in [
            "",
            "a",
            "//a",
            "/a//b",
            "/..",
            "/../a",
            "/a/../../b",
            "/.",
            "/.env",
            "/.git/config",
            "/a/.b/c",
            "/node_modules/x/i.js",
            "/a/node_modules/i.js",
            "/..\\a",
            "/a\\..\\b",
            "/C:\\a",
            "/a\0.txt",
        ] {
            assert_eq!(relative(path), None, "{path:?}");
        }
    }

    #[test]
    fn party_urls_are_pages_unless_they_name_another_file() {
        assert!(is_page("/deep/link"));
        assert!(is_page("/missing.css"));
        assert!(is_page("/parties/main"));
        assert!(is_page("/parties/main/room"));
        assert!(is_page("/parties/main/a.html"));
        assert!(!is_page("/parties/main/a.css"));
    }
}
