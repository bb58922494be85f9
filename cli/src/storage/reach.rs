//! How the storage is reached: through the server that has it open, or through one that serves nobody and runs
//! none of the project's code. Decides which; asks nothing of it.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use partyrun_runtime::modules::{GraphBuilder, GraphOptions};
use partyrun_runtime::storage::{Location, StorageError, parties_of};
use partyrun_runtime::{
    Assets, BindingSettings, ConsoleColors, ControlOptions, Crons, Limits, Project, Server,
    ServerOptions, StateDir, Whereabouts, control_token, storage_file,
};
use tempfile::TempDir;

use super::ask::{AskError, Asked};
use crate::report::TerminalReporter;
use crate::ui::Printer;

/// A party without any code: its rooms only have their storage.
const NOTHING: &str = "export default class { onAlarm() {} }\n";

/// Why the storage cannot be reached.
#[derive(Debug, thiserror::Error)]
pub enum ReachError {
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Somebody has it open and cannot be asked.
    #[error(
        "The storage is in use{}, which does not answer. Stop it, or ask again once it serves: `{}`",
        by_whom(*.pid),
        .folder.display()
    )]
    InUse { folder: PathBuf, pid: Option<u32> },
    #[error("Cannot open the storage: {0}")]
    Other(String),
    #[error(transparent)]
    Io(#[from] io::Error),
}

fn by_whom(pid: Option<u32>) -> String {
    match pid {
        Some(pid) => format!(" by process {pid}"),
        None => " by another process".to_owned(),
    }
}

/// A storage that can be asked.
pub struct Reached {
    pub asked: Asked,
    /// Whether the project is served.
    pub is_served: bool,
    own: Option<Own>,
}

/// A server of this process.
struct Own {
    server: Server,
    /// The code that stands for the project's.
    _code: TempDir,
}

impl Reached {
    /// Reaches the storage in `folder`. `parties`: those of the configuration, and those that are asked for.
    ///
    /// # Errors
    /// When it cannot be opened, or who has it open cannot be asked.
    pub fn of(
        folder: &Path,
        parties: &[String],
        root: &Path,
        printer: &Printer,
    ) -> Result<Reached, ReachError> {
        let whereabouts = Whereabouts::read(folder);
        if let Some(asked) = whereabouts.as_ref().and_then(Asked::of)
            // One that was killed has left the file, and another program may have its port by now.
            && !matches!(asked.ask("GET", "/", ""), Err(AskError::Gone | AskError::Other))
        {
            return Ok(Reached {
                asked,
                is_served: true,
                own: None,
            });
        }
        let pid = whereabouts.map(|whereabouts| whereabouts.pid);
        match open(folder, parties, root, printer) {
            Err(ReachError::Storage(StorageError::InUse { .. })) => Err(ReachError::InUse {
                folder: folder.to_owned(),
                // The process of a file that was left may be anybody's by now.
                pid: pid.filter(|pid| Path::new("/proc").join(pid.to_string()).exists()),
            }),
            outcome => outcome,
        }
    }

    /// Commits everything, and closes what this process has opened.
    pub fn close(self) {
        if let Some(own) = self.own {
            own.server.shutdown();
        }
    }
}

fn open(
    folder: &Path,
    parties: &[String],
    root: &Path,
    printer: &Printer,
) -> Result<Reached, ReachError> {
    let other = |error: &dyn ToString| ReachError::Other(error.to_string());
    let stored = parties_of(&Location::File(storage_file(folder)))?;
    let mut names: BTreeSet<String> = parties.iter().cloned().chain(stored).collect();
    names.remove("main");
    let names: Vec<String> = ["main".to_owned()].into_iter().chain(names).collect();

    let code = TempDir::with_prefix("partyrun-storage-")?;
    let file = code.path().join("party.js");
    fs::write(&file, NOTHING)?;
    let graph = GraphBuilder::new()
        .build(&GraphOptions {
            root: code.path().to_owned(),
            entries: names
                .iter()
                .map(|name| (name.clone(), file.clone()))
                .collect(),
            ..GraphOptions::default()
        })
        .map_err(|error| other(&error))?;
    let limits = Limits {
        spares: 0,
        ..Limits::default()
    };
    let options = ServerOptions {
        // Nobody is served, and no alarm goes off.
        listeners: Vec::new(),
        assets: Arc::new(Assets::default()),
        state: StateDir::Folder(folder.to_owned()),
        limits,
        has_network: false,
        crons: Crons::OnRequest,
        has_settable_clock: false,
        identity: None,
        allowed_hosts: Vec::new(),
        colors: ConsoleColors::default(),
        has_dashboard: false,
        welcomes: false,
        inspect: None,
    };
    let project = Project {
        name: "storage".to_owned(),
        graph,
        parties: names,
        vars: serde_json::Map::new(),
        crons: Vec::new(),
        process_env: serde_json::Map::new(),
        bindings: BindingSettings::default(),
        keeps_sockets: false,
    };
    let reporter = TerminalReporter::new(printer.to_err(), root, false);
    let server =
        Server::start(options, project, Arc::new(reporter)).map_err(|error| other(&error))?;
    let token = control_token();
    let address = server.control(ControlOptions {
        listener: TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?,
        token: token.clone(),
        feed: Arc::default(),
    })?;
    Ok(Reached {
        asked: Asked { address, token },
        is_served: false,
        own: Some(Own {
            server,
            _code: code,
        }),
    })
}
