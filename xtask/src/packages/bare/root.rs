//! A root folder with a bare system: Debian's smallest, Node.js 20 with npm, certificates, and no compiler.
//! Commands run in it as in a container, without an engine for containers.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::dist::{Platform, files};
use crate::error::Failure;
use crate::workspace::{output, run};
use crate::{npm, system, ui};

const NODE: &str = "20";
/// The npm that comes with it.
const NPM: &str = "10";
/// What a minimal system has besides the packages that it cannot do without; Node.js needs the second.
const PACKAGES: &str = "ca-certificates,libstdc++6";
/// None of these may be there.
const TOOLS: [&str; 7] = ["cc", "gcc", "g++", "clang", "make", "python3", "cargo"];
/// Where the certificates lie of a machine that has some of its own.
const CERTIFICATES: &str = "/usr/local/share/certificates.pem";
/// The file that is there once a root is whole.
const WHOLE: &str = "whole";

pub struct Root {
    folder: PathBuf,
}

impl Root {
    /// The root of a release of Debian, made if it is not there yet.
    pub fn of(suite: &str, below: &Path, platform: Platform) -> Result<Root, Failure> {
        let root = Root {
            folder: below.join(suite),
        };
        let whole = below.join(format!("{suite}.{WHOLE}"));
        if !whole.is_file() {
            root.make(suite, &below.join("downloads"), platform)?;
            files::write(&whole, "")?;
        }
        root.settings()?;
        root.is_bare()?;
        Ok(root)
    }

    fn make(&self, suite: &str, downloads: &Path, platform: Platform) -> Result<(), Failure> {
        npm::require_node("a bare system")?;
        if !system::answers("debootstrap") && system::can_install() {
            system::install(&["debootstrap"])?;
        }
        ui::step(&format!("Making a bare system of Debian: {suite}"));
        self.remove("")?;
        for folder in [&self.folder, downloads] {
            fs::create_dir_all(folder).map_err(|source| unwritable(folder, source))?;
        }
        let mut command = Command::new("debootstrap");
        command
            .args(["--variant=minbase", &format!("--include={PACKAGES}"), suite])
            .arg(&self.folder)
            .stdout(Stdio::null());
        run(&mut command)?;
        let node = format!("node-{}@{NODE}", platform.name());
        self.unpack(&node, downloads, "usr/local", &["package/bin/node"])?;
        let folder = "usr/local/lib/node_modules/npm";
        self.unpack(&format!("npm@{NPM}"), downloads, folder, &["package"])?;
        for name in ["npm", "npx"] {
            let link = self.path(&format!("/usr/local/bin/{name}"));
            let target = format!("../lib/node_modules/npm/bin/{name}-cli.js");
            symlink(target, &link).map_err(|source| unwritable(&link, source))?;
        }
        Ok(())
    }

    /// Unpacks a package of npm, which `npm` downloads.
    fn unpack(
        &self,
        package: &str,
        downloads: &Path,
        to: &str,
        parts: &[&str],
    ) -> Result<(), Failure> {
        let mut pack = Command::new("npm");
        pack.args(["pack", "--silent", "--pack-destination"])
            .args([downloads.as_os_str(), package.as_ref()])
            .current_dir(downloads);
        let said = output(&mut pack)?;
        let name = said.lines().next_back().unwrap_or_default();
        let folder = self.folder.join(to);
        fs::create_dir_all(&folder).map_err(|source| unwritable(&folder, source))?;
        let mut unpack = Command::new("tar");
        unpack
            .args(["-xzf"])
            .arg(downloads.join(name))
            .arg("-C")
            .arg(&folder);
        run(unpack
            .args(["--no-same-owner", "--strip-components=1"])
            .args(parts))
    }

    /// How this machine reaches the network, for the root.
    fn settings(&self) -> Result<(), Failure> {
        for file in ["/etc/resolv.conf", "/etc/hosts"] {
            if let Ok(text) = fs::read(file) {
                files::write(&self.path(file), text)?;
            }
        }
        let said = |name: &str| output(Command::new("npm").args(["config", "get", name]));
        let mut text = format!("registry={}\n", said("registry")?.trim());
        if let Ok(certificates) = fs::read(said("cafile")?.trim()) {
            files::write(&self.path(CERTIFICATES), certificates)?;
            text.push_str(&format!("cafile={CERTIFICATES}\n"));
        }
        files::write(&self.path("/root/.npmrc"), text)
    }

    fn is_bare(&self) -> Result<(), Failure> {
        let folders = ["/usr/local/bin", "/usr/bin", "/bin"];
        let paths = folders
            .iter()
            .flat_map(|folder| TOOLS.iter().map(move |tool| format!("{folder}/{tool}")));
        match paths
            .into_iter()
            .find(|path| fs::symlink_metadata(self.path(path)).is_ok())
        {
            Some(path) => Err(Failure::Packages(format!(
                "`{}` is no bare system: it has `{path}`",
                self.folder.display()
            ))),
            None => Ok(()),
        }
    }

    /// A file of the root, as this machine sees it.
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.join(path.trim_start_matches('/'))
    }

    /// Deletes a folder of the root.
    pub fn remove(&self, path: &str) -> Result<(), Failure> {
        let folder = self.path(path);
        match folder.exists() {
            true => fs::remove_dir_all(&folder).map_err(|source| unwritable(&folder, source)),
            false => Ok(()),
        }
    }

    /// A command in a folder of the root. It is the process that is started here, so signals reach it.
    pub fn command(&self, folder: &str, words: &[&str]) -> Command {
        let mut command = Command::new("unshare");
        command
            .args(["--mount", "--propagation", "private", "sh", "-c"])
            .arg("mount -t proc proc \"$0/proc\" && exec chroot \"$0\" \"$@\"")
            .arg(&self.folder)
            .args([
                "/usr/bin/env",
                "-i",
                "HOME=/root",
                "NO_COLOR=1",
                "TERM=dumb",
            ])
            .args(["PATH=/usr/local/bin:/usr/bin:/bin", "sh", "-c"])
            .args(["cd \"$0\" && exec \"$@\"", folder])
            .args(words)
            .stdin(Stdio::null());
        command
    }

    /// The commands of the processes that live in the root.
    pub fn processes(&self) -> Vec<String> {
        let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
        let folders = processes.map(|entry| entry.path());
        let inside = folders.filter(|folder| {
            fs::read_link(folder.join("root")).is_ok_and(|root| root == self.folder)
        });
        inside
            .map(|folder| fs::read_to_string(folder.join("cmdline")).unwrap_or_default())
            .map(|words| words.replace('\0', " "))
            .collect()
    }
}

fn unwritable(file: &Path, source: std::io::Error) -> Failure {
    Failure::Unwritable {
        file: file.to_owned(),
        source,
    }
}
