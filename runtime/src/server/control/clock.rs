//! What is asked of the clock: to stand still, to show another time, to go ahead. What that causes is
//! `advance`'s to order.

use hyper::Request;
use hyper::body::Incoming;
use partyrun_ops::message::HttpReply;
use serde_json::{Map, Value, json};

use super::super::advance::{Happening, Leader};
use super::super::space::Space;
use super::body::options;
use super::refusal::{Refusal, json_reply};
use crate::time::Earlier;

/// What may happen on the way, unless the request says otherwise.
const MOST_EVENTS: usize = 10_000;
/// JavaScript has no later time.
const LAST_MS: i64 = 8_640_000_000_000_000;

/// What a request wants of the clock. Times are in milliseconds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Freeze(Option<i64>),
    Set(i64),
    Advance { ahead: i64, most: usize },
    Resume,
}

fn wrong(text: impl Into<String>) -> Refusal {
    Refusal::new(400, "options", text)
}

fn milliseconds(name: &str, value: &Value) -> Result<i64, Refusal> {
    let whole = value.as_i64().or_else(|| {
        // As JavaScript writes them.
        let number = value.as_f64().filter(|number| number.fract() == 0.0)?;
        (number.abs() <= LAST_MS as f64).then_some(number as i64)
    });
    let fits = |ms: &i64| (0..=LAST_MS).contains(ms);
    whole.filter(fits).ok_or_else(|| {
        wrong(format!(
            "`{name}` is a whole number of milliseconds from 0 to {LAST_MS}, got: `{value}`"
        ))
    })
}

impl Wish {
    fn of(options: &Map<String, Value>) -> Result<Wish, Refusal> {
        let mut wishes = options.iter().filter(|(name, _)| *name != "maxEvents");
        let (Some((name, value)), None) = (wishes.next(), wishes.next()) else {
            return Err(wrong(
                "The body has exactly one of `freeze`, `set`, `advance` and `resume`",
            ));
        };
        let most = options.get("maxEvents");
        if most.is_some() && name != "advance" {
            return Err(wrong("`maxEvents` goes with `advance`"));
        }
        match (name.as_str(), value) {
            ("freeze", Value::Bool(true)) => Ok(Wish::Freeze(None)),
            ("resume", Value::Bool(true)) => Ok(Wish::Resume),
            ("freeze" | "resume", Value::Bool(false)) | ("resume", _) => Err(wrong(format!(
                "`{name}` is `true` or not there, got: `{value}`"
            ))),
            ("freeze", at) => Ok(Wish::Freeze(Some(milliseconds(name, at)?))),
            ("set", at) => Ok(Wish::Set(milliseconds(name, at)?)),
            ("advance", Value::Number(ahead))
                if ahead.as_f64().is_some_and(|ahead| ahead < 0.0) =>
            {
                let text =
                    format!("The clock cannot be set back: `advance` is 0 or more, got: `{ahead}`");
                Err(Refusal::new(409, "clock", text))
            }
            ("advance", ahead) => {
                let ahead = milliseconds(name, ahead)?;
                let most = match most {
                    None => MOST_EVENTS,
                    Some(most) => {
                        let most = milliseconds("maxEvents", most)?;
                        usize::try_from(most).unwrap_or(usize::MAX)
                    }
                };
                Ok(Wish::Advance { ahead, most })
            }
            _ => Err(wrong(format!(
                "There is no `{name}`; there are: freeze, set, advance (with maxEvents), resume"
            ))),
        }
    }
}

fn earlier(earlier: Earlier) -> Refusal {
    let Earlier { shown, wanted } = earlier;
    let text = format!(
        "The clock cannot be set back: it shows {shown}, and `{wanted}` is earlier. Give it that time or a later one"
    );
    Refusal::new(409, "clock", text)
}

/// What the clock is to be told whenever a space begins; `None` for null.
pub(super) fn wish_of(options: &Value) -> Result<Option<Wish>, Refusal> {
    match options {
        Value::Null => Ok(None),
        options => Wish::of(options.as_object().unwrap_or(&Map::new())).map(Some),
    }
}

