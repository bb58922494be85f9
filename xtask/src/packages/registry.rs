//! A registry of npm that has the packages of a release and no others, so that they can be installed by
//! their names before they are published. Serves this machine, until the command ends.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Digest as _, Sha512};

use crate::dist::{Platform, archive, files, npm, platform};
use crate::error::Failure;
use crate::local_server::LocalServer;

/// Where archives are, below the registry's address.
const ARCHIVES: &str = "/-/";
/// Some package managers refuse what was published a moment ago.
const PUBLISHED: &str = "2026-01-01T00:00:00.000Z";

/// What is served, by path.
type Pages = BTreeMap<String, Vec<u8>>;

/// Serves the packages in `folder`; returns the registry's address.
pub fn serve(folder: &Path, version: &str) -> Result<String, Failure> {
    let unreachable = |error: io::Error| Failure::Packages(error.to_string());
    let server = LocalServer::bind().map_err(unreachable)?;
    let base = server.base.clone();
    let pages = pages(&base, folder, version)?;
    server.answer_with(move |path| {
        let body = pages.get(&named(path))?;
        Some(("application/json", body.clone()))
    });
    Ok(base)
}

fn pages(base: &str, folder: &Path, version: &str) -> Result<Pages, Failure> {
    let mut pages = Pages::new();
    let here = platform::ALL.iter().map(|it| Some(*it));
    for platform in here.chain([None]) {
        let name = npm::file_name(platform, version);
        let file = folder.join(&name);
        let (manifest, packed) = match (file.is_file(), platform) {
            (true, _) => {
                let packed = files::read(&file)?;
                (manifest(&file, &packed)?, packed)
            }
            // Of the other machines' packages only the descriptions are read.
            (false, Some(platform)) => (described(platform, version), Vec::new()),
            (false, None) => files::read(&file).map(|_| (Value::Null, Vec::new()))?,
        };
        let page = page(manifest, &format!("{base}{ARCHIVES}{name}"), &packed);
        let package = page["name"].as_str().unwrap_or_default().to_owned();
        pages.insert(format!("/{package}"), page.to_string().into_bytes());
        if !packed.is_empty() {
            pages.insert(format!("{ARCHIVES}{name}"), packed);
        }
    }
    Ok(pages)
}

fn manifest(file: &Path, packed: &[u8]) -> Result<Value, Failure> {
    let unreadable = |reason: String| Failure::Unreadable {
        file: file.to_owned(),
        reason,
    };
    let text = archive::file_of(packed, "package/package.json")
        .map_err(|error| unreadable(error.to_string()))?
        .ok_or_else(|| unreadable("it has no `package.json`".to_owned()))?;
    serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))
}

fn described(platform: Platform, version: &str) -> Value {
    json!({
        "name": format!("@partyrun/{}", platform.name()),
        "version": version,
        "os": [platform.os],
        "cpu": [platform.cpu],
    })
}

/// What a registry says of a package of which there is one version.
fn page(mut manifest: Value, archive: &str, packed: &[u8]) -> Value {
    let (name, version) = (manifest["name"].clone(), manifest["version"].clone());
    let key = version.as_str().unwrap_or_default();
    let sha1 = Sha1::digest(packed);
    manifest["dist"] = json!({
        "tarball": archive,
        "integrity": format!("sha512-{}", BASE64_STANDARD.encode(Sha512::digest(packed))),
        "shasum": sha1.iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
    });
    json!({
        "name": name,
        "dist-tags": { "latest": version },
        "time": { "created": PUBLISHED, "modified": PUBLISHED, key: PUBLISHED },
        "versions": { key: manifest },
    })
}

/// A path, in the one way in which pages are known: the `/` in a name is written in several.
fn named(path: &str) -> String {
    path.replace("%2f", "/")
        .replace("%2F", "/")
        .replace("%40", "@")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_with_a_scope_is_one_path() {
        for path in [
            "/@partyrun/linux-x64",
            "/@partyrun%2flinux-x64",
            "/%40partyrun%2Flinux-x64",
        ] {
            assert_eq!(named(path), "/@partyrun/linux-x64");
        }
    }

    #[test]
    fn page_names_the_archive_and_its_sums() {
        let page = page(
            json!({ "name": "a", "version": "1.2.3" }),
            "http://x/-/a.tgz",
            b"abc",
        );
        assert_eq!(page["dist-tags"]["latest"], "1.2.3");
        let dist = &page["versions"]["1.2.3"]["dist"];
        assert_eq!(dist["tarball"], "http://x/-/a.tgz");
        assert_eq!(dist["shasum"], "a9993e364706816aba3e25717850c26c9cd0d89d");
        let integrity = dist["integrity"].as_str().expect("it has one");
        assert!(integrity.starts_with("sha512-3a81oZNherrM"), "{integrity}");
    }
}
