//! `--live`: pages that reload themselves. A page's script listens to a stream of versions and
//! problems: each change of code or files is a new version, and a build that fails is a problem until
//! one succeeds. Decides nothing about what counts as a change or what a problem's text says.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use partyrun_ops::body_stream::{BodySender, body_stream};
use partyrun_ops::message::{Body, HeaderList, HttpReply};
use serde_json::json;
use tokio::sync::watch;

const STREAM: &str = "/__partyrun/live";
const SCRIPT: &str = "/__partyrun/live.js";
const SOURCE: &str = include_str!("live.js");
/// Tells a page when to come back after the server has been restarted, in milliseconds.
const RETRY: &str = "retry: 500\n\n";
/// Nothing is heard of a page that is gone until something is written.
const BEAT: Duration = Duration::from_secs(30);
/// Changes that follow one another within this time are one: a build writes several files.
const SETTLE: Duration = Duration::from_millis(40);

/// What can keep pages from showing what is in the project's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemSource {
    ClientCode,
    CustomBuild,
    ServerCode,
}

const SOURCES: usize = 3;

/// What pages are told.
#[derive(Clone, Debug, Default)]
struct News {
    version: u64,
    /// The text of each source's problem.
    problems: [Option<Arc<str>>; SOURCES],
    /// Changes whenever `problems` do: an error page knows by it whether what it shows still holds.
    problems_number: u64,
}

impl News {
    /// All problems in one text; `None` when there is none.
    fn problem(&self) -> Option<String> {
        let texts: Vec<&str> = self.problems.iter().flatten().map(|text| &**text).collect();
        (!texts.is_empty()).then(|| texts.join("\n\n"))
    }

    fn version_event(&self) -> String {
        format!("data: {}\n\n", self.version)
    }

    fn problem_event(&self) -> String {
        let data = self
            .problem()
            .map(|text| json!({ "number": self.problems_number, "text": text }));
        format!("event: problem\ndata: {}\n\n", json!(data))
    }
}

/// Off until [`Live::enable`].
#[derive(Debug)]
pub struct Live {
    port: OnceLock<u16>,
    news: watch::Sender<News>,
}

impl Default for Live {
    fn default() -> Self {
        // Another one than that of the server before, whose pages are still open.
        let started = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |time| time.as_millis() as u64);
        Live {
            port: OnceLock::new(),
            news: watch::Sender::new(News {
                version: started,
                ..News::default()
            }),
        }
    }
}

impl Live {
    /// Pages listen from here on, to the server's own `port`.
    pub fn enable(&self, port: u16) {
        // The port of a server does not change: a second call says the same.
        let _ = self.port.set(port);
    }

    /// Reloads the pages.
    pub fn changed(&self) {
        self.news.send_modify(|news| news.version += 1);
    }

    /// Shows `problem` in all pages, or hides the one that `source` had. Pages that were loaded
    /// meanwhile reload when there is none any more: parts of them may be missing.
    pub fn set_problem(&self, source: ProblemSource, problem: Option<&str>) {
        self.news.send_if_modified(|news| {
            let slot = &mut news.problems[source as usize];
            if slot.as_deref() == problem {
                return false;
            }
            *slot = problem.map(Arc::from);
            news.problems_number += 1;
            true
        });
    }

    /// The script for the code of a client build, which does not know when it is loaded. `None` when
    /// this is off.
    pub fn banner(&self) -> Option<String> {
        Some(script(*self.port.get()?))
    }

    /// What a page has at its end; `None` when this is off.
    pub fn tag(&self) -> Option<String> {
        self.port.get()?;
        let version = self.news.borrow().version;
        Some(format!("<script src=\"{SCRIPT}?{version}\"></script>\n"))
    }

    /// What a page has at its end that shows the present problem in the place of another page;
    /// `None` when this is off.
    pub fn problem_tag(&self) -> Option<String> {
        self.port.get()?;
        let number = self.news.borrow().problems_number;
        Some(format!(
            "<script src=\"{SCRIPT}\" data-problem=\"{number}\"></script>\n"
        ))
    }

    /// Whether [`Live::answer`] has an answer.
    pub fn owns(&self, target: &str) -> bool {
        self.port.get().is_some() && matches!(target, STREAM | SCRIPT)
    }

