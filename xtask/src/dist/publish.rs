//! `.ci/publish` against an npm and a GitHub that only remember: what is published, in which order, and what a second run does.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use super::archive::{self, Entry};
use super::files;

/// `npm view` knows what `npm publish` took, which fails once for the package that the file `fails` names.
const NPM: &str = r#"#!/bin/sh
has() { grep -qx "$1" "$SCENE/$2" 2>/dev/null; }
case $1 in
  view) has "$2" published && echo 1 ;;
  publish)
    for file; do :; done
    package=$(tar -xOzf "$file" package/package.json |
      node -p 'const it = JSON.parse(require("fs").readFileSync(0)); it.name + "@" + it.version')
    if has "$package" fails; then rm "$SCENE/fails"; exit 1; fi
    if has "$package" published; then exit 1; fi
    echo "$package" >> "$SCENE/published"
    echo "npm $*" >> "$SCENE/log"
    ;;
esac
"#;
/// A page is there when it was created.
const GH: &str = r#"#!/bin/sh
case $2 in
  view) test -e "$SCENE/page" ;;
  create) test ! -e "$SCENE/page" && touch "$SCENE/page" ;;
esac || exit 1
[ "$2" = view ] || echo "gh $*" >> "$SCENE/log"
"#;

struct Scene(TempDir);

impl Scene {
    fn new(version: &str) -> Scene {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, text) in [("bin/npm", NPM), ("bin/gh", GH)] {
            let file = folder.path().join(name);
            files::write(&file, text).expect("writable");
            let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            fs::set_permissions(file, executable).expect("it is this test's own");
        }
        for (file, name) in [
            ("partyrun-darwin-x64", "@partyrun/darwin-x64"),
            ("partyrun-linux-x64", "@partyrun/linux-x64"),
            ("partyrun", "partyrun"),
        ] {
            let text = format!(r#"{{ "name": "{name}", "version": "{version}" }}"#);
            let package = Entry::file("package.json", text);
            let packed = archive::pack("package", vec![package]).expect("packed");
            let file = folder.path().join(format!("files/{file}-{version}.tgz"));
            files::write(&file, packed).expect("writable");
        }
        Scene(folder)
    }

    fn publish(&self, verb: &str, tag: &str) -> Output {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.ci/publish");
        let path = std::env::var("PATH").unwrap_or_default();
        Command::new(script)
            .arg(verb)
            .arg(self.0.path().join("files"))
            .arg(tag)
            .env("SCENE", self.0.path())
            .env("PATH", format!("{}/bin:{path}", self.0.path().display()))
            .env_remove("ACTIONS_ID_TOKEN_REQUEST_URL")
            .output()
            .expect("there is bash")
    }

    /// What was done, forgotten when it is told.
    fn done(&self) -> Vec<String> {
        let file = self.0.path().join("log");
        let text = fs::read_to_string(&file).unwrap_or_default();
        // Absent where nothing was done.
        let _ = fs::remove_file(file);
        text.lines().map(str::to_owned).collect()
    }
}

#[test]
fn platform_packages_are_published_first_and_a_second_run_goes_on() {
    let scene = Scene::new("1.2.3");
    files::write(
        &scene.0.path().join("fails"),
        "@partyrun/darwin-x64@1.2.3\n",
    )
    .expect("writable");
    assert!(!scene.publish("packages", "v1.2.3").status.success());
    assert_eq!(
        scene.done(),
        ["npm publish --access public ./partyrun-linux-x64-1.2.3.tgz"]
    );
    let second = scene.publish("packages", "v1.2.3");
    assert!(second.status.success(), "{second:?}");
    assert_eq!(
        scene.done(),
        [
            "npm publish --access public ./partyrun-darwin-x64-1.2.3.tgz",
            "npm publish --access public ./partyrun-1.2.3.tgz",
        ]
    );
    assert!(scene.publish("packages", "v1.2.3").status.success());
    assert_eq!(scene.done(), [""; 0]);
}

#[test]
fn page_is_shown_when_its_files_are_there_and_made_once() {
    let scene = Scene::new("1.2.3");
    let files =
        "./partyrun-1.2.3.tgz ./partyrun-darwin-x64-1.2.3.tgz ./partyrun-linux-x64-1.2.3.tgz";
    let upload = format!("gh release upload v1.2.3 --clobber {files}");
    let show = "gh release edit v1.2.3 --draft=false".to_owned();
    let create = "gh release create v1.2.3 --verify-tag --generate-notes --draft".to_owned();
    assert!(scene.publish("page", "v1.2.3").status.success());
    assert_eq!(scene.done(), [create, upload.clone(), show.clone()]);
    assert!(scene.publish("page", "v1.2.3").status.success());
    assert_eq!(scene.done(), [upload, show]);
}

#[test]
fn early_version_is_not_what_people_get_who_name_none() {
    let scene = Scene::new("1.2.3-rc.1");
    for verb in ["packages", "page"] {
        let done = scene.publish(verb, "v1.2.3-rc.1");
        assert!(done.status.success(), "{done:?}");
    }
    let done = scene.done();
    assert!(
        done[0].starts_with("npm publish --access public --tag next "),
        "{done:?}"
    );
    assert!(done[3].ends_with("--draft --prerelease"), "{done:?}");
}
