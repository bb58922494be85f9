//! The modules that are bundled with the project's: those of `js/export`, the project's settings, and the
//! entry that puts them together. Owns the generated text; what it does is the modules' matter.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Value, json};

use super::parties::Party;

/// The modules as they are in `js/export`; the settings are written for each project.
const MODULES: [(&str, &str); 13] = [
    ("assets.js", include_str!("../../../js/export/assets.js")),
    ("awake.js", include_str!("../../../js/export/awake.js")),
    (
        "connection.js",
        include_str!("../../../js/export/connection.js"),
    ),
    ("errors.js", include_str!("../../../js/export/errors.js")),
    ("index.js", include_str!("../../../js/export/index.js")),
    (
        "process_env.js",
        include_str!("../../../js/export/process_env.js"),
    ),
    ("room.js", include_str!("../../../js/export/room.js")),
    (
        "room_object.js",
        include_str!("../../../js/export/room_object.js"),
    ),
    ("server.js", include_str!("../../../js/export/server.js")),
    (
        "sleeping.js",
        include_str!("../../../js/export/sleeping.js"),
    ),
    ("stub.js", include_str!("../../../js/export/stub.js")),
    (
        "surroundings.js",
        include_str!("../../../js/export/surroundings.js"),
    ),
    ("worker.js", include_str!("../../../js/export/worker.js")),
];

/// What packages that bring `fetch` are replaced with.
pub const FETCH: &str = "fetch.cjs";
const FETCH_TEXT: &str = include_str!("../../../js/export/fetch.cjs");
/// What is imported in the place of `partykit/server`, which has types only.
pub const NOTHING: &str = "nothing.js";
/// Where a bundle begins.
pub const ENTRY: &str = "entry.js";

/// Writes a bundle's entry that only exports the parties: `(name, file)` each.
pub fn write_plain(folder: &Path, entries: &[(String, std::path::PathBuf)]) -> io::Result<()> {
    let mut text = String::new();
    for (index, (name, file)) in entries.iter().enumerate() {
        let (name, file) = (quoted(name), quoted(&file.to_string_lossy()));
        text +=
            &format!("import party{index} from {file};\nexport {{ party{index} as {name} }};\n");
    }
    fs::write(folder.join(ENTRY), text)?;
    write_replacements(folder)
}

fn write_replacements(folder: &Path) -> io::Result<()> {
    fs::write(folder.join(FETCH), FETCH_TEXT)?;
    fs::write(folder.join(NOTHING), "")
}

/// Writes all modules of a project into `folder`.
pub fn write(
    folder: &Path,
    parties: &[Party],
    entries: &[(String, std::path::PathBuf)],
    settings: &Value,
) -> io::Result<()> {
    for (name, text) in MODULES {
        fs::write(folder.join(name), text)?;
    }
    write_replacements(folder)?;
    let settings = serde_json::to_string_pretty(settings).expect("a JSON value is JSON");
    fs::write(
        folder.join("settings.js"),
        format!("export const settings = {settings};\n"),
    )?;
    fs::write(folder.join(ENTRY), entry(parties, entries))
}

fn entry(parties: &[Party], entries: &[(String, std::path::PathBuf)]) -> String {
    let mut text =
        String::from("import \"./process_env.js\";\nimport { project } from \"./index.js\";\n");
    for (index, (_, file)) in entries.iter().enumerate() {
        text += &format!(
            "import party{index} from {};\n",
            quoted(&file.to_string_lossy())
        );
    }
    text += "const { room, handlers } = project({\n";
    for (index, (name, _)) in entries.iter().enumerate() {
        text += &format!("  {}: party{index},\n", quoted(name));
    }
    text += "});\n";
    for (index, party) in parties.iter().enumerate() {
        let name = quoted(&party.name);
        text += &format!(
            "const Room{index} = room({name});\nexport {{ Room{index} as {} }};\n",
            party.class
        );
    }
    text + "export default handlers;\n"
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// `parties` of the settings: `main` is last, as user code lists them.
pub fn namespaces(parties: &[Party]) -> Value {
    let (main, others): (Vec<_>, Vec<_>) = parties.iter().partition(|party| party.name == "main");
    let pairs = others.into_iter().chain(main);
    Value::Object(
        pairs
            .map(|party| (party.name.clone(), json!(party.binding)))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entry_names_each_party_and_its_class() {
        let party = |name: &str, class: &str| Party {
            name: name.to_owned(),
            class: class.to_owned(),
            binding: String::new(),
        };
        let entries = [
            ("main".to_owned(), "/p/a.ts".into()),
            ("x-y".to_owned(), "/p/b\"c.ts".into()),
        ];
        let text = entry(&[party("main", "Main"), party("x-y", "XY")], &entries);
        for line in [
            "import party0 from \"/p/a.ts\";",
            "import party1 from \"/p/b\\\"c.ts\";",
            "  \"x-y\": party1,",
            "export { Room1 as XY };",
        ] {
            assert!(text.contains(line), "{text}");
        }
    }

    #[test]
    fn main_is_the_last_party() {
        let party = |name: &str| Party {
            name: name.to_owned(),
            class: String::new(),
            binding: name.to_uppercase(),
        };
        let json = namespaces(&[party("main"), party("a")]).to_string();
        assert_eq!(json, r#"{"a":"A","main":"MAIN"}"#);
    }
}
