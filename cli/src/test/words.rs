//! What `partyrun test` and its guard say to each other: a JSON object on a line each. Plain data.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// What the guard is to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Order {
    /// Start the command, with these variables on top of the guard's own.
    Run {
        environment: BTreeMap<String, String>,
        /// Whether it gets the terminal.
        terminal: bool,
    },
    /// Send a signal to the command's group.
    Signal(i32),
    /// Have a stopped command go on.
    Continue,
    /// End the command and all that it has started.
    Stop,
}

impl Order {
    /// `None`: it is no order.
    pub fn of(value: Value) -> Option<Order> {
        Some(match value["order"].as_str()? {
            "run" => Order::Run {
                environment: texts(value["environment"].as_object()?),
                terminal: value["terminal"].as_bool()?,
            },
            "signal" => Order::Signal(number(&value["number"])?),
            "continue" => Order::Continue,
            "stop" => Order::Stop,
            _ => return None,
        })
    }
}

impl From<&Order> for Value {
    fn from(order: &Order) -> Value {
        match order {
            Order::Run {
                environment,
                terminal,
            } => json!({ "order": "run", "environment": environment, "terminal": terminal }),
            Order::Signal(number) => json!({ "order": "signal", "number": number }),
            Order::Continue => json!({ "order": "continue" }),
            Order::Stop => json!({ "order": "stop" }),
        }
    }
}

fn texts(fields: &Map<String, Value>) -> BTreeMap<String, String> {
    let pairs = fields.iter();
    pairs
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect()
}

/// What the guard has to tell.
#[derive(Debug, PartialEq, Eq)]
pub enum Told {
    /// The command runs, as this process.
    Started(i32),
    /// The system refuses to run it, for the reason with this number.
    Failed(i32),
    /// It was stopped, as by Ctrl-Z.
    Stopped,
    /// It has ended, and with it all that it has started.
    Ended(Ending),
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Code(i32),
    Signal(i32),
}

impl Ending {
    /// As a shell reports it.
    pub fn code(self) -> u8 {
        let code = match self {
            Ending::Code(code) => code,
            Ending::Signal(number) => 128 + number,
        };
        // The system keeps eight bits of a code, and has less than 128 signals.
        u8::try_from(code).unwrap_or(u8::MAX)
    }
}

impl Told {
    /// `None`: it is nothing that a guard says.
    pub fn of(value: &Value) -> Option<Told> {
        Some(match value["told"].as_str()? {
            "started" => Told::Started(number(&value["process"])?),
            "failed" => Told::Failed(number(&value["error"])?),
            "stopped" => Told::Stopped,
            "code" => Told::Ended(Ending::Code(number(&value["number"])?)),
            "signal" => Told::Ended(Ending::Signal(number(&value["number"])?)),
            _ => return None,
        })
    }
}

impl From<&Told> for Value {
    fn from(told: &Told) -> Value {
        match told {
            Told::Started(process) => json!({ "told": "started", "process": process }),
            Told::Failed(error) => json!({ "told": "failed", "error": error }),
            Told::Stopped => json!({ "told": "stopped" }),
            Told::Ended(Ending::Code(code)) => json!({ "told": "code", "number": code }),
            Told::Ended(Ending::Signal(number)) => json!({ "told": "signal", "number": number }),
        }
    }
}

fn number(value: &Value) -> Option<i32> {
    value.as_i64()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_understood() {
        let environment = BTreeMap::from([("A".to_owned(), "1 \"2\"".to_owned())]);
        for order in [
            Order::Run {
                environment,
                terminal: true,
            },
            Order::Signal(15),
            Order::Continue,
            Order::Stop,
        ] {
            assert_eq!(Order::of(Value::from(&order)), Some(order));
        }
        for told in [
            Told::Started(7),
            Told::Failed(2),
            Told::Stopped,
            Told::Ended(Ending::Code(3)),
            Told::Ended(Ending::Signal(9)),
        ] {
            assert_eq!(Told::of(&Value::from(&told)), Some(told));
        }
        assert_eq!(Order::of(json!({ "order": "sing" })), None);
        assert_eq!(Told::of(&json!(1)), None);
    }

    #[test]
    fn endings_have_the_codes_of_a_shell() {
        assert_eq!(Ending::Code(0).code(), 0);
        assert_eq!(Ending::Code(255).code(), 255);
        assert_eq!(Ending::Signal(15).code(), 143);
    }
}
