//! Which isolates there are for debuggers, under ids that last as long as the process, and who wants to hear
//! of them. Any thread may call it.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hmac::{Hmac, Mac};
use sha2::Sha256;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::target::{Hold, Instance, Target, Who};
use crate::isolate::Health;
use crate::project::{Event, Project, Reporter};

/// How debuggers see a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    /// The first room and the worker wait for a debugger before they load anything.
    pub is_patient: bool,
    /// The runtime's own scripts are shown too.
    pub shows_internals: bool,
}

/// An isolate that is there, for a debugger that is attached to what has it.
pub struct Arrival {
    pub instance: Arc<Instance>,
    pub hold: Hold,
}

/// The isolates of a server.
pub struct Targets {
    pub manner: Manner,
    secret: [u8; 32],
    reporter: Arc<dyn Reporter>,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    latest: u64,
    /// Of a worker there may be two: the one that loads takes over.
    live: HashMap<Who, Vec<Arc<Instance>>>,
    attached: HashMap<Who, Vec<UnboundedSender<Arrival>>>,
    roots: Vec<UnboundedSender<(Who, Hold)>>,
    /// What waits for its first debugger.
    held: HashMap<Who, Hold>,
    /// Those that have waited.
    has_waited: HashSet<bool>,
    /// What ids that have been told of mean.
    ids: HashMap<String, Who>,
    told: HashSet<Who>,
}

impl Targets {
    pub fn new(manner: Manner, reporter: Arc<dyn Reporter>) -> Arc<Self> {
        let mut secret = [0; 32];
        let (one, two) = secret.split_at_mut(16);
        one.copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        two.copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        Arc::new(Targets {
            manner,
            secret,
            reporter,
            inner: Mutex::default(),
        })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows an isolate that has not loaded anything.
    pub fn open(self: &Arc<Self>, who: Who, health: Health, project: Arc<Project>) -> Target {
        let mut inner = self.inner();
        inner.latest += 1;
        let number = inner.latest;
        let instance = Arc::new(Instance {
            number,
            health,
            project,
        });
        let (sender, held) = mpsc::channel(1);
        let hold = Hold::new(sender);
        let is_first = self.manner.is_patient && inner.has_waited.insert(who.is_worker());
        let hears = |listener: &UnboundedSender<Arrival>| {
            let (instance, hold) = (instance.clone(), hold.another());
            listener.send(Arrival { instance, hold }).is_ok()
        };
        let is_attached = match inner.attached.get_mut(&who) {
            Some(listeners) => {
                listeners.retain(hears);
                !listeners.is_empty()
            }
            None => false,
        };
        inner
            .roots
            .retain(|root| root.send((who.clone(), hold.another())).is_ok());
        let live = inner.live.entry(who.clone()).or_default();
        live.push(instance.clone());
        if is_first && !is_attached {
            inner.held.insert(who.clone(), hold);
            let text = format!("`{who}` waits for a debugger before it begins");
            drop(inner);
            self.reporter.report(Event::Notice(text));
        }
        Target {
            targets: self.clone(),
            who,
            instance,
            held,
            is_patient: is_first,
        }
    }

    pub(super) fn close(&self, who: &Who, number: u64) {
        let mut inner = self.inner();
        let Some(live) = inner.live.get_mut(who) else {
            return;
        };
        live.retain(|instance| instance.number != number);
        // The code that was to take over could not be loaded.
        let back = live.last().cloned();
        if back.is_none() {
            inner.live.remove(who);
            inner.held.remove(who);
        }
        let Some(listeners) = inner.attached.get_mut(who) else {
            return;
        };
        if let Some(instance) = back {
            let arrival = || Arrival {
                instance: instance.clone(),
                hold: Hold::none(),
            };
            listeners.retain(|listener| listener.send(arrival()).is_ok());
        } else {
            listeners.retain(|listener| !listener.is_closed());
        }
        if listeners.is_empty() {
            inner.attached.remove(who);
        }
    }

    /// Whether a debugger would see the first module of `who`.
    pub fn is_awaited(&self, who: &Who) -> bool {
        let inner = self.inner();
        let is_open = |listeners: &Vec<UnboundedSender<Arrival>>| {
            listeners.iter().any(|listener| !listener.is_closed())
        };
        inner.attached.get(who).is_some_and(is_open)
            || inner.roots.iter().any(|root| !root.is_closed())
            || self.manner.is_patient && !inner.has_waited.contains(&who.is_worker())
    }

    /// Hears of the isolates that `who` has from here on, the one that it has now first.
    pub(super) fn attach(&self, who: &Who) -> UnboundedReceiver<Arrival> {
        let (sender, receiver) = unbounded_channel();
        let mut inner = self.inner();
        let live = inner.live.get(who).and_then(|live| live.last()).cloned();
        if let Some(instance) = live {
            let hold = inner.held.remove(who).unwrap_or_else(Hold::none);
            // The receiver is here.
            let _ = sender.send(Arrival { instance, hold });
        }
        let listeners = inner.attached.entry(who.clone()).or_default();
        listeners.push(sender);
        receiver
    }

    /// Hears of all isolates that come.
    pub(super) fn watch(&self) -> UnboundedReceiver<(Who, Hold)> {
        let (sender, receiver) = unbounded_channel();
        let mut inner = self.inner();
        inner.roots.retain(|root| !root.is_closed());
        inner.roots.push(sender);
        receiver
    }

    /// What has an isolate, or had one that a debugger was attached to: the worker first, then rooms by party
    /// and name.
    pub fn all(&self) -> BTreeSet<Who> {
        let inner = self.inner();
        let known = inner.live.keys().chain(inner.attached.keys());
        known.cloned().collect()
    }

    /// Whether `who` waits for its first debugger.
    pub(super) fn is_held(&self, who: &Who) -> bool {
        self.inner().held.contains_key(who)
    }

    /// The file that `who` runs, as debuggers show it.
    pub fn url(&self, who: &Who) -> String {
        let inner = self.inner();
        let any = inner.live.values().flatten().next();
        let instances = inner.live.get(who);
        let instance = instances.and_then(|live| live.last()).or(any);
        let graph = instance.map(|instance| &instance.project.graph);
        let party = who.room.as_ref().map_or("main", |key| &*key.party);
        let entry = graph.and_then(|graph| graph.entry(party));
        entry.map_or_else(String::new, ToString::to_string)
    }

    /// An id that nobody guesses who has not been told.
    pub fn id_of(&self, who: &Who) -> String {
        let space = who.space.as_deref().unwrap_or_default();
        let id = self.sign(match &who.room {
            None => format!("worker\0{space}"),
            Some(key) => format!("room\0{space}\0{}\0{}", key.party, key.room),
        });
        let mut inner = self.inner();
        inner.ids.entry(id.clone()).or_insert_with(|| who.clone());
        id
    }

    /// The id of all together.
    pub fn root_id(&self) -> String {
        self.sign("root".to_owned())
    }

    pub fn who(&self, id: &str) -> Option<Who> {
        self.inner().ids.get(id).cloned()
    }

    fn sign(&self, text: String) -> String {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.secret).expect("HMAC takes a key of any length");
        mac.update(text.as_bytes());
        let mut id = String::with_capacity(32);
        for byte in &mac.finalize().into_bytes()[..16] {
            // Writing to a string cannot fail.
            let _ = write!(id, "{byte:02x}");
        }
        id
    }

