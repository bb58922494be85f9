//! A page in a real browser, without a window, driven over its DevTools protocol.

use std::cell::{Cell, RefCell};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;
use tungstenite::{Message, WebSocket};

use super::http::Request;
use super::log::Log;
use super::{PATIENCE, eventually};

/// Names of the same program on different systems; the variable comes first.
const VARIABLE: &str = "PARTYRUN_CHROMIUM";
const PROGRAMS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// A browser with one page; ended when dropped.
pub struct Browser {
    child: Child,
    host: String,
    page: RefCell<WebSocket<TcpStream>>,
    calls: Cell<u64>,
    _profile: TempDir,
}

impl Browser {
    /// Starts a browser and goes to `url`.
    pub fn open(url: &str) -> Self {
        Self::open_with(&[], url)
    }

    /// Starts a browser with more arguments and goes to `url`.
    pub fn open_with(arguments: &[&str], url: &str) -> Self {
        let profile = TempDir::with_prefix("partyrun-browser-").expect("a temporary folder");
        let mut child = launch(&profile, arguments);
        let stderr = Log::follow(child.stderr.take().expect("stderr is piped"));
        let host = stderr.wait(|text| {
            let (_, rest) = text.split_once("DevTools listening on ws://")?;
            let (host, _) = rest.split_once('/')?;
            Some(host.to_owned())
        });
        let host = host.unwrap_or_else(|| panic!("The browser did not start: {}", stderr.text()));
        let connect = || TcpStream::connect(&host).expect("the browser listens");
        let target = Request::new(connect(), &host, "PUT", "/json/new?about:blank")
            .send()
            .json();
        let address = target["webSocketDebuggerUrl"]
            .as_str()
            .expect("a page has an address");
        let stream = connect();
        stream
            .set_read_timeout(Some(PATIENCE))
            .expect("a timeout can be set");
        let (page, _) = tungstenite::client(address, stream).expect("the page takes a client");
        let browser = Self {
            child,
            host,
            page: RefCell::new(page),
            calls: Cell::new(0),
            _profile: profile,
        };
        browser.goto(url);
        browser
    }

    /// Host and port by which it is driven.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// Goes to another page.
    pub fn goto(&self, url: &str) {
        self.call("Page.navigate", &json!({ "url": url }));
    }

    /// The value of a JavaScript expression in the page; null while there is none.
    pub fn value(&self, expression: &str) -> Value {
        let answer = self.call(
            "Runtime.evaluate",
            &json!({ "expression": expression, "returnByValue": true, "awaitPromise": true }),
        );
        answer["result"]["value"].clone()
    }

    /// Waits until the expression has this value.
    pub fn shows(&self, expression: &str, expected: impl Into<Value>) {
        let expected = expected.into();
        let mut last = Value::Null;
        let start = std::time::Instant::now();
        while start.elapsed() < PATIENCE {
            last = self.value(expression);
            if last == expected {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        panic!("`{expression}` is not {expected} but {last}");
    }

    /// Has it do something that its protocol names, and gives the result.
    pub(super) fn call(&self, method: &str, params: &Value) -> Value {
        let id = self.calls.get() + 1;
        self.calls.set(id);
        let text = json!({ "id": id, "method": method, "params": params }).to_string();
        let mut page = self.page.borrow_mut();
        page.send(Message::text(text)).expect("the browser reads");
        eventually(&format!("`{method}` is answered"), || {
            let message = page.read().expect("the browser answers");
            let answer: Value = serde_json::from_str(message.to_text().ok()?).ok()?;
            (answer["id"] == id).then(|| answer["result"].clone())
        })
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// # Panics
/// When there is no browser: what these tests prove needs a real one, so they do not skip.
fn launch(profile: &TempDir, arguments: &[&str]) -> Child {
    let named = std::env::var(VARIABLE).ok();
    let programs = named.as_deref().into_iter().chain(PROGRAMS);
    for program in programs {
        let started = Command::new(program)
            .args(["--headless=new", "--no-sandbox", "--disable-gpu"])
            .args(["--no-first-run", "--disable-dev-shm-usage"])
            .arg("--remote-debugging-port=0")
            .args(arguments)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        if let Ok(child) = started {
            return child;
        }
    }
    panic!(
        "This test needs Chromium on PATH, or its name in `{VARIABLE}`: `cargo xtask test` installs it"
    );
}
