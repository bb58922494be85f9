//! The packages with each package manager: installed by name from a registry, without scripts; run twice,
//! because the first run changes the link; in a workspace; and without the package of the platform.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Release;
use super::scene::{Scene, exit_of, says, succeed, wrong};
use crate::error::Failure;
use crate::{npm, ui};

/// A package manager, and how it is told to do what all of them do.
struct Manager {
    name: &'static str,
    /// The package of npm that it comes in, and its program there. npm comes with Node.js.
    package: Option<(&'static str, &'static str)>,
    install: &'static [&'static str],
    /// Runs a script of `package.json`.
    run: &'static [&'static str],
    /// Leaves out optional packages; `None` where only the description of the machine does.
    without: Option<&'static str>,
    /// What the launcher must advise then.
    advice: &'static str,
}

const ALL: [Manager; 5] = [
    Manager {
        name: "npm",
        package: None,
        install: &["install", "--no-audit", "--no-fund"],
        run: &["run", "start"],
        without: Some("--omit=optional"),
        advice: "npm install -D @partyrun/",
    },
    Manager {
        name: "pnpm",
        package: Some(("pnpm@10", "pnpm/bin/pnpm.cjs")),
        install: &["install"],
        run: &["run", "start"],
        without: Some("--no-optional"),
        advice: "pnpm add -D @partyrun/",
    },
    Manager {
        name: "yarn 1",
        package: Some(("yarn@1", "yarn/bin/yarn.js")),
        install: &["install", "--no-progress"],
        run: &["run", "start"],
        without: Some("--ignore-optional"),
        advice: "yarn add -D @partyrun/",
    },
    Manager {
        name: "yarn 4",
        package: Some(("@yarnpkg/cli-dist@4", "@yarnpkg/cli-dist/bin/yarn.js")),
        install: &["install"],
        run: &["run", "start"],
        without: None,
        advice: "yarn add -D @partyrun/",
    },
    Manager {
        name: "bun",
        package: Some(("bun@1", ".bin/bun")),
        install: &["install"],
        run: &["run", "start"],
        without: Some("--omit=optional"),
        advice: "bun add -d @partyrun/",
    },
];

const PROJECT: &str = r#"{
  "name": "party",
  "private": true,
  "version": "1.0.0",
  "scripts": { "start": "partyrun --version" },
  "devDependencies": { "partyrun": "VERSION" }
}
"#;
const ROOT: &str = r#"{ "name": "root", "private": true, "version": "1.0.0", "workspaces": ["apps/*"] }
"#;
/// To yarn 4, this machine is another one.
const ELSEWHERE: &str = "supportedArchitectures:\n  os: [win32]\n  cpu: [x64]\n";

/// Tries all of them, and prints a line for each.
pub fn run(release: &Release) -> Result<(), Failure> {
    let folder = release.folder.join("managers");
    for manager in &ALL {
        let trial = Trial {
            manager,
            program: manager.program(&release.folder.join("tools"))?,
            release,
            folder: &folder,
        };
        let link = trial.project()?;
        trial.workspace()?;
        trial.without_the_platform()?;
        ui::result(&format!(
            "{}: installed without scripts, run twice ({link}), in a workspace, and without the package of the platform",
            trial.version()?
        ));
    }
    npx(release, &folder)
}

/// By `npx` in an empty folder, where nothing is installed.
fn npx(release: &Release, folder: &Path) -> Result<(), Failure> {
    let scene = Scene::new(folder, "npx", &release.registry)?;
    for _ in 0..2 {
        let mut command = scene.command("npx", ".");
        says(
            command.args(["--yes", "partyrun", "--version"]),
            &release.says,
        )?;
    }
    ui::result("npx: run twice in an empty folder");
    Ok(())
}

impl Manager {
    /// Where its program is; it is installed if it is not there yet.
    fn program(&self, tools: &Path) -> Result<Option<PathBuf>, Failure> {
        let Some((package, program)) = self.package else {
            npm::require_node("trying package managers")?;
            return Ok(None);
        };
        let file = tools.join("node_modules").join(program);
        if !file.is_file() {
            npm::install_into(tools, package)?;
        }
        Ok(Some(file))
    }
}

