//! `cargo xtask packages`: the npm packages of a release as users get them. Installed by each package manager from
//! a registry of our own; their launcher measured; and on systems where there is nothing but Node.js. Publishes
//! nothing.
//!
//! # Layout
//! - `registry`: serves the packages by name
//! - `scene`: a folder with a user's commands
//! - `managers`, `launcher`, `bare`: one trial each

mod bare;
mod launcher;
mod managers;
mod registry;
mod scene;

use std::path::PathBuf;

use crate::args::{Packages, Trial};
use crate::dist::{self, Platform};
use crate::error::Failure;
use crate::v8;
use crate::workspace::{Workspace, absolute};

/// A release that lies in a folder.
struct Release {
    version: String,
    /// Its archives.
    files: PathBuf,
    /// Where everything is tried.
    folder: PathBuf,
    registry: String,
    /// What its program says of its version.
    says: String,
}

impl Release {
    fn platform() -> Result<Platform, Failure> {
        let target = v8::target()?;
        Platform::of_target(&target).ok_or(Failure::NoPlatform(target))
    }
}

pub fn run(args: &Packages) -> Result<(), Failure> {
    let workspace = Workspace::locate()?;
    let files = match &args.files {
        Some(folder) => absolute(folder)?,
        None => dist::make(&workspace, args.partyrun.as_deref())?,
    };
    let version = dist::version(&workspace)?;
    let release = Release {
        registry: registry::serve(&files, &version)?,
        says: format!("{version} (V8 "),
        folder: workspace.target.join("packages"),
        version,
        files,
    };
    let is_wanted = |trial| args.only.is_empty() || args.only.contains(&trial);
    if is_wanted(Trial::Launcher) {
        launcher::run(&release, args.pairs)?;
    }
    if is_wanted(Trial::Managers) {
        managers::run(&release)?;
    }
    if is_wanted(Trial::Bare) {
        bare::run(&release, &args.system, args.example.as_deref())?;
    }
    Ok(())
}
