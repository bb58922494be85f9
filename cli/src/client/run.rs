//! One run of esbuild: its command line, its end, and which files it read and wrote.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use partyrun_runtime::modules::without_dots;
use serde_json::Value;

use crate::children;
use crate::config::ClientOptions;

/// What differs between servers of the same project.
#[derive(Clone, Debug)]
pub struct BuildContext {
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
    /// The program ends: nothing is known of the code.
    Stopped,
}

/// The child that runs, so that whoever ends the program can end it.
#[derive(Clone, Default)]
pub struct Running(Arc<Mutex<Slot>>);

#[derive(Default)]
struct Slot {
    child: Option<Child>,
    stopped: bool,
}

impl Running {
    /// Ends the child; no other one runs after it.
    pub fn stop(&self) {
        let mut slot = self.slot();
        slot.stopped = true;
        if let Some(mut child) = slot.child.take() {
            // What is named esbuild may be a script that has started it.
            children::CLIENT_BUILD.end();
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts `command` and gives its error output; `None` once this was stopped.
    fn start(&self, command: &mut Command) -> std::io::Result<Option<ChildStderr>> {
        let mut slot = self.slot();
        if slot.stopped {
            return Ok(None);
        }
        let mut child = children::CLIENT_BUILD.spawn(command)?;
        let stderr = child.stderr.take();
        slot.child = Some(child);
        Ok(stderr)
    }

    /// Waits for a child that has closed its output; `None` when it was stopped.
    fn finish(&self) -> std::io::Result<Option<ExitStatus>> {
        // Not waited for in the slot: it may go on after it has closed its output.
        let child = self.slot().child.take();
        child.map(|mut child| child.wait()).transpose()
    }
}

/// Runs `program` to its end.
pub fn run(
    program: &Path,
    options: &ClientOptions,
    context: &BuildContext,
    running: &Running,
) -> Outcome {
    match attempt(program, options, context, running) {
        Ok(outcome) => outcome,
        Err(error) => Outcome::Failed(format!("Cannot run `{}`: {error}", program.display())),
    }
}

fn attempt(
    program: &Path,
    options: &ClientOptions,
    context: &BuildContext,
    running: &Running,
) -> std::io::Result<Outcome> {
    let scratch = tempfile::Builder::new().prefix("partyrun-").tempdir()?;
    let metafile = scratch.path().join("meta.json");
    let mut command = Command::new(program);
    command
        .args(arguments(options, context))
        .arg(joined("--metafile=", &metafile))
        .current_dir(&options.cwd)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let Some(mut stderr) = running.start(&mut command)? else {
        return Ok(Outcome::Stopped);
    };
    let mut messages = Vec::new();
    stderr.read_to_end(&mut messages)?;
    let Some(status) = running.finish()? else {
        return Ok(Outcome::Stopped);
    };
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
            .map(|(name, _)| without_dots(&options.cwd.join(name)))
            .collect()
    };
    Ok(Outcome::Built {
        inputs: paths("inputs"),
        outputs: paths("outputs"),
        messages,
    })
}

/// esbuild's flags for `options`; its defaults are the original's but for those given here.
fn arguments(options: &ClientOptions, context: &BuildContext) -> Vec<OsString> {
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
        format!("\"127.0.0.1:{}\"", context.port),
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
    if let Some(banner) = &context.banner {
        arguments.push(format!("--banner:js={banner}").into());
    }
    arguments.push("--log-level=warning".into());
    arguments.push("--log-limit=0".into());
    arguments.push(format!("--color={}", context.colors).into());
    arguments
}

fn joined(flag: &str, path: &Path) -> OsString {
    let mut argument = OsString::from(flag);
    argument.push(path);
    argument
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
        let context = BuildContext {
            port: 1999,
            banner: None,
            colors: false,
        };
        assert_eq!(
            arguments(&options, &context),
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
        let arguments = arguments(&options, &context);
        assert!(arguments.contains(&"--define:PARTYKIT_HOST=\"example.com\"".into()));
    }

    #[test]
    fn a_run_that_was_stopped_says_nothing_of_the_code() {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let program = scratch.path().join("esbuild");
        std::fs::write(&program, "#!/bin/sh\nexec sleep 60\n").expect("writable");
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&program, executable).expect("ours");
        let options = ClientOptions {
            cwd: scratch.path().to_owned(),
            entries: Vec::new(),
            outdir: scratch.path().to_owned(),
            bundle: true,
            splitting: false,
            minify: false,
            sourcemap: false,
            format: "esm".into(),
            external: Vec::new(),
            alias: BTreeMap::new(),
            loader: BTreeMap::new(),
            define: BTreeMap::new(),
        };
        let context = BuildContext {
            port: 1999,
            banner: None,
            colors: false,
        };
        let running = Running::default();
        let stopping = running.clone();
        let stop = std::thread::spawn(move || {
            while stopping.slot().child.is_none() {
                std::thread::yield_now();
            }
            stopping.stop();
        });
        for _ in 0..2 {
            let outcome = run(&program, &options, &context, &running);
            assert!(matches!(outcome, Outcome::Stopped), "none starts after it");
        }
        stop.join().expect("it only waits");
    }
}
