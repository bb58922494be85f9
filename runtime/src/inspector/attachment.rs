//! One debugger's view of one room, or of the worker: a proxy between it and the isolate of the moment.
//! When another isolate takes over, it gets a session of its own, set up as the last one was. Ends with its
//! [`Attachment`].

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use deno_core::futures::StreamExt;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::message::{self, Command, OWN_IDS};
use super::rewrite::{self, View};
use super::state::{State, answer_without_isolate, is_of_v8};
use super::target::{Hold, Instance, Who};
use super::targets::{Arrival, Targets};
use crate::isolate::DebugSession;

/// What is said to commands that only an isolate can do.
const NO_ISOLATE: &str = "It has no isolate at the moment; the next event makes one";

/// Where messages for the debugger go.
pub type Tell = Box<dyn Fn(String) + Send>;

/// A debugger that is attached. Dropping it lets go what it holds.
pub struct Attachment {
    commands: UnboundedSender<String>,
}

impl Attachment {
    /// Attaches to `who`. Must be called on a tokio runtime.
    pub fn start(targets: &Arc<Targets>, who: Who, tell: Tell) -> Attachment {
        Attachment::start_holding(targets, who, tell, Hold::none())
    }

    /// The same for an isolate that `hold` keeps from beginning until the debugger says so.
    pub(super) fn start_holding(
        targets: &Arc<Targets>,
        who: Who,
        tell: Tell,
        hold: Hold,
    ) -> Attachment {
        let (commands, receiver) = unbounded_channel();
        let mut arrivals = targets.attach(&who);
        let mut proxy = Proxy {
            who,
            targets: targets.clone(),
            tell,
            state: State::default(),
            pending: HashMap::new(),
            next_id: OWN_IDS,
            session: None,
            is_paused: false,
            hidden: RefCell::default(),
            holds: vec![hold],
        };
        if let Ok(Arrival { instance, hold }) = arrivals.try_recv() {
            proxy.holds.push(hold);
            proxy.connect(instance);
        }
        tokio::spawn(proxy.run(receiver, arrivals));
        Attachment { commands }
    }

    /// A message of the debugger.
    pub fn send(&self, text: String) {
        // It only ends before this does.
        let _ = self.commands.send(text);
    }
}

/// A debugger has let go of an isolate. Another one may hold it.
fn go_on(instance: &Instance) {
    if !instance.health.is_debugged() {
        instance.health.resume();
    }
}

struct Proxy {
    who: Who,
    targets: Arc<Targets>,
    tell: Tell,
    state: State,
    /// Commands that V8 has not answered; those that set a breakpoint with what they ask.
    pending: HashMap<i64, Option<Value>>,
    next_id: i64,
    session: Option<(Arc<Instance>, DebugSession)>,
    is_paused: bool,
    /// Scripts of the isolate that the debugger is not told of.
    hidden: RefCell<HashSet<String>>,
    /// Until the debugger has the isolate run.
    holds: Vec<Hold>,
}

