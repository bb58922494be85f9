//! npm's workerd, wrangler and esbuild, in a folder of their own. Owns their versions; plays nothing.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::compat::ESBUILD;
use crate::error::Failure;
use crate::npm;
use crate::workspace::run;

/// What exports are tested with; `docs/scaling.md` names them.
const PACKAGES: [&str; 3] = ["workerd@1.20261117.1", "wrangler@4.86.0", ESBUILD];

/// The programs.
pub struct Engines {
    pub folder: PathBuf,
    pub workerd: PathBuf,
    pub esbuild: PathBuf,
    wrangler: PathBuf,
}

impl Engines {
    /// Installs what is missing.
    pub fn install(folder: &Path) -> Result<Engines, Failure> {
        let modules = folder.join("node_modules");
        for package in PACKAGES {
            let name = package.split('@').next().unwrap_or(package);
            if !modules.join(name).is_dir() {
                npm::install_into(folder, package)?;
            }
        }
        Ok(Engines {
            folder: folder.to_owned(),
            // The programs themselves: npm may not run the scripts that put them into the packages.
            workerd: modules
                .join(format!("@cloudflare/workerd-{}", platform("64")))
                .join("bin/workerd"),
            esbuild: modules
                .join(format!("@esbuild/{}", platform("x64")))
                .join("bin/esbuild"),
            wrangler: modules.join("wrangler/bin/wrangler.js"),
        })
    }

    /// Whether Cloudflare's tool takes an export as it is.
    pub fn dry_run(&self, export: &Path) -> Result<(), Failure> {
        let mut command = Command::new("node");
        command
            .arg(&self.wrangler)
            .args(["deploy", "--dry-run"])
            .current_dir(export)
            .env("CI", "1")
            .env("WRANGLER_SEND_METRICS", "false")
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        run(&mut command)
    }
}

/// System and machine, as npm's packages name them; `intel` is how one calls the usual 64 bits.
fn platform(intel: &str) -> String {
    let machine = match std::env::consts::ARCH {
        "aarch64" => "arm64",
        _ => intel,
    };
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    format!("{system}-{machine}")
}
