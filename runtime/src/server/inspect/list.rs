//! What can be attached to, for debuggers and for a person with a browser. Knows no sockets.

use deno_core::v8::VERSION_STRING;
use serde_json::{Value, json};

pub use crate::inspector::TITLE as ROOT;

/// Something that can be attached to.
pub struct Entry {
    pub id: String,
    pub title: String,
    /// The file that it runs.
    pub url: String,
    /// Host, port and path of its WebSocket.
    pub address: String,
}

impl Entry {
    /// What opens DevTools, typed into the address bar of a browser that has them.
    fn devtools(&self) -> String {
        let page = "devtools://devtools/bundled/js_app.html?experiments=true&v8only=true";
        format!("{page}&ws={}", self.address)
    }
}

pub fn targets(entries: &[Entry]) -> Value {
    let described = entries.iter().map(|entry| {
        json!({
            "id": entry.id,
            "type": "node",
            "title": entry.title,
            "description": "partyrun",
            "url": entry.url,
            "faviconUrl": "",
            "devtoolsFrontendUrl": entry.devtools(),
            "webSocketDebuggerUrl": format!("ws://{}", entry.address),
        })
    });
    described.collect()
}

/// Without the address of a WebSocket: VS Code takes the list's first target then.
pub fn version() -> Value {
    json!({
        "Browser": concat!("partyrun/", env!("CARGO_PKG_VERSION")),
        "Protocol-Version": "1.3",
        "V8-Version": VERSION_STRING,
    })
}

/// For a person: browsers open DevTools only by what is typed.
pub fn page(entries: &[Entry]) -> String {
    let mut rows = String::new();
    for entry in entries {
        let (title, address) = (escaped(&entry.title), escaped(&entry.devtools()));
        rows += &format!(
            "<tr><th scope=\"row\">{title}</th><td><input readonly aria-label=\"DevTools of {title}\" \
             value=\"{address}\" onfocus=\"this.select()\"></td></tr>\n"
        );
    }
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>partyrun: debuggers</title>\
         <style>:root{{color-scheme:light dark}}body{{font:15px/1.5 system-ui;max-width:60em;margin:2em auto;\
         padding:0 1em}}table{{width:100%}}th{{text-align:left;padding-right:1em;white-space:nowrap}}\
         input{{width:100%;font:inherit}}</style>\n\
         <h1>Debug a room</h1>\n\
         <p>In Chrome or Edge, open <code>chrome://inspect</code>: it lists the rooms when this address is among \
         its targets (Configure). Or paste a line of these into the address bar, which is the only way to \
         open DevTools that browsers leave to a page:</p>\n\
         <table>\n{rows}</table>\n\
         <p>In VS Code, attach to this port: all rooms are threads of one session.</p>\n</html>\n"
    )
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(title: &str) -> Entry {
        Entry {
            id: "0a".to_owned(),
            title: title.to_owned(),
            url: "file:///server.ts".to_owned(),
            address: "localhost:9229/0a".to_owned(),
        }
    }

    #[test]
    fn a_target_says_how_to_attach() {
        let list = targets(&[entry("main/a")]);
        assert_eq!(list[0]["webSocketDebuggerUrl"], "ws://localhost:9229/0a");
        let devtools = list[0]["devtoolsFrontendUrl"].as_str().expect("a URL");
        assert!(devtools.ends_with("&ws=localhost:9229/0a"), "{devtools}");
        assert_eq!(list[0]["type"], "node");
    }

    #[test]
    fn names_of_rooms_are_text_on_the_page() {
        let page = page(&[entry("main/<script>'\"&")]);
        assert!(
            page.contains("main/&lt;script&gt;&#39;&quot;&amp;"),
            "{page}"
        );
        assert!(!page.contains("<script"), "{page}");
    }
}
