//! Server code made one module by the project's esbuild, with the settings by which modules are found here
//! (specification 10.1). Owns esbuild's flags and what its output must be; never reads user code itself.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::failure::Failure;
use super::names::Names;
use super::scratch::scratch;
use super::{glue, node};

/// The platform takes no larger module.
const LARGEST_MODULE: u64 = 10 * 1024 * 1024;

/// What is to be bundled, and how.
pub struct Job<'a> {
    pub esbuild: &'a Path,
    /// esbuild runs here, and names files relative to it.
    pub root: &'a Path,
    /// Has the entry, and what it imports of ours.
    pub glue: &'a Path,
    pub define: &'a BTreeMap<String, String>,
    pub alias: &'a BTreeMap<String, String>,
    pub minify: bool,
    pub colors: bool,
    /// Whether the result is for an engine of workers, which limits what a module may be and use.
    pub is_limited: bool,
}

/// A bundle in memory.
pub struct Bundle {
    /// Name and content of each file.
    pub files: Vec<(String, Vec<u8>)>,
    /// Modules of Node.js that it imports.
    pub node_modules: Vec<String>,
    /// What esbuild warns of; mostly empty.
    pub warnings: String,
}

/// Runs esbuild.
pub fn run(job: &Job<'_>) -> Result<Bundle, Failure> {
    let scratch = scratch()?;
    let real = |path: &Path| {
        let real = path.canonicalize();
        real.map_err(|error| Failure::unreadable(path, &error))
    };
    let scratch = real(scratch.path())?;
    let names = Names {
        root: real(job.root)?,
        glue: real(job.glue)?,
        out: scratch.join("out"),
    };
    let metafile = scratch.join("meta.json");
    let mut command = Command::new(job.esbuild);
    command
        .args(arguments(job, &names))
        .arg(joined("--metafile=", &metafile))
        .current_dir(&names.root)
        // It names files from what this says when it is the same folder.
        .env("PWD", &names.root)
        .stdin(Stdio::null());
    let output = command
        .output()
        .map_err(|error| Failure::of(format!("Cannot run `{}`: {error}", job.esbuild.display())))?;
    let messages = names.in_text(&String::from_utf8_lossy(&output.stderr));
    let messages = messages.trim_end().to_owned();
    if !output.status.success() {
        let hint = match messages.contains("Could not resolve \"node:") {
            true => "\n\nEngines of workers lack this module of Node.js",
            false => "",
        };
        return Err(Failure::of(format!(
            "The server's code cannot be bundled:\n{messages}{hint}"
        )));
    }
    let meta = fs::read(&metafile).map_err(|error| Failure::unreadable(&metafile, &error))?;
    let meta: Value = serde_json::from_slice(&meta).map_err(Failure::of)?;
    let files = files(&names)?;
    if job.is_limited {
        check_sizes(&files, &meta, job)?;
    }
    Ok(Bundle {
        node_modules: node::imported(&meta),
        files,
        warnings: messages,
    })
}

fn arguments(job: &Job<'_>, names: &Names) -> Vec<OsString> {
    let mut arguments = vec![
        names.glue.join(glue::ENTRY).into_os_string(),
        joined("--outdir=", &names.out),
        "--bundle".into(),
        "--format=esm".into(),
        "--target=esnext".into(),
        "--sourcemap".into(),
        "--entry-names=worker".into(),
        "--asset-names=[name]-[hash]".into(),
        "--conditions=partykit,workerd,worker".into(),
        "--loader:.wasm=copy".into(),
        "--loader:.bin=copy".into(),
        "--external:cloudflare:*".into(),
        "--log-level=warning".into(),
        "--log-limit=0".into(),
        format!("--color={}", job.colors).into(),
        format!("--banner:js={}", node::BANNER).into(),
    ];
    if job.minify {
        arguments.push("--minify".into());
        // Names of classes and functions are part of what programs print.
        arguments.push("--keep-names".into());
    }
    let mut replace = |name: &str, module: &str| {
        let flag = format!("--alias:{name}=");
        arguments.push(joined(&flag, &names.glue.join(module)));
    };
    // The longer names first: one of a package stands for all that is in it.
    for name in node::POLYFILLS {
        replace(name, glue::NOTHING);
    }
    for name in node::FETCHES {
        replace(name, glue::FETCH);
    }
    replace("partykit/server", glue::NOTHING);
    for name in node::MODULES {
        arguments.push(format!("--external:node:{name}").into());
        if !job.alias.contains_key(*name) {
            arguments.push(format!("--alias:{name}=node:{name}").into());
        }
    }
    for (flag, record) in [("define", job.define), ("alias", job.alias)] {
        let pairs = record.iter();
        arguments.extend(pairs.map(|(key, value)| format!("--{flag}:{key}={value}").into()));
    }
    arguments
}

fn joined(flag: &str, path: &Path) -> OsString {
    let mut argument = OsString::from(flag);
    argument.push(path);
    argument
}

