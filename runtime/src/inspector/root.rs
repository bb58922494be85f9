//! The target that stands for all others together. It has no isolate: it tells of rooms as Node.js tells of
//! its workers (VS Code attaches so), or as browsers tell of theirs, and passes on what is for one of them.
//! What else a debugger asks of a program, before it believes that it is one, is answered here.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::attachment::Attachment;
use super::message::{self, Command};
use super::state::{answer_without_isolate, is_of_v8};
use super::target::{Hold, Who};
use super::targets::Targets;

/// What the root is called where a debugger lists it.
pub const TITLE: &str = "partyrun: all rooms";

/// Where messages for the debugger go.
type Outbox = Arc<dyn Fn(String) + Send + Sync>;

/// A debugger that is attached to all rooms. Dropping it lets go what it holds.
pub struct Root {
    commands: UnboundedSender<String>,
}

/// How a debugger wants to hear of rooms.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dialect {
    /// `NodeWorker`: messages in messages.
    Workers,
    /// `Target`: messages with their session's id.
    Flat,
}

struct Session {
    who: Who,
    attachment: Attachment,
}

struct Switchboard {
    targets: Arc<Targets>,
    tell: Outbox,
    /// Set once rooms are to be attached to as they come.
    follows: Option<(Dialect, bool)>,
    sessions: BTreeMap<u64, Session>,
    latest: u64,
}

impl Root {
    /// Must be called on a tokio runtime.
    pub fn start(targets: &Arc<Targets>, tell: impl Fn(String) + Send + Sync + 'static) -> Root {
        let (commands, receiver) = unbounded_channel();
        let news = targets.watch();
        let switchboard = Switchboard {
            targets: targets.clone(),
            tell: Arc::new(tell),
            follows: None,
            sessions: BTreeMap::new(),
            latest: 0,
        };
        tokio::spawn(switchboard.run(receiver, news));
        Root { commands }
    }

    /// A message of the debugger.
    pub fn send(&self, text: String) {
        // It only ends before this does.
        let _ = self.commands.send(text);
    }
}

impl Switchboard {
    async fn run(
        mut self,
        mut commands: UnboundedReceiver<String>,
        mut news: UnboundedReceiver<(Who, Hold)>,
    ) {
        loop {
            tokio::select! {
                biased;
                command = commands.recv() => match command {
                    Some(text) => self.command(text),
                    None => return,
                },
                Some((who, hold)) = news.recv() => self.arrived(who, hold),
            }
        }
    }

    fn arrived(&mut self, who: Who, hold: Hold) {
        let Some((dialect, waits)) = self.follows else {
            return;
        };
        if !self.sessions.values().any(|session| session.who == who) {
            let hold = if waits { hold } else { Hold::none() };
            self.attach(who, dialect, hold);
        }
    }

    fn command(&mut self, text: String) {
        let Some(mut command) = Command::read(&text) else {
            return;
        };
        if let Some(session) = command.session.take() {
            if !self.pass_on(
                &session,
                message::command(command.id, &command.method, &command.params),
            ) {
                let text = format!("There is no session `{session}`");
                (self.tell)(message::in_session(
                    &message::failure(command.id, &text),
                    &session,
                ));
            }
            return;
        }
        let id = command.id;
        match self.answer(&command) {
            Some(result) => (self.tell)(message::answer(id, &result)),
            None => (self.tell)(message::no_method(id, &command.method)),
        }
        // Answers come before what follows from them.
        self.follow(&command);
    }

    fn answer(&mut self, command: &Command) -> Option<Value> {
        match command.method.as_str() {
            "Target.getTargets" => {
                let infos = self.targets.all();
                let infos: Vec<Value> = infos.iter().map(|who| self.target_info(who)).collect();
                Some(json!({ "targetInfos": infos }))
            }
            "Target.attachToTarget" => {
                let who = self.targets.who(command.text("targetId"))?;
                let session = self.attach(who, Dialect::Flat, Hold::none());
                Some(json!({ "sessionId": session }))
            }
            "Runtime.evaluate" | "Runtime.callFunctionOn" => Some(evaluated(command)),
            _ if is_of_v8(command.domain()) => {
                Some(answer_without_isolate(command).unwrap_or_else(|| json!({})))
            }
            _ => message::is_of_others(command).then(|| json!({})),
        }
    }