    /// Sends debuggers away from all code of a space but `project`: what is paused in it goes on, and may end.
    pub fn leave_old_code(&self, space: Option<&Arc<str>>, project: &Arc<Project>) {
        self.close_where(|who, instance| {
            who.space.as_ref() == space && !Arc::ptr_eq(&instance.project, project)
        });
    }

    /// Sends debuggers away from `who`, whose isolate is to go: what it has under way must not wait for them.
    pub fn let_go(&self, who: &Who) {
        let mut inner = self.inner();
        inner.held.remove(who);
        for instance in inner.live.get(who).into_iter().flatten() {
            instance.health.close_debuggers();
        }
    }

    /// Lets debuggers back to `who`, which stays after all.
    pub fn readmit(&self, who: &Who) {
        let mut inner = self.inner();
        let instance = inner.live.get(who).and_then(|live| live.last()).cloned();
        let (Some(instance), Some(listeners)) = (instance, inner.attached.get_mut(who)) else {
            return;
        };
        instance.health.readmit_debuggers();
        let arrival = || Arrival {
            instance: instance.clone(),
            hold: Hold::none(),
        };
        listeners.retain(|listener| listener.send(arrival()).is_ok());
    }

    /// Sends all debuggers away.
    pub fn shut_down(&self) {
        self.inner().held.clear();
        self.close_where(|_, _| true);
    }

    fn close_where(&self, is_over: impl Fn(&Who, &Instance) -> bool) {
        let inner = self.inner();
        for (who, instances) in &inner.live {
            for instance in instances.iter().filter(|instance| is_over(who, instance)) {
                instance.health.close_debuggers();
            }
        }
    }

    /// Says that a debugger holds `who`, once for each.
    pub(super) fn tell_of_pause(&self, who: &Who) {
        if self.inner().told.insert(who.clone()) {
            let text = format!(
                "`{who}` is paused in the debugger; it goes on when you resume it or close the debugger"
            );
            self.reporter.report(Event::Notice(text));
        }
    }
}
