//! Holds a configuration value against its [`Shape`] and collects everything that is wrong with
//! it, and what is odd in fields that nothing here reads. Never stops at the first fault: a user fixes
//! a file once, not field by field.

use serde_json::{Map, Value};

use super::error::{Fault, Remark};
use super::key_path::KeyPath;
use super::schema::{self, Field, Shape};

/// Text of a rejected value is shown up to this many characters.
const SHOWN: usize = 40;

/// Most values in a vector of `vectorize`.
const MAX_DIMENSIONS: u16 = 1536;

/// Everything wrong in a value.
#[derive(Debug, Default)]
pub struct Findings {
    pub faults: Vec<Fault>,
    /// What is wrong or unknown where it has no effect.
    pub remarks: Vec<Remark>,
}

impl Findings {
    pub fn of(value: &Value, shape: &'static Shape) -> Findings {
        let mut findings = Findings::default();
        findings.visit(value, shape, &KeyPath::default(), Weight::Read);
        findings
    }

    fn visit(&mut self, value: &Value, shape: &'static Shape, path: &KeyPath, weight: Weight) {
        match (shape, value) {
            (Shape::Unread(shape), _) => self.visit(value, shape, path, Weight::Unread),
            (Shape::List(item), Value::Array(values)) => {
                for (index, value) in values.iter().enumerate() {
                    self.visit(value, item, &path.index(index), weight);
                }
            }
            (Shape::Record(item), Value::Object(map)) => {
                for (key, value) in map {
                    self.visit(value, item, &path.key(key), weight);
                }
            }
            (Shape::Object(fields) | Shape::Open(fields), Value::Object(map)) => {
                let is_strict = matches!(shape, Shape::Object(_));
                self.visit_object(map, fields, path, weight, is_strict);
            }
            (Shape::Either(shapes), _) => {
                match shapes.iter().find(|shape| has_kind(value, shape)) {
                    Some(shape) => self.visit(value, shape, path, weight),
                    None => self.mismatch(value, shape, path, weight),
                }
            }
            _ if fits(value, shape) => {}
            _ => self.mismatch(value, shape, path, weight),
        }
    }

    fn visit_object(
        &mut self,
        map: &Map<String, Value>,
        fields: &'static [Field],
        path: &KeyPath,
        weight: Weight,
        is_strict: bool,
    ) {
        for (key, value) in map {
            let path = path.key(key);
            if let Some(field) = fields.iter().find(|field| field.key == key) {
                self.visit(value, &field.shape, &path, weight);
                continue;
            }
            let suggestion = nearest(key, fields).or_else(|| elsewhere(key, fields, &path));
            match is_strict {
                true => self.faults.push(Fault::UnknownKey { path, suggestion }),
                false => self.remarks.push(Remark::UnknownKey { path, suggestion }),
            }
        }
        let missing = fields
            .iter()
            .filter(|field| field.is_required && !map.contains_key(field.key));
        self.remarks.extend(missing.map(|field| Remark::Missing {
            path: path.clone(),
            key: field.key,
        }));
    }

    fn mismatch(&mut self, value: &Value, shape: &Shape, path: &KeyPath, weight: Weight) {
        let (path, expected, given) = (path.clone(), expected(shape), describe(value));
        match weight {
            Weight::Read => self.faults.push(Fault::Mismatch {
                path,
                expected,
                given,
            }),
            Weight::Unread => self.remarks.push(Remark::Mismatch {
                path,
                expected,
                given,
            }),
        }
    }
}

/// Whether a wrong value matters.
#[derive(Clone, Copy, Debug)]
enum Weight {
    Read,
    Unread,
}

/// Whether `value` is of the outer kind of `shape`; its inside is checked afterwards.
fn has_kind(value: &Value, shape: &Shape) -> bool {
    match shape {
        Shape::List(_) => value.is_array(),
        Shape::Record(_) | Shape::Object(_) | Shape::Open(_) => value.is_object(),
        Shape::Either(shapes) => shapes.iter().any(|shape| has_kind(value, shape)),
        Shape::Unread(shape) => has_kind(value, shape),
        _ => fits(value, shape),
    }
}

fn fits(value: &Value, shape: &Shape) -> bool {
    match shape {
        Shape::Any => true,
        Shape::Text => value.is_string(),
        Shape::Number => value.is_number(),
        Shape::Null => value.is_null(),
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
        | Shape::Unread(_)
        | Shape::Either(_) => false,
    }
}

/// A port number; JSON5 writes the same number as `1999`, `1999.0` or `0x7cf`.
pub fn port(value: &Value) -> Option<u16> {
    let number = value.as_f64()?;
    let whole = number.fract() == 0.0 && (0.0..=f64::from(u16::MAX)).contains(&number);
    whole.then_some(number as u16)
}

/// A known key that a slip of the fingers turns into `key`: one edit for every three letters, beyond
/// that a suggestion is a guess that misleads.
fn nearest(key: &str, fields: &[Field]) -> Option<String> {
    let slips = (key.chars().count() / 3).max(1);
    let distance =
        |field: &Field| strsim::damerau_levenshtein(&key.to_lowercase(), &field.key.to_lowercase());
    fields
        .iter()
        .map(|field| (distance(field), field.key))
        .filter(|(distance, _)| *distance <= slips)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, key)| key.to_owned())
}

/// Where in the file a field with this name belongs: below the object that has it, else anywhere.
fn elsewhere(key: &str, fields: &'static [Field], path: &KeyPath) -> Option<String> {
    let inside = within(key, fields).map(|found| path.beside(&found));
    let found = inside.or_else(|| within(key, schema::fields()));
    found.map(|found| found.to_string())
}

fn within(key: &str, fields: &'static [Field]) -> Option<KeyPath> {
    if fields.iter().any(|field| field.key == key) {
        return Some(KeyPath::default().key(key));
    }
    fields.iter().find_map(|field| {
        let inner = field.shape.objects();
        let found = inner.into_iter().find_map(|fields| within(key, fields))?;
        Some(found.inside(&KeyPath::default().key(field.key)))
    })
}

fn expected(shape: &Shape) -> String {
    match shape {
        Shape::Any => "a value".to_owned(),
        Shape::Text => "a string".to_owned(),
        Shape::Number => "a number".to_owned(),
        Shape::Null => "null".to_owned(),
        Shape::Port => "a number from 0 to 65535".to_owned(),
        Shape::Dimensions => format!("a number from 1 to {MAX_DIMENSIONS}"),
        Shape::Flag => "true or false".to_owned(),
        Shape::Word([word]) => format!("{word:?}"),
        Shape::Word(words) => format!("one of {}", words.join(", ")),
        Shape::List(_) => "an array".to_owned(),
        Shape::Record(_) | Shape::Object(_) | Shape::Open(_) => "an object".to_owned(),
        Shape::Unread(shape) => expected(shape),
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
