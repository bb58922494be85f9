//! `partyrun info`: what a report of a fault should say about program, machine and project. Owns the
//! choice of what is told: never a value that could be a secret, never what is in the project's files.

use std::path::Path;
use std::process::ExitCode;

use crate::args::DevArgs;
use crate::client;
use crate::config::{Persist, Settings, shown};
use crate::ui::Printer;

/// Variables whose values say how the program behaves.
const TOLD: [&str; 6] = [
    "CI",
    "FORCE_COLOR",
    "NO_COLOR",
    "PARTYKIT_LOG",
    "PARTYRUN_IDLE_MS",
    "PARTYRUN_TURN_MS",
];
/// Variables that matter if they are set; their values may hold passwords or names of people.
const NAMED: [&str; 10] = [
    "ALL_PROXY",
    "ESBUILD_BINARY_PATH",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NODE_EXTRA_CA_CERTS",
    "NO_PROXY",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "http_proxy",
    "https_proxy",
];

/// The program's version with that of the engine in it.
pub fn version() -> String {
    let own = env!("CARGO_PKG_VERSION");
    format!("{own} (V8 {})", partyrun_runtime::V8_VERSION)
}

/// Prints it all.
pub fn run(printer: &Printer) -> ExitCode {
    let mut lines = vec![
        ("partyrun", version()),
        ("System", system()),
        ("Machine", machine()),
        (
            "Rooms",
            format!("at most {}", partyrun_runtime::most_rooms()),
        ),
        ("Environment", environment(|name| std::env::var(name).ok())),
    ];
    match std::env::current_dir() {
        Ok(cwd) => lines.extend(project(&cwd)),
        Err(error) => lines.push(("Project", format!("no current folder: {error}"))),
    }
    for (what, text) in lines {
        printer.out(format!("{:<14}{text}", format!("{what}:")));
    }
    ExitCode::SUCCESS
}

fn system() -> String {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))
        .map(|name| name.trim_matches('"').to_owned());
    let uname = rustix::system::uname();
    let part = |text: &std::ffi::CStr| text.to_string_lossy().into_owned();
    let kernel = format!("{} {}", part(uname.sysname()), part(uname.release()));
    let machine = part(uname.machine());
    match name {
        Some(name) => format!("{name}, {kernel}, {machine}"),
        None => format!("{kernel}, {machine}"),
    }
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    match mebibytes(&memory, "MemTotal:").zip(mebibytes(&memory, "MemAvailable:")) {
        Some((all, free)) => format!("{cores} cores, {all} MiB of memory, {free} MiB available"),
        None => format!("{cores} cores"),
    }
}

/// A line of the system's table of memory, which is in KiB.
fn mebibytes(table: &str, name: &str) -> Option<u64> {
    let line = table.lines().find_map(|line| line.strip_prefix(name))?;
    let number = line.split_whitespace().next()?;
    Some(number.parse::<u64>().ok()? / 1024)
}

fn environment(variable: impl Fn(&str) -> Option<String>) -> String {
    let told = TOLD
        .iter()
        .filter_map(|name| Some(format!("{name}={}", variable(name)?)));
    let named = NAMED
        .iter()
        .filter(|name| variable(name).is_some())
        .map(|name| format!("{name} is set"));
    let all: Vec<_> = told.chain(named).collect();
    match all.is_empty() {
        true => "nothing that matters".to_owned(),
        false => all.join(", "),
    }
}

fn project(cwd: &Path) -> Vec<(&'static str, String)> {
    let settings = match Settings::load(&DevArgs::default(), cwd) {
        Ok(settings) => settings,
        Err(errors) => {
            let errors: Vec<_> = errors.0.iter().map(ToString::to_string).collect();
            return vec![(
                "Project",
                format!("none that can be served: {}", errors.join("; ")),
            )];
        }
    };
    let config = match &settings.config_file {
        Some(path) => shown(cwd, path),
        None => "no configuration".to_owned(),
    };
    let parties: Vec<_> = settings
        .entries
        .iter()
        .map(|(party, path)| format!("{party} ({})", shown(cwd, path)))
        .collect();
    let storage = match &settings.persist {
        Persist::Folder(folder) => shown(cwd, folder),
        Persist::Temporary => "forgotten at the end".to_owned(),
    };
    let mut lines = vec![
        ("Project", config),
        ("Parties", parties.join(", ")),
        ("Storage", storage),
    ];
    if let Some(folder) = &settings.serve.folder {
        lines.push(("Static files", shown(cwd, folder)));
    }
    if let Some(build) = &settings.serve.client {
        let program = client::esbuild(&build.cwd);
        let program = program.map_or_else(|| "not installed".to_owned(), |path| shown(cwd, &path));
        lines.push(("esbuild", program));
    }
    if let Some(build) = &settings.custom_build {
        lines.push(("Custom build", format!("`{}`", build.command)));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_may_be_secrets_are_not_told() {
        let told = environment(|name| match name {
            "CI" => Some("1".to_owned()),
            "HTTP_PROXY" => Some("http://me:secret@proxy".to_owned()),
            _ => None,
        });
        assert_eq!(told, "CI=1, HTTP_PROXY is set");
        assert_eq!(environment(|_| None), "nothing that matters");
    }

    #[test]
    fn memory_is_read_in_mebibytes() {
        let table = "MemTotal:        2097152 kB\nMemFree:  1 kB\n";
        assert_eq!(mebibytes(table, "MemTotal:"), Some(2048));
        assert_eq!(mebibytes(table, "MemAvailable:"), None);
    }
}
