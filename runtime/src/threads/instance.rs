//! The loop of a thread that owns an isolate: take an event, let JavaScript handle it, end the turn,
//! sleep. The same loop serves rooms and the worker; what differs is in [`Owner`].

use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use partyrun_ops::message::RequestId;
use partyrun_ops::storage_interface::RoomStorage;

use super::rest::Rest;
use super::scheduling::let_others_finish;
use crate::host::{IsolateHost, Kept, SocketEvent, Ticket};
use crate::isolate::{Delivery, Isolate, IsolateKind, LoadError, Verdict};
use crate::modules::Moment;

/// What came from outside the thread.
pub enum Incoming {
    Deliver(Delivery),
    /// Leave the loop, with [`Exit::Asked`].
    Leave,
}

/// Whose isolate it is: where its events come from, and when it is done.
pub trait Owner {
    const KIND: IsolateKind;

    /// Takes in what has arrived. Registers `cx` for what has not.
    fn receive(&mut self, cx: &mut Context<'_>, host: &Rc<IsolateHost>);

    /// The place, among the events of sockets, of the request that [`Owner::next`] would give; `None`
    /// if those go first.
    fn place(&self, host: &IsolateHost) -> Option<Ticket>;

    /// The next event that may be delivered now. Registers `cx` when there is none.
    fn next(&mut self, cx: &mut Context<'_>, host: &Rc<IsolateHost>) -> Option<Incoming>;

    /// Whether something waits that may be delivered.
    fn has_more(&self, host: &IsolateHost) -> bool;

    /// Called after each delivery.
    fn delivered(&mut self) {}

    /// Called when there is nothing to do for now; `true` leaves the loop with [`Exit::Asked`].
    /// `working`: timers or operations of user code are under way.
    fn rest(&mut self, cx: &mut Context<'_>, host: &Rc<IsolateHost>, working: bool) -> bool;
}

/// Why the loop ended.
#[derive(Debug)]
pub enum Exit {
    /// The owner wanted it.
    Asked,
    /// The isolate's state cannot be trusted any more.
    Broken {
        /// For the developer.
        reason: String,
        /// What those whose requests are under way are told.
        answer: String,
    },
    Shutdown,
}

/// A room that keeps code for others is as late for what comes in the meantime.
const KEEPING: Duration = Duration::from_millis(2);

/// Deliveries after which timers and answers get their turn.
const BATCH: usize = 64;

/// Turns in which something was delivered, after which an isolate is one that has much to do.
const OFTEN: u32 = 64;

/// Runs the loop to its end.
pub async fn run<O: Owner>(
    isolate: &mut Isolate,
    host: &Rc<IsolateHost>,
    storage: Option<&dyn RoomStorage>,
    owner: &mut O,
) -> Exit {
    let mut used: u32 = 0;
    let mut rest = Rest::new();
    host.begin_beats();
    let exit = poll_fn(|cx| {
        host.beats.count_turn();
        host.inbox.register(cx.waker());
        if host.inbox.is_looking() {
            // Wakes the loop when it has seen everything. Whatever else does is still there then.
            return Poll::Pending;
        }
        let mut working;
        loop {
            let more = match turn(isolate, host, storage, owner, cx) {
                Ok(more) => more,
                Err(exit) => return Poll::Ready(exit),
            };
            working = more.working;
            if !more.delivered {
                break;
            }
            used = used.saturating_add(1);
            if used == OFTEN {
                let_others_finish();
            }
        }
        let is_used = used > 0;
        if is_used && isolate.has_code_to_keep() && !host.is_busy() {
            isolate.keep_code(Moment::Used, KEEPING);
            // The rest comes after what has happened since.
            cx.waker().wake_by_ref();
        }
        if owner.rest(cx, host, working) {
            return Poll::Ready(Exit::Asked);
        }
        host.tell_stand(owner.has_more(host), cx.waker());
        if rest.has_come(cx) && is_used && !isolate.has_code_to_keep() && !host.is_busy() {
            isolate.collect_leftovers();
        }
        Poll::Pending
    })
    .await;
    host.end_beats();
    exit
}

/// What a turn came to.
struct Turned {
    delivered: bool,
    working: bool,
}

/// One turn: a batch of events, whatever else is due, and the output of all that.
fn turn<O: Owner>(
    isolate: &mut Isolate,
    host: &Rc<IsolateHost>,
    storage: Option<&dyn RoomStorage>,
    owner: &mut O,
    cx: &mut Context<'_>,
) -> Result<Turned, Exit> {
    let mut delivered = 0;
    owner.receive(cx, host);
    while delivered < BATCH {
        let delivery = match next(owner, host, cx) {
            Some(Incoming::Deliver(delivery)) => delivery,
            Some(Incoming::Leave) => {
                host.flush(cx.waker());
                return Err(Exit::Asked);
            }
            None => break,
        };
        delivered += 1;
        host.note_activity();
        let ended = delivery.ended();
        let request = delivery.request();
        let mark = isolate.health().start_turn();
        let outcome = isolate.deliver(O::KIND, delivery);
        drop(mark);
        isolate.measure();
        if let Err(error) = outcome {
            verdict(isolate, host, storage)?;
            interrupted(host, request, error)?;
        }
        verdict(isolate, host, storage)?;
        owner.delivered();
        if let Some((socket, clean)) = ended {
            host.sockets.heard_the_end(socket, clean);
        }
        // Writes of one event are one batch, apart from those of the next.
        host.end_turn(storage.and_then(RoomStorage::seal));
    }
    while host.beats.take_tick() {
        if host.has_due_timer() {
            owner.delivered();
        }
        let mark = isolate.health().start_turn();
        let outcome = isolate.deliver(O::KIND, Delivery::Tick);
        drop(mark);
        verdict(isolate, host, storage)?;
        if let Err(error) = outcome {
            interrupted(host, None, error)?;
        }
        host.end_turn(storage.and_then(RoomStorage::seal));
    }
    let mark = isolate.health().start_turn();
    let polled = isolate.poll(cx);
    drop(mark);
    isolate.measure();
    let working = polled.is_pending();
    if let Poll::Ready(Err(error)) = polled {
        verdict(isolate, host, storage)?;
        host.report_error("Uncaught", error.0);
    }
    verdict(isolate, host, storage)?;
    host.end_turn(storage.and_then(RoomStorage::seal));
    host.flush(cx.waker());
    Ok(Turned {
        delivered: delivered > 0,
        working,
    })
}

/// What arrived first of what may be delivered now.
fn next<O: Owner>(owner: &mut O, host: &Rc<IsolateHost>, cx: &mut Context<'_>) -> Option<Incoming> {
    let place = owner.place(host);
    if place.is_none_or(|ticket| host.inbox.precedes(ticket))
        && let Some(event) = next_socket_event(host)
    {
        return Some(Incoming::Deliver(event));
    }
    owner.next(cx, host)
}

/// JavaScript ended where it may not. Whoever asked is answered; what was stopped without a verdict has
/// left behind it handlers of others too that will never go on.
fn interrupted(
    host: &Rc<IsolateHost>,
    request: Option<RequestId>,
    error: LoadError,
) -> Result<(), Exit> {
    if error.is_stop() {
        return Err(broken("it was stopped".to_owned()));
    }
    if let Some(request) = request {
        host.fail_request(request, 500, &error.0);
    }
    host.report_error("Uncaught", error.0);
    Ok(())
}

fn next_event(host: &Rc<IsolateHost>) -> Option<SocketEvent> {
    let (inbox, sockets) = (&host.inbox, &host.sockets);
    if !host.input_gate.is_open() {
        return inbox.pop_of(|socket| sockets.is_inside(socket));
    }
    if sockets.is_any_held() {
        return inbox.pop_unless(|event| {
            !matches!(event, SocketEvent::Resume(_)) && sockets.is_held(event.socket())
        });
    }
    inbox.pop()
}

fn next_socket_event(host: &Rc<IsolateHost>) -> Option<Delivery> {
    let event = next_event(host)?;
    Some(match event {
        SocketEvent::Resume(socket) => {
            let Some(Kept { request, left }) = host.sockets.take_kept(socket) else {
                // It has gone meanwhile.
                return next_socket_event(host);
            };
            Delivery::Resume {
                socket,
                request,
                left,
            }
        }
        SocketEvent::Open { socket, protocol } => Delivery::Open(socket, protocol),
        SocketEvent::Message(socket, message) => Delivery::Message(socket, message),
        SocketEvent::Close {
            socket,
            code,
            reason,
            clean,
        } => Delivery::Close {
            socket,
            code,
            reason,
            clean,
        },
        SocketEvent::Failed {
            socket,
            message,
            close,
        } => {
            if let Some((code, reason)) = close {
                let turn = host.output_gate.turn();
                host.sockets.close(socket, Some(code), &reason, turn);
            }
            Delivery::Error(socket, message)
        }
    })
}

/// Ends the loop when the isolate is condemned, or its state cannot be trusted.
fn verdict(
    isolate: &Isolate,
    host: &Rc<IsolateHost>,
    storage: Option<&dyn RoomStorage>,
) -> Result<(), Exit> {
    untrusted(host, storage)?;
    match isolate.health().verdict() {
        Verdict::Healthy => Ok(()),
        Verdict::OutOfMemory => {
            let excess = isolate.health().excess();
            Err(broken(format!("it reached its memory limit: {excess}")))
        }
        Verdict::TooLong => Err(stopped(
            isolate,
            "it computed for too long without yielding",
        )),
        Verdict::WaitedTooLong => Err(broken(
            "what another thread computed for it took too long".to_owned(),
        )),
        Verdict::Outdated => Err(stopped(isolate, "it kept running old code")),
        Verdict::Shutdown => Err(Exit::Shutdown),
    }
}

/// Ends the loop when user code broke its room, or counts on a write that is lost.
fn untrusted(host: &IsolateHost, storage: Option<&dyn RoomStorage>) -> Result<(), Exit> {
    if let Some(reason) = host.take_reset() {
        // User code saw its writes succeed before it failed. No output waits for them.
        let _ = storage.and_then(RoomStorage::seal);
        return Err(Exit::Broken {
            answer: reason.clone(),
            reason: format!("blockConcurrencyWhile failed: {reason}"),
        });
    }
    if let Some(failure) = host.output_gate.take_failure() {
        return Err(broken(format!("a write was lost: {failure}")));
    }
    Ok(())
}

fn stopped(isolate: &Isolate, reason: &str) -> Exit {
    broken(format!("{reason}{}", isolate.health().stopped_at()))
}

fn broken(reason: String) -> Exit {
    Exit::Broken {
        reason,
        answer: "The room was reset".to_owned(),
    }
}

#[cfg(test)]
mod tests;
