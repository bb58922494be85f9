//! What a spare thread does before it is known whose room it will be: it makes an isolate, and loads the
//! code that its room is likely to run. Nothing of it is seen before there is a room, and it is thrown
//! away when the room needs other code.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use deno_core::v8;
use partyrun_ops::bindings_interface::SharedBindings;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::makings::Makings;
use crate::call::{Generation, RoomEvent, RoomKey};
use crate::host::IsolateHost;
use crate::isolate::{Isolate, LoadError, Verdict};
use crate::project::Project;
use crate::rooms::{Rooms, Spare};
use crate::watch::WatchGuard;

/// Modules that take longer to load wait for something; they are left to the room.
const PATIENCE: Duration = Duration::from_secs(1);

/// An isolate that serves nobody yet.
pub(super) struct Made {
    pub loaded: Option<Loaded>,
    pub isolate: Isolate,
    pub watched: WatchGuard,
}

/// A party's module that has been evaluated.
pub(super) struct Loaded {
    pub project: Arc<Project>,
    pub party: Arc<str>,
    pub server: v8::Global<v8::Value>,
}

/// Makes an isolate for a room.
pub(super) async fn make(makings: &Makings, host: &Rc<IsolateHost>) -> Result<Made, LoadError> {
    let _turn = makings.turns.take().await;
    make_at_once(makings, host)
}

/// Makes an isolate, whoever else makes one.
pub(super) fn make_at_once(makings: &Makings, host: &Rc<IsolateHost>) -> Result<Made, LoadError> {
    let isolate = makings.isolate(host.services())?;
    host.watch(isolate.health().clone());
    let watched = makings.watchdog.watch(isolate.health().clone());
    Ok(Made {
        loaded: None,
        isolate,
        watched,
    })
}

/// Makes an isolate that nobody waits for, and loads what the next room is likely to run. Code that fails is left
/// to the room, which then says so.
pub(super) async fn make_ahead(
    makings: &Makings,
    rooms: &Rooms,
    host: &Rc<IsolateHost>,
) -> Result<Made, LoadError> {
    let turn = makings.turns.take_in_peace().await;
    let mut made = make_at_once(makings, host)?;
    drop(turn);
    let Some((Generation { project }, party)) = rooms.likely() else {
        return Ok(made);
    };
    host.reports.hold();
    let config = Config {
        makings,
        project: &project,
        party: &party,
    };
    let isolate = &mut made.isolate;
    let loading = async {
        isolate.set_graph(project.graph.clone());
        host.runs(&project.graph);
        isolate.configure(&config.of_room("", ""))?;
        load(isolate, host, &project, &party).await
    };
    let outcome = tokio::time::timeout(PATIENCE, loading).await;
    if let Ok(Ok(server)) = outcome
        && made.isolate.health().verdict() == Verdict::Healthy
    {
        made.loaded = Some(Loaded {
            project,
            party,
            server,
        });
        return Ok(made);
    }
    host.reports.forget();
    drop(made);
    make(makings, host).await
}

/// Evaluates the module of a party.
pub(super) async fn load(
    isolate: &mut Isolate,
    host: &IsolateHost,
    project: &Project,
    party: &str,
) -> Result<v8::Global<v8::Value>, LoadError> {
    let health = isolate.health().clone();
    let loading = isolate.load(&project.graph, party);
    let server = health.mark(loading).await?;
    host.report_loaded(isolate.code_counts());
    Ok(server)
}

impl Made {
    /// What the registry needs to give it a room, if it has loaded what a room runs.
    pub(super) fn as_spare(&self) -> Option<(Spare, UnboundedReceiver<RoomEvent>)> {
        let party = &self.loaded.as_ref()?.party;
        let (sender, receiver) = unbounded_channel();
        Some((Spare::of(party.clone(), sender), receiver))
    }

    /// Binds it elsewhere than it was made for.
    pub(super) fn bind(&mut self, bindings: SharedBindings) {
        self.isolate.set_bindings(bindings);
    }

    /// The project, and the party of it, whose code it has loaded.
    pub(super) fn loaded(&self) -> Option<(&Arc<Project>, &Arc<str>)> {
        let loaded = self.loaded.as_ref()?;
        Some((&loaded.project, &loaded.party))
    }

    /// The isolate for a room, with the room's server if that is loaded.
    pub(super) async fn claim(
        self,
        makings: &Makings,
        host: &Rc<IsolateHost>,
        generation: &Generation,
        key: &RoomKey,
    ) -> Result<(Isolate, WatchGuard, Option<v8::Global<v8::Value>>), LoadError> {
        let Some(loaded) = self.loaded else {
            return Ok((self.isolate, self.watched, None));
        };
        let is_wanted =
            is_same_code(&loaded.project, &generation.project) && loaded.party == key.party;
        // A debugger sees the modules run.
        if is_wanted && !makings.is_awaited(key) {
            return Ok((self.isolate, self.watched, Some(loaded.server)));
        }
        host.reports.forget();
        drop((loaded, self.isolate, self.watched));
        let made = make(makings, host).await?;
        Ok((made.isolate, made.watched, None))
    }
}

/// Whether code that was loaded for one project does for the other, whose variables may differ: those come
/// later.
fn is_same_code(loaded: &Arc<Project>, wanted: &Arc<Project>) -> bool {
    Arc::ptr_eq(loaded, wanted)
        || (Arc::ptr_eq(&loaded.graph, &wanted.graph) && loaded.process_env == wanted.process_env)
}

/// What an isolate is configured with.
pub(super) struct Config<'a> {
    pub makings: &'a Makings,
    pub project: &'a Project,
    pub party: &'a str,
}

impl Config<'_> {
    /// For code that has not been loaded.
    pub(super) fn of_room(&self, internal_id: &str, wake_url: &str) -> String {
        self.with(internal_id, wake_url, json!(self.project.process_env))
    }

    /// For code that has been loaded, and may have changed `process.env`.
    pub(super) fn of_loaded(&self, internal_id: &str, wake_url: &str) -> String {
        self.with(internal_id, wake_url, json!({}))
    }

    fn with(&self, internal_id: &str, wake_url: &str, process_env: Value) -> String {
        let Config {
            makings,
            project,
            party,
        } = self;
        let config = json!({
            "party": party,
            "parties": project.party_names(),
            "internalId": internal_id,
            "env": project.vars,
            "processEnv": process_env,
            "bindings": project.bindings,
            "host": makings.host,
            "colors": makings.colors.to_json(),
            "inspected": makings.targets.is_some(),
            "wakeUrl": wake_url,
        });
        config.to_string()
    }
}
