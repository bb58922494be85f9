//! The package.json to which `init` adds: everything its author wrote around the values stays as it
//! is. Owns which packages and which script a project needs; never writes the file.

use std::fs;
use std::path::{Path, PathBuf};

use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstObject, CstRootNode};
use jsonc_parser::json;

use super::change::TextChange;
use super::plan::InitError;
use crate::config::shown;

/// Packages that a project has, each under the field of package.json it belongs to: the client
/// library, the types of the server with the commands for the cloud, and this program.
pub const PACKAGES: [(&str, &str, &str); 3] = [
    ("dependencies", "partysocket", "^1.3.0"),
    ("devDependencies", "partykit", "^0.0.115"),
    ("devDependencies", "partyrun", OWN),
];

/// The versions of this program that will do.
const OWN: &str = concat!("^", env!("CARGO_PKG_VERSION"));

/// What the script runs.
pub const COMMAND: &str = "partyrun dev";
/// Its names, the usual one first.
const NAMES: [&str; 2] = ["dev", "party"];
/// Stands before a text on some systems.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The script of package.json that serves the project.
#[derive(Debug, PartialEq, Eq)]
pub struct Script {
    /// `None`: every name that it could have is another script's.
    pub name: Option<String>,
    /// Scripts in the way: their names, and what they run.
    pub taken: Vec<(String, String)>,
}

impl Script {
    /// Of a project that is new.
    pub fn usual() -> Script {
        Script {
            name: Some(NAMES[0].to_owned()),
            taken: Vec::new(),
        }
    }
}

/// A package.json that was read.
pub struct Package {
    path: PathBuf,
    file: String,
    mark: Option<char>,
    root: CstRootNode,
    fields: CstObject,
}

impl Package {
    /// # Errors
    /// When it cannot be read, is no object, or is a project already.
    pub fn read(path: &Path, cwd: &Path) -> Result<Package, InitError> {
        let file = shown(cwd, path);
        let unusable = |reason: String| InitError::Package {
            file: file.clone(),
            reason,
        };
        let text = fs::read_to_string(path).map_err(|error| unusable(error.to_string()))?;
        let (mark, text) = match text.strip_prefix(BYTE_ORDER_MARK) {
            Some(rest) => (Some(BYTE_ORDER_MARK), rest),
            None => (None, text.as_str()),
        };
        let root = CstRootNode::parse(text, &ParseOptions::default())
            .map_err(|error| unusable(error.to_string()))?;
        let fields = root
            .object_value()
            .ok_or_else(|| unusable("not an object".to_owned()))?;
        if fields.get("partykit").is_some() {
            return Err(InitError::AlreadyThere(format!("partykit in {file}")));
        }
        Ok(Package {
            path: path.to_owned(),
            file,
            mark,
            root,
            fields,
        })
    }

    pub fn name(&self) -> Option<String> {
        text_of(&self.fields, "name")
    }

    /// Decides what is added for a project in `folder`; also returns which script serves it then.
    ///
    /// # Errors
    /// When a field is there that holds something else than it should.
    pub fn change(self, folder: &Path) -> Result<(Option<TextChange>, Script), InitError> {
        let mut added = Vec::new();
        let script = self.add_script(&self.command(folder), &mut added)?;
        for (field, package, version) in PACKAGES {
            if !self.has(package) {
                self.object(field)?.append(package, json!(version));
                added.push(format!("`{package}`"));
            }
        }
        let change = (!added.is_empty()).then(|| {
            let mark = self.mark.map(String::from).unwrap_or_default();
            TextChange {
                path: self.path.clone(),
                text: format!("{mark}{}", self.root),
                added,
            }
        });
        Ok((change, script))
    }

    /// What serves the project in `folder`: scripts run where package.json is.
    fn command(&self, folder: &Path) -> String {
        let home = self.path.parent().unwrap_or(folder);
        match folder.strip_prefix(home) {
            Ok(below) if !below.as_os_str().is_empty() => {
                let config = format!("{}/partykit.json", below.display());
                match config.contains(char::is_whitespace) {
                    true => format!("{COMMAND} -c \"{config}\""),
                    false => format!("{COMMAND} -c {config}"),
                }
            }
            _ => COMMAND.to_owned(),
        }
    }

    fn has(&self, package: &str) -> bool {
        ["dependencies", "devDependencies"].iter().any(|field| {
            self.fields
                .object_value(field)
                .is_some_and(|packages| packages.get(package).is_some())
        })
    }

    /// Adds the script under the first of its names that is free, unless there is one.
    fn add_script(&self, command: &str, added: &mut Vec<String>) -> Result<Script, InitError> {
        let mut taken = Vec::new();
        if let Some(scripts) = self.fields.object_value("scripts") {
            let mut all = scripts.properties().into_iter();
            let runs = all.find_map(|script| {
                let name = script.decoded_name()?;
                let text = text_of(&scripts, &name)?;
                text.contains(command).then_some(name)
            });
            if let Some(name) = runs {
                return Ok(Script {
                    name: Some(name),
                    taken,
                });
            }
            for name in NAMES {
                if scripts.get(name).is_none() {
                    break;
                }
                let text = text_of(&scripts, name).unwrap_or_default();
                taken.push((name.to_owned(), text));
            }
        }
        let Some(name) = NAMES.get(taken.len()) else {
            return Ok(Script { name: None, taken });
        };
        self.object("scripts")?.append(name, json!(command));
        added.push(format!("the script `{name}`"));
        Ok(Script {
            name: Some((*name).to_owned()),
            taken,
        })
    }

