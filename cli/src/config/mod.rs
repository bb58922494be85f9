//! What the command line, the configuration file and the environment files mean together: the
//! [`Settings`] of a project. Nothing after this module interprets a string again; it never
//! watches, binds or prints.

mod bindings;
mod check;
mod entry_place;
mod error;
mod fields;
mod file;
mod flags;
mod hosts;
mod key_path;
mod locate;
mod nesting;
mod raw;
mod schema;
mod serve;
#[cfg(test)]
mod tests;
mod variables;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use partyrun_runtime::{AllowedHost, BindingSettings, check_cron};
use serde_json::{Map, Value};

pub use self::entry_place::entry_place;
use self::entry_place::place_in;
use self::error::Fault;
pub use self::error::{ConfigError, ConfigErrors};
use self::fields::Fields;
use self::file::ConfigFile;
pub use self::file::{FILE_NAMES as CONFIG_FILE_NAMES, shown};
use self::key_path::KeyPath;
pub use self::raw::{Part, RawConfig};
#[cfg(test)]
pub use self::schema::{Field, ROOT, Shape};
pub use self::serve::{ClientOptions, CustomBuild, Serve};
use crate::args::DevArgs;
use crate::env::{self, EnvFiles};
use crate::ports::{DEFAULT_PORT, Port};

/// All interfaces, as the original does: phones on the same network can join.
const DEFAULT_HOST: &str = "0.0.0.0";

/// The configurations of Cloudflare Workers.
const WRANGLER: [&str; 3] = ["wrangler.jsonc", "wrangler.json", "wrangler.toml"];

/// Where storage lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Persist {
    Folder(PathBuf),
    /// Gone when the program ends; survives reloads.
    Temporary,
}

/// The certificate of https:.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Https {
    /// Made by the program.
    SelfSigned,
    Files {
        certificate: PathBuf,
        key: PathBuf,
    },
}

/// A project, ready to be served. All paths are absolute.
#[derive(Debug)]
pub struct Settings {
    pub name: String,
    /// The folder of the configuration file, else the current folder; messages shorten paths by it.
    pub root: PathBuf,
    /// Party name and file, `main` first.
    pub entries: Vec<(String, PathBuf)>,
    pub host: String,
    pub port: Port,
    /// Names that lead to the server besides those that always do.
    pub allowed_hosts: Vec<AllowedHost>,
    pub persist: Persist,
    /// Where the certificate of https: comes from; none serves http:.
    pub https: Option<Https>,
    /// Names and expressions of `crons`, in their order. Checked only when they are to run at their
    /// times: the original takes any text.
    pub crons: Vec<(String, String)>,
    /// `room.env`: `vars` < `.env` < `.env.local` < `--var` (specification 8.2).
    pub vars: Map<String, Value>,
    /// `process.env`: the environment files only (specification 8.3).
    pub process_env: Map<String, Value>,
    pub bindings: BindingSettings,
    /// Whether sockets of rooms that do not hibernate stay open over a save.
    pub keeps_sockets: bool,
    /// Identifier or dotted member -> JavaScript expression, without `PARTYKIT_HOST`.
    pub define: BTreeMap<String, String>,
    /// `build.alias`, with absolute paths.
    pub alias: BTreeMap<String, String>,
    pub serve: Serve,
    pub custom_build: Option<CustomBuild>,
    /// The file of the configuration; none when there is no configuration.
    pub config_file: Option<PathBuf>,
    /// The environment files that were read, as the user would write them.
    pub env_files: Vec<String>,
    /// One line for each flag or field that is accepted and has no effect.
    pub notes: Vec<String>,
    /// Files whose change makes these settings stale, whether or not they exist now.
    pub sources: Vec<PathBuf>,
}

