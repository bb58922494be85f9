//! What files are called in a bundle, its source map and esbuild's messages: relative to the project, and our own
//! modules by a scheme, so that the same input gives the same bytes on every machine and in every run.

use std::path::{Component, Path, PathBuf};

use partyrun_runtime::modules::without_dots;
use serde_json::Value;

use super::glue::ENTRY;

/// Before the names of our own modules.
const SCHEME: &str = "partyrun:";

/// The folders that esbuild knows; all are real paths.
pub struct Names {
    /// The project; esbuild runs here.
    pub root: PathBuf,
    /// Our own modules.
    pub glue: PathBuf,
    /// Where esbuild writes.
    pub out: PathBuf,
}

impl Names {
    /// A text in which our modules have names of their own: esbuild names them from where it runs.
    pub fn in_text(&self, text: &str) -> String {
        let relative = relative(&self.glue, &self.root);
        text.replace(&format!("{}/", relative.display()), SCHEME)
            .replace(&format!("{}/", self.glue.display()), SCHEME)
    }

    /// A source map whose sources are named from the project: esbuild names them from where it writes.
    pub fn in_map(&self, map: &[u8]) -> Option<Vec<u8>> {
        let mut map: Value = serde_json::from_slice(map).ok()?;
        for source in map.get_mut("sources")?.as_array_mut()? {
            let renamed = self.source(source.as_str()?);
            *source = Value::from(renamed);
        }
        leave_out_entry(&mut map);
        Some(map.to_string().into_bytes())
    }

    fn source(&self, name: &str) -> String {
        let path = without_dots(&self.out.join(name));
        match path.strip_prefix(&self.glue) {
            Ok(own) => format!("{SCHEME}{}", own.display()),
            Err(_) => relative(&path, &self.root).display().to_string(),
        }
    }
}

/// The entry names files by where they are on this machine, and nobody wants to step through it.
fn leave_out_entry(map: &mut Value) {
    let name = format!("{SCHEME}{ENTRY}");
    let sources = map.get("sources").and_then(Value::as_array);
    let index = sources.and_then(|all| all.iter().position(|source| source == name.as_str()));
    let contents = map.get_mut("sourcesContent").and_then(Value::as_array_mut);
    if let Some(content) = contents
        .zip(index)
        .and_then(|(all, index)| all.get_mut(index))
    {
        *content = Value::Null;
    }
}

/// `path` seen from the folder `from`; both are absolute and plain.
fn relative(path: &Path, from: &Path) -> PathBuf {
    let same = path
        .components()
        .zip(from.components())
        .take_while(|(a, b)| a == b)
        .count();
    let up = from.components().skip(same).map(|_| Component::ParentDir);
    up.chain(path.components().skip(same)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        Names {
            root: "/home/me/app".into(),
            glue: "/tmp/partyrun-x".into(),
            out: "/tmp/partyrun-y/out".into(),
        }
    }

    #[test]
    fn texts_say_nothing_of_the_machine() {
        let text = "// ../../../tmp/partyrun-x/room.js\n// src/a.ts\n\"/tmp/partyrun-x/entry.js\"";
        let expected = "// partyrun:room.js\n// src/a.ts\n\"partyrun:entry.js\"";
        assert_eq!(names().in_text(text), expected);
    }

    #[test]
    fn sources_are_named_from_the_project() {
        let map = r#"{"sources":["../../partyrun-x/entry.js","../../../home/me/app/src/a.ts","../../../home/me/node_modules/b.js"],"sourcesContent":["import \"/home/me/app/src/a.ts\"","a","b"]}"#;
        let map = names().in_map(map.as_bytes()).expect("a map");
        let map: Value = serde_json::from_slice(&map).expect("JSON");
        let sources: Vec<&str> = map["sources"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(Value::as_str)
            .collect();
        assert_eq!(
            sources,
            ["partyrun:entry.js", "src/a.ts", "../node_modules/b.js"]
        );
        assert_eq!(map["sourcesContent"], serde_json::json!([null, "a", "b"]));
    }
}
