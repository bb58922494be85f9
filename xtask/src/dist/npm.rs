//! The npm packages, made of the templates in `npm/`: one for each platform, which holds the program,
//! and `partyrun`, which finds the one for the machine. Packed as `npm pack` does it, without npm.
//!
//! In templates, `{{version}}`, `{{platform}}`, `{{os}}` and `{{cpu}}` are replaced.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::archive::{self, Entry};
use super::platform::{self, Platform};
use super::{files, sums};
use crate::error::Failure;

/// Where everything lies in a package's archive.
const FOLDER: &str = "package";
/// The program's name in the platform packages.
pub const PROGRAM: &str = "partyrun";
const SCOPE: &str = "@partyrun";

/// Which version is published, and the address below which releases are.
#[derive(Clone, Copy)]
pub struct Published<'a> {
    pub version: &'a str,
    pub releases: Option<&'a str>,
}

impl Published<'_> {
    /// What a package says of its version and of its sources. npm refuses a package with provenance that names no
    /// repository, or another one than it was built from.
    fn describe(&self, package: &mut Map<String, Value>) {
        package.insert("version".to_owned(), json!(self.version));
        let base = self.releases.and_then(|it| it.strip_suffix("/releases"));
        if let Some(base) = base {
            let url = format!("git+{base}.git");
            package.insert(
                "repository".to_owned(),
                json!({ "type": "git", "url": url }),
            );
        }
    }
}

/// File name of a package's archive, as `npm pack` calls it.
pub fn file_name(platform: Option<Platform>, version: &str) -> String {
    match platform {
        Some(platform) => format!("partyrun-{}-{version}.tgz", platform.name()),
        None => format!("partyrun-{version}.tgz"),
    }
}

/// The package of a platform. `beside`: what it has besides `package.json`, program and texts too.
pub fn platform_package(
    templates: &Path,
    platform: Platform,
    release: &Published<'_>,
    beside: &[Entry],
) -> Result<Vec<u8>, Failure> {
    let version = release.version;
    let folder = templates.join("platform");
    let file = folder.join("package.json.template");
    let mut package = object(
        &file,
        &filled(&files::text(&file)?, version, Some(platform)),
    )?;
    package.insert(
        "name".to_owned(),
        json!(format!("{SCOPE}/{}", platform.name())),
    );
    release.describe(&mut package);
    package.insert("os".to_owned(), json!([platform.os]));
    package.insert("cpu".to_owned(), json!([platform.cpu]));
    if platform.is_linux() {
        package.insert("libc".to_owned(), json!(["glibc"]));
    }
    let mut entries = beside.to_vec();
    entries.push(Entry::file("package.json", pretty(&package)));
    let readme = folder.join("README.md.template");
    if readme.is_file() {
        let text = filled(&files::text(&readme)?, version, Some(platform));
        entries.push(Entry::file("README.md", text));
    }
    pack(entries)
}

/// The package `partyrun`, for the platforms whose packages lie in `folder` already.
pub fn main_package(
    templates: &Path,
    folder: &Path,
    release: &Published<'_>,
    licence: &[u8],
) -> Result<Vec<u8>, Failure> {
    let version = release.version;
    let source = templates.join("partyrun");
    let file = source.join("package.json");
    let mut package = object(&file, &filled(&files::text(&file)?, version, None))?;
    release.describe(&mut package);
    if let Some(Value::Object(optional)) = package.get_mut("optionalDependencies") {
        for (name, wanted) in optional {
            if name.starts_with(SCOPE) {
                *wanted = json!(version);
            }
        }
    }
    let sums = program_sums(folder, version)?;
    package.insert(PROGRAM.to_owned(), json!({ "sha256": sums }));
    let mut entries = vec![Entry::file("package.json", pretty(&package))];
    for path in published(&source, &package)? {
        let bytes = files::read(&source.join(&path))?;
        entries.push(Entry {
            is_program: bytes.starts_with(b"#!"),
            ..Entry::file(path, bytes)
        });
    }
    if !entries.iter().any(|entry| entry.path == "LICENSE") {
        entries.push(Entry::file("LICENSE", licence));
    }
    pack(entries)
}

