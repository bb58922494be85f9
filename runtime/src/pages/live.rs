//! `--live`: pages that reload themselves. A page's script listens to a stream of versions, problems and
//! faults: each change of code or files is a new version, a build that fails is a problem until one
//! succeeds, and an error of user code is a fault. Decides nothing about what counts as a change, what a
//! problem's text says, or who may see faults.

mod news;

use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use partyrun_ops::body_stream::{BodySender, body_stream};
use partyrun_ops::message::{Body, HeaderList, HttpReply};
use tokio::sync::watch;

pub use self::news::ProblemSource;
use self::news::{Faults, News, difference};
use crate::project::{Reporter, Trouble};

const STREAM: &str = "/__partyrun/live";
const SCRIPT: &str = "/__partyrun/live.js";
const SOURCE: &str = include_str!("live.js");
const OVERLAY: &str = include_str!("overlay.js");
/// Tells a page when to come back after the server has been restarted, in milliseconds.
const RETRY: &str = "retry: 500\n\n";
/// Nothing is heard of a page that is gone until something is written.
const BEAT: Duration = Duration::from_secs(30);
/// Changes that follow one another within this time are one: a build writes several files.
const SETTLE: Duration = Duration::from_millis(40);

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
            news: watch::Sender::new(News::since(started)),
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
        self.news
            .send_if_modified(|news| news.set_problem(source, problem));
    }

    /// Whether pages listen.
    pub fn is_on(&self) -> bool {
        self.port.get().is_some()
    }

    /// Shows an error of user code in the pages that were there when it happened.
    pub fn failed(&self, trouble: Trouble) {
        self.news.send_modify(|news| news.add_fault(trouble));
    }

    /// The script for the code of a client build, which does not know when it is loaded. `None` when
    /// this is off.
    pub fn banner(&self) -> Option<String> {
        Some(script(*self.port.get()?))
    }

    /// What a page has at its end; `None` when this is off.
    pub fn tag(&self) -> Option<String> {
        self.port.get()?;
        let news = self.news.borrow();
        let (version, faults) = (news.version, news.faults);
        Some(format!(
            "<script src=\"{SCRIPT}?{version}\" data-faults=\"{faults}\"></script>\n"
        ))
    }

    /// What a page has at its end that shows an error of user code itself; `None` when this is off.
    pub fn error_tag(&self) -> Option<String> {
        self.port.get()?;
        let version = self.news.borrow().version;
        Some(format!(
            "<script src=\"{SCRIPT}?{version}\" data-faults=\"none\"></script>\n"
        ))
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
    /// `faults`: what words errors of user code, for those who may see them. `None`: `target` is somebody else's.
    pub fn answer(
        &self,
        target: &str,
        page: Option<String>,
        faults: Option<Arc<dyn Reporter>>,
    ) -> Option<HttpReply> {
        let port = *self.port.get()?;
        match target {
            STREAM => Some(reply("text/event-stream", self.stream(faults), page)),
            SCRIPT => {
                let body = Body::Bytes(script(port).into());
                Some(reply("text/javascript; charset=utf-8", body, page))
            }
            _ => None,
        }
    }

    fn stream(&self, faults: Faults) -> Body {
        let (sender, stream) = body_stream(1, None);
        tokio::spawn(tell(self.news.subscribe(), faults, sender));
        Body::Stream(stream)
    }
}

/// Ends with the page, or with the server.
async fn tell(mut inbox: watch::Receiver<News>, faults: Faults, sender: BodySender) {
    let mut told = inbox.borrow_and_update().clone();
    let mut text = RETRY.to_owned() + &told.problem_event();
    if let Some(reporter) = &faults {
        text += &told.fault_event(&**reporter);
    }
    text += &told.version_event();
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
                let text = difference(&told, &news, &faults);
                told = news;
                text
            }
            () = tokio::time::sleep(BEAT) => ":\n\n".to_owned(),
            () = sender.closed() => return,
        };
    }
}

fn script(port: u16) -> String {
    let source = SOURCE.replace("PORT", &port.to_string());
    format!("(() => {{\n{OVERLAY}\n{source}}})();\n")
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
