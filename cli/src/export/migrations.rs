//! `partyrun.migrations.json`: which classes have ever been deployed, under which names, and what their
//! rooms are stored in. It is committed with the project, so that a party which is renamed keeps its rooms
//! and none is deleted because a line is gone. Owns the file and its rules; uploads nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::failure::Failure;
use crate::build_args::Storage;

/// The file's name, in the folder of the configuration.
pub const FILE: &str = "partyrun.migrations.json";

const NEW_SQLITE: &str = "new_sqlite_classes";
const NEW_KV: &str = "new_classes";
const RENAMED: &str = "renamed_classes";
const DELETED: &str = "deleted_classes";

/// The list of the file, as the platform wants it.
#[derive(Debug, PartialEq)]
pub struct Migrations {
    pub list: Vec<Value>,
    /// Whether the file lacks some of it.
    pub is_new: bool,
}

/// Reads the file in `root` and adds what the project's `classes` need.
pub fn load(
    root: &Path,
    classes: &[&str],
    storage: Option<Storage>,
) -> Result<Migrations, Failure> {
    let path = root.join(FILE);
    let list = match fs::read_to_string(&path) {
        Ok(text) => parse(&text).map_err(|what| Failure::of(format!("{FILE}: {what}")))?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(Failure::unreadable(&path, &error)),
    };
    extended(list, classes, storage).map_err(Failure)
}

/// Writes the file when it lacks something. Returns whether it did.
pub fn save(root: &Path, migrations: &Migrations) -> Result<bool, Failure> {
    if !migrations.is_new {
        return Ok(false);
    }
    let path = root.join(FILE);
    fs::write(&path, text(&migrations.list)).map_err(|error| Failure::unwritable(&path, &error))?;
    Ok(true)
}

/// One migration a line: what a colleague adds is one line of a review.
fn text(list: &[Value]) -> String {
    let lines: Vec<String> = list.iter().map(|entry| format!("    {entry}")).collect();
    format!("{{\n  \"migrations\": [\n{}\n  ]\n}}\n", lines.join(",\n"))
}

fn parse(text: &str) -> Result<Vec<Value>, String> {
    let value: Value = json5::from_str(text).map_err(|error| format!("Not valid JSON: {error}"))?;
    match value.get("migrations").and_then(Value::as_array) {
        Some(list) => Ok(list.clone()),
        None => Err("`migrations` must be a list".to_owned()),
    }
}

/// What the classes that live after `list` are stored in.
fn living(list: &[Value]) -> Result<BTreeMap<String, Storage>, String> {
    let mut living = BTreeMap::new();
    for entry in list {
        let tag = entry.get("tag").and_then(Value::as_str).unwrap_or("?");
        let unknown = |class: &str| {
            format!("{FILE}: Migration `{tag}` names a class that there is not: `{class}`")
        };
        for (key, storage) in [(NEW_SQLITE, Storage::Sqlite), (NEW_KV, Storage::Kv)] {
            living.extend(texts(entry, key).map(|class| (class.to_owned(), storage)));
        }
        for pair in items(entry, RENAMED) {
            let name = |key: &str| pair.get(key).and_then(Value::as_str).unwrap_or_default();
            let storage = living
                .remove(name("from"))
                .ok_or_else(|| unknown(name("from")))?;
            living.insert(name("to").to_owned(), storage);
        }
        for class in texts(entry, DELETED) {
            living.remove(class).ok_or_else(|| unknown(class))?;
        }
    }
    Ok(living)
}

fn items<'a>(entry: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    entry
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn texts<'a>(entry: &'a Value, key: &str) -> impl Iterator<Item = &'a str> {
    items(entry, key).filter_map(Value::as_str)
}

