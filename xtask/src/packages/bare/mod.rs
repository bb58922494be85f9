//! The packages on bare systems, where there is Node.js 20 and nothing else: installed from their archives, then
//! PartyKit's example project served and tested. Needs root, for debootstrap and for chroot; so only Linux.

mod root;
mod served;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::Release;
use super::scene::{says, succeed, wrong};
use crate::bench::server::copy_project;
use crate::dist::{archive, files, npm};
use crate::error::Failure;
use crate::ui;
use crate::workspace::output;
use root::Root;
use served::Served;

/// How long the installation may take.
const LIMIT: Duration = Duration::from_secs(10);
/// Where the example is: in PartyKit's package, as what `partykit init` writes.
const ORIGINAL: &str = "partykit@0.0.115";
const EXAMPLE: &str = "package/init/index.ts";
const CONFIGURATION: &str = r#"{ "name": "example", "main": "party/index.ts" }
"#;
const TEST: &str = r#"import assert from "node:assert/strict";
import { test } from "node:test";
import { start } from "partyrun/test";

test("a room greets who connects", async () => {
  const party = await start();
  const connection = await party.room("lobby").connect();
  assert.equal(await connection.nextMessage(), "hello from server");
  await connection.close();
  await party.dispose();
});
"#;
const PASSED: &str = "pass 1";
/// What both of PartyKit's examples say first.
const GREETING: &str = "hello from server";

/// Tries the packages on each system, with PartyKit's example or with a project in a folder.
pub fn run(release: &Release, suites: &[String], example: Option<&Path>) -> Result<(), Failure> {
    let below = release.folder.join("bare");
    for suite in suites {
        let root = Root::of(suite, &below, Release::platform()?)?;
        let took = installed(release, &root)?;
        ui::result(&format!(
            "{suite}: installed in {:.1} s, with Node.js {}",
            took.as_secs_f64(),
            succeed(&mut root.command("/", &["node", "--version"]))?
                .said
                .trim()
        ));
        write_example(&root, &below.join("downloads"))?;
        tried(suite, &root, "/party", "PartyKit's example")?;
        if let Some(example) = example {
            bring(release, &root, example)?;
            tried(suite, &root, "/example", &example.display().to_string())?;
        }
    }
    Ok(())
}

/// Installs the archives in an empty project; returns how long that took.
fn installed(release: &Release, root: &Root) -> Result<Duration, Failure> {
    root.remove("/party")?;
    root.remove("/root/.npm")?;
    files::write(&root.path("/party/package.json"), "{ \"private\": true }\n")?;
    let mut install = install(release, root, "/party")?;
    let exit = succeed(&mut install)?;
    if exit.took > LIMIT {
        let why = format!(
            "it takes {:.1} s, more than {} s",
            exit.took.as_secs_f64(),
            LIMIT.as_secs()
        );
        return Err(wrong(&install, &exit, &why));
    }
    Ok(exit.took)
}

/// What a user types, with the archives beside the project.
fn install(release: &Release, root: &Root, folder: &str) -> Result<Command, Failure> {
    let platform = Release::platform()?;
    let mut words = vec!["npm".to_owned(), "install".to_owned()];
    for platform in [None, Some(platform)] {
        let name = npm::file_name(platform, &release.version);
        let packed = files::read(&release.files.join(&name))?;
        files::write(&root.path("/archives").join(&name), packed)?;
        words.push(format!("/archives/{name}"));
    }
    // The engine of the original does not install everywhere.
    words.extend(["--no-audit", "--no-fund", "--ignore-scripts"].map(str::to_owned));
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    Ok(root.command(folder, &words))
}

fn write_example(root: &Root, downloads: &Path) -> Result<(), Failure> {
    let mut pack = Command::new("npm");
    pack.args(["pack", "--silent", "--pack-destination"])
        .args([downloads.as_os_str(), ORIGINAL.as_ref()])
        .current_dir(downloads);
    let said = output(&mut pack)?;
    let file = downloads.join(said.lines().next_back().unwrap_or_default());
    let missing = |reason: String| Failure::Unreadable {
        file: file.clone(),
        reason,
    };
    let server = archive::file_of(&files::read(&file)?, EXAMPLE)
        .map_err(|error| missing(error.to_string()))?
        .ok_or_else(|| missing(format!("it has no `{EXAMPLE}`")))?;
    files::write(&root.path("/party/party/index.ts"), server)?;
    files::write(&root.path("/party/partykit.json"), CONFIGURATION)
}

/// Copies a project into the root, and installs what it needs.
fn bring(release: &Release, root: &Root, project: &Path) -> Result<(), Failure> {
    let folder = root.path("/example");
    copy_project(project, &folder).map_err(|source| Failure::Unwritable {
        file: folder,
        source,
    })?;
    succeed(&mut install(release, root, "/example")?).map(drop)
}

fn tried(suite: &str, root: &Root, folder: &str, name: &str) -> Result<(), Failure> {
    let served = Served::start(root, folder)?;
    let mut shown = vec![format!(
        "ready after {:.1} s of npx",
        served.took.as_secs_f64()
    )];
    let pages = pages(&root.path(folder).join("partykit.json"))?;
    for page in pages {
        match served.status(&page)? {
            200 => shown.push(format!("`{page}` is served")),
            status => {
                let why = format!("{suite}: `{page}` of {name} has status {status}");
                return Err(Failure::Packages(why));
            }
        }
    }
    let greeting = served.greeting("lobby")?;
    if greeting != GREETING {
        let why = format!("{suite}: {name} says `{greeting}` to who connects");
        return Err(Failure::Packages(why));
    }
    served.end()?;
    files::write(&root.path(folder).join("party.test.mjs"), TEST)?;
    let words = ["npx", "partyrun", "test", "--", "node", "--test"];
    says(&mut root.command(folder, &words), PASSED)?;
    ui::result(&format!(
        "{suite}: {name}: {}, a socket is greeted, nothing is left after Ctrl+C, `{}` passes",
        shown.join(", "),
        words.join(" ")
    ));
    Ok(())
}

/// The pages that a project with static files and client code must have.
fn pages(configuration: &Path) -> Result<Vec<String>, Failure> {
    let text = files::text(configuration)?;
    let value: Value = serde_json::from_str(&text).map_err(|error| Failure::Unreadable {
        file: configuration.to_owned(),
        reason: error.to_string(),
    })?;
    let serve = &value["serve"];
    let mut pages = Vec::new();
    if !serve.is_null() {
        pages.push("/".to_owned());
    }
    if let Some(entry) = serve["build"].as_str() {
        let stem = Path::new(entry).file_stem().unwrap_or_default();
        pages.push(format!("/dist/{}.js", stem.to_string_lossy()));
    }
    Ok(pages)
}
