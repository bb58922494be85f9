//! `partyrun build`: the project's server code checked and bundled, and with `--target workers` made a
//! project for an engine of Durable Objects. Owns the order of the steps and what is said about each; it
//! uploads nothing and needs no account.

mod args;
mod bindings;
mod bundle;
mod check;
mod failure;
mod files;
mod glue;
mod migrations;
mod names;
mod node;
mod output;
mod parties;
mod readme;
mod workers;
mod wrangler;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::channel;

use partyrun_runtime::modules::{GraphBuilder, GraphOptions};

pub use self::args::{BuildArgs, Target};
use self::bundle::{Bundle, Job};
use self::failure::Failure;
use self::output::Output;
use crate::client;
use crate::config::{ConfigError, RawConfig, Settings};
use crate::custom_build;
use crate::signals;
use crate::ui::Printer;

/// Where a bundle goes unless told.
const SERVER_OUT: &str = "dist/server";
/// Where a project for workers goes unless told.
const WORKERS_OUT: &str = "dist/workers";
/// What `PARTYKIT_HOST` is in server code: the host of the first request.
const HOST: &str = "globalThis.PARTYKIT_HOST";

/// Runs the command to its end.
pub fn run(args: &BuildArgs, printer: &Printer) -> ExitCode {
    match build(args, printer) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            for message in &failure.0 {
                printer.error(message);
            }
            ExitCode::FAILURE
        }
    }
}

/// A project whose code is known to be right.
struct Source<'a> {
    args: &'a BuildArgs,
    printer: &'a Printer,
    cwd: PathBuf,
    settings: Settings,
    raw: RawConfig,
    esbuild: PathBuf,
    out: PathBuf,
}

fn build(args: &BuildArgs, printer: &Printer) -> Result<(), Failure> {
    let cwd = std::env::current_dir()
        .map_err(|error| Failure::of(ConfigError::NoCurrentFolder(error)))?;
    let settings = Settings::load(&args.as_dev(), &cwd)?;
    let raw = RawConfig::load(&cwd, args.config.as_deref())?;
    for note in &settings.notes {
        printer.note(note);
    }
    let default = match args.target {
        Some(Target::Workers) => WORKERS_OUT,
        None => SERVER_OUT,
    };
    let out = match &args.out {
        Some(out) => cwd.join(out),
        None => settings.root.join(default),
    };
    if let Some(build) = &settings.custom_build {
        let (stop, stopped) = channel();
        let stop = move || {
            let _ = stop.send(());
        };
        signals::on_stop(stop).map_err(Failure::of)?;
        custom_build::run(build, printer, &mut || stopped.try_recv().is_ok())
            .map_err(Failure::of)?;
    }
    check_code(&settings, printer)?;
    let Some(esbuild) = client::esbuild(&settings.root) else {
        return Err(Failure::of(format!(
            "The bundle is made by esbuild, which is not installed for the project in `{}`: `npm install --save-dev esbuild`",
            settings.root.display()
        )));
    };
    let source = Source {
        args,
        printer,
        cwd,
        settings,
        raw,
        esbuild,
        out,
    };
    match args.target {
        Some(Target::Workers) => workers::build(&source),
        None => source.build_alone(),
    }
}

/// Builds the modules as `dev` does, which finds more that is wrong than a bundler, and says where.
fn check_code(settings: &Settings, printer: &Printer) -> Result<(), Failure> {
    let mut define = settings.define.clone();
    define.insert("PARTYKIT_HOST".to_owned(), HOST.to_owned());
    let options = GraphOptions {
        root: settings.root.clone(),
        entries: settings.entries.clone(),
        define,
        alias: settings.alias.clone(),
    };
    let graph = GraphBuilder::new().build(&options).map_err(Failure::of)?;
    for note in graph.notes() {
        printer.note(note);
    }
    printer.status(format!(
        "The server's code is right, modules: {}",
        graph.len()
    ));
    Ok(())
}

impl Source<'_> {
    fn minify(&self) -> bool {
        self.args.minify || self.raw.flag("minify")
    }

    /// The constants of server code. What environment files hold is not among them: it may be secret.
    fn define(&self) -> BTreeMap<String, String> {
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

    fn bundle(&self, glue: &Path, is_limited: bool) -> Result<Bundle, Failure> {
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

    /// Only the bundle of the parties.
    fn build_alone(&self) -> Result<(), Failure> {
        let scratch = scratch()?;
        glue::write_plain(scratch.path(), &self.settings.entries).map_err(Failure::of)?;
        let bundle = self.bundle(scratch.path(), false)?;
        let output = Output::open(&self.out, &self.cwd)?;
        for (name, bytes) in &bundle.files {
            output.write(name, bytes)?;
        }
        output.said(self.printer);
        Ok(())
    }
}

/// A folder that is gone when the build is over.
fn scratch() -> Result<tempfile::TempDir, Failure> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("partyrun-").tempdir().map_err(Failure::of)
}
