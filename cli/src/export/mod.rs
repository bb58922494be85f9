//! `partyrun build`: the project's server code checked and bundled, and with `--target workers` made a
//! project for an engine of Durable Objects. Owns the order of the steps and what is said about each; it
//! uploads nothing and needs no account.

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
mod scratch;
mod source;
mod workers;
mod wrangler;

use std::process::ExitCode;
use std::sync::mpsc::channel;

use partyrun_runtime::modules::{GraphBuilder, GraphOptions};

use self::failure::Failure;
use self::output::Output;
use self::scratch::scratch;
use self::source::Source;
use crate::build_args::{BuildArgs, Target};
use crate::client;
use crate::config::{ConfigError, RawConfig, Settings};
use crate::custom_build;
use crate::signals;
use crate::ui::Printer;

/// Where a bundle goes unless told.
const SERVER_OUT: &str = "dist/server";
/// Where a project for workers goes unless told.
const WORKERS_OUT: &str = "dist/workers";
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
        None => build_alone(&source),
    }
}

/// Builds the modules as `dev` does, which finds more that is wrong than a bundler, and says where.
fn check_code(settings: &Settings, printer: &Printer) -> Result<(), Failure> {
    let mut define = settings.define.clone();
    define.insert("PARTYKIT_HOST".to_owned(), source::HOST.to_owned());
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

/// Only the bundle of the parties.
fn build_alone(source: &Source<'_>) -> Result<(), Failure> {
    let scratch = scratch()?;
    glue::write_plain(scratch.path(), &source.settings.entries).map_err(Failure::of)?;
    let bundle = source.bundle(scratch.path(), false)?;
    let output = Output::open(&source.out, &source.cwd)?;
    for (name, bytes) in &bundle.files {
        output.write(name, bytes)?;
    }
    output.said(source.printer);
    Ok(())
}
