//! What a debugger has asked for that outlives an isolate: what it has enabled, its breakpoints, how it
//! wants to pause. The next isolate is told the same before it runs anything. Sends nothing.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::message::Command;

/// The one of these that was sent last holds.
const SETTINGS: [&str; 11] = [
    "Debugger.setPauseOnExceptions",
    "Debugger.setAsyncCallStackDepth",
    "Debugger.setBlackboxPatterns",
    "Debugger.setBlackboxExecutionContexts",
    "Debugger.setSkipAllPauses",
    "Debugger.setBreakpointsActive",
    "Profiler.setSamplingInterval",
    "Runtime.setAsyncCallStackDepth",
    "Runtime.setCustomObjectFormatterEnabled",
    "Runtime.setMaxCallStackSizeToCapture",
    "HeapProfiler.startTrackingHeapObjects",
];

/// The domains that V8 has.
const DOMAINS: [&str; 6] = [
    "Runtime",
    "Debugger",
    "Profiler",
    "HeapProfiler",
    "Console",
    "Schema",
];

/// Whether V8 has the domain of a command.
pub fn is_of_v8(domain: &str) -> bool {
    DOMAINS.contains(&domain)
}

#[derive(Default)]
pub struct State {
    /// By domain.
    enabled: Vec<(String, Value)>,
    /// By method.
    settings: BTreeMap<&'static str, Value>,
    breakpoints: Vec<Breakpoint>,
}

struct Breakpoint {
    params: Value,
    /// As V8 numbers it, which says where it is.
    id: String,
}

impl State {
    /// Takes note of what a command changes. Breakpoints are noted by [`State::add_breakpoint`].
    pub fn note(&mut self, command: &Command) {
        let domain = command.domain();
        match command.method.strip_prefix(domain) {
            Some(".enable") => {
                self.enabled.retain(|(known, _)| known != domain);
                self.enabled
                    .push((domain.to_owned(), command.params.clone()));
            }
            Some(".disable") => {
                self.enabled.retain(|(known, _)| known != domain);
                if domain == "Debugger" {
                    self.breakpoints.clear();
                }
            }
            Some(".removeBreakpoint") => {
                let id = command.text("breakpointId");
                self.breakpoints.retain(|breakpoint| breakpoint.id != id);
            }
            Some(".stopTrackingHeapObjects") => {
                self.settings
                    .remove("HeapProfiler.startTrackingHeapObjects");
            }
            _ => {
                if let Some(name) = SETTINGS.iter().find(|name| **name == command.method) {
                    self.settings.insert(name, command.params.clone());
                }
            }
        }
    }

    pub fn is_enabled(&self, domain: &str) -> bool {
        self.enabled.iter().any(|(known, _)| known == domain)
    }

    pub fn has_set(&self, method: &str) -> bool {
        self.settings.contains_key(method)
    }

    pub fn add_breakpoint(&mut self, params: Value, id: String) {
        self.breakpoints.retain(|breakpoint| breakpoint.id != id);
        self.breakpoints.push(Breakpoint { params, id });
    }

    /// The commands that make a new session what the last one was: the context is told of first, and nothing
    /// can pause before it is known how.
    pub fn replay(&self) -> Vec<(String, Value)> {
        let enables = self.enabled.iter();
        let enables = enables.map(|(domain, params)| (format!("{domain}.enable"), params.clone()));
        let settings = self.settings.iter();
        let settings = settings.map(|(method, params)| ((*method).to_owned(), params.clone()));
        let breakpoints = self.breakpoints.iter().map(|breakpoint| {
            let method = "Debugger.setBreakpointByUrl".to_owned();
            (method, breakpoint.params.clone())
        });
        enables.chain(settings).chain(breakpoints).collect()
    }
}

/// The id that V8 gives a breakpoint: its kind, place and what it is found by.
pub fn breakpoint_id(params: &Value) -> String {
    let kinds = [(1, "url"), (2, "urlRegex"), (3, "scriptHash")];
    let found = kinds
        .iter()
        .find_map(|(kind, name)| Some((kind, params[*name].as_str()?)));
    let (kind, selector) = found.unwrap_or((&1, ""));
    let number = |name: &str| params[name].as_i64().unwrap_or(0);
    let (line, column) = (number("lineNumber"), number("columnNumber"));
    format!("{kind}:{line}:{column}:{selector}")
}

/// What a command comes to while there is no isolate; `None` if it needs one.
pub fn answer_without_isolate(command: &Command) -> Option<Value> {
    let domain = command.domain();
    let verb = command.method[domain.len()..].trim_start_matches('.');
    match command.method.as_str() {
        "Debugger.enable" => Some(json!({ "debuggerId": "0.0" })),
        "Debugger.setBreakpointByUrl" => Some(json!({
            "breakpointId": breakpoint_id(&command.params),
            "locations": [],
        })),
        "Runtime.getIsolateId" => Some(json!({ "id": "0" })),
        "Debugger.removeBreakpoint" | "Runtime.runIfWaitingForDebugger" => Some(json!({})),
        _ if verb == "enable" || verb == "disable" || verb.starts_with("set") => Some(json!({})),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(state: &mut State, method: &str, params: Value) {
        let text = json!({ "id": 1, "method": method, "params": params }).to_string();
        state.note(&Command::read(&text).expect("it is a command"));
    }

    fn replayed(state: &State) -> Vec<String> {
        let replay = state.replay();
        replay.into_iter().map(|(method, _)| method).collect()
    }

    #[test]
    fn what_was_enabled_and_set_is_told_again() {
        let mut state = State::default();
        noted(&mut state, "Runtime.enable", json!({}));
        noted(&mut state, "Debugger.enable", json!({}));
        noted(&mut state, "Profiler.enable", json!({}));
        noted(&mut state, "Profiler.disable", json!({}));
        noted(&mut state, "Runtime.evaluate", json!({ "expression": "1" }));
        for mode in ["none", "all"] {
            let params = json!({ "state": mode });
            noted(&mut state, "Debugger.setPauseOnExceptions", params);
        }
        state.add_breakpoint(json!({ "url": "a", "lineNumber": 1 }), "1:1:0:a".into());
        let all = replayed(&state);
        assert_eq!(
            all,
            [
                "Runtime.enable",
                "Debugger.enable",
                "Debugger.setPauseOnExceptions",
                "Debugger.setBreakpointByUrl"
            ]
        );
        assert_eq!(state.replay()[2].1, json!({ "state": "all" }));
    }

    #[test]
    fn breakpoints_go_by_their_id() {
        let params = json!({ "url": "file:///a.ts", "lineNumber": 3 });
        let id = breakpoint_id(&params);
        assert_eq!(id, "1:3:0:file:///a.ts");
        let mut state = State::default();
        state.add_breakpoint(params.clone(), id.clone());
        state.add_breakpoint(params, id.clone());
        assert_eq!(replayed(&state).len(), 1);
        noted(
            &mut state,
            "Debugger.removeBreakpoint",
            json!({ "breakpointId": id }),
        );
        assert!(replayed(&state).is_empty());
    }
}