    /// The object in `field`, which is made if there is none, before the packages.
    fn object(&self, field: &str) -> Result<CstObject, InitError> {
        if let Some(object) = self.fields.object_value(field) {
            return Ok(object);
        }
        if self.fields.get(field).is_some() {
            return Err(InitError::Package {
                file: self.file.clone(),
                reason: format!("`{field}` is not an object"),
            });
        }
        let packages =
            ["dependencies", "devDependencies"].map(|packages| self.fields.get(packages));
        let first = packages
            .iter()
            .flatten()
            .map(|field| field.property_index());
        let property = match first.min().filter(|_| field == "scripts") {
            Some(index) => self.fields.insert(index, field, json!({})),
            None => self.fields.append(field, json!({})),
        };
        Ok(property.object_value_or_set())
    }
}

fn text_of(object: &CstObject, name: &str) -> Option<String> {
    let value = object.get(name)?.value()?;
    value.as_string_lit()?.decoded_value().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(text: &str) -> Result<(Option<String>, Script), InitError> {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("package.json");
        fs::write(&path, text).expect("written");
        let (change, script) = Package::read(&path, folder.path())?.change(folder.path())?;
        Ok((change.map(|change| change.text), script))
    }

    #[test]
    fn the_script_of_a_project_below_the_package_names_its_configuration() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("package.json");
        fs::write(&path, r#"{ "scripts": { "dev": "partyrun dev" } }"#).expect("written");
        let text = |below: &str| {
            let package = Package::read(&path, folder.path()).expect("it can be read");
            let (change, script) = package
                .change(&folder.path().join(below))
                .expect("it can be changed");
            assert_eq!(script.name.as_deref(), Some("party"));
            change.expect("it lacks the script").text
        };
        let inside = text("apps/party");
        assert!(
            inside.contains(r#""party": "partyrun dev -c apps/party/partykit.json""#),
            "{inside}"
        );
        let spaced = text("my app");
        assert!(
            spaced.contains(r#"dev -c \"my app/partykit.json\"""#),
            "{spaced}"
        );
    }

    #[test]
    fn a_package_keeps_its_authors_form() {
        let text = "{\n\t\"name\": \"x\",\n\t// why\n\t\"dependencies\": {\n\t\t\"partysocket\": \"1\"\n\t}\n}\n";
        let (text, script) = changed(text).expect("it can be read");
        assert_eq!(
            text.as_deref(),
            Some(
                "{\n\t\"name\": \"x\",\n\t\"scripts\": {\n\t\t\"dev\": \"partyrun dev\"\n\t},\n\t// why\n\t\"dependencies\": {\n\t\t\"partysocket\": \"1\"\n\t},\n\t\"devDependencies\": {\n\t\t\"partykit\": \"^0.0.115\",\n\t\t\"partyrun\": \"VERSION\"\n\t}\n}\n"
                    .replace("VERSION", OWN)
                    .as_str()
            )
        );
        assert_eq!(script, Script::usual());
    }

    #[test]
    fn line_ends_and_a_mark_stay() {
        let text = "\u{feff}{\r\n  \"scripts\": {\r\n    \"test\": \"x\"\r\n  }\r\n}\r\n";
        let (text, _) = changed(text).expect("it can be read");
        let text = text.expect("it lacks everything");
        assert!(
            text.starts_with(
                "\u{feff}{\r\n  \"scripts\": {\r\n    \"test\": \"x\",\r\n    \"dev\""
            )
        );
        assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    }

    #[test]
    fn scripts_in_the_way_are_left() {
        let all = r#""dependencies": { "partysocket": "1", "partykit": "1", "partyrun": "1" }"#;
        let with = |scripts: &str| {
            changed(&format!("{{ \"scripts\": {scripts}, {all} }}")).expect("it can be read")
        };
        let (text, script) = with(r#"{ "dev": "vite" }"#);
        let text = text.expect("there is another name");
        assert!(
            text.contains("\"dev\": \"vite\",\n    \"party\": \"partyrun dev\"\n"),
            "{text}"
        );
        assert_eq!(script.name.as_deref(), Some("party"));
        assert_eq!(script.taken, [("dev".to_owned(), "vite".to_owned())]);

        let (text, script) = with(r#"{ "dev": "vite", "party": "x" }"#);
        assert_eq!((text, script.name), (None, None));

        let (text, script) = with(r#"{ "start": "partyrun dev --live" }"#);
        assert_eq!(text, None);
        assert_eq!(script.name.as_deref(), Some("start"));
    }

    #[test]
    fn fields_of_another_kind_are_not_replaced() {
        for text in [r#"{ "scripts": "x" }"#, r#"{ "dependencies": [] }"#] {
            let Err(error) = changed(text) else {
                panic!("{text} was changed");
            };
            assert!(error.to_string().contains("is not an object"), "{error}");
        }
    }
}
