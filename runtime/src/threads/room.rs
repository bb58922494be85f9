//! A room's thread. It owns everything of one room: isolate, sockets, storage view. The isolate may
//! go and come back under it: when the room hibernates, when new code arrives, when user code broke.

use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Poll, Waker};

use partyrun_ops::storage_interface::{RoomStorage, SharedStorage};
use tokio::sync::mpsc::UnboundedReceiver;

use super::ahead::{self, Made};
use super::ended::Ended;
use super::ending::closing_handshakes;
use super::handover;
use super::home;
use super::instance::{self, Exit};
use super::main_task;
use super::makings::Makings;
use super::naming;
use super::owner::RoomOwner;
use super::scheduling::{interrupt_others, let_others_finish};
use super::whose;
use crate::call::{Generation, Leave, Leaving, RoomEvent, RoomKey};
use crate::host::IsolateHost;
use crate::inspector::Target;
use crate::isolate::{Isolate, LoadError, Subject};
use crate::memory::Account;
use crate::rooms::{Preparing, Rooms};
use crate::storage::{RoomIdentity, internal_id};
use crate::watch::{WatchGuard, return_memory_at_times};

/// Runs a room's thread to its end. `preparing` is set for a spare: it makes its isolate first, loads
/// what its room is likely to need, and then offers itself.
pub fn main(
    makings: Arc<Makings>,
    rooms: Arc<Rooms>,
    receiver: UnboundedReceiver<RoomEvent>,
    preparing: Option<Preparing>,
) {
    let account = Account::open();
    match preparing {
        Some(_) => let_others_finish(),
        None => interrupt_others(),
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => main_task::run(&runtime, Room::run(makings, rooms, receiver, preparing)),
        // The receiver is dropped, so whoever waits for this room hears that it is gone.
        Err(error) => rooms.tell_of_refusal(format!("A room cannot start: {error}")),
    }
    drop(account);
    return_memory_at_times();
}

/// Waits for a room on a thread that has an isolate, and runs it to its end.
pub(super) async fn wait(
    makings: Arc<Makings>,
    rooms: Arc<Rooms>,
    host: Rc<IsolateHost>,
    receiver: UnboundedReceiver<RoomEvent>,
    spare: Made,
) {
    naming::is_of_a_room();
    Room::begin(makings, rooms, host, receiver, Some(spare)).await;
}

struct Room {
    makings: Arc<Makings>,
    rooms: Arc<Rooms>,
    host: Rc<IsolateHost>,
    key: RoomKey,
    generation: Generation,
    owner: RoomOwner,
    /// What is left of the latest life, if somebody waits for its end and not for its memory.
    ended: Option<Ended>,
}

/// What to do after an isolate is gone.
enum Next {
    /// Run the code of `generation` again, now.
    Restart,
    /// Wait for an event before running it again.
    Sleep,
    End,
}

impl Room {
    async fn run(
        makings: Arc<Makings>,
        rooms: Arc<Rooms>,
        receiver: UnboundedReceiver<RoomEvent>,
        preparing: Option<Preparing>,
    ) {
        let host = IsolateHost::new(rooms.clone(), makings.outside.clone(), makings.limits);
        let mut isolate = None;
        if let Some(preparing) = preparing {
            let made = match preparing.is_ahead_of_code() {
                true => ahead::make(&makings, &host).await,
                false => ahead::make_ahead(&makings, &rooms, &host).await,
            };
            // Without one it is of no use to a room, which makes its own and says why it cannot.
            let Ok(made) = made else {
                return;
            };
            preparing.offer(made.loaded());
            isolate = Some(made);
        }
        Room::begin(makings, rooms, host, receiver, isolate).await;
    }