/// The files of the package, `package.json` left out: those that its `files` names, and readme and
/// licence, as npm has it.
fn published(source: &Path, package: &Map<String, Value>) -> Result<Vec<String>, Failure> {
    let skipped = |name: &str| name.starts_with('.') || name == "node_modules";
    let mut paths = files::below(source, &skipped)?;
    let named: Option<Vec<&str>> = package
        .get("files")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect());
    let is_always = |path: &str| path.starts_with("README") || path.starts_with("LICENSE");
    let is_named = |path: &str| match &named {
        Some(named) => named.iter().any(|name| covers(name, path)),
        None => !path.split('/').any(|part| matches!(part, "test" | "tests")),
    };
    paths.retain(|path| path != "package.json" && (is_always(path) || is_named(path)));
    Ok(paths)
}

/// Whether an entry of `files`, a file, a folder or all of a kind in a folder, has `path`.
fn covers(name: &str, path: &str) -> bool {
    let name = name.trim_start_matches("./").trim_end_matches('/');
    let name = name
        .strip_suffix("/**")
        .or(name.strip_suffix("/*"))
        .unwrap_or(name);
    let rest = path.strip_prefix(name);
    if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
        return true;
    }
    name.split_once('*').is_some_and(|(before, after)| {
        let middle = path
            .strip_prefix(before)
            .and_then(|it| it.strip_suffix(after));
        middle.is_some_and(|middle| !middle.contains('/'))
    })
}

/// SHA-256 of the program in each platform's package that lies in `folder`.
fn program_sums(folder: &Path, version: &str) -> Result<Map<String, Value>, Failure> {
    let mut sums = Map::new();
    for platform in platform::ALL {
        let file = folder.join(file_name(Some(platform), version));
        if file.is_file() {
            let program = program_of(&file)?;
            sums.insert(platform.name(), json!(sums::of(&program)));
        }
    }
    Ok(sums)
}

/// The program in a platform's package.
fn program_of(file: &Path) -> Result<Vec<u8>, Failure> {
    let wanted = format!("{FOLDER}/{PROGRAM}");
    let unreadable = |reason: String| Failure::Unreadable {
        file: file.to_owned(),
        reason,
    };
    archive::file_of(&files::read(file)?, &wanted)
        .map_err(|error| unreadable(error.to_string()))?
        .ok_or_else(|| unreadable(format!("it has no `{wanted}`")))
}

fn filled(template: &str, version: &str, platform: Option<Platform>) -> String {
    let text = template.replace("{{version}}", version);
    match platform {
        Some(platform) => text
            .replace("{{platform}}", &platform.name())
            .replace("{{os}}", platform.os)
            .replace("{{cpu}}", platform.cpu),
        None => text,
    }
}

fn object(file: &Path, text: &str) -> Result<Map<String, Value>, Failure> {
    serde_json::from_str(text).map_err(|error| Failure::Unreadable {
        file: file.to_owned(),
        reason: error.to_string(),
    })
}

fn pretty(package: &Map<String, Value>) -> String {
    let text = serde_json::to_string_pretty(package).expect("an object of JSON is written");
    format!("{text}\n")
}

