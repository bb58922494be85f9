//! `partyrun init`: writes a small project, or adds one to a package (specification 9.8). Owns what
//! is written and what is said about it; never replaces a file, never runs a package manager and
//! never opens a connection.

mod change;
mod gitignore;
mod package;
mod plan;

use std::io::{self, BufRead, IsTerminal};
use std::path::Path;
use std::process::ExitCode;

use self::change::TextChange;
use self::package::{COMMAND, Script};
use self::plan::{InitError, Plan};
use crate::command::InitArgs;
use crate::config::shown;
use crate::ui::Printer;

/// Runs the command to its end.
pub fn run(args: &InitArgs, printer: &Printer) -> ExitCode {
    let outcome = std::env::current_dir()
        .map_err(InitError::NoCurrentFolder)
        .and_then(|cwd| {
            let plan = Plan::make(args, &cwd)?;
            carry_out(args, &plan, &cwd, printer)
        });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            printer.error(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn carry_out(args: &InitArgs, plan: &Plan, cwd: &Path, printer: &Printer) -> Result<(), InitError> {
    let name = |path: &Path| shown(cwd, path);
    for path in &plan.kept {
        printer.out(format!("Keeping {}, which exists", name(path)));
    }
    for (script, runs) in &plan.script.taken {
        printer.out(format!(
            "Keeping the script `{script}`, which runs: `{runs}`"
        ));
    }
    let changes: Vec<&TextChange> = [&plan.package, &plan.gitignore]
        .into_iter()
        .flatten()
        .collect();
    if args.dry_run {
        for file in &plan.created {
            printer.out(format!("Would create {}", name(&file.path)));
        }
        for change in changes {
            let file = name(&change.path);
            printer.out(format!("Would add {} to {file}", change.phrase()));
        }
        return Ok(());
    }
    if let Some(package) = &plan.package
        && !args.yes
        && !agreed(&package.phrase(), &name(&package.path), printer)
    {
        return Err(InitError::Declined);
    }
    plan.write(|path| printer.out(format!("Created {}", name(path))))?;
    for change in changes {
        printer.out(format!(
            "Added {} to {}",
            change.phrase(),
            name(&change.path)
        ));
    }
    printer.out("\nNext:");
    if plan.folder != cwd {
        printer.out(format!("  cd {}", name(&plan.folder)));
    }
    let install = format!("{} install", plan.manager.unwrap_or("npm"));
    let others = match plan.manager {
        None => " (pnpm and yarn do as well)",
        Some(_) => "",
    };
    printer.out(format!(
        "  {install:<16}  the client library, the types and partyrun{others}"
    ));
    printer.out(format!(
        "  {COMMAND:<16}  serve the project{}",
        by_script(&plan.script, plan.manager.unwrap_or("npm"))
    ));
    Ok(())
}

/// How the script does the same, or what it would be.
fn by_script(script: &Script, manager: &str) -> String {
    match &script.name {
        Some(name) => format!(" (`{manager} run {name}` does the same)"),
        None => format!(" (package.json has no script for it: add `\"<name>\": \"{COMMAND}\"`)"),
    }
}

/// Asks before a package of the user's is changed; without a terminal there is nobody to ask, and
/// the command itself was the answer.
fn agreed(added: &str, package: &str, printer: &Printer) -> bool {
    if !io::stdin().is_terminal() {
        return true;
    }
    printer.out(format!("Add {added} to {package}? [Y/n]"));
    printer.flush();
    let mut answer = String::new();
    match io::stdin().lock().read_line(&mut answer) {
        Ok(0) | Err(_) => false,
        Ok(_) => matches!(answer.trim().to_lowercase().as_str(), "" | "y" | "yes"),
    }
}
