//! `--live`: pages that reload themselves. A page's script listens to a stream of versions, and each
//! change of code or files is a new version. Decides nothing about what counts as a change.

use std::sync::OnceLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use partyrun_ops::body_stream::{BodySender, body_stream};
use partyrun_ops::interface::{Body, HttpReply};
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

/// Off until [`Live::enable`].
#[derive(Debug)]
pub struct Live {
    port: OnceLock<u16>,
    version: watch::Sender<u64>,
}

impl Default for Live {
    fn default() -> Self {
        // Another one than that of the server before, whose pages are still open.
        let started = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |time| time.as_millis() as u64);
        Live {
            port: OnceLock::new(),
            version: watch::Sender::new(started),
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
        self.version.send_modify(|version| *version += 1);
    }

    /// The script for the code of a client build, which does not know when it is loaded. `None` when
    /// this is off.
    pub fn banner(&self) -> Option<String> {
        Some(script(*self.port.get()?))
    }

    /// What a page has at its end; `None` when this is off.
    pub fn tag(&self) -> Option<String> {
        self.port.get()?;
        let version = *self.version.borrow();
        Some(format!("<script src=\"{SCRIPT}?{version}\"></script>\n"))
    }

    /// Whether [`Live::answer`] has an answer.
    pub fn owns(&self, target: &str) -> bool {
        self.port.get().is_some() && matches!(target, STREAM | SCRIPT)
    }

    /// The answers to the page's script. `None`: `target` is somebody else's.
    pub fn answer(&self, target: &str) -> Option<HttpReply> {
        let port = *self.port.get()?;
        match target {
            STREAM => Some(reply("text/event-stream", self.stream())),
            SCRIPT => {
                let body = Body::Bytes(script(port).into());
                Some(reply("text/javascript; charset=utf-8", body))
            }
            _ => None,
        }
    }

    fn stream(&self) -> Body {
        let (sender, stream) = body_stream(1, None);
        tokio::spawn(tell(self.version.subscribe(), sender));
        Body::Stream(stream)
    }
}

/// Ends with the page, or with the server.
async fn tell(mut version: watch::Receiver<u64>, sender: BodySender) {
    let mut text = format!("{RETRY}data: {}\n\n", *version.borrow_and_update());
    loop {
        if sender.send(Bytes::from(text)).await.is_err() {
            return;
        }
        text = tokio::select! {
            changed = version.changed() => {
                if changed.is_err() {
                    return sender.finish();
                }
                tokio::time::sleep(SETTLE).await;
                format!("data: {}\n\n", *version.borrow_and_update())
            }
            () = tokio::time::sleep(BEAT) => ":\n\n".to_owned(),
            () = sender.closed() => return,
        };
    }
}

fn script(port: u16) -> String {
    SOURCE.replace("PORT", &port.to_string())
}

fn reply(content_type: &'static str, body: Body) -> HttpReply {
    HttpReply {
        status: 200,
        reason: String::new(),
        headers: vec![
            ("content-type".into(), content_type.into()),
            ("cache-control".into(), "no-store".into()),
            ("access-control-allow-origin".into(), "*".into()),
        ],
        body,
    }
}
