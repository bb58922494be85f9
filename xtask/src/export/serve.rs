//! `cargo xtask export-serve`: what a recorder starts in a project's folder in the place of `partykit dev`. It
//! exports the project, and workerd takes over the process, so that signals reach it.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::args::ExportServe;
use crate::error::Failure;
use crate::workspace::{run, shown};

/// Where the export goes, below the project.
const OUT: &str = "dist/workers";

/// Exports the project of the current folder and serves it.
pub fn serve(args: &ExportServe) -> Result<(), Failure> {
    let mut build = Command::new(&args.partyrun);
    build
        .args([
            "build",
            "--target",
            "workers",
            "--out",
            OUT,
            "--with-secrets",
        ])
        .args(&args.flags)
        .stdin(Stdio::null());
    run(&mut build)?;
    let mut workerd = Command::new(&args.workerd);
    workerd
        .args(["serve", "wrangler.jsonc", "--experimental"])
        .arg(format!("--socket-addr=http=127.0.0.1:{}", args.port))
        .current_dir(Path::new(OUT));
    become_program(workerd)
}

#[cfg(unix)]
fn become_program(mut command: Command) -> Result<(), Failure> {
    use std::os::unix::process::CommandExt as _;
    let source = command.exec();
    Err(Failure::NotStarted {
        program: shown(&command),
        source,
    })
}

#[cfg(not(unix))]
fn become_program(mut command: Command) -> Result<(), Failure> {
    run(&mut command)
}
