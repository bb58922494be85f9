//! The `partyrun` program: parses the command line, runs the command, turns the outcome into an
//! exit code. Owns no behaviour of its own; every line of output goes through `ui`.
#![deny(unsafe_code)]

mod announce;
mod args;
mod build_args;
mod builds;
#[cfg(test)]
#[path = "../../runtime/src/chance.rs"]
mod chance;
mod children;
mod client;
mod cloud;
mod command;
mod config;
mod control;
mod custom_build;
mod dev;
#[cfg(test)]
mod docs;
#[cfg(test)]
mod docs_schema;
mod env;
mod export;
mod failure;
mod first_process;
mod folder;
mod https;
mod info;
mod init;
mod inspect;
mod keys;
mod lines;
mod look;
mod machine;
mod manual;
mod mounts;
mod pages;
mod panics;
mod port_owner;
mod ports;
mod qr;
mod report;
mod signals;
mod sockets;
mod sole_shell;
mod storage;
mod storage_args;
mod test;
mod threads;
mod tree;
mod ui;
mod watch;
mod watched;

use std::process::ExitCode;

use clap::CommandFactory;

use crate::command::{Args, Command};
use crate::ui::Printer;

fn main() -> ExitCode {
    // Before anything else: this process is to have one thread.
    if let Some(code) = test::guard::answer() {
        return code;
    }
    if let Some(code) = first_process::run_below() {
        return code;
    }
    sole_shell::end_with_it();
    let printer = Printer::start();
    panics::report_through(&printer);
    let words: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let code = cloud::answer(&words, &printer).unwrap_or_else(|| run(&printer));
    printer.flush();
    code
}

fn run(printer: &Printer) -> ExitCode {
    let args = Args::of_process();
    match args.command {
        Some(Command::Dev(dev)) => dev::run(&dev, printer),
        Some(Command::Test(test)) => test::run(&test, printer),
        Some(Command::Build(build)) => export::run(&build, printer),
        Some(Command::Init(init)) => init::run(&init, printer),
        Some(Command::Storage(args)) => storage::run(&args, printer),
        Some(Command::Completions { shell }) => {
            printer.out(manual::completions(shell));
            ExitCode::SUCCESS
        }
        Some(Command::Man { command, list }) => man(command.as_deref(), list, printer),
        Some(Command::Licenses) => {
            printer.out(partyrun_runtime::LICENSES);
            ExitCode::SUCCESS
        }
        Some(Command::Info) => info::run(printer),
        None if args.version => {
            printer.out(info::version());
            ExitCode::SUCCESS
        }
        // The original prints its help and succeeds when no command is named.
        None => {
            printer.out(Args::command().render_help().to_string());
            ExitCode::SUCCESS
        }
    }
}

fn man(command: Option<&str>, list: bool, printer: &Printer) -> ExitCode {
    if list {
        printer.out(manual::pages().join("\n"));
        return ExitCode::SUCCESS;
    }
    if let Some(page) = manual::page(command) {
        printer.out(page.trim_end());
        return ExitCode::SUCCESS;
    }
    let name = command.unwrap_or_default();
    printer.error(&format!(
        "There is no command `{name}`. `partyrun help` lists them"
    ));
    ExitCode::from(2)
}