    /// The answers to the page's script. `page`: the origin that may read them besides the server's own.
    /// `None`: `target` is somebody else's.
    pub fn answer(&self, target: &str, page: Option<String>) -> Option<HttpReply> {
        let port = *self.port.get()?;
        match target {
            STREAM => Some(reply("text/event-stream", self.stream(), page)),
            SCRIPT => {
                let body = Body::Bytes(script(port).into());
                Some(reply("text/javascript; charset=utf-8", body, page))
            }
            _ => None,
        }
    }

    fn stream(&self) -> Body {
        let (sender, stream) = body_stream(1, None);
        tokio::spawn(tell(self.news.subscribe(), sender));
        Body::Stream(stream)
    }
}

/// Ends with the page, or with the server.
async fn tell(mut inbox: watch::Receiver<News>, sender: BodySender) {
    let mut told = inbox.borrow_and_update().clone();
    let (problem, version) = (told.problem_event(), told.version_event());
    let mut text = format!("{RETRY}{problem}{version}");
    loop {
        if !text.is_empty() && sender.send(Bytes::from(text)).await.is_err() {
            return;
        }
        text = tokio::select! {
            changed = inbox.changed() => {
                if changed.is_err() {
                    return sender.finish();
                }
                tokio::time::sleep(SETTLE).await;
                let news = inbox.borrow_and_update().clone();
                let text = difference(&told, &news);
                told = news;
                text
            }
            () = tokio::time::sleep(BEAT) => ":\n\n".to_owned(),
            () = sender.closed() => return,
        };
    }
}

/// The events for a page that knows `told`. A version makes it reload, so that it comes last.
fn difference(told: &News, news: &News) -> String {
    let mut text = String::new();
    if told.problems_number != news.problems_number {
        text += &news.problem_event();
    }
    if told.version != news.version {
        text += &news.version_event();
    }
    text
}

fn script(port: u16) -> String {
    SOURCE.replace("PORT", &port.to_string())
}

fn reply(content_type: &'static str, body: Body, page: Option<String>) -> HttpReply {
    let mut headers: HeaderList = vec![
        ("content-type".into(), content_type.into()),
        ("cache-control".into(), "no-store".into()),
        // Where a browser does not say which page asks, it keeps that page from using the answer.
        ("cross-origin-resource-policy".into(), "same-origin".into()),
        (
            "content-security-policy".into(),
            "frame-ancestors 'self'".into(),
        ),
    ];
    if let Some(page) = page {
        headers.push(("access-control-allow-origin".into(), page.into()));
    }
    HttpReply {
        status: 200,
        reason: String::new(),
        headers,
        body,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn news(live: &Live) -> News {
        live.news.borrow().clone()
    }

    #[test]
    fn problems_of_several_sources_are_one_text_until_each_is_solved() {
        let live = Live::default();
        assert_eq!(news(&live).problem(), None);
        live.set_problem(ProblemSource::ServerCode, Some("server"));
        live.set_problem(ProblemSource::ClientCode, Some("client"));
        assert_eq!(news(&live).problem().as_deref(), Some("client\n\nserver"));
        live.set_problem(ProblemSource::ClientCode, None);
        assert_eq!(news(&live).problem().as_deref(), Some("server"));
        live.set_problem(ProblemSource::ServerCode, None);
        assert_eq!(news(&live).problem(), None);
    }

    #[test]
    fn pages_are_told_of_what_is_new_only() {
        let live = Live::default();
        let before = news(&live);
        live.set_problem(ProblemSource::ClientCode, None);
        assert_eq!(difference(&before, &news(&live)), "");
        live.set_problem(ProblemSource::ClientCode, Some("a\nb"));
        assert_eq!(
            difference(&before, &news(&live)),
            "event: problem\ndata: {\"number\":1,\"text\":\"a\\nb\"}\n\n"
        );
        let failed = news(&live);
        live.set_problem(ProblemSource::ClientCode, None);
        live.changed();
        let version = before.version + 1;
        assert_eq!(
            difference(&failed, &news(&live)),
            format!("event: problem\ndata: null\n\ndata: {version}\n\n")
        );
    }

    #[test]
    fn an_error_page_names_the_problem_that_it_shows() {
        let live = Live::default();
        live.set_problem(ProblemSource::ClientCode, Some("a"));
        assert_eq!(live.problem_tag(), None, "it is off");
        live.enable(1999);
        let tag = live.problem_tag().expect("it is on");
        assert!(tag.contains("data-problem=\"1\""), "{tag}");
        live.set_problem(ProblemSource::ClientCode, Some("b"));
        assert_ne!(live.problem_tag().expect("it is on"), tag);
    }
}