impl Proxy {
    async fn run(
        mut self,
        mut commands: UnboundedReceiver<String>,
        mut arrivals: UnboundedReceiver<Arrival>,
    ) {
        loop {
            let session = &mut self.session;
            let heard = async {
                match session {
                    Some((_, session)) => session.from.next().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                command = commands.recv() => match command {
                    Some(text) => self.command(&text),
                    None => return self.end(),
                },
                message = heard => match message {
                    Some(message) => self.heard(message.content),
                    None => self.disconnect(),
                },
                Some(arrival) = arrivals.recv() => {
                    self.connect(arrival.instance);
                    // Only now: the isolate begins with what it has been told.
                    drop(arrival.hold);
                }
            }
        }
    }

    fn end(&mut self) {
        if let Some((instance, session)) = self.session.take() {
            drop(session);
            go_on(&instance);
        }
    }

    fn connect(&mut self, instance: Arc<Instance>) {
        self.disconnect();
        let Some(session) = instance.health.attach_debugger() else {
            return;
        };
        self.session = Some((instance, session));
        self.hidden.borrow_mut().clear();
        for (method, params) in self.state.replay() {
            self.order(&method, &params);
        }
        if self.state.is_enabled("Debugger") {
            self.step_past_own_scripts();
        }
    }

    /// The isolate is gone, or does not let debuggers in any more.
    fn disconnect(&mut self) {
        let Some((instance, session)) = self.session.take() else {
            return;
        };
        drop(session);
        // What it does from here on the debugger does not see.
        self.holds.clear();
        go_on(&instance);
        if std::mem::take(&mut self.is_paused) {
            (self.tell)(message::event("Debugger.resumed", &json!({})));
        }
        for (id, _) in self.pending.drain() {
            (self.tell)(message::failure(id, NO_ISOLATE));
        }
        if self.state.is_enabled("Runtime") {
            let text = message::event("Runtime.executionContextsCleared", &json!({}));
            (self.tell)(text);
        }
    }

    /// A command of our own, whose answer nobody hears.
    fn order(&mut self, method: &str, params: &Value) {
        self.next_id += 1;
        self.pass_on(message::command(self.next_id, method, params));
    }

    fn step_past_own_scripts(&mut self) {
        if !self.state.has_set("Debugger.setBlackboxPatterns") {
            let params = rewrite::blackbox(&Value::Null);
            self.order("Debugger.setBlackboxPatterns", &params);
        }
    }

    fn pass_on(&self, text: String) {
        if let Some((_, session)) = &self.session {
            // An isolate that is gone says so by itself.
            let _ = session.to.unbounded_send(text);
        }
    }

    fn command(&mut self, text: &str) {
        let Some(mut command) = Command::read(text) else {
            return;
        };
        if !is_of_v8(command.domain()) {
            let (id, method) = (command.id, &command.method);
            return (self.tell)(match message::is_of_others(&command) {
                true => message::answer(id, &json!({})),
                false => message::no_method(id, method),
            });
        }
        if command.method == "Debugger.setBlackboxPatterns" {
            command.params = rewrite::blackbox(&command.params);
        }
        self.state.note(&command);
        match self.session {
            Some(_) => self.ask(&command),
            None => self.answer_alone(&command),
        }
        if command.method == "Runtime.runIfWaitingForDebugger" {
            self.holds.clear();
        }
    }

    fn ask(&mut self, command: &Command) {
        let method = command.method.as_str();
        let breakpoint = method == "Debugger.setBreakpointByUrl";
        let breakpoint = breakpoint.then(|| command.params.clone());
        self.pending.insert(command.id, breakpoint);
        self.pass_on(message::command(command.id, method, &command.params));
        if method == "Debugger.enable" {
            self.step_past_own_scripts();
        }
    }

    fn answer_alone(&mut self, command: &Command) {
        let Some(result) = answer_without_isolate(command) else {
            return (self.tell)(message::failure(command.id, NO_ISOLATE));
        };
        if let Some(id) = result["breakpointId"].as_str() {
            self.state
                .add_breakpoint(command.params.clone(), id.to_owned());
        }
        (self.tell)(message::answer(command.id, &result));
    }

    fn heard(&mut self, text: String) {
        let Some((instance, _)) = &self.session else {
            return;
        };
        if let Some(id) = message::answered(&text) {
            if id >= OWN_IDS {
                return;
            }
            if let Some(Some(params)) = self.pending.remove(&id) {
                self.note_breakpoint(params, &text);
            }
            return (self.tell)(text);
        }
        let Some(method) = message::told(&text) else {
            return (self.tell)(text);
        };
        match method {
            "Debugger.paused" => {
                self.is_paused = true;
                instance.health.pause();
                self.targets.tell_of_pause(&self.who);
            }
            "Debugger.resumed" => {
                self.is_paused = false;
                instance.health.resume();
            }
            _ => {}
        }
        let method = method.to_owned();
        let graph = &instance.project.graph;
        let view = View {
            who: &self.who,
            maps: &|url: &str| graph.complete_source_map(url),
            is_whole: self.targets.manner.shows_internals,
            hidden: &self.hidden,
        };
        if let Some(text) = view.event(&method, text) {
            (self.tell)(text);
        }
    }

    /// V8 has set a breakpoint, or refused to.
    fn note_breakpoint(&mut self, params: Value, text: &str) {
        let message: Value = serde_json::from_str(text).unwrap_or_default();
        if let Some(id) = message["result"]["breakpointId"].as_str() {
            self.state.add_breakpoint(params, id.to_owned());
        }
    }
}
