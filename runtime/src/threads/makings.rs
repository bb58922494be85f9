//! What the threads of a server make their isolates with. One for all of them; it is given, and never
//! looked up.

use std::sync::Arc;
use std::task::Context;

use partyrun_ops::Services;

use super::turns::Turns;
use crate::call::RoomKey;
use crate::host::Outside;
use crate::inspector::{Target, Targets, Who};
use crate::isolate::{Isolate, LoadError};
use crate::project::{ConsoleColors, Limits, Project};
use crate::watch::Watchdog;

pub struct Makings {
    pub limits: Limits,
    pub outside: Outside,
    pub watchdog: Arc<Watchdog>,
    /// `127.0.0.1:<port>`: the host in stubs' URLs before any request has told another.
    pub host: String,
    pub colors: ConsoleColors,
    /// Where isolates are shown to debuggers, if they are.
    pub targets: Option<Arc<Targets>>,
    /// The space that they are of, for debuggers; `None` for the one with which the server started.
    space: Option<Arc<str>>,
    /// Turns to make an isolate.
    pub turns: Arc<Turns>,
}

impl Makings {
    pub fn new(
        limits: Limits,
        outside: Outside,
        watchdog: Arc<Watchdog>,
        host: String,
        colors: ConsoleColors,
        targets: Option<Arc<Targets>>,
    ) -> Arc<Self> {
        Arc::new(Makings {
            limits,
            outside,
            watchdog,
            host,
            colors,
            targets,
            space: None,
            turns: Arc::new(Turns::for_each_core()),
        })
    }

    /// The same for another space of the process.
    pub fn beside(&self, space: &str, outside: Outside, host: String) -> Arc<Self> {
        Arc::new(Makings {
            limits: self.limits,
            outside,
            watchdog: self.watchdog.clone(),
            host,
            colors: self.colors,
            targets: self.targets.clone(),
            space: Some(space.into()),
            turns: self.turns.clone(),
        })
    }

    /// An isolate, open to debuggers if there may be any.
    pub fn isolate(&self, services: Services) -> Result<Isolate, LoadError> {
        let mut isolate = Isolate::new(services, self.limits)?;
        if self.targets.is_some() {
            isolate.open_to_debuggers();
        }
        Ok(isolate)
    }

    /// The isolate of a room, or of the worker, as debuggers know it.
    pub fn who(&self, room: Option<&RoomKey>) -> Who {
        Who {
            space: self.space.clone(),
            room: room.cloned(),
        }
    }

    /// Shows an isolate that has not loaded anything of `project` to debuggers, if there may be any. Those
    /// that want to see it begin are waited for.
    pub async fn show(
        &self,
        room: Option<&RoomKey>,
        isolate: &mut Isolate,
        project: &Arc<Project>,
    ) -> Option<Target> {
        let targets = self.targets.as_ref()?;
        let health = isolate.health().clone();
        let mut target = targets.open(self.who(room), health, project.clone());
        // Whoever waits for it hears of what goes wrong when it begins.
        let poll = |cx: &mut Context<'_>| drop(isolate.poll(cx));
        target.settle(poll).await;
        Some(target)
    }

    /// Whether a debugger wants to see a room begin.
    pub fn is_awaited(&self, room: &RoomKey) -> bool {
        let targets = self.targets.as_ref();
        targets.is_some_and(|targets| targets.is_awaited(&self.who(Some(room))))
    }

    /// Sends debuggers away from a room that is to go.
    pub fn let_go(&self, room: &RoomKey) {
        if let Some(targets) = &self.targets {
            targets.let_go(&self.who(Some(room)));
        }
    }

    /// Lets debuggers back to a room that stays after all.
    pub fn readmit(&self, room: &RoomKey) {
        if let Some(targets) = &self.targets {
            targets.readmit(&self.who(Some(room)));
        }
    }

    /// Sends debuggers away from all code but `project`.
    pub fn leave_old_code(&self, project: &Arc<Project>) {
        if let Some(targets) = &self.targets {
            targets.leave_old_code(self.space.as_ref(), project);
        }
    }
}
