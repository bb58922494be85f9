//! The page at `/` of a project that has none, for the developer's browser: where its rooms are, and how they are
//! talked to. Owns the page; everybody else gets what the original says.

use std::fmt::Write as _;

use partyrun_ops::message::{Body, HttpReply, HttpRequest};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::asker::Way;
use super::door::{Current, FrontDoor};
use super::guard::Purpose;
use crate::isolate::Handlers;

const PAGE: &str = include_str!("welcome.html");
/// Where the dashboard is.
const DASHBOARD: &str = "/__partyrun__/";

/// The page, if a browser of the developer's goes to `/` of a project without one.
pub fn answer(
    door: &FrontDoor,
    current: &Current,
    way: Way,
    path: &str,
    http: &HttpRequest,
) -> Option<HttpReply> {
    if path != "/" || !door.welcomes || door.pages.is_served() || !goes_to_a_page(http) {
        return None;
    }
    door.guard.admit(way, http, Purpose::Read).ok()?;
    let project = &current.generation.project;
    let origin = http.url.split_once("://").map(|(_, rest)| rest)?;
    let host = origin.split('/').next().unwrap_or_default();
    let parties = project.parties.iter().filter_map(|name| {
        let handlers = current.table.get(name)?;
        Some((name.as_str(), handlers))
    });
    let mut crons = project.crons.iter().map(|(name, _)| name.as_str());
    let page = Welcome {
        name: &project.name,
        scheme: way.scheme,
        host,
        has_dashboard: door.dashboard_at(DASHBOARD).is_some()
            && way.peer.to_canonical().is_loopback(),
    }
    .page(parties, &mut crons);
    Some(HttpReply {
        status: 200,
        reason: String::new(),
        headers: vec![
            ("content-type".into(), "text/html; charset=utf-8".into()),
            ("cache-control".into(), "no-store".into()),
        ],
        body: Body::Bytes(page.into()),
    })
}

/// Whether somebody has typed the address into a browser, or followed a link.
fn goes_to_a_page(http: &HttpRequest) -> bool {
    let header = |wanted: &[u8]| {
        let mut headers = http.headers.iter();
        let found = headers.find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| String::from_utf8_lossy(value).to_ascii_lowercase())
    };
    matches!(&*http.method, "GET" | "HEAD")
        && header(b"accept").is_some_and(|accept| accept.contains("text/html"))
        && header(b"sec-fetch-mode").is_none_or(|mode| mode == "navigate")
}

/// What the page says.
struct Welcome<'a> {
    name: &'a str,
    scheme: &'static str,
    host: &'a str,
    has_dashboard: bool,
}

impl Welcome<'_> {
    fn page<'a>(
        &self,
        parties: impl Iterator<Item = (&'a str, &'a Handlers)>,
        crons: &mut dyn Iterator<Item = &'a str>,
    ) -> String {
        let mut links = String::new();
        if self.has_dashboard {
            let _ = write!(
                links,
                "<p><a href=\"{DASHBOARD}\">Dashboard</a>: rooms, messages, storage</p>"
            );
        }
        let mut sections = String::new();
        for (party, handlers) in parties {
            sections += &self.section(party, handlers);
            if party == "main" && handlers.on_cron {
                for name in &mut *crons {
                    let url = format!("/__scheduled__?cron={}", encoded(name));
                    let name = escaped(name);
                    let _ = write!(
                        links,
                        "<p>Run the cron <code>{name}</code>: <code>curl '{}://{}{url}'</code></p>",
                        self.scheme,
                        escaped(self.host)
                    );
                }
            }
        }
        let page = PAGE
            .replace("{{PARTIES}}", &sections)
            .replace("{{LINKS}}", &links);
        // The name comes last: it may look like a mark.
        page.replace("{{NAME}}", &escaped(self.name))
    }

    fn section(&self, party: &str, handlers: &Handlers) -> String {
        let (scheme, host) = (self.scheme, escaped(self.host));
        let path = format!("/parties/{}/my-room", encoded(party));
        let socket_scheme = if scheme == "https" { "wss" } else { "ws" };
        let mut text = format!("<h2>Party <code>{}</code></h2>", escaped(party));
        if handlers.on_request || handlers.on_before_request {
            let _ = write!(
                text,
                "<p>HTTP: <a href=\"{path}\">{scheme}://{host}{path}</a></p>\
                 <pre>curl {}{scheme}://{host}{path}</pre>",
                if scheme == "https" { "-k " } else { "" }
            );
        }
        let named = match party {
            "main" => String::new(),
            party => {
                let name = serde_json::Value::from(party).to_string();
                format!(", party: {}", escaped(&name))
            }
        };
        let _ = write!(
            text,
            "<p>WebSocket: <code>{socket_scheme}://{host}{path}</code></p>\
             <pre>new PartySocket({{ host: \"{host}\"{named}, room: \"my-room\" }})</pre>"
        );
        text
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC)
        .to_string()
        .replace("%2D", "-")
        .replace("%5F", "_")
}

/// Text as HTML shows it, also in an attribute.
fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(method: &str, headers: &[(&'static str, &'static str)]) -> bool {
        goes_to_a_page(&HttpRequest {
            method: method.to_owned(),
            url: "http://127.0.0.1:1999/".to_owned(),
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into()))
                .collect(),
            body: Body::Empty,
            client_accept_encoding: None,
        })
    }

    #[test]
    fn only_who_goes_to_a_page_gets_one() {
        let html = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        assert!(asked("GET", &[html]));
        assert!(asked("GET", &[html, ("sec-fetch-mode", "navigate")]));
        assert!(!asked("GET", &[html, ("sec-fetch-mode", "cors")]));
        assert!(!asked("POST", &[html]));
        assert!(!asked("GET", &[("accept", "*/*")]));
        assert!(!asked("GET", &[]));
    }

    #[test]
    fn names_are_text_on_the_page() {
        let page = Welcome {
            name: "{{PARTIES}}<script>",
            scheme: "http",
            host: "a\"<b>",
            has_dashboard: false,
        }
        .page(
            [(
                "<i>&",
                &Handlers {
                    on_request: true,
                    ..Handlers::default()
                },
            )]
            .into_iter(),
            &mut std::iter::empty(),
        );
        assert!(
            !page.contains("<script>") && !page.contains("<i>"),
            "{page}"
        );
        assert!(page.contains("/parties/%3Ci%3E%26/my-room"), "{page}");
        assert!(page.contains("http://a&quot;&lt;b&gt;/"), "{page}");
        assert!(page.contains("{{PARTIES}}&lt;script&gt;"), "{page}");
    }
}
