//! What unit tests of several parts share: a project without code of interest, a reporter that
//! remembers, and rooms whose threads do what a test wants.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::bindings::ProjectBindings;
use crate::call::{Generation, RequestKind, RoomKey, RoomRequest};
use crate::call::{ReplySender, question};
use crate::host::{Outbound, Outside};
use crate::modules::{GraphBuilder, GraphOptions};
use crate::pages::Assets;
use crate::project::{BindingSettings, Event, Limits, Project, Reporter};
use crate::rooms::{Main, Rooms};
use crate::storage::{Location, StorageThread};
use crate::time::Clock;

/// Longer than anything in a test takes; reaching it is a failure.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Remembers what was reported.
#[derive(Default)]
pub struct Heard(Mutex<Vec<Event>>);

impl Heard {
    /// The notices so far.
    pub fn notices(&self) -> Vec<String> {
        let events = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let text = |event: &Event| match event {
            Event::Notice(text) => Some(text.clone()),
            _ => None,
        };
        events.iter().filter_map(text).collect()
    }
}

impl Reporter for Heard {
    fn report(&self, event: Event) {
        let mut events = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        events.push(event);
    }
}

/// A version of a project whose every party is `text`.
pub fn generation(parties: &[&str], text: &str) -> Generation {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let file = folder.path().join("server.ts");
    std::fs::write(&file, text).expect("writable");
    let entries = parties
        .iter()
        .map(|party| ((*party).to_owned(), file.clone()));
    let options = GraphOptions {
        root: folder.path().to_owned(),
        entries: entries.collect(),
        ..GraphOptions::default()
    };
    let graph = GraphBuilder::new().build(&options);
    let project = Project {
        name: "test".to_owned(),
        graph: graph.unwrap_or_else(|error| panic!("{error}")),
        parties: parties.iter().map(|party| (*party).to_owned()).collect(),
        vars: serde_json::Map::new(),
        crons: Vec::new(),
        process_env: serde_json::Map::new(),
        bindings: BindingSettings::default(),
        keeps_sockets: false,
    };
    Generation {
        project: Arc::new(project),
    }
}

/// Rooms without code, each of whose threads does `main`.
pub fn rooms(limits: Limits, reporter: Arc<dyn Reporter>, main: Main) -> Arc<Rooms> {
    Rooms::new(&limits, Arc::default(), reporter, main)
}

/// What a host reaches in a test: a storage of its own that keeps nothing.
pub fn outside(reporter: Arc<dyn Reporter>) -> Outside {
    let storage = StorageThread::open(&Location::Temporary, Arc::new(drop)).expect("it opens");
    Outside {
        bindings: Arc::new(ProjectBindings::new(storage.clone(), Clock::system())),
        storage,
        clock: Clock::system(),
        pages: Arc::new(Assets::default()),
        outbound: Arc::new(Outbound::new(0, true)),
        reporter,
    }
}

/// A request for a room, as the front door sends it.
pub fn request(key: &RoomKey, reply: ReplySender) -> RoomRequest {
    let http = partyrun_ops::message::HttpRequest {
        method: "GET".to_owned(),
        url: format!("http://127.0.0.1/parties/{}/{}", key.party, key.room),
        headers: Vec::new(),
        body: partyrun_ops::message::Body::Empty,
        client_accept_encoding: None,
    };
    RoomRequest {
        http,
        reply,
        chain: Vec::new(),
        kind: RequestKind::Client,
    }
}

/// The status of the answer to a request that `send` sends; `None` when nobody answers it.
pub fn status_of(send: impl FnOnce(ReplySender)) -> Option<u16> {
    let (reply, answer) = question();
    send(reply);
    match answer.blocking_recv() {
        Ok(crate::call::Reply::Response(response) | crate::call::Reply::Failed(response, _)) => {
            Some(response.status)
        }
        _ => None,
    }
}