    /// Runs the room that the first event is of.
    async fn begin(
        mut makings: Arc<Makings>,
        mut rooms: Arc<Rooms>,
        host: Rc<IsolateHost>,
        mut receiver: UnboundedReceiver<RoomEvent>,
        spare: Option<Made>,
    ) {
        let mut isolate = spare.map(Ok);
        let Some(RoomEvent::Assign(key, generation, mark, home)) = receiver.recv().await else {
            return;
        };
        interrupt_others();
        if let Some(home) = home {
            // The receiver is dropped if its server has ended, of which whoever waits hears.
            let Some(entered) = home::enter(&home) else {
                return;
            };
            (makings, rooms) = entered;
            host.move_to(rooms.clone(), makings.outside.clone());
            if let Some(Ok(made)) = &mut isolate {
                made.bind(makings.outside.bindings.clone());
            }
        }
        host.assign(key.clone());
        whose::belongs_to(key.address());
        let owner = RoomOwner::new(receiver, makings.limits.idle, mark);
        let mut room = Room {
            makings,
            rooms,
            host,
            key,
            generation,
            owner,
            ended: None,
        };
        loop {
            let made = match isolate.take() {
                Some(made) => made,
                None => ahead::make(&room.makings, &room.host).await,
            };
            let mut next = room.live(made).await;
            room.ended = None;
            while let Next::Sleep = next {
                room.sleep().await;
                next = match room.owner.take_leaving() {
                    _ if room.owner.shutdown => {
                        room.host.sockets.abort_all();
                        Next::End
                    }
                    Some(leaving) => room.leave(leaving),
                    None => Next::Restart,
                };
            }
            if let Next::End = next {
                break;
            }
        }
        room.host.hide();
        if !room.owner.shutdown {
            closing_handshakes(&room.host).await;
        }
    }

    /// One life of the isolate.
    async fn live(&mut self, made: Result<Made, LoadError>) -> Next {
        let exit = match self.start(made).await {
            Ok((mut isolate, watched, storage)) => {
                let exit =
                    instance::run(&mut isolate, &self.host, Some(&*storage), &mut self.owner).await;
                if let Exit::Asked = exit
                    && self.owner.keeps_sockets()
                {
                    handover::leave(&mut isolate, &self.host);
                }
                self.owner.has_no_isolate();
                let is_replaced = isolate.health().is_replaced();
                let is_waited_for = self.is_waited_for(&exit);
                let ended = Ended::of(isolate, watched);
                if is_waited_for {
                    self.ended = Some(ended);
                } else {
                    drop(ended);
                }
                if is_replaced {
                    return self.give_way();
                }
                exit
            }
            Err(error) => {
                self.host
                    .report_error("The room cannot start", error.0.clone());
                self.owner.drain();
                self.fail_waiting(&error.0);
                // Nobody can take what its sockets send, the sleeping ones included.
                self.host.sockets.close_all(1011, "The room cannot start");
                return self.retire();
            }
        };
        self.host.settle().await;
        // Only now, as what its handler has set is known.
        self.host.fail_alarm();
        match exit {
            Exit::Shutdown => {
                self.host.sockets.abort_all();
                Next::End
            }
            Exit::Asked if self.owner.shutdown => {
                self.host.sockets.abort_all();
                Next::End
            }
            Exit::Asked => self.rest(),
            Exit::Broken { reason, answer } => {
                self.host.report_error("The room was reset", reason);
                self.host.fail_requests(500, &answer);
                self.host.sockets.close_awake(1011, "The room was reset");
                self.retire()
            }
        }
    }

    /// Whether somebody waits for the room to go, and all that it has stored is on its way: whoever sends it
    /// away is told, and a room with new code begins on another thread, before its isolate is dropped.
    fn is_waited_for(&self, exit: &Exit) -> bool {
        matches!(exit, Exit::Asked)
            && self.owner.is_leaving()
            && self.host.output_gate.is_settled(Waker::noop())
    }

