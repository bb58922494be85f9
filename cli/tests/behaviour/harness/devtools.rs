//! Chromium's own DevTools, attached to a room and used by keyboard, as a person uses it.

use std::io::{Read, Write, copy};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

use serde_json::{Value, json};

use super::browser::Browser;
use super::debugger::DebugPort;
use super::eventually;

/// Ctrl, or Command where that is the key of shortcuts.
const SHORTCUT: u64 = if cfg!(target_os = "macos") { 4 } else { 2 };

/// All text that is shown, also in shadow trees, a line for each piece.
const TEXT: &str = "(() => {
  const pieces = [];
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE && node.textContent.trim()) pieces.push(node.textContent.trim());
    if (node.tagName === 'STYLE' || node.tagName === 'SCRIPT') return;
    if (node.shadowRoot) walk(node.shadowRoot);
    node.childNodes.forEach(walk);
  };
  if (document.body) walk(document.body);
  return pieces.join('\\n');
})()";

/// Has the page remember what goes wrong in it.
const FAULTS: &str = "globalThis.faults = [];
addEventListener('error', ({ message }) => faults.push(message));
addEventListener('unhandledrejection', ({ reason }) => faults.push(String(reason?.stack ?? reason)));";

/// DevTools in a browser of their own.
pub struct DevTools {
    browser: Browser,
}

impl DevTools {
    /// Opens them for the target with this title.
    pub fn open(port: &DebugPort, title: &str) -> Self {
        let target = eventually(&format!("{title} can be attached to"), || {
            let mut targets = port.targets().into_iter();
            targets.find(|target| target["title"] == title)
        });
        let id = target["id"].as_str().expect("a target has an id");
        let relay = relay(port.number());
        let browser = Browser::open("about:blank");
        let script = json!({ "source": FAULTS });
        browser.call("Page.enable", &json!({}));
        browser.call("Page.addScriptToEvaluateOnNewDocument", &script);
        // A tab without a window cannot have the workers of `devtools://`, so this is the browser's copy that
        // it serves to other programs.
        browser.goto(&format!(
            "http://{}/devtools/js_app.html?experiments=true&v8only=true&ws=127.0.0.1:{relay}/{id}",
            browser.host()
        ));
        let devtools = Self { browser };
        devtools.shows("Sources");
        devtools
    }

    /// Goes to a line of a file that it was told of.
    pub fn go_to(&self, file: &str, line: usize) {
        eventually(&format!("{file}:{line} is shown"), || {
            self.press("Escape", 27, 0);
            self.press("p", 80, SHORTCUT);
            let text = json!({ "text": format!("{file}:{line}") });
            self.browser.call("Input.insertText", &text);
            // The list of what fits follows what is typed; before that there is nothing to wait for.
            thread::sleep(std::time::Duration::from_millis(300));
            self.press("Enter", 13, 0);
            thread::sleep(std::time::Duration::from_millis(300));
            self.text()
                .contains(&format!("Line {line}, "))
                .then_some(())
        });
    }

    /// Sets a breakpoint where the cursor is, or removes it.
    pub fn toggle_breakpoint(&self) {
        self.press("b", 66, SHORTCUT);
    }

    /// Lets a paused room go on.
    pub fn resume(&self) {
        self.press("F8", 119, 0);
    }

    /// Waits until a text is shown.
    pub fn shows(&self, text: &str) {
        let mut last = String::new();
        let start = std::time::Instant::now();
        while start.elapsed() < super::PATIENCE {
            last = self.text();
            if last.contains(text) {
                return;
            }
            thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("DevTools do not show `{text}`:\n{last}");
    }

    /// What went wrong in them.
    pub fn faults(&self) -> Value {
        self.browser.value("faults")
    }

    fn text(&self) -> String {
        let text = self.browser.value(TEXT);
        text.as_str().unwrap_or_default().to_owned()
    }

    fn press(&self, key: &str, code: u64, modifiers: u64) {
        for kind in ["rawKeyDown", "keyUp"] {
            let params = json!({
                "type": kind, "key": key, "windowsVirtualKeyCode": code, "modifiers": modifiers,
            });
            self.browser.call("Input.dispatchKeyEvent", &params);
        }
    }
}

/// Passes connections on to a port for debuggers, as from the page that DevTools are where they have a window:
/// all others are refused. Lasts as long as the process.
fn relay(to: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port();
    thread::spawn(move || {
        for client in listener.incoming() {
            let client = client.expect("a client comes");
            thread::spawn(move || pass(client, to));
        }
    });
    port
}

fn pass(mut client: TcpStream, to: u16) {
    let mut server = TcpStream::connect(("127.0.0.1", to)).expect("it listens");
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && client.read(&mut byte).is_ok_and(|count| count == 1) {
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head);
    for line in head.lines() {
        let line = match line.starts_with("Origin:") {
            true => "Origin: devtools://devtools",
            false => line,
        };
        let line = format!("{line}\r\n");
        if server.write_all(line.as_bytes()).is_err() {
            return;
        }
    }
    let there = (client.try_clone(), server.try_clone());
    let (Ok(mut from_client), Ok(mut to_server)) = there else {
        return;
    };
    thread::spawn(move || {
        let _ = copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(Shutdown::Both);
    });
    let _ = copy(&mut server, &mut client);
    let _ = client.shutdown(Shutdown::Both);
}
