//! Builds the graph of a session, and sees that every file that it depends on is watched. Never serves.

use std::sync::Arc;
use std::thread;
use std::time::SystemTime;

use partyrun_runtime::modules::{GraphError, ModuleGraph};
use partyrun_runtime::{Server, StartError};

use super::inputs::graph_options;
use super::{Session, Wake};
use crate::config::entry_place;
use crate::failure::Failure;
use crate::watch::{Change, Step};
use crate::watched::Watched;

impl Session<'_> {
    /// Says what is odd about the code and was not before.
    fn note(&mut self, built: &Result<Arc<ModuleGraph>, GraphError>) {
        let notes = match built {
            Ok(graph) => graph.notes(),
            Err(error) => &error.notes,
        };
        for note in notes.iter().filter(|note| !self.noted.contains(note)) {
            self.printer.note(note);
        }
        self.noted = notes.to_vec();
    }

    /// Builds, or says what is wrong.
    pub(super) fn built(&mut self) -> Result<Arc<ModuleGraph>, Failure> {
        self.build().map_err(|error| {
            let config = self.settings.config_file.as_deref();
            let place = |party: &str| match party {
                "main" if self.args.script.is_some() => None,
                _ => entry_place(config?, &self.cwd, party),
            };
            Failure::of_graph(&error, place)
        })
    }

    /// Builds, and watches every file that the outcome depends on. What is served for the first time is
    /// watched by [`Session::start_server`].
    fn build(&mut self) -> Result<Arc<ModuleGraph>, GraphError> {
        let options = graph_options(&self.settings, self.bound);
        loop {
            let started = SystemTime::now();
            let built = self.builder.build(&options);
            // The graph being served stays watched: a file that it needs may come back.
            let served = self.serving.as_ref().map(|serving| &*serving.graph);
            let graphs = served.into_iter().chain(built.as_deref().ok());
            let watched = Watched::of(&self.settings, graphs, built.as_ref().err())
                .with_folders(self.companion.folders(&self.settings.root));
            if self.serving.is_none() && built.is_ok() {
                self.unwatched = Some((watched, started));
                self.note(&built);
                return built;
            }
            // Files of a folder that was not watched while the graph read them may have changed
            // unnoticed. It ends because the folders are known by then.
            let is_fresh = watched.arm(&mut self.watcher, self.printer);
            if !is_fresh || !watched.have_changed_since(started) {
                self.note(&built);
                return built;
            }
        }
    }

    /// Starts the server, and meanwhile watches what its graph depends on: the system takes milliseconds for
    /// a folder of many entries. If `graph` has changed since it was built, that is a change like any other.
    pub(super) fn start_server(
        &mut self,
        graph: &ModuleGraph,
        start: impl FnOnce() -> Result<Server, StartError>,
    ) -> Result<Server, StartError> {
        let (watcher, printer) = (&mut self.watcher, self.printer);
        let unwatched = self.unwatched.take();
        let (server, has_changed) = thread::scope(|scope| {
            let arming = unwatched.map(|(watched, since)| {
                scope.spawn(move || {
                    let is_fresh = watched.arm(watcher, printer);
                    is_fresh && watched.have_changed_since(since)
                })
            });
            let server = start();
            let has_changed = arming.is_some_and(|arming| arming.join().unwrap_or(true));
            (server, has_changed)
        });
        // The clock of file systems ticks slowly: most of what seems to have changed has not.
        let options = graph_options(&self.settings, self.bound);
        let is_new = has_changed
            && server.is_ok()
            && self
                .builder
                .build(&options)
                .map_or(true, |built| !built.is_same_code(graph));
        if is_new {
            // The receiver is this session's own.
            let _ = self
                .exit
                .send(Wake::Changed(Change::Unknown, Step::UnderWay));
        }
        server
    }
}
