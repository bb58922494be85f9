//! What reaches the worker's thread, and what its isolate gets of that, and when. Never runs JavaScript.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use partyrun_ops::message::HttpRequest;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::Sleep;

use super::super::arrivals::Arrivals;
use super::super::instance::{Incoming, Owner};
use super::super::probes::Probes;
use crate::call::text_reply;
use crate::call::{Beat, Chain, Reply, ReplySender, StaticCall, WorkerEvent};
use crate::host::{IsolateHost, Ticket};
use crate::isolate::{Delivery, IsolateKind};

/// How long a worker may go on with what it is answering after a newer one has taken over.
const RETIRE_PATIENCE: Duration = Duration::from_secs(5);
/// A call of a static handler that waits for its turn.
pub(super) struct WaitingCall {
    call: StaticCall,
    http: HttpRequest,
    reply: ReplySender,
}

pub(super) struct WorkerOwner {
    pub receiver: UnboundedReceiver<WorkerEvent>,
    pub calls: Arrivals<WaitingCall>,
    pub retiring: Option<Pin<Box<Sleep>>>,
    pub shutdown: bool,
    pub probes: Probes,
    pub beats: Vec<Beat>,
}

impl WorkerOwner {
    pub fn new(receiver: UnboundedReceiver<WorkerEvent>) -> Self {
        WorkerOwner {
            receiver,
            calls: Arrivals::new(),
            retiring: None,
            shutdown: false,
            probes: Probes::default(),
            beats: Vec::new(),
        }
    }

    fn take_in(&mut self, event: WorkerEvent) {
        match event {
            WorkerEvent::Call { reply, .. } if self.retiring.is_some() => {
                let text = "The server has new code";
                // A client that is gone does not want its answer.
                reply.send(Reply::Response(text_reply(503, text)));
            }
            WorkerEvent::Call { call, http, reply } => {
                self.calls.push(WaitingCall { call, http, reply });
            }
            WorkerEvent::Probe(probe) => self.probes.push(probe),
            WorkerEvent::Beat(beat) => self.beats.push(beat),
            WorkerEvent::Retire => {
                let patience = tokio::time::sleep(RETIRE_PATIENCE);
                self.retiring = Some(Box::pin(patience));
            }
            WorkerEvent::Shutdown => self.shutdown = true,
        }
    }
}

impl Owner for WorkerOwner {
    const KIND: IsolateKind = IsolateKind::Worker;

    fn receive(&mut self, cx: &mut Context<'_>, host: &Rc<IsolateHost>) {
        while let Poll::Ready(event) = self.receiver.poll_recv(cx) {
            let Some(event) = event else {
                // One that retires has no sender any more.
                self.shutdown |= self.retiring.is_none();
                break;
            };
            self.take_in(event);
        }
        self.beats
            .drain(..)
            .for_each(|beat| host.beats.take_in(beat));
        self.calls.place(&host.inbox, !host.sockets.is_empty());
        self.probes.look(host);
    }

    fn place(&self, host: &IsolateHost) -> Option<Ticket> {
        let may_go = !self.shutdown && host.input_gate.is_open();
        self.calls.first().filter(|_| may_go)
    }

    fn next(&mut self, cx: &mut Context<'_>, host: &Rc<IsolateHost>) -> Option<Incoming> {
        self.receive(cx, host);
        if self.shutdown {
            return Some(Incoming::Leave);
        }
        if !host.input_gate.is_open() {
            // Cryptography that another thread does for a handler: the next one starts after it, as if
            // it had been done at once.
            return None;
        }
        let WaitingCall { call, http, reply } = self.calls.pop()?;
        let id = host.admit(reply, Chain::new(), None);
        Some(Incoming::Deliver(Delivery::Static(id, call, http)))
    }

    fn has_more(&self, host: &IsolateHost) -> bool {
        host.input_gate.is_open() && !self.calls.is_empty()
    }

    fn rest(&mut self, cx: &mut Context<'_>, host: &Rc<IsolateHost>, _working: bool) -> bool {
        self.probes.look(host);
        self.probes.answer(cx, host, self.calls.is_empty(), false);
        match &mut self.retiring {
            Some(patience) => {
                let idle = !host.is_busy() && !host.is_streaming() && self.calls.is_empty();
                patience.as_mut().poll(cx).is_ready() || idle
            }
            None => false,
        }
    }
}