/// What esbuild wrote, in the order of the names.
fn files(names: &Names) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let out = &names.out;
    let entries = fs::read_dir(out).map_err(|error| Failure::unreadable(out, &error))?;
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let bytes = fs::read(&path).map_err(|error| Failure::unreadable(&path, &error))?;
        let bytes = match path.extension().and_then(OsStr::to_str) {
            Some("js") => names.in_text(&String::from_utf8_lossy(&bytes)).into_bytes(),
            Some("map") => names.in_map(&bytes).unwrap_or(bytes),
            _ => bytes,
        };
        files.push((name.into_owned(), bytes));
    }
    Ok(files)
}

fn check_sizes(files: &[(String, Vec<u8>)], meta: &Value, job: &Job<'_>) -> Result<(), Failure> {
    let modules = files.iter().filter(|(name, _)| !name.ends_with(".map"));
    let large = modules.filter(|(_, bytes)| bytes.len() as u64 > LARGEST_MODULE);
    let faults: Vec<String> = large
        .map(|(name, bytes)| {
            let size = mebibytes(bytes.len() as u64);
            let source = largest_source(meta, name, job);
            format!("The module `{name}` would have {size}, and the platform takes 10 MiB{source}")
        })
        .collect();
    match faults.is_empty() {
        true => Ok(()),
        false => Err(Failure(faults)),
    }
}

/// The largest file of a module, and where it is imported.
fn largest_source(meta: &Value, output: &str, job: &Job<'_>) -> String {
    let outputs = meta.get("outputs").and_then(Value::as_object);
    let ends_so = |(name, _): &(&String, &Value)| {
        Path::new(name.as_str())
            .file_name()
            .is_some_and(|file| file == output)
    };
    let inputs = outputs
        .and_then(|outputs| outputs.iter().find(ends_so))
        .and_then(|(_, output)| output.get("inputs")?.as_object());
    let bytes = |value: &Value| {
        value
            .get("bytesInOutput")
            .and_then(Value::as_u64)
            .unwrap_or(0)
    };
    let Some((name, size)) = inputs.and_then(|inputs| {
        let sizes = inputs.iter().map(|(name, value)| (name, bytes(value)));
        sizes.max_by_key(|(_, size)| *size)
    }) else {
        return String::new();
    };
    let importer = importer(meta, name, job)
        .map(|place| format!("{place}: "))
        .unwrap_or_default();
    format!(
        ". The most of it is imported here:\n    {importer}{name} ({})",
        mebibytes(size)
    )
}

/// The file and line that import the file `name`.
fn importer(meta: &Value, name: &str, job: &Job<'_>) -> Option<String> {
    let inputs = meta.get("inputs")?.as_object()?;
    inputs.iter().find_map(|(file, input)| {
        let imports = input.get("imports")?.as_array()?;
        let import = imports
            .iter()
            .find(|import| import.get("path").and_then(Value::as_str) == Some(name))?;
        let specifier = import.get("original")?.as_str()?;
        let text = fs::read_to_string(job.root.join(file)).ok()?;
        let line = text.lines().position(|line| line.contains(specifier))?;
        Some(format!("{file}:{}", line + 1))
    })
}

fn mebibytes(bytes: u64) -> String {
    let tenths = bytes * 10 / (1024 * 1024);
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn job<'a>(root: &'a Path, glue: &'a Path, empty: &'a BTreeMap<String, String>) -> Job<'a> {
        Job {
            esbuild: Path::new("esbuild"),
            root,
            glue,
            define: empty,
            alias: empty,
            minify: false,
            colors: false,
            is_limited: true,
        }
    }

    #[test]
    fn module_that_is_too_large_is_named_with_its_importer() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let text = "// top\nimport data from \"./big.json\";\n";
        fs::write(folder.path().join("server.ts"), text).expect("writable");
        let meta = json!({
            "inputs": { "server.ts": { "imports": [{ "path": "big.json", "original": "./big.json" }] } },
            "outputs": { "out/worker.js": { "inputs": {
                "server.ts": { "bytesInOutput": 10 },
                "big.json": { "bytesInOutput": 11 * 1024 * 1024 },
            } } },
        });
        let empty = BTreeMap::new();
        let job = job(folder.path(), folder.path(), &empty);
        let files = [("worker.js".to_owned(), vec![0; 11 * 1024 * 1024])];
        let failure = check_sizes(&files, &meta, &job).expect_err("too large");
        assert!(
            failure.0[0].contains("`worker.js` would have 11.0 MiB"),
            "{}",
            failure.0[0]
        );
        assert!(
            failure.0[0].contains("server.ts:2: big.json (11.0 MiB)"),
            "{}",
            failure.0[0]
        );
        assert!(check_sizes(&[("x.map".to_owned(), files[0].1.clone())], &meta, &job).is_ok());
    }
}
