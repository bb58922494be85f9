//! What the pages of a project, which have the dashboard's origin, get of it: nothing.

use serde_json::json;

use crate::harness::{Browser, Project};

/// What a page of the same origin gets of the dashboard, by each way that it has.
const ATTEMPTS: &str = r#"(async () => {
  const url = "/__partyrun__/";
  const text = async (answer) => (await answer).text();
  const request = () => new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.onloadend = () => resolve(request.responseText);
    request.open("GET", url);
    request.send();
  });
  const element = (name, attribute) => new Promise((resolve) => {
    const made = document.createElement(name);
    made.onload = made.onerror = () => {
      try {
        resolve(made.contentDocument?.documentElement.textContent ?? "nothing");
      } catch {
        resolve("nothing");
      }
    };
    made[attribute] = url;
    document.body.append(made);
  });
  const tab = async () => {
    const opened = open(url);
    const end = Date.now() + 3000;
    while (Date.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      try {
        const { href } = opened.location;
        if (opened.closed) return "closed";
        if (href !== "about:blank" && opened.document.readyState === "complete") {
          return opened.document.documentElement.innerHTML;
        }
      } catch {
        return "another origin";
      }
    }
    return "nothing";
  };
  const socket = () => new Promise((resolve) => {
    const socket = new WebSocket(location.origin.replace("http", "ws") + url + "socket");
    socket.onopen = () => socket.send("a guess");
    socket.onmessage = ({ data }) => resolve(data);
    socket.onclose = ({ code }) => resolve(`closed with ${code}`);
  });
  return {
    fetch: await text(fetch(url)),
    navigation: await text(fetch(url, { headers: { "sec-fetch-dest": "document", "sec-fetch-mode": "navigate" } })),
    request: await request(),
    frame: await element("iframe", "src"),
    object: await element("object", "data"),
    tab: await tab(),
    socket: await socket(),
  };
})()"#;

/// Takes part in every navigation.
const WORKER: &str = r#"
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  if (event.request.mode === "navigate") event.respondWith(fetch(event.request));
});"#;

#[test]
fn page_of_the_project_gets_none_of_it() {
    let dev = Project::inline("export default class {}")
        .config("serve", json!("public"))
        .file("public/index.html", "<p>mine</p>")
        .file("public/worker.js", WORKER)
        .dev();
    let mine = format!("http://localhost:{}/", dev.port());
    let browser = Browser::open_with(&["--disable-popup-blocking"], &mine);
    browser.shows("document.body?.textContent.trim()", "mine");
    let got = browser.value(ATTEMPTS);
    for way in ["fetch", "navigation", "request"] {
        assert_eq!(got[way], "Not found", "{way}: {got}");
    }
    for way in ["frame", "object"] {
        let text = got[way].as_str().unwrap_or_default();
        assert!(["Not found", "nothing", ""].contains(&text), "{way}: {got}");
    }
    let tab = got["tab"].as_str().unwrap_or_default();
    assert!(["closed", "another origin"].contains(&tab), "{got}");
    assert_eq!(got["socket"], "closed with 4401");
    browser.value(
        "navigator.serviceWorker.register('/worker.js').then(() => navigator.serviceWorker.ready).then(() => 0)",
    );
    browser.shows("navigator.serviceWorker.controller !== null", true);
    browser.goto(&format!("{mine}__partyrun__/"));
    browser.shows("document.body?.textContent.trim()", "Not found");
    dev.stderr_has("a service worker of the project asked for it");
}