    async fn start(
        &mut self,
        made: Result<Made, LoadError>,
    ) -> Result<(Isolate, (WatchGuard, Option<Target>), Rc<dyn RoomStorage>), LoadError> {
        // Until its code is loaded, what others may need one day waits.
        let _starting = self.makings.turns.begin();
        let claimed = made?.claim(&self.makings, &self.host, &self.generation, &self.key);
        let (mut isolate, watched, loaded) = claimed.await?;
        let makings = &self.makings;
        let project = &self.generation.project;
        self.host.sockets.keep_over_saves(project.keeps_sockets);
        let internal_id = internal_id(&self.key.party, &self.key.room);
        let identity = RoomIdentity {
            party: self.key.party.to_string(),
            name: self.key.room.to_string(),
            internal_id: internal_id.clone(),
        };
        let listener = self.host.output_gate.renew();
        let storage: SharedStorage = Rc::new(makings.outside.storage.room(identity, listener));
        isolate.set_storage(storage.clone());
        let (rooms, key) = (self.rooms.clone(), self.key.clone());
        let (others, name) = (rooms.clone(), key.clone());
        isolate.health().serve(Subject {
            room: Some(self.key.address()),
            project: project.clone(),
            give_up: Box::new(move || rooms.give_up(&key)),
            wake: Box::new(move || others.rouse(&name)),
        });
        let wake = self.host.sockets.records().into_iter().next();
        // What a stub's URL would be, when nobody's request woke the room.
        let unasked = || {
            let RoomKey { party, room } = &self.key;
            format!("http://{}/parties/{party}/{room}", makings.host)
        };
        let config = ahead::Config {
            makings,
            project,
            party: &self.key.party,
        };
        let wake_url = wake.map_or_else(unasked, |record| record.uri);
        let target = makings.show(Some(&self.key), &mut isolate, project);
        let target = target.await;
        let server = match loaded {
            Some(server) => {
                isolate.configure(&config.of_loaded(&internal_id, &wake_url))?;
                self.host.release_reports();
                server
            }
            None => {
                isolate.set_graph(project.graph.clone());
                self.host.runs(&project.graph);
                isolate.configure(&config.of_room(&internal_id, &wake_url))?;
                ahead::load(&mut isolate, &self.host, project, &self.key.party).await?
            }
        };
        let watched = (watched, target);
        let health = isolate.health().clone();
        let mark = health.start_turn();
        isolate.assign_room(&server)?;
        drop(mark);
        Ok((isolate, watched, storage))
    }

    /// Another room has the name of this one, which came back too late.
    fn give_way(&mut self) -> Next {
        const TEXT: &str = "The room was reset";
        self.host.fail_requests(500, TEXT);
        self.owner.drain();
        self.fail_waiting(TEXT);
        self.host.sockets.close_all(1011, TEXT);
        Next::End
    }

    /// The isolate has gone because somebody asked for it.
    fn leave(&mut self, leaving: Leaving) -> Next {
        match leaving.how {
            Leave::Close => self.host.sockets.close_all(1012, "Evicted"),
            Leave::Restart => self.host.sockets.close_awake(1012, "Restarted"),
            Leave::Keep => {}
        }
        let next = self.retire();
        // Whoever asked may have given up.
        let _ = leaving.done.send(Ok(()));
        next
    }

    /// The loop had nothing left to do, or new code came.
    fn rest(&mut self) -> Next {
        if let Some(leaving) = self.owner.take_leaving() {
            self.host.fail_requests(503, "The room was evicted");
            self.adopt_reload();
            return self.leave(leaving);
        }
        self.host
            .fail_requests(503, "The room was restarted with new code");
        if let Some(generation) = self.owner.take_reload() {
            let is_kept = generation.project.keeps_sockets;
            self.generation = generation;
            handover::part(&self.host, &self.rooms, &self.key, is_kept);
            if self.owner.has_work(&self.host) {
                return Next::Restart;
            }
        }
        self.retire()
    }

    /// Ends the thread, or keeps it for its sleeping sockets.
    fn retire(&mut self) -> Next {
        if self.host.sockets.is_any(true) {
            return Next::Sleep;
        }
        self.owner.drain();
        if self.owner.shutdown {
            return Next::End;
        }
        if self.owner.has_work(&self.host) || !self.rooms.retire(&self.key, &self.owner.receiver) {
            self.adopt_reload();
            return Next::Restart;
        }
        Next::End
    }

    fn adopt_reload(&mut self) {
        if let Some(generation) = self.owner.take_reload() {
            self.generation = generation;
        }
    }

    /// Waits, without an isolate, until something happens to the room or one of its sockets.
    async fn sleep(&mut self) {
        let Room { owner, host, .. } = self;
        poll_fn(|cx| {
            host.inbox.register(cx.waker());
            owner.poll_receive(cx);
            owner
                .beats
                .drain(..)
                .for_each(|beat| host.beats.take_in(beat));
            host.flush(cx.waker());
            owner.tell_standing(cx, host, true);
            host.tell_stand(owner.has_work(host), cx.waker());
            let gone = !host.sockets.is_any(true);
            if owner.has_work(host) || owner.shutdown || owner.is_leaving() || gone {
                return Poll::Ready(());
            }
            Poll::Pending
        })
        .await;
        self.adopt_reload();
    }

    fn fail_waiting(&mut self, text: &str) {
        self.owner.alarm = None;
        for request in self.owner.queue.drain() {
            let reply = crate::call::text_reply(500, text);
            request.reply.send(crate::call::Reply::Response(reply));
        }
    }
}
