//! The `partyrun` program: parses the command line, runs the command, turns the outcome into an
//! exit code. Owns no behaviour of its own; every line of output goes through `ui`.
#![deny(clippy::print_stdout, clippy::print_stderr, unsafe_code)]

mod args;
mod builds;
mod client;
mod config;
mod custom_build;
mod dev;
mod env;
mod pages;
mod ports;
mod report;
mod signals;
mod tree;
mod ui;
mod watch;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::args::{Args, Command};
use crate::ui::Printer;

fn main() -> ExitCode {
    let args = Args::parse();
    let printer = Printer::start();
    let code = match args.command {
        Some(Command::Dev(dev)) => dev::run(&dev, &printer),
        None if args.version => {
            printer.out(env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        // The original prints its help and succeeds when no command is named.
        None => {
            printer.out(Args::command().render_help().to_string());
            ExitCode::SUCCESS
        }
    };
    printer.flush();
    code
}
