//! The cache of finished libraries, `~/.cache/partyrun/v8/<version>/<target>/`, each beside its
//! checksum. Never trusts a file whose checksum differs: it is removed and made again.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::error::Problem;
use super::pin::Pin;
use crate::ui;

/// The cache's folder for one version and machine.
pub struct Cache {
    pub folder: PathBuf,
}

impl Cache {
    /// In `XDG_CACHE_HOME`, or in `.cache` of the home folder.
    pub fn locate(pin: &Pin) -> Result<Cache, Problem> {
        let base = std::env::var_os("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .filter(|folder| folder.is_absolute())
            .or_else(|| Some(std::env::home_dir()?.join(".cache")))
            .ok_or(Problem::NoCacheFolder)?;
        let folder = base
            .join("partyrun/v8")
            .join(&pin.version)
            .join(&pin.target);
        fs::create_dir_all(&folder).map_err(Problem::file("create", &folder))?;
        Ok(Cache { folder })
    }

    /// The library, if it is whole.
    pub fn find(&self, pin: &Pin) -> Result<Option<PathBuf>, Problem> {
        let file = self.folder.join(pin.file_name());
        if !file.exists() {
            return Ok(None);
        }
        let noted = fs::read_to_string(sidecar(&file)).unwrap_or_default();
        let noted = noted.split_whitespace().next().unwrap_or("none");
        let found = checksum(&file).map_err(Problem::file("read", &file))?;
        if found == noted {
            return Ok(Some(file));
        }
        ui::step(&format!(
            "V8: the cached library is corrupt, so it is removed and made again: its sha256 is {found}, but {noted} was noted: {}",
            file.display()
        ));
        fs::remove_file(&file).map_err(Problem::file("remove", &file))?;
        Ok(None)
    }

    /// Moves a proven library into the cache and notes its checksum, which it also returns.
    pub fn keep(&self, pin: &Pin, library: &Path) -> Result<(PathBuf, String), Problem> {
        let file = self.folder.join(pin.file_name());
        let found = checksum(library).map_err(Problem::file("read", library))?;
        let side = sidecar(&file);
        let line = format!("{found}  {}\n", pin.file_name());
        fs::write(&side, line).map_err(Problem::file("write", &side))?;
        fs::rename(library, &file).map_err(Problem::file("write", &file))?;
        Ok((file, found))
    }
}

/// The file that `sha256sum --check` reads.
fn sidecar(file: &Path) -> PathBuf {
    file.with_extension("gz.sha256")
}

/// SHA-256 of a file, in hexadecimal.
fn checksum(file: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    io::copy(&mut File::open(file)?, &mut hasher)?;
    Ok(hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin() -> Pin {
        Pin {
            version: "1.0.0".to_owned(),
            target: "x86_64-unknown-linux-gnu".to_owned(),
        }
    }

    fn cache(name: &str) -> Cache {
        let folder =
            std::env::temp_dir().join(format!("xtask-cache-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a temporary folder");
        Cache { folder }
    }

    #[test]
    fn a_kept_library_is_found_with_its_checksum() {
        let cache = cache("kept");
        assert!(cache.find(&pin()).expect("readable").is_none());
        let new = cache.folder.join("new");
        fs::write(&new, "abc").expect("writable");
        let (kept, checksum) = cache.keep(&pin(), &new).expect("writable");
        assert_eq!(
            checksum,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(cache.find(&pin()).expect("readable"), Some(kept));
        fs::remove_dir_all(&cache.folder).expect("removable");
    }

    #[test]
    fn a_corrupt_library_is_removed() {
        let cache = cache("corrupt");
        let new = cache.folder.join("new");
        fs::write(&new, "abc").expect("writable");
        let (kept, _) = cache.keep(&pin(), &new).expect("writable");
        fs::write(&kept, "ab").expect("writable");
        assert!(cache.find(&pin()).expect("readable").is_none());
        assert!(!kept.exists());
        fs::write(&kept, "a library without a note").expect("writable");
        fs::remove_file(sidecar(&kept)).expect("removable");
        assert!(cache.find(&pin()).expect("readable").is_none());
        fs::remove_dir_all(&cache.folder).expect("removable");
    }
}
