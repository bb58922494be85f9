//! The requests of a space, as the page is shown them while it looks.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::super::requests::{Answered, Requests, Watch};
use crate::call::party_url::{self, PartyUrl};

/// How often the page is told.
const PERIOD: Duration = Duration::from_millis(100);

/// What the page has yet to be told.
pub struct Watched {
    watch: Arc<Watch>,
    ticks: Interval,
}

impl Watched {
    pub fn of(requests: &Requests) -> Watched {
        let mut ticks = interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Watched {
            watch: requests.watch(),
            ticks,
        }
    }

    /// What has been answered, as soon as something has. Loses nothing when it is dropped before.
    pub async fn next(&mut self) -> String {
        loop {
            self.ticks.tick().await;
            let (requests, missed) = self.watch.take();
            if requests.is_empty() && missed == 0 {
                continue;
            }
            let requests: Vec<_> = requests.iter().map(told).collect();
            return json!({ "requests": requests, "missed": missed }).to_string();
        }
    }
}

fn told(answered: &Answered) -> Value {
    let mut told = json!({
        "at": answered.at_ms,
        "method": answered.method,
        "path": answered.path,
        "status": answered.status,
        "ms": answered.elapsed.as_secs_f64() * 1000.0,
    });
    if let PartyUrl::Room { party, room } = party_url::parse(&answered.path) {
        told["party"] = party.into();
        told["room"] = room.into();
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_told_with_their_room() {
        let answered = |path: &str| Answered {
            at_ms: 5,
            method: "GET".to_owned(),
            path: path.to_owned(),
            status: 404,
            elapsed: Duration::from_micros(1500),
        };
        let plain = json!({ "at": 5, "method": "GET", "path": "/x", "status": 404, "ms": 1.5 });
        assert_eq!(told(&answered("/x")), plain);
        let told = told(&answered("/parties/chat/a%20b/rest"));
        assert_eq!(
            (&told["party"], &told["room"]),
            (&json!("chat"), &json!("a%20b"))
        );
    }
}
