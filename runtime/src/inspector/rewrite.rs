//! What becomes of V8's events on their way to a debugger: scripts get their source maps, the runtime's own
//! scripts and frames stay out of sight, contexts have their room's name. Keeps nothing.

use std::cell::RefCell;
use std::collections::HashSet;
use std::time::UNIX_EPOCH;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::target::Who;

/// Gives the source map of a script by its URL, for those that have one.
type Maps<'a> = &'a (dyn Fn(&str) -> Option<String> + 'a);

/// Patterns of scripts that debuggers step past.
pub const OWN_SCRIPTS: [&str; 2] = ["^ext:", "^node:"];

/// Whether a script is the runtime's own.
fn is_own(url: &str) -> bool {
    url.starts_with("ext:") || url.starts_with("node:")
}

/// How a debugger sees an isolate.
pub struct View<'a> {
    pub who: &'a Who,
    pub maps: Maps<'a>,
    /// The runtime's own scripts are shown too.
    pub is_whole: bool,
    /// Those that the debugger has not been told of: V8 names the script of a paused frame by its number
    /// alone.
    pub hidden: &'a RefCell<HashSet<String>>,
}

impl View<'_> {
    /// An event for the debugger; `None` if it is not to hear of it.
    pub fn event(&self, method: &str, text: String) -> Option<String> {
        let change: fn(&View<'_>, &mut Value) -> bool = match method {
            "Debugger.scriptParsed" | "Debugger.scriptFailedToParse" => {
                |view, params| view.script(params)
            }
            "Debugger.paused" => |view, params| view.paused(params),
            "Runtime.executionContextCreated" => |view, params| view.context(params),
            "Runtime.consoleAPICalled" => |view, params| view.console(params),
            "Runtime.exceptionThrown" => {
                |view, params| view.stack(params.pointer_mut("/exceptionDetails/stackTrace"))
            }
            _ => return Some(text),
        };
        let Ok(mut message) = serde_json::from_str::<Value>(&text) else {
            return Some(text);
        };
        change(self, &mut message["params"]).then(|| message.to_string())
    }

    fn script(&self, params: &mut Value) -> bool {
        let url = params["url"].as_str().unwrap_or_default();
        if is_own(url) {
            if let Some(id) = params["scriptId"].as_str() {
                self.hidden.borrow_mut().insert(id.to_owned());
            }
            return self.is_whole;
        }
        if let Some(map) = (self.maps)(url) {
            let map = STANDARD.encode(map);
            let url = format!("data:application/json;charset=utf-8;base64,{map}");
            params["sourceMapURL"] = url.into();
        }
        true
    }

    fn paused(&self, params: &mut Value) -> bool {
        self.frames(params.get_mut("callFrames"));
        self.stack(params.get_mut("asyncStackTrace"))
    }

    /// V8 has no clock of the day here.
    fn console(&self, params: &mut Value) -> bool {
        if params["timestamp"] == 0 {
            let since = UNIX_EPOCH.elapsed().unwrap_or_default();
            params["timestamp"] = (since.as_secs_f64() * 1000.0).into();
        }
        self.stack(params.get_mut("stackTrace"))
    }

    fn context(&self, params: &mut Value) -> bool {
        params["context"]["name"] = self.who.to_string().into();
        true
    }

    /// A stack with what it was called from, and so on.
    fn stack(&self, mut stack: Option<&mut Value>) -> bool {
        while let Some(calls) = stack {
            self.frames(calls.get_mut("callFrames"));
            stack = calls.get_mut("parent");
        }
        true
    }

    fn frames(&self, frames: Option<&mut Value>) {
        let frames = frames.and_then(Value::as_array_mut);
        if let Some(frames) = frames.filter(|_| !self.is_whole) {
            self.without_own(frames);
        }
    }

    /// Leaves a stack that has no other frames as it is: something must be shown.
    fn without_own(&self, frames: &mut Vec<Value>) {
        let hidden = self.hidden.borrow();
        let is_own = |frame: &Value| {
            let script = &frame["location"]["scriptId"];
            frame["url"].as_str().is_some_and(is_own)
                || script.as_str().is_some_and(|id| hidden.contains(id))
        };
        if !frames.iter().all(is_own) {
            frames.retain(|frame| !is_own(frame));
        }
    }
}

