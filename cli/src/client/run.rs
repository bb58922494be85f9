//! One run of esbuild: its command line, its end, and which files it read and wrote.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::config::ClientOptions;

/// What differs between servers of the same project.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The server's own port.
    pub port: u16,
    /// Goes before each script.
    pub banner: Option<String>,
    /// Whether esbuild's messages are shown where colours work.
    pub colors: bool,
}

/// How a run ended.
pub enum Outcome {
    Built {
        inputs: Vec<PathBuf>,
        outputs: Vec<PathBuf>,
        /// Warnings; mostly empty.
        messages: String,
    },
    Failed(String),
}

/// Where the running child is, so that whoever ends the program can end it.
pub type Running = Arc<Mutex<Option<Child>>>;

/// Runs `program` to its end.
pub fn run(
    program: &Path,
    options: &ClientOptions,
    surroundings: &Surroundings,
    running: &Running,
) -> Outcome {
    match attempt(program, options, surroundings, running) {
        Ok(outcome) => outcome,
        Err(error) => Outcome::Failed(format!("Cannot run `{}`: {error}", program.display())),
    }
}

fn attempt(
    program: &Path,
    options: &ClientOptions,
    surroundings: &Surroundings,
    running: &Running,
) -> std::io::Result<Outcome> {
    let scratch = tempfile::Builder::new().prefix("partyrun-").tempdir()?;
    let metafile = scratch.path().join("meta.json");
    let mut child = Command::new(program)
        .args(arguments(options, surroundings))
        .arg(joined("--metafile=", &metafile))
        .current_dir(&options.cwd)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut stderr = child.stderr.take().expect("it was asked for");
    *running.lock().unwrap_or_else(PoisonError::into_inner) = Some(child);
    let mut messages = Vec::new();
    stderr.read_to_end(&mut messages)?;
    let status = finish(running)?;
    let messages = String::from_utf8_lossy(&messages).trim_end().to_owned();
    if !status.success() {
        return Ok(Outcome::Failed(match messages.is_empty() {
            true => format!("`{}` ended with {status}", program.display()),
            false => messages,
        }));
    }
    let meta: Value = serde_json::from_slice(&std::fs::read(&metafile)?)?;
    let paths = |key: &str| {
        let names = meta.get(key).and_then(Value::as_object);
        names
            .into_iter()
            .flatten()
            // Those are no files: `<define:X>`, `(disabled):path`.
            .filter(|(name, _)| !name.starts_with(['<', '(']))
            .map(|(name, _)| lexically(&options.cwd.join(name)))
            .collect()
    };
    Ok(Outcome::Built {
        inputs: paths("inputs"),
        outputs: paths("outputs"),
        messages,
    })
}

/// Waits for a child that has closed its output. It may have been taken, and ended, by the end of the
/// program.
fn finish(running: &Running) -> std::io::Result<ExitStatus> {
    let child = running
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    match child {
        Some(mut child) => child.wait(),
        None => Err(std::io::Error::other("it was stopped")),
    }
}

/// esbuild's flags for `options`; its defaults are the original's but for those given here.
fn arguments(options: &ClientOptions, surroundings: &Surroundings) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = options.entries.iter().map(OsString::from).collect();
    arguments.push(joined("--outdir=", &options.outdir));
    arguments.push(format!("--format={}", options.format).into());
    for (wanted, flag) in [
        (options.bundle, "--bundle"),
        (options.splitting, "--splitting"),
        (options.minify, "--minify"),
        (options.sourcemap, "--sourcemap"),
    ] {
        if wanted {
            arguments.push(flag.into());
        }
    }
    let external = options.external.iter();
    arguments.extend(external.map(|name| format!("--external:{name}").into()));
    let host = (
        "PARTYKIT_HOST".to_owned(),
        format!("\"127.0.0.1:{}\"", surroundings.port),
    );
    let mut define = BTreeMap::from([host]);
    define.extend(options.define.clone());
    for (flag, record) in [
        ("define", &define),
        ("alias", &options.alias),
        ("loader", &options.loader),
    ] {
        let pairs = record.iter();
        arguments.extend(pairs.map(|(key, value)| format!("--{flag}:{key}={value}").into()));
    }
    if let Some(banner) = &surroundings.banner {
        arguments.push(format!("--banner:js={banner}").into());
    }
    arguments.push("--log-level=warning".into());
    arguments.push("--log-limit=0".into());
    arguments.push(format!("--color={}", surroundings.colors).into());
    arguments
}

fn joined(flag: &str, path: &Path) -> OsString {
    let mut argument = OsString::from(flag);
    argument.push(path);
    argument
}

/// Without `.` and `..`: esbuild writes where a file really is, relative to its folder.
fn lexically(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => {
                plain.pop();
            }
            std::path::Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_esbuilds_flags() {
        let pair = |key: &str, value: &str| BTreeMap::from([(key.to_owned(), value.to_owned())]);
        let mut options = ClientOptions {
            cwd: "/p".into(),
            entries: vec!["src/a.tsx".into(), "monaco/worker.js".into()],
            outdir: "/p/public/dist".into(),
            bundle: true,
            splitting: true,
            minify: false,
            sourcemap: true,
            format: "esm".into(),
            external: vec!["react".into()],
            alias: pair("a", "./b"),
            loader: pair(".ttf", "file"),
            define: pair("X", "1"),
        };
        let surroundings = Surroundings {
            port: 1999,
            banner: None,
            colors: false,
        };
        assert_eq!(
            arguments(&options, &surroundings),
            [
                "src/a.tsx",
                "monaco/worker.js",
                "--outdir=/p/public/dist",
                "--format=esm",
                "--bundle",
                "--splitting",
                "--sourcemap",
                "--external:react",
                "--define:PARTYKIT_HOST=\"127.0.0.1:1999\"",
                "--define:X=1",
                "--alias:a=./b",
                "--loader:.ttf=file",
                "--log-level=warning",
                "--log-limit=0",
                "--color=false",
            ]
        );
        options.define = pair("PARTYKIT_HOST", "\"example.com\"");
        let arguments = arguments(&options, &surroundings);
        assert!(arguments.contains(&"--define:PARTYKIT_HOST=\"example.com\"".into()));
    }

    #[test]
    fn paths_lose_their_dots() {
        assert_eq!(lexically(Path::new("/a/b/../../c/./d")), Path::new("/c/d"));
    }
}
