//! Holds a configuration value against its [`Shape`] and collects everything that is wrong with
//! it. Never stops at the first fault: a user fixes a file once, not field by field.

use std::fmt;

use serde_json::{Map, Value};

use super::error::Fault;
use super::schema::{Field, Shape};

/// Text of a rejected value is shown up to this many characters.
const SHOWN: usize = 40;

/// Most values in a vector of `vectorize`.
const MAX_DIMENSIONS: u16 = 1536;

/// One step from a value to one inside of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Key(String),
    Index(usize),
}

/// Where a value stands in the file, written as a user would: `serve.build.loader[".x"]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyPath(Vec<Step>);

impl KeyPath {
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    pub fn key(&self, key: &str) -> KeyPath {
        self.step(Step::Key(key.to_owned()))
    }

    pub fn index(&self, index: usize) -> KeyPath {
        self.step(Step::Index(index))
    }

    /// This path inside of the value at `outer`.
    pub fn inside(&self, outer: &KeyPath) -> KeyPath {
        KeyPath([&outer.0[..], &self.0[..]].concat())
    }

    fn step(&self, step: Step) -> KeyPath {
        KeyPath(self.0.iter().cloned().chain([step]).collect())
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '-');
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if !key.is_empty() && key.chars().all(is_plain) => {
                    let dot = if position == 0 { "" } else { "." };
                    write!(formatter, "{dot}{key}")?;
                }
                Step::Key(key) => write!(formatter, "[{key:?}]")?,
                Step::Index(index) => write!(formatter, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// Everything wrong in a value.
#[derive(Debug, Default)]
pub struct Findings {
    pub faults: Vec<Fault>,
}

impl Findings {
    pub fn of(value: &Value, shape: &Shape) -> Findings {
        let mut findings = Findings::default();
        findings.visit(value, shape, &KeyPath::default());
        findings
    }

    fn visit(&mut self, value: &Value, shape: &Shape, path: &KeyPath) {
        match (shape, value) {
            (Shape::List(item), Value::Array(values)) => {
                for (index, value) in values.iter().enumerate() {
                    self.visit(value, item, &path.index(index));
                }
            }
            (Shape::Record(item), Value::Object(map)) => {
                for (key, value) in map {
                    self.visit(value, item, &path.key(key));
                }
            }
            (Shape::Object(fields), Value::Object(map)) => self.visit_object(map, fields, path),
            (Shape::Open(fields), Value::Object(map)) => {
                for field in *fields {
                    if let Some(value) = map.get(field.key) {
                        self.visit(value, &field.shape, &path.key(field.key));
                    }
                }
            }
            (Shape::Either(shapes), _) => {
                match shapes.iter().find(|shape| has_kind(value, shape)) {
                    Some(shape) => self.visit(value, shape, path),
                    None => self.mismatch(value, shape, path),
                }
            }
            _ if fits(value, shape) => {}
            _ => self.mismatch(value, shape, path),
        }
    }

    fn visit_object(&mut self, map: &Map<String, Value>, fields: &[Field], path: &KeyPath) {
        for (key, value) in map {
            let path = path.key(key);
            match fields.iter().find(|field| field.key == key) {
                Some(field) => self.visit(value, &field.shape, &path),
                None => self.faults.push(Fault::UnknownKey {
                    suggestion: nearest(key, fields),
                    path,
                }),
            }
        }
    }

    fn mismatch(&mut self, value: &Value, shape: &Shape, path: &KeyPath) {
        self.faults.push(Fault::Mismatch {
            path: path.clone(),
            expected: expected(shape),
            given: describe(value),
        });
    }
}

/// Whether `value` is of the outer kind of `shape`; its inside is checked afterwards.
fn has_kind(value: &Value, shape: &Shape) -> bool {
    match shape {
        Shape::List(_) => value.is_array(),
        Shape::Record(_) | Shape::Object(_) | Shape::Open(_) => value.is_object(),
        Shape::Either(shapes) => shapes.iter().any(|shape| has_kind(value, shape)),
        _ => fits(value, shape),
    }
}

fn fits(value: &Value, shape: &Shape) -> bool {
    match shape {
        Shape::Any => true,
        Shape::Text => value.is_string(),
        Shape::Port => port(value).is_some(),
        Shape::Dimensions => {
            port(value).is_some_and(|number| (1..=MAX_DIMENSIONS).contains(&number))
        }
        Shape::Flag => value.is_boolean(),
        Shape::Word(words) => value.as_str().is_some_and(|text| words.contains(&text)),
        Shape::List(_)
        | Shape::Record(_)
        | Shape::Object(_)
        | Shape::Open(_)
        | Shape::Either(_) => false,
    }
}

/// A port number; JSON5 writes the same number as `1999`, `1999.0` or `0x7cf`.
pub fn port(value: &Value) -> Option<u16> {
    let number = value.as_f64()?;
    let whole = number.fract() == 0.0 && (0.0..=f64::from(u16::MAX)).contains(&number);
    whole.then_some(number as u16)
}

/// `false` and empty containers switch a feature off: nothing is missed.
/// A known key that a slip of the fingers turns into `key`: one edit for every three letters, beyond
/// that a suggestion is a guess that misleads.
fn nearest(key: &str, fields: &[Field]) -> Option<&'static str> {
    let slips = (key.chars().count() / 3).max(1);
    let distance =
        |field: &Field| strsim::damerau_levenshtein(&key.to_lowercase(), &field.key.to_lowercase());
    fields
        .iter()
        .map(|field| (distance(field), field.key))
        .filter(|(distance, _)| *distance <= slips)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, key)| key)
}

fn expected(shape: &Shape) -> String {
    match shape {
        Shape::Any => "a value".to_owned(),
        Shape::Text => "a string".to_owned(),
        Shape::Port => "a number from 0 to 65535".to_owned(),
        Shape::Dimensions => format!("a number from 1 to {MAX_DIMENSIONS}"),
        Shape::Flag => "true or false".to_owned(),
        Shape::Word(words) => format!("one of {}", words.join(", ")),
        Shape::List(_) => "an array".to_owned(),
        Shape::Record(_) | Shape::Object(_) | Shape::Open(_) => "an object".to_owned(),
        Shape::Either(shapes) => shapes.iter().map(expected).collect::<Vec<_>>().join(" or "),
    }
}

fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => format!("number {number}"),
        Value::String(text) if text.chars().count() > SHOWN => {
            format!(
                "string {:?}",
                text.chars().take(SHOWN).chain(['…']).collect::<String>()
            )
        }
        Value::String(text) => format!("string {text:?}"),
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
