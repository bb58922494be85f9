//! `tsconfig.json` as the resolver reads it: bases that are not there are passed over, and a package
//! may name its base in `package.json`. TypeScript refuses the first; bundlers go on, and so do
//! projects whose base is made by a tool that has not run yet (`.svelte-kit/tsconfig.json`).
//!
//! Never interprets an option.

use std::io;
use std::path::{Path, PathBuf};

use oxc_resolver::{FileMetadata, FileSystem, FileSystemOs, ResolveError};
use serde_json::Value;

/// The file system, but for the `extends` of configurations.
pub(super) struct ConfigFiles(FileSystemOs);

impl FileSystem for ConfigFiles {
    fn new() -> Self {
        Self(FileSystemOs::new())
    }

    /// A `package.json` is read so, by a parser that recurses.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let bytes = self.0.read(path)?;
        if is_deep(&bytes) {
            let error = format!("It is nested too deeply: `{}`", path.display());
            return Err(io::Error::new(io::ErrorKind::InvalidData, error));
        }
        Ok(bytes)
    }

    /// Only configurations are read so.
    fn read_to_string(&self, path: &Path) -> io::Result<String> {
        let text = self.0.read_to_string(path)?;
        Ok(with_bases_that_exist(&text, path).unwrap_or(text))
    }

    fn metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        self.0.metadata(path)
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        self.0.symlink_metadata(path)
    }

    fn read_link(&self, path: &Path) -> Result<PathBuf, ResolveError> {
        self.0.read_link(path)
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        self.0.canonicalize(path)
    }
}

/// Most levels of a JSON file: the parser's stack holds many times as many.
const MOST_LEVELS: usize = 1000;

/// Whether a JSON text has more than [`MOST_LEVELS`].
fn is_deep(json: &[u8]) -> bool {
    let (mut level, mut deepest) = (0_usize, 0);
    let (mut in_string, mut is_escaped) = (false, false);
    for byte in json {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_string => is_escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                level += 1;
                deepest = deepest.max(level);
            }
            b']' | b'}' if !in_string => level = level.saturating_sub(1),
            _ => {}
        }
    }
    deepest > MOST_LEVELS
}

/// `None` when the text is to be read as it is.
fn with_bases_that_exist(text: &str, path: &Path) -> Option<String> {
    if !text.contains("\"extends\"") {
        return None;
    }
    let mut stripped = text.trim_start_matches('\u{feff}').to_owned();
    json_strip_comments::strip(&mut stripped).ok()?;
    let mut config: Value = serde_json::from_str(&stripped).ok()?;
    let extends = config.get_mut("extends")?;
    let names = match &*extends {
        Value::String(name) => vec![name.clone()],
        Value::Array(names) => {
            let names = names.iter().filter_map(Value::as_str);
            names.map(str::to_owned).collect()
        }
        _ => return None,
    };
    let folder = path.parent()?;
    let found = names.iter().filter_map(|name| base(folder, name));
    *extends = found.map(Value::String).collect();
    serde_json::to_string(&config).ok()
}

/// The base that `name` means, as a name for the resolver. `None` when there is none.
fn base(folder: &Path, name: &str) -> Option<String> {
    if name.starts_with('#') {
        return Some(name.to_owned());
    }
    if name.starts_with(['.', '/']) {
        return exists(&folder.join(name)).then(|| name.to_owned());
    }
    let roots = folder
        .ancestors()
        .map(|ancestor| ancestor.join("node_modules"));
    let slashes = if name.starts_with('@') { 2 } else { 1 };
    let package: String = name
        .split_inclusive('/')
        .take(slashes)
        .collect::<String>()
        .trim_end_matches('/')
        .to_owned();
    for root in roots {
        let home = root.join(&package);
        if !home.is_dir() {
            continue;
        }
        let manifest = std::fs::read_to_string(home.join("package.json")).unwrap_or_default();
        let manifest: Value = serde_json::from_str(&manifest).unwrap_or_default();
        if package == name
            && let Some(file) = manifest.get("tsconfig").and_then(Value::as_str)
        {
            return home.join(file).to_str().map(str::to_owned);
        }
        let is_there = manifest.get("exports").is_some() || exists(&root.join(name));
        return is_there.then(|| name.to_owned());
    }
    None
}

fn exists(path: &Path) -> bool {
    let mut with_extension = path.as_os_str().to_owned();
    with_extension.push(".json");
    path.is_file() || path.join("tsconfig.json").is_file() || Path::new(&with_extension).is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_outside_of_strings_count() {
        let around = |count: usize, inner: &str| "[".repeat(count) + inner + &"]".repeat(count);
        assert!(!is_deep(around(1000, "").as_bytes()));
        assert!(is_deep(around(1001, "").as_bytes()));
        assert!(!is_deep(format!("\"\\\"{}\"", "{".repeat(5000)).as_bytes()));
        assert!(!is_deep("[{}],".repeat(5000).as_bytes()));
    }
}