    /// What a command changes, after its answer.
    fn follow(&mut self, command: &Command) {
        let waits = command.is("waitForDebuggerOnStart");
        match command.method.as_str() {
            "Runtime.enable" => {
                let context = json!({
                    "id": 1,
                    "origin": "",
                    "name": TITLE,
                    "uniqueId": "partyrun.1",
                    "auxData": { "isDefault": true },
                });
                let params = json!({ "context": context });
                (self.tell)(message::event("Runtime.executionContextCreated", &params));
            }
            "NodeWorker.enable" => self.follow_all(Dialect::Workers, waits),
            "Target.setAutoAttach" if command.is("autoAttach") => {
                self.follow_all(Dialect::Flat, waits);
            }
            "NodeWorker.disable" | "Target.setAutoAttach" => self.follows = None,
            "Target.setDiscoverTargets" if command.is("discover") => {
                for who in self.targets.all() {
                    let params = json!({ "targetInfo": self.target_info(&who) });
                    (self.tell)(message::event("Target.targetCreated", &params));
                }
            }
            "NodeWorker.sendMessageToWorker" | "Target.sendMessageToTarget" => {
                self.pass_on(
                    command.text("sessionId"),
                    command.text("message").to_owned(),
                );
            }
            "NodeWorker.detach" => self.detach(command, "NodeWorker.detachedFromWorker"),
            "Target.detachFromTarget" => self.detach(command, "Target.detachedFromTarget"),
            _ => {}
        }
    }

    fn follow_all(&mut self, dialect: Dialect, waits: bool) {
        self.follows = Some((dialect, waits));
        for who in self.targets.all() {
            self.arrived(who, Hold::none());
        }
    }

    fn attach(&mut self, who: Who, dialect: Dialect, hold: Hold) -> String {
        self.latest += 1;
        let (number, session) = (self.latest, self.latest.to_string());
        let is_waiting = hold.is_some() || self.targets.is_held(&who);
        let (method, params) = match dialect {
            Dialect::Workers => (
                "NodeWorker.attachedToWorker",
                json!({
                    "sessionId": session,
                    "workerInfo": {
                        "workerId": session,
                        "type": "worker",
                        "title": who.to_string(),
                        "url": self.targets.url(&who),
                    },
                    "waitingForDebugger": is_waiting,
                }),
            ),
            Dialect::Flat => (
                "Target.attachedToTarget",
                json!({
                    "sessionId": session,
                    "targetInfo": self.target_info(&who),
                    "waitingForDebugger": is_waiting,
                }),
            ),
        };
        (self.tell)(message::event(method, &params));
        let (tell, name) = (self.tell.clone(), session.clone());
        let tell = Box::new(move |text: String| {
            tell(match dialect {
                Dialect::Flat => message::in_session(&text, &name),
                Dialect::Workers => message::event(
                    "NodeWorker.receivedMessageFromWorker",
                    &json!({ "sessionId": name, "message": text }),
                ),
            });
        });
        let attachment = Attachment::start_holding(&self.targets, who.clone(), tell, hold);
        self.sessions.insert(number, Session { who, attachment });
        session
    }

    /// Returns whether there is such a session.
    fn pass_on(&self, session: &str, text: String) -> bool {
        let number = session.parse().unwrap_or_default();
        let session: Option<&Session> = self.sessions.get(&number);
        if let Some(session) = session {
            session.attachment.send(text);
        }
        session.is_some()
    }

    fn detach(&mut self, command: &Command, event: &str) {
        let session = command.text("sessionId");
        let number = session.parse().unwrap_or_default();
        if self.sessions.remove(&number).is_some() {
            (self.tell)(message::event(event, &json!({ "sessionId": session })));
        }
    }

    fn target_info(&self, who: &Who) -> Value {
        json!({
            "targetId": self.targets.id_of(who),
            "type": "node_worker",
            "title": who.to_string(),
            "url": self.targets.url(who),
            "attached": self.sessions.values().any(|session| session.who == *who),
            "canAccessOpener": false,
        })
    }
}

/// What a program would say of itself: js-debug asks for its process before it goes on, and sets variables of
/// its environment.
fn evaluated(command: &Command) -> Value {
    let expression = command.text("expression");
    let value = match expression {
        _ if expression.contains("processId") => json!({
            "processId": std::process::id(),
            "nodeVersion": "v22.0.0",
            "architecture": std::env::consts::ARCH,
        }),
        "process.pid" => std::process::id().into(),
        // Which scripts are Node.js's own.
        _ if expression.contains("builtinModules") => json!([]),
        _ if command.is("returnByValue") => json!({}),
        _ => return json!({ "result": { "type": "undefined" } }),
    };
    let kind = match value.is_number() {
        true => "number",
        false => "object",
    };
    json!({ "result": { "type": kind, "value": value } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_vs_code_asks_of_a_program_is_answered() {
        let value = |expression: &str| {
            let params = json!({ "expression": expression, "returnByValue": true });
            let text = message::command(1, "Runtime.evaluate", &params);
            let mut result = evaluated(&Command::read(&text).expect("it is one"));
            result["result"]["value"].take()
        };
        assert_eq!(value("process.pid"), std::process::id());
        let telemetry = value("({ processId: process.pid, nodeVersion: process.version })");
        assert_eq!(telemetry["processId"], std::process::id());
        assert_eq!(value("require('module').builtinModules"), json!([]));
        assert_eq!(value("process.env.X = 'y'"), json!({}));
    }
}
