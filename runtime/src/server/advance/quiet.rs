//! When all that was started is done, as far as it does not wait for the outside or for a time to come.
//! Asks every isolate how it stands, and the storage to come to the end of its queue, until nothing has moved
//! in between.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::Leader;
use crate::call::{Beat, RoomKey, Stand};
use crate::server::door::FrontDoor;
use crate::storage::StorageHandle;

/// In so many rounds after another nothing may have moved: one alone may miss what was on its way between
/// two threads.
const STILL_ROUNDS: u32 = 2;
/// A handler that goes on without a timer may be about to end; one that has not by then waits for the outside.
const BUSY_PATIENCE: Duration = Duration::from_millis(200);
/// An isolate that does not say by then how it stands computes, or its modules wait for something.
const ASK_PATIENCE: Duration = Duration::from_secs(5);
/// Most of what moves is over after a few rounds, each of which waits for all isolates; only what takes longer
/// is worth a pause, which takes a millisecond at least.
const EAGER_ROUNDS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(1);

/// Static handlers have no key.
type Who = Option<RoomKey>;

pub(super) struct Quiet {
    door: Arc<FrontDoor>,
    storage: StorageHandle,
    /// Those whose handlers wait for the outside.
    outside: HashSet<Who>,
}

impl Quiet {
    pub fn of(leader: &Leader) -> Self {
        Quiet {
            door: leader.door.clone(),
            storage: leader.storage.clone(),
            outside: HashSet::new(),
        }
    }

    /// Returns when nothing moves.
    pub async fn wait(&mut self) {
        let start = Instant::now();
        let mut before = self.round().await;
        let mut still = 0;
        let mut busy_since = None;
        let mut rounds = 0;
        while still < STILL_ROUNDS && start.elapsed() < ASK_PATIENCE {
            if rounds > EAGER_ROUNDS {
                tokio::time::sleep(PAUSE).await;
            }
            rounds += 1;
            let now = self.round().await;
            let has_moved = now.keys().any(|who| !before.contains_key(who))
                || now.iter().any(|(who, stand)| {
                    let turns = before.get(who).map_or(0, |before| before.turns);
                    // Being asked is one turn.
                    stand.is_leaving || stand.turns > turns + 1
                });
            let busy: Vec<_> = now
                .iter()
                .filter(|(who, stand)| stand.is_busy && !self.outside.contains(*who))
                .map(|(who, _)| who.clone())
                .collect();
            before = now;
            if has_moved {
                (still, busy_since) = (0, None);
            } else if busy.is_empty() {
                still += 1;
            } else if busy_since.get_or_insert_with(Instant::now).elapsed() > BUSY_PATIENCE {
                self.outside.extend(busy);
            }
        }
    }

    /// How each isolate stands. One that ends meanwhile has nothing to say.
    async fn round(&self) -> HashMap<Who, Stand> {
        let mut asked = Vec::new();
        for key in self.door.rooms.live() {
            let (told, stands) = oneshot::channel();
            if self.door.rooms.beat(&key, Beat::Ask(told)) {
                asked.push((Some(key), stands));
            }
        }
        let (told, stands) = oneshot::channel();
        self.door.current().worker.beat(Beat::Ask(told));
        asked.push((None, stands));
        let mut all = HashMap::new();
        for (who, stands) in asked {
            if let Ok(Ok(stand)) = tokio::time::timeout(ASK_PATIENCE, stands).await {
                all.insert(who, stand);
            }
        }
        // What it does comes one after the other: all that was asked of it before this is done.
        let _ = self.storage.run(|_| ()).await;
        all
    }
}