impl Space {
    /// Has the clock show what it shows when the space begins, which may be earlier than what it shows.
    pub(super) async fn begin_clock(&self) -> Result<(), Refusal> {
        let turn = self.clock_turn.lock().await;
        let clock = &self.door.clock;
        match wish_of(&self.first_clock)? {
            None | Some(Wish::Resume | Wish::Advance { .. }) => clock.begin(None, false),
            Some(Wish::Freeze(at)) => clock.begin(at, true),
            Some(Wish::Set(at)) => clock.begin(Some(at), false),
        }
        drop(turn);
        match wish_of(&self.first_clock)? {
            Some(Wish::Advance { .. }) => self.lead_clock(&self.first_clock).await.map(|_| ()),
            _ => {
                self.leader().tick_all();
                Ok(())
            }
        }
    }

    fn leader(&self) -> Leader {
        Leader {
            door: self.door.clone(),
            alarms: self.alarms.clone(),
            storage: self.storage.clone(),
        }
    }

    pub(super) fn shown_clock(&self) -> Value {
        let clock = &self.door.clock;
        json!({ "now": clock.now_ms(), "frozen": clock.is_frozen() })
    }

    pub(super) async fn set_clock(&self, request: Request<Incoming>) -> Result<HttpReply, Refusal> {
        let options = options(request).await?;
        self.lead_clock(&options).await
    }

    /// Does to the clock what `options` say; returns what it shows then.
    pub(super) async fn lead_clock(&self, options: &Value) -> Result<HttpReply, Refusal> {
        let wish = Wish::of(options.as_object().unwrap_or(&Map::new()))?;
        let _turn = self.clock_turn.lock().await;
        let clock = &self.door.clock;
        let leader = self.leader();
        let mut happened = Vec::new();
        match wish {
            Wish::Freeze(at) => clock.freeze(at).map_err(earlier)?,
            Wish::Set(at) => clock.set(at).map_err(earlier)?,
            Wish::Resume => clock.resume(),
            Wish::Advance { ahead, most } => {
                clock.freeze(None).map_err(earlier)?;
                let advanced = leader.advance(ahead, most).await;
                happened =
                    advanced.map_err(|runaway| Refusal::new(409, "clock", runaway.describe()))?;
            }
        }
        leader.tick_all();
        let mut shown = self.shown_clock();
        shown["events"] = happened.iter().map(Happening::to_json).collect();
        Ok(json_reply(200, &shown))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(options: Value) -> Result<Wish, (u16, &'static str)> {
        let options = options.as_object().expect("it is an object").clone();
        Wish::of(&options).map_err(|refusal| (refusal.status, refusal.code))
    }

    #[test]
    fn one_thing_at_a_time_is_asked_of_the_clock() {
        assert_eq!(wish(json!({ "freeze": true })), Ok(Wish::Freeze(None)));
        assert_eq!(wish(json!({ "freeze": 5 })), Ok(Wish::Freeze(Some(5))));
        assert_eq!(wish(json!({ "set": 5.0 })), Ok(Wish::Set(5)));
        assert_eq!(wish(json!({ "resume": true })), Ok(Wish::Resume));
        let advance = |most| Ok(Wish::Advance { ahead: 5, most });
        assert_eq!(wish(json!({ "advance": 5 })), advance(MOST_EVENTS));
        assert_eq!(wish(json!({ "advance": 5, "maxEvents": 2 })), advance(2));
        assert_eq!(wish(json!({ "advance": -5 })), Err((409, "clock")));
        for wrong in [
            json!({}),
            json!({ "freeze": true, "advance": 5 }),
            json!({ "freeze": false }),
            json!({ "resume": 5 }),
            json!({ "set": "5" }),
            json!({ "set": -5 }),
            json!({ "set": 1.5 }),
            json!({ "set": 9e15 }),
            json!({ "advance": 5, "maxEvents": -1 }),
            json!({ "set": 5, "maxEvents": 1 }),
            json!({ "forward": 5 }),
        ] {
            assert_eq!(wish(wrong.clone()), Err((400, "options")), "{wrong}");
        }
    }
}