struct Trial<'a> {
    manager: &'a Manager,
    program: Option<PathBuf>,
    release: &'a Release,
    folder: &'a Path,
}

impl Trial<'_> {
    fn command(&self, scene: &Scene, folder: &str, words: &[&str]) -> Command {
        let is_script = |file: &Path| file.extension().is_some();
        let mut command = match &self.program {
            None => scene.command("npm", folder),
            Some(file) if is_script(file) => {
                let mut node = scene.command("node", folder);
                node.arg(file);
                node
            }
            Some(file) => scene.command(file, folder),
        };
        command.args(words);
        command
    }

    fn scene(&self, name: &str) -> Result<Scene, Failure> {
        let name = format!("{}-{name}", self.manager.name.replace(' ', "-"));
        Scene::new(self.folder, &name, &self.release.registry)
    }

    fn version(&self) -> Result<String, Failure> {
        let scene = self.scene("version")?;
        let exit = succeed(&mut self.command(&scene, ".", &["--version"]))?;
        let version = exit.said.lines().next_back().unwrap_or_default().to_owned();
        let name = self.manager.name.split(' ').next().unwrap_or_default();
        Ok(format!("{name} {version}"))
    }

    /// Installs without scripts. Yarn 4 takes no such flag: it runs none of packages unless it is told to.
    fn install(&self, scene: &Scene, more: &[&str]) -> Result<(), Failure> {
        let mut words = self.manager.install.to_vec();
        if self.manager.name != "yarn 4" {
            words.push("--ignore-scripts");
        }
        words.extend(more);
        succeed(&mut self.command(scene, ".", &words)).map(drop)
    }

    fn manifest(&self) -> String {
        PROJECT.replace("VERSION", &self.release.version)
    }

    /// Returns where the link leads after the first run.
    fn project(&self) -> Result<&'static str, Failure> {
        let scene = self.scene("project")?;
        scene.write("package.json", &self.manifest())?;
        scene.write("yarn.lock", "")?;
        self.install(&scene, &[])?;
        self.run_twice(&scene, ".")?;
        let link = scene.folder.join("node_modules/.bin/partyrun");
        let target = fs::canonicalize(&link).unwrap_or(link);
        Ok(match target.extension() {
            None if target.ends_with("partyrun") && !is_script(&target) => {
                "by a link to the program"
            }
            _ => "by the launcher",
        })
    }

    fn workspace(&self) -> Result<(), Failure> {
        let scene = self.scene("workspace")?;
        scene.write("package.json", ROOT)?;
        scene.write("yarn.lock", "")?;
        scene.write("pnpm-workspace.yaml", "packages: [\"apps/*\"]\n")?;
        scene.write("apps/party/package.json", &self.manifest())?;
        self.install(&scene, &[])?;
        self.run_twice(&scene, "apps/party")
    }

    fn run_twice(&self, scene: &Scene, folder: &str) -> Result<(), Failure> {
        for _ in 0..2 {
            let mut command = self.command(scene, folder, self.manager.run);
            says(&mut command, &self.release.says)?;
        }
        Ok(())
    }

    fn without_the_platform(&self) -> Result<(), Failure> {
        let scene = self.scene("without")?;
        scene.write("package.json", &self.manifest())?;
        scene.write("yarn.lock", "")?;
        match self.manager.without {
            Some(flag) => self.install(&scene, &[flag])?,
            None => {
                scene.write(".yarnrc.yml", ELSEWHERE)?;
                self.install(&scene, &[])?;
            }
        }
        let mut command = self.command(&scene, ".", self.manager.run);
        let exit = exit_of(&mut command)?;
        if !exit.status.success() && exit.said.contains(self.manager.advice) {
            return Ok(());
        }
        let why = format!("it must fail and advise `{}`", self.manager.advice);
        Err(wrong(&command, &exit, &why))
    }
}

fn is_script(file: &Path) -> bool {
    fs::read(file).is_ok_and(|bytes| bytes.starts_with(b"#!"))
}
