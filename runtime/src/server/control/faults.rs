//! What is done to connections from outside, and faults that a test asks for: writes that fail, connections that
//! are sent to, cut, closed or bad. Decides what the
//! options mean; what is done with them is the storage's and the rooms' business.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::Request;
use hyper::body::Incoming;
use partyrun_ops::message::{HttpReply, Message};
use serde_json::{Value, json};

use super::super::space::Space;
use super::body::options;
use super::done;
use super::refusal::{Refusal, json_reply};
use crate::call::{BadLine, Manner, RoomKey};
use crate::storage::WriteFault;

fn wrong(text: String) -> Refusal {
    Refusal::new(400, "options", text)
}

impl Space {
    pub(super) fn faults(&self) -> HttpReply {
        let faults = self.storage.faults().all();
        let faults: Vec<_> = faults.iter().map(described).collect();
        json_reply(200, &json!({ "faults": faults }))
    }

    pub(super) async fn add_fault(&self, request: Request<Incoming>) -> Result<HttpReply, Refusal> {
        let options = options(request).await?;
        let fault = write_fault(&options)?;
        if let Some((party, _)) = &fault.room {
            self.check_party(party)?;
        }
        self.storage.faults().add(fault);
        Ok(done())
    }

    pub(super) async fn mend(&self) -> Result<HttpReply, Refusal> {
        self.storage.faults().mend();
        let rooms = &self.door.rooms;
        let told: Vec<_> = rooms
            .live()
            .iter()
            .filter_map(|key| rooms.touch(key, None, Manner::Line(None)))
            .collect();
        for mended in told {
            // One that has ended has no lines.
            let _ = mended.await;
        }
        Ok(done())
    }

    pub(super) async fn touch(
        &self,
        key: &RoomKey,
        connection: String,
        how: Manner,
    ) -> Result<HttpReply, Refusal> {
        let touched = self.door.rooms.touch(key, Some(connection.clone()), how);
        let is_there = match touched {
            Some(touched) => touched.await.unwrap_or(false),
            None => false,
        };
        if is_there {
            return Ok(done());
        }
        let room = key.address();
        let text = format!("The room `{room}` has no open connection with the id `{connection}`");
        Err(Refusal::new(404, "connection", text))
    }
}

fn described(fault: &WriteFault) -> Value {
    let mut described = match fault.times {
        Some(times) => json!({ "write": "fail", "times": times }),
        None => json!({ "write": "full" }),
    };
    if let Some((party, room)) = &fault.room {
        described["party"] = party.as_str().into();
        described["room"] = room.as_str().into();
    }
    described
}

fn write_fault(options: &Value) -> Result<WriteFault, Refusal> {
    let times = match (options["write"].as_str(), &options["times"]) {
        (Some("fail"), Value::Null) => Some(1),
        (Some("fail"), times) => match times.as_u64() {
            Some(times) if times > 0 => Some(times),
            _ => return Err(wrong(format!("`times` must be 1 or more, got: `{times}`"))),
        },
        (Some("full"), Value::Null) => None,
        (Some("full"), _) => {
            return Err(wrong(
                "A full disk stays full until it is mended: `times` is for \"fail\"".to_owned(),
            ));
        }
        _ => {
            let got = &options["write"];
            let text = format!("`write` is \"fail\" or \"full\", got: `{got}`");
            return Err(wrong(text));
        }
    };
    let room = match (options["party"].as_str(), options["room"].as_str()) {
        (party, Some(room)) => Some((party.unwrap_or("main").to_owned(), room.to_owned())),
        (None, None) => None,
        (Some(_), None) => return Err(wrong("`party` needs a `room` beside it".to_owned())),
    };
    Ok(WriteFault { times, room })
}

/// What a connection is to be sent.
pub(super) fn sending(options: &Value) -> Result<Manner, Refusal> {
    let message = match (options["text"].as_str(), options["base64"].as_str()) {
        (Some(text), None) => Message::Text(text.to_owned().into()),
        (None, Some(encoded)) => {
            let bytes = STANDARD.decode(encoded);
            let bytes = bytes.map_err(|error| wrong(format!("`base64` is not base64: {error}")))?;
            Message::Binary(bytes.into())
        }
        _ => {
            let text = "A message is `{ \"text\": \"...\" }` or `{ \"base64\": \"...\" }`";
            return Err(wrong(text.to_owned()));
        }
    };
    Ok(Manner::Send(message))
}

/// How a connection is to be closed.
pub(super) fn closing(options: &Value) -> Result<Manner, Refusal> {
    let code = match &options["code"] {
        Value::Null => 1000,
        code => match code.as_u64() {
            Some(code @ (1000..=1003 | 1007..=1014 | 3000..=4999)) => code as u16,
            _ => {
                let text = format!("`code` is no code that a server may close with, got: `{code}`");
                return Err(wrong(text));
            }
        },
    };
    let reason = options["reason"].as_str().unwrap_or_default();
    Ok(Manner::Close(code, reason.to_owned()))
}

/// How bad a line is to be.
pub(super) fn line(options: &Value) -> Result<Option<BadLine>, Refusal> {
    let number = |name: &str| match &options[name] {
        Value::Null => Ok(0),
        value => value.as_u64().ok_or_else(|| {
            wrong(format!(
                "`{name}` must be a whole number, not negative, got: `{value}`"
            ))
        }),
    };
    let drop = match &options["drop"] {
        Value::Null => 0.0,
        value => match value.as_f64() {
            Some(share) if (0.0..=1.0).contains(&share) => share,
            _ => {
                return Err(wrong(format!(
                    "`drop` is a share from 0 to 1, got: `{value}`"
                )));
            }
        },
    };
    let line = BadLine {
        delay_ms: number("delay")?,
        drop,
        seed: number("seed")?,
    };
    let is_good = line.delay_ms == 0 && line.drop == 0.0;
    Ok((!is_good).then_some(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_faults_are_checked() {
        let fault = |options: Value| write_fault(&options).map_err(|refusal| refusal.text);
        assert!(fault(json!({ "write": "fail" })).is_ok_and(|fault| fault.times == Some(1)));
        assert!(
            fault(json!({ "write": "full", "room": "r" })).is_ok_and(|fault| fault.room.is_some())
        );
        for wrong in [
            json!({}),
            json!({ "write": "sometimes" }),
            json!({ "write": "fail", "times": 0 }),
            json!({ "write": "full", "times": 2 }),
            json!({ "write": "fail", "party": "main" }),
        ] {
            assert!(fault(wrong.clone()).is_err(), "{wrong}");
        }
        assert!(closing(&json!({ "code": 1006 })).is_err());
        assert!(sending(&json!({ "text": "" })).is_ok());
        assert!(sending(&json!({ "base64": "!" })).is_err());
        assert!(sending(&json!({})).is_err());
        assert!(line(&json!({ "drop": 1.5 })).is_err());
        assert!(line(&json!({ "delay": -1 })).is_err());
        assert!(line(&json!({})).is_ok_and(|line| line.is_none()));
    }
}