fn extended(
    mut list: Vec<Value>,
    classes: &[&str],
    storage: Option<Storage>,
) -> Result<Migrations, Vec<String>> {
    let living = living(&list).map_err(|fault| vec![fault])?;
    let tag = next_tag(&list);
    let mut new: Vec<&str> = classes
        .iter()
        .copied()
        .filter(|class| !living.contains_key(*class))
        .collect();
    new.sort_unstable();
    let mut faults: Vec<String> = living
        .keys()
        .filter(|class| !classes.contains(&class.as_str()))
        .map(|class| orphan(class, new.first().copied(), &tag))
        .collect();
    if let Some(wanted) = storage {
        let others = living
            .iter()
            .filter(|(class, kind)| classes.contains(&class.as_str()) && **kind != wanted);
        faults.extend(others.map(|(class, kind)| {
            let (kind, wanted) = (name(*kind), name(wanted));
            format!("{FILE}: The rooms of `{class}` are stored in `{kind}`, which cannot be changed: leave out `--storage {wanted}`")
        }));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let is_new = !new.is_empty();
    if is_new {
        let kind = storage
            .or(living.values().next().copied())
            .unwrap_or(Storage::Sqlite);
        let key = match kind {
            Storage::Sqlite => NEW_SQLITE,
            Storage::Kv => NEW_KV,
        };
        let mut entry = Map::new();
        entry.insert("tag".to_owned(), Value::from(tag));
        entry.insert(key.to_owned(), json!(new));
        list.push(Value::Object(entry));
    }
    Ok(Migrations { list, is_new })
}

/// Rooms whose party is gone: only the user knows what became of it.
fn orphan(class: &str, heir: Option<&str>, tag: &str) -> String {
    let to = heir.unwrap_or("Other");
    format!(
        "{FILE}: `{class}` has been deployed, and no party has that name. Add to `migrations` what became of its rooms. It has another name: {{\"tag\": \"{tag}\", \"renamed_classes\": [{{\"from\": \"{class}\", \"to\": \"{to}\"}}]}}. They are to be deleted: {{\"tag\": \"{tag}\", \"deleted_classes\": [\"{class}\"]}}"
    )
}

fn name(storage: Storage) -> &'static str {
    match storage {
        Storage::Sqlite => "sqlite",
        Storage::Kv => "kv",
    }
}

/// `v` and a number that no migration has.
fn next_tag(list: &[Value]) -> String {
    let number = |entry: &Value| {
        let tag = entry.get("tag")?.as_str()?;
        tag.strip_prefix('v')?.parse::<u64>().ok()
    };
    let highest = list.iter().filter_map(number).max().unwrap_or(0);
    format!("v{}", highest + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(classes: &[&str]) -> Vec<Value> {
        extended(Vec::new(), classes, None).expect("a list").list
    }

    #[test]
    fn new_parties_are_added_and_known_ones_are_not() {
        let list = first(&["Main", "Chat"]);
        assert_eq!(
            list,
            [json!({"tag": "v1", "new_sqlite_classes": ["Chat", "Main"]})]
        );
        let same = extended(list.clone(), &["Main", "Chat"], None).expect("a list");
        assert!(!same.is_new);
        let more = extended(list, &["Main", "Chat", "Stats"], None).expect("a list");
        assert_eq!(
            more.list[1],
            json!({"tag": "v2", "new_sqlite_classes": ["Stats"]})
        );
        assert_eq!(parse(&text(&more.list)), Ok(more.list));
    }

    #[test]
    fn party_that_is_gone_is_never_deleted_by_itself() {
        let faults =
            extended(first(&["Main", "Chat"]), &["Main", "Talk"], None).expect_err("refused");
        assert_eq!(faults.len(), 1);
        for part in [
            r#"{"tag": "v2", "renamed_classes": [{"from": "Chat", "to": "Talk"}]}"#,
            r#"{"tag": "v2", "deleted_classes": ["Chat"]}"#,
        ] {
            assert!(faults[0].contains(part), "{}", faults[0]);
        }
    }

    #[test]
    fn what_the_user_wrote_down_is_followed() {
        let mut list = first(&["Main", "Chat"]);
        list.push(json!({"tag": "v2", "renamed_classes": [{"from": "Chat", "to": "Talk"}]}));
        let renamed = extended(list.clone(), &["Main", "Talk"], None).expect("a list");
        assert!(!renamed.is_new);
        list.push(json!({"tag": "v3", "deleted_classes": ["Talk"]}));
        let deleted = extended(list.clone(), &["Main"], None).expect("a list");
        assert!(!deleted.is_new);
        list.push(json!({"tag": "v4", "deleted_classes": ["Talk"]}));
        let faults = extended(list, &["Main"], None).expect_err("refused");
        assert!(
            faults[0].contains("`v4` names a class that there is not: `Talk`"),
            "{}",
            faults[0]
        );
    }

    #[test]
    fn storage_of_a_class_stays_what_it_is() {
        let kv = extended(Vec::new(), &["Main"], Some(Storage::Kv))
            .expect("a list")
            .list;
        assert_eq!(kv, [json!({"tag": "v1", "new_classes": ["Main"]})]);
        let more = extended(kv.clone(), &["Main", "Chat"], None).expect("a list");
        assert_eq!(more.list[1], json!({"tag": "v2", "new_classes": ["Chat"]}));
        let faults = extended(kv, &["Main"], Some(Storage::Sqlite)).expect_err("refused");
        assert!(
            faults[0].contains("leave out `--storage sqlite`"),
            "{}",
            faults[0]
        );
    }
}