impl Settings {
    /// Reads everything that `args`, typed in the folder `cwd`, refers to.
    pub fn load(args: &DevArgs, cwd: &Path) -> Result<Settings, ConfigErrors> {
        let config = ConfigFile::load(cwd, args.config.as_deref())?;
        let env = env::load(cwd, &args.env_file).map_err(ConfigError::from)?;
        let root = match config.path.as_deref().and_then(Path::parent) {
            Some(folder) => folder.to_owned(),
            None => cwd.to_owned(),
        };
        let fields = Fields {
            map: &config.fields,
        };
        let entry_base = if config.in_package { cwd } else { &root };
        let bases = serve::Bases { cwd, root: &root };
        let environment = bindings::Variables {
            files: &env.variables,
        };
        let (bindings, binding_files) = bindings::settings(&fields, &environment, &root)?;
        let mut sources = sources(args, cwd, &config, &env.paths);
        sources.extend(binding_files);
        let host = args.host.clone().unwrap_or_else(|| DEFAULT_HOST.to_owned());

        Ok(Settings {
            name: name(&fields, &root),
            entries: entries(args, &fields, cwd, entry_base)?,
            allowed_hosts: hosts::allowed_hosts(args, &config.fields, &host)?,
            host,
            port: port(args, &fields),
            persist: persist(args, &fields, cwd, &root),
            https: https(args, cwd)?,
            crons: crons(args, &fields, &config, cwd)?,
            vars: variables::vars(args, &fields, &env.variables),
            serve: serve::serve(
                args,
                &fields,
                &bases,
                variables::user_define(args, &fields, &env.variables)?,
            ),
            custom_build: serve::custom_build(&fields, &bases),
            define: variables::define(args, &fields, &env.variables)?,
            bindings,
            keeps_sockets: args.keep_sockets || keeps_sockets(&fields),
            alias: serve::alias(&fields, &bases),
            notes: notes(args, cwd, &env)
                .into_iter()
                .chain(config.remarks)
                .chain(serve::note(&fields).map(str::to_owned))
                .collect(),
            env_files: env.paths.iter().map(|path| shown(cwd, path)).collect(),
            sources,
            process_env: env.variables,
            config_file: config.path,
            root,
        })
    }
}

fn name(fields: &Fields<'_>, root: &Path) -> String {
    let folder = || {
        root.file_name()
            .map(|name| name.to_string_lossy().into_owned())
    };
    fields
        .text("name")
        .map(str::to_owned)
        .or_else(folder)
        .unwrap_or_else(|| "party".to_owned())
}

/// A typed script is relative to the current folder, `main` and `parties` to the file they are in.
fn entries(
    args: &DevArgs,
    fields: &Fields<'_>,
    cwd: &Path,
    base: &Path,
) -> Result<Vec<(String, PathBuf)>, ConfigError> {
    let main = match (&args.script, fields.text("main")) {
        (Some(script), _) => entry(cwd, script),
        (None, Some(main)) => entry(base, main),
        (None, None) => {
            let wrangler = WRANGLER.into_iter().find(|name| cwd.join(name).is_file());
            return Err(ConfigError::NoMain { wrangler });
        }
    };
    let parties = fields
        .texts("parties")
        .map(|(name, path)| (name.clone(), entry(base, path)));
    Ok([("main".to_owned(), main)]
        .into_iter()
        .chain(parties)
        .collect())
}

/// As in the original, backslashes are slashes: the file was named by a colleague on Windows. The
/// original does so for `main` only.
fn entry(base: &Path, path: impl AsRef<Path>) -> PathBuf {
    let literal = base.join(path.as_ref());
    let text = path.as_ref().to_string_lossy();
    match text.contains('\\') && !literal.exists() {
        true => base.join(text.replace('\\', "/")),
        false => literal,
    }
}

fn keeps_sockets(fields: &Fields<'_>) -> bool {
    let field = fields.map.get("dev").and_then(|dev| dev.get("keepSockets"));
    field.and_then(Value::as_bool).unwrap_or_default()
}

