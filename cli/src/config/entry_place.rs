//! Where the configuration has what turns out to be wrong when it is used: the file of a party, a cron. Reads the
//! configuration again, and decides nothing.

use std::fs;
use std::path::Path;

use super::file::{PACKAGE, PACKAGE_FIELD, shown};
use super::key_path::KeyPath;
use super::locate::{Part, Place, locate};

/// File, line and column, as seen from `cwd`; `None` if the configuration does not name it.
pub fn entry_place(config: &Path, cwd: &Path, party: &str) -> Option<String> {
    let place = place_in(config, |root| match party {
        "main" => root.key("main"),
        _ => root.key("parties").key(party),
    })?;
    Some(format!("{}:{place}", shown(cwd, config)))
}

/// Where a configuration has the value at `path`, which starts at its root.
pub fn place_in(config: &Path, path: impl Fn(&KeyPath) -> KeyPath) -> Option<Place> {
    let text = fs::read_to_string(config).ok()?;
    let root = match config.file_name()?.to_str()? {
        PACKAGE => KeyPath::default().key(PACKAGE_FIELD),
        _ => KeyPath::default(),
    };
    locate(&text, &path(&root), Part::Value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_parties_are_found_in_both_kinds_of_files() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let at = |name: &str, text: &str, party: &str| {
            let file = folder.path().join(name);
            fs::write(&file, text).expect("writable");
            entry_place(&file, folder.path(), party)
        };
        let text = "{\n  \"main\": \"a.ts\",\n  \"parties\": { \"chat\": \"b.ts\" }\n}";
        let place = |place: &str| Some(place.to_owned());
        assert_eq!(
            at("partykit.json", text, "main"),
            place("partykit.json:2:11")
        );
        assert_eq!(
            at("partykit.json", text, "chat"),
            place("partykit.json:3:24")
        );
        assert_eq!(at("partykit.json", text, "none"), None);
        let package = "{ \"partykit\": { \"main\": \"a.ts\" } }";
        assert_eq!(
            at("package.json", package, "main"),
            place("package.json:1:25")
        );
    }
}
