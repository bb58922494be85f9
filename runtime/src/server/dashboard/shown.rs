//! The messages of one room, as the page is shown them: which room it is, and what has passed since it was told
//! last. Follows the room from thread to thread.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use partyrun_ops::message::Message;
use serde_json::{Value, json};
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::call::{Course, Passed, RoomKey, Tap};
use crate::rooms::Rooms;

/// How often the page is told of messages.
const PERIOD: Duration = Duration::from_millis(100);

/// The room whose messages are shown.
pub struct Shown {
    key: RoomKey,
    tap: Arc<Tap>,
    number: u64,
    /// Apart from whoever waits for it: what the page asks for in between must not begin the time anew.
    ticks: Interval,
}

impl Shown {
    pub fn of(key: RoomKey, number: u64, rooms: &Rooms) -> Shown {
        let mut ticks = interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let shown = Shown {
            key,
            tap: Arc::default(),
            number,
            ticks,
        };
        shown.attach(rooms);
        shown
    }

    fn attach(&self, rooms: &Rooms) {
        if !self.tap.is_attached() {
            rooms.show_messages(&self.key, || self.tap.end());
        }
    }

    /// What has passed, as soon as something has. Loses nothing when it is dropped before.
    pub async fn next(&mut self, rooms: &Rooms) -> String {
        loop {
            self.ticks.tick().await;
            // The room may have a new thread.
            self.attach(rooms);
            let (messages, missed) = self.tap.take();
            if messages.is_empty() && missed == 0 {
                continue;
            }
            let messages: Vec<_> = messages.iter().map(told).collect();
            let told = json!({ "tap": self.number, "messages": messages, "missed": missed });
            return told.to_string();
        }
    }
}

fn told(passed: &Passed) -> Value {
    let mut told = json!({ "at": passed.at_ms, "size": passed.size });
    match &passed.course {
        Course::From(name) => told["from"] = name.as_str().into(),
        Course::To(name) => told["to"] = name.as_str().into(),
        Course::ToMany(count) => told["many"] = (*count).into(),
    }
    match &passed.beginning {
        Message::Text(text) => told["text"] = String::from_utf8_lossy(text).into(),
        Message::Binary(bytes) => told["base64"] = STANDARD.encode(bytes).into(),
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_told_by_their_kind_and_course() {
        let passed = |course, beginning| Passed {
            at_ms: 5,
            course,
            beginning,
            size: 2,
        };
        let from = Course::From("ann".to_owned());
        assert_eq!(
            told(&passed(from, Message::Text("hi".into()))),
            json!({ "at": 5, "from": "ann", "text": "hi", "size": 2 })
        );
        assert_eq!(
            told(&passed(
                Course::ToMany(3),
                Message::Binary(vec![1, 2].into())
            )),
            json!({ "at": 5, "many": 3, "base64": "AQI=", "size": 2 })
        );
    }
}
