//! `cargo xtask`: the project's own commands, each of which does all of its set-up from a clean clone.
//!
//! Owns the choice of the command and the exit code. Never links partyrun's crates: it builds and runs
//! them through cargo, so that it compiles in seconds and works when they do not compile.
//!
//! # Layout
//! - `args`: what was typed
//! - `workspace`, `v8`, `npm`, `system`, `local_server`: what the commands stand on: cargo, V8's library, Node's
//!   packages, programs of the system, a server of files
//! - `dev`, `test`, `bench`, `soak`, `harness`, `attack`, `compat`, `coverage`, `debuggers`, `export`, `web`, `layers`,
//!   `dist`, `packages`, `docs`: one command each
//! - `named_tests`, `systems`, `shown_commands`: checks of pages, which are only tests
//! - `compiled_once`: a check of the manifests, only tests too
//! - `ui`: everything that is printed

mod args;
mod attack;
mod bench;
mod compat;
#[cfg(test)]
mod compiled_once;
mod coverage;
mod debuggers;
mod dev;
mod dist;
mod docs;
mod error;
mod export;
mod harness;
mod layers;
mod local_server;
#[cfg(test)]
mod named_tests;
mod npm;
mod packages;
#[cfg(test)]
mod shown_commands;
mod soak;
mod system;
#[cfg(test)]
mod systems;
mod test;
mod ui;
mod v8;
mod web;
mod workspace;

use std::path::Path;
use std::process::ExitCode;

use clap::Parser as _;

use args::{Args, Command};
use error::Failure;
use v8::source::compile;

fn main() -> ExitCode {
    // V8's build runs this program as its compiler.
    let mut words = std::env::args_os();
    if words
        .next()
        .is_some_and(|name| Path::new(&name).ends_with(compile::NAME))
    {
        return compile::run(&words.collect::<Vec<_>>());
    }
    let outcome = match Args::parse().command {
        Command::Dev(args) => dev::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Soak(args) => soak::run(&args),
        Command::Harness(args) => harness::run(&args),
        Command::Attack(args) => attack::run(&args),
        Command::Web(args) => web::run(&args),
        Command::V8(args) => v8::run(&args).map_err(Failure::from),
        Command::Compat(args) => compat::run(&args),
        Command::Coverage(args) => coverage::run(&args),
        Command::Debuggers => debuggers::run(),
        Command::Export(args) => export::run(&args),
        Command::Layers(args) => layers::run(&args),
        Command::Dist(args) => dist::run(&args),
        Command::Packages(args) => packages::run(&args),
        Command::Docs(args) => docs::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            ui::failure(&error);
            ExitCode::FAILURE
        }
    }
}