fn pack(entries: Vec<Entry>) -> Result<Vec<u8>, Failure> {
    archive::pack(FOLDER, entries).map_err(|source| Failure::Unwritable {
        file: FOLDER.into(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::io::Read as _;
    use std::path::PathBuf;

    use flate2::read::GzDecoder;

    use super::*;

    const RELEASE: Published<'_> = Published {
        version: "1.2.3",
        releases: None,
    };

    fn linux() -> Platform {
        Platform::of_target("x86_64-unknown-linux-gnu").expect("it is one of ours")
    }

    fn templates() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().to_owned();
        let write = |path: &str, text: &str| {
            files::write(&root.join(path), text).expect("writable");
        };
        write(
            "platform/package.json.template",
            r#"{ "name": "@partyrun/{{platform}}", "version": "{{version}}", "description": "for {{os}} on {{cpu}}" }"#,
        );
        write(
            "partyrun/package.json",
            r#"{ "name": "partyrun", "version": "{{version}}", "files": ["bin", "types/*.d.ts"],
               "optionalDependencies": { "@partyrun/linux-x64": "{{version}}", "other": "1" } }"#,
        );
        write("partyrun/bin/partyrun.js", "#!/usr/bin/env node\n");
        write("partyrun/types/a.d.ts", "export {};\n");
        write("partyrun/types/a.test.ts", "");
        write("partyrun/test/launcher.test.js", "");
        write("partyrun/README.md", "# partyrun\n");
        (folder, root)
    }

    /// Path, mode and text of each file.
    fn unpack(packed: &[u8]) -> BTreeMap<String, (u32, String)> {
        let mut archive = tar::Archive::new(GzDecoder::new(packed));
        let entries = archive.entries().expect("readable");
        entries
            .map(|entry| {
                let mut entry = entry.expect("readable");
                let path = entry.path().expect("it has one").display().to_string();
                let mode = entry.header().mode().expect("it has one");
                let mut text = String::new();
                entry.read_to_string(&mut text).expect("text");
                (path, (mode, text))
            })
            .collect()
    }

    #[test]
    fn platform_package_says_for_whom_it_is() {
        let (_folder, root) = templates();
        let beside = [
            Entry::program(PROGRAM, "binary"),
            Entry::file("LICENSE", "MIT"),
        ];
        let packed = platform_package(&root, linux(), &RELEASE, &beside).expect("packed");
        let all = unpack(&packed);
        assert_eq!(all["package/partyrun"], (0o755, "binary".to_owned()));
        assert_eq!(all["package/LICENSE"], (0o644, "MIT".to_owned()));
        let package: Value = serde_json::from_str(&all["package/package.json"].1).expect("JSON");
        assert_eq!(
            package,
            json!({
                "name": "@partyrun/linux-x64",
                "version": "1.2.3",
                "description": "for linux on x64",
                "os": ["linux"],
                "cpu": ["x64"],
                "libc": ["glibc"],
            })
        );
    }

    #[test]
    fn main_package_pins_the_platform_packages_and_knows_their_programs() {
        let (_folder, root) = templates();
        let made = tempfile::tempdir().expect("a temporary folder");
        let beside = [Entry::program(PROGRAM, "abc")];
        let packed = platform_package(&root, linux(), &RELEASE, &beside).expect("packed");
        let file = made.path().join(file_name(Some(linux()), "1.2.3"));
        fs::write(file, packed).expect("writable");
        let all = unpack(&main_package(&root, made.path(), &RELEASE, b"MIT").expect("packed"));
        assert_eq!(
            Vec::from_iter(all.keys().map(String::as_str)),
            [
                "package/LICENSE",
                "package/README.md",
                "package/bin/partyrun.js",
                "package/package.json",
                "package/types/a.d.ts",
            ]
        );
        assert_eq!(all["package/bin/partyrun.js"].0, 0o755);
        let package: Value = serde_json::from_str(&all["package/package.json"].1).expect("JSON");
        assert_eq!(package["version"], "1.2.3");
        assert_eq!(
            package["optionalDependencies"]["@partyrun/linux-x64"],
            "1.2.3"
        );
        assert_eq!(package["optionalDependencies"]["other"], "1");
        assert_eq!(
            package["partyrun"]["sha256"],
            json!({ "linux-x64": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" })
        );
    }

    #[test]
    fn packages_name_the_repository_that_the_releases_belong_to() {
        let (_folder, root) = templates();
        let release = Published {
            releases: Some("https://git.example/ada/partyrun/releases"),
            ..RELEASE
        };
        let platform = platform_package(&root, linux(), &release, &[]).expect("packed");
        let main = main_package(&root, root.as_path(), &release, b"MIT").expect("packed");
        for packed in [platform, main] {
            let text = &unpack(&packed)["package/package.json"].1;
            let package: Value = serde_json::from_str(text).expect("JSON");
            assert_eq!(
                package["repository"],
                json!({ "type": "git", "url": "git+https://git.example/ada/partyrun.git" })
            );
        }
    }

    #[test]
    fn template_that_is_not_json_is_named() {
        let (_folder, root) = templates();
        fs::write(root.join("platform/package.json.template"), "{").expect("writable");
        let failure = platform_package(&root, linux(), &RELEASE, &[]).expect_err("it is cut");
        assert!(
            failure.to_string().contains("package.json.template"),
            "{failure}"
        );
    }
}