fn crons(
    args: &DevArgs,
    fields: &Fields<'_>,
    config: &ConfigFile,
    cwd: &Path,
) -> Result<Vec<(String, String)>, ConfigErrors> {
    let crons = fields.texts("crons");
    let crons: Vec<_> = crons
        .map(|(name, text)| (name.clone(), text.to_owned()))
        .collect();
    let file = || {
        let path = config.path.as_deref().unwrap_or(cwd);
        shown(cwd, path)
    };
    let fault = |(name, text): &(String, String)| {
        let error = check_cron(text).err()?;
        let fault = Fault::Cron {
            path: KeyPath::default().key("crons").key(name),
            given: text.clone(),
            error,
        };
        let file = file();
        let place = config
            .path
            .as_deref()
            .and_then(|path| place_in(path, |root| root.key("crons").key(name)));
        Some(ConfigError::Fault {
            file,
            place,
            fault: Box::new(fault),
        })
    };
    let faults: Vec<_> = match args.cron {
        true => crons.iter().filter_map(fault).collect(),
        false => Vec::new(),
    };
    match faults.is_empty() {
        true => Ok(crons),
        false => Err(ConfigErrors(faults)),
    }
}

fn port(args: &DevArgs, fields: &Fields<'_>) -> Port {
    let configured = || fields.map.get("port").and_then(check::port);
    match args.port.or_else(configured) {
        Some(port) => Port::Fixed(port),
        None => Port::Near(DEFAULT_PORT),
    }
}

/// As in the original, certificate and key ask for https: by themselves.
fn https(args: &DevArgs, cwd: &Path) -> Result<Option<Https>, ConfigError> {
    match (&args.https_cert_path, &args.https_key_path) {
        (Some(certificate), Some(key)) => Ok(Some(Https::Files {
            certificate: cwd.join(certificate),
            key: cwd.join(key),
        })),
        (None, None) => Ok(args.https.then_some(Https::SelfSigned)),
        (Some(_), None) => Err(ConfigError::HalfACertificate {
            given: "--https-cert-path",
            missing: "--https-key-path",
        }),
        (None, Some(_)) => Err(ConfigError::HalfACertificate {
            given: "--https-key-path",
            missing: "--https-cert-path",
        }),
    }
}

fn persist(args: &DevArgs, fields: &Fields<'_>, cwd: &Path, root: &Path) -> Persist {
    let (value, base) = match (&args.persist, fields.map.get("persist")) {
        (Some(typed), _) => (typed.as_str(), cwd),
        (None, Some(Value::String(path))) => (path.as_str(), root),
        (None, Some(Value::Bool(false))) => ("false", root),
        (None, _) => ("true", root),
    };
    match value {
        "false" => Persist::Temporary,
        "true" => Persist::Folder(root.join(".partykit").join("state")),
        path => Persist::Folder(base.join(path)),
    }
}

fn notes(args: &DevArgs, cwd: &Path, env: &EnvFiles) -> Vec<String> {
    let flags = args
        .without_effect()
        .into_iter()
        .map(|flag| format!("`{flag}` has no effect here: ignored"));
    let lines = env.skipped.iter().map(|(path, line)| {
        let file = shown(cwd, path);
        format!("{file}:{line}: ignored, not of the form NAME=value")
    });
    let names = variables::unusable_names(args, &env.variables).map(|name| {
        format!("`--with-env` leaves out what cannot be a name in JavaScript: `{name}`")
    });
    flags.chain(lines).chain(names).collect()
}

/// Every file that would change these settings: those that were read, and those that would be read
/// instead if they existed.
fn sources(args: &DevArgs, cwd: &Path, config: &ConfigFile, env_files: &[PathBuf]) -> Vec<PathBuf> {
    let mut sources: Vec<PathBuf> = config.path.iter().chain(env_files).cloned().collect();
    // A linked file changes where it really lies.
    sources.extend(
        sources
            .clone()
            .iter()
            .filter_map(|path| path.canonicalize().ok()),
    );
    if args.env_file.is_empty() {
        for name in env::FILE_NAMES {
            sources.extend(env::candidates(cwd, name));
        }
    }
    if args.config.is_none() {
        for name in file::FILE_NAMES.into_iter().chain([file::PACKAGE]) {
            sources.extend(env::candidates(cwd, name));
        }
    }
    sources.sort();
    sources.dedup();
    sources
}
