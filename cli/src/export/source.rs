//! What is built: a project whose code is known to be right, and how its bundle is made. Writes nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::bundle::{self, Bundle, Job};
use super::failure::Failure;
use crate::build_args::BuildArgs;
use crate::config::{RawConfig, Settings};
use crate::ui::Printer;

/// What `PARTYKIT_HOST` is in server code: the host of the first request.
pub const HOST: &str = "globalThis.PARTYKIT_HOST";

/// A project whose code is known to be right.
pub struct Source<'a> {
    pub args: &'a BuildArgs,
    pub printer: &'a Printer,
    pub cwd: PathBuf,
    pub settings: Settings,
    pub raw: RawConfig,
    pub esbuild: PathBuf,
    pub out: PathBuf,
}

impl Source<'_> {
    pub fn minify(&self) -> bool {
        self.args.minify || self.raw.flag("minify")
    }

    /// The constants of server code. What environment files hold is not among them: it may be secret.
    pub fn define(&self) -> BTreeMap<String, String> {
        let mut define = self.settings.define.clone();
        define.remove("PARTYKIT_PROCESS_ENV");
        let mode = "process.env.NODE_ENV".to_owned();
        if !self.raw.record("define").any(|(name, _)| *name == mode) {
            define.insert(mode, "\"production\"".to_owned());
        }
        define
            .entry("PARTYKIT_HOST".to_owned())
            .or_insert_with(|| HOST.to_owned());
        define
    }

    /// The bundle of the parties with the modules in the folder `glue`.
    pub fn bundle(&self, glue: &Path, is_limited: bool) -> Result<Bundle, Failure> {
        let bundle = bundle::run(&Job {
            esbuild: &self.esbuild,
            root: &self.settings.root,
            glue,
            define: &self.define(),
            alias: &self.settings.alias,
            minify: self.minify(),
            colors: self.printer.has_colors(),
            is_limited,
        })?;
        if !bundle.warnings.is_empty() {
            self.printer.err(bundle.warnings.clone());
        }
        Ok(bundle)
    }
}
