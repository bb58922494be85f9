//! V8's prebuilt static library: is it there? The `v8` crate's build script fetches it; this only
//! checks what it is told beforehand and explains its failure afterwards. Never downloads.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Failure;
use crate::workspace::Workspace;

/// Names a library that is already on this machine, `.a` or `.a.gz`.
const ARCHIVE: &str = "RUSTY_V8_ARCHIVE";

/// Says so early when `RUSTY_V8_ARCHIVE` is set to what is not a file: the build script would panic
/// minutes later.
pub fn check_archive() -> Result<(), Failure> {
    check(std::env::var_os(ARCHIVE))
}

fn check(archive: Option<OsString>) -> Result<(), Failure> {
    match archive.map(PathBuf::from) {
        // The build script also takes a URL there.
        Some(file) if !file.is_file() && !is_url(&file) => Err(Failure::ArchiveUnreadable(file)),
        _ => Ok(()),
    }
}

fn is_url(file: &Path) -> bool {
    file.to_str()
        .is_some_and(|text| text.starts_with("http://") || text.starts_with("https://"))
}

/// Whether a failed build failed for want of the library: nobody named one, and the build script has
/// not left a downloaded one where it puts it (`gn_out/obj`, the URL in a `.sum` file beside it).
pub fn is_missing(workspace: &Workspace) -> bool {
    std::env::var_os(ARCHIVE).is_none()
        && std::env::var_os("V8_FROM_SOURCE").is_none()
        && !has_download(&workspace.target.join("release/gn_out/obj"))
}

fn has_download(folder: &Path) -> bool {
    folder.join("librusty_v8.a").is_file()
        && fs::read_to_string(folder.join("librusty_v8.sum"))
            .is_ok_and(|url| url.starts_with("http"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_that_is_not_there_is_named() {
        let failure = check(Some("/nowhere/v8.a.gz".into())).expect_err("there is no such file");
        assert_eq!(
            failure.to_string(),
            "`RUSTY_V8_ARCHIVE` names a file that cannot be read: /nowhere/v8.a.gz"
        );
        assert!(check(None).is_ok());
        assert!(check(Some("https://example.org/v8.a.gz".into())).is_ok());
        assert!(
            check(Some(env!("CARGO_MANIFEST_DIR").into())).is_err(),
            "a folder is no archive"
        );
    }

    #[test]
    fn only_a_downloaded_library_counts_as_a_download() {
        let folder = std::env::temp_dir().join(format!("xtask-v8-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a temporary folder");
        assert!(!has_download(&folder));
        fs::write(folder.join("librusty_v8.a"), "").expect("writable");
        fs::write(folder.join("librusty_v8.sum"), "/some/file.a.gz").expect("writable");
        assert!(!has_download(&folder));
        fs::write(folder.join("librusty_v8.sum"), "https://host/file.a.gz").expect("writable");
        assert!(has_download(&folder));
        fs::remove_dir_all(&folder).expect("removable");
    }

    #[test]
    fn the_way_out_takes_three_lines() {
        assert_eq!(Failure::NoV8.to_string().lines().count(), 3);
    }
}