/// The debugger's patterns of what to step past, with ours.
pub fn blackbox(params: &Value) -> Value {
    let mut params = match params {
        Value::Object(_) => params.clone(),
        _ => json!({}),
    };
    let given = params["patterns"].as_array().cloned().unwrap_or_default();
    let all = given
        .into_iter()
        .chain(OWN_SCRIPTS.iter().map(|own| (*own).into()));
    params["patterns"] = all.collect();
    params
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::RoomKey;

    fn sent(method: &str, params: Value) -> Option<Value> {
        let room = Who {
            space: None,
            room: Some(RoomKey::new("main", "lobby")),
        };
        let text = json!({ "method": method, "params": params }).to_string();
        let maps = |url: &str| url.ends_with(".ts").then(|| format!("map of {url}"));
        let view = View {
            who: &room,
            maps: &maps,
            is_whole: false,
            hidden: &RefCell::new(HashSet::from(["7".to_owned()])),
        };
        let text = view.event(method, text)?;
        let mut message: Value = serde_json::from_str(&text).expect("it is JSON");
        Some(message["params"].take())
    }

    #[test]
    fn own_scripts_are_not_shown() {
        for url in ["ext:partyrun/40_room.js", "node:util"] {
            assert_eq!(sent("Debugger.scriptParsed", json!({ "url": url })), None);
        }
        assert!(sent("Debugger.scriptParsed", json!({ "url": "file:///x.js" })).is_some());
    }

    #[test]
    fn scripts_that_have_a_map_come_with_it() {
        let url = |file: &str| {
            let sent = sent(
                "Debugger.scriptParsed",
                json!({ "url": file, "sourceMapURL": "" }),
            );
            let url = sent.expect("it is told")["sourceMapURL"].take();
            let url = url.as_str().expect("it is text").to_owned();
            url.split_once(";base64,").map(|(_, map)| {
                let bytes = STANDARD.decode(map).expect("it is base64");
                String::from_utf8(bytes).expect("it is text")
            })
        };
        assert_eq!(url("file:///a.js"), None);
        assert_eq!(url("file:///a.ts").as_deref(), Some("map of file:///a.ts"));
    }

    #[test]
    fn own_frames_are_left_out_unless_there_are_no_others() {
        let frames = json!([{ "url": "ext:a" }, { "url": "file:///a.ts" }, { "url": "ext:b" }]);
        let paused = sent("Debugger.paused", json!({ "callFrames": frames }));
        let paused = paused.expect("it is told");
        assert_eq!(paused["callFrames"], json!([{ "url": "file:///a.ts" }]));
        let by_number = json!([
            { "url": "", "location": { "scriptId": "8" } },
            { "url": "", "location": { "scriptId": "7" } },
        ]);
        let paused = sent("Debugger.paused", json!({ "callFrames": by_number }));
        assert_eq!(
            paused.expect("it is told")["callFrames"],
            json!([by_number[0]])
        );
        let only = json!([{ "url": "ext:a" }]);
        let paused = sent("Debugger.paused", json!({ "callFrames": only }));
        assert_eq!(paused.expect("it is told")["callFrames"], only);
    }

    #[test]
    fn contexts_have_the_name_of_their_room() {
        let params = json!({ "context": { "name": "worker [1]" } });
        let sent = sent("Runtime.executionContextCreated", params).expect("it is told");
        assert_eq!(sent["context"]["name"], "main/lobby");
    }

    #[test]
    fn our_patterns_are_added_to_the_debuggers() {
        let all = blackbox(&json!({ "patterns": ["a"] }));
        assert_eq!(all["patterns"], json!(["a", "^ext:", "^node:"]));
        assert_eq!(blackbox(&Value::Null)["patterns"], json!(OWN_SCRIPTS));
    }
}
