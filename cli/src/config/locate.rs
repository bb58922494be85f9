//! Where in the text of a configuration a field stands, so that an error can say so. Never decides
//! what is wrong: the text was read by the JSON5 parser, and a place that this one does not find is
//! only not said.

use std::fmt;

use jsonc_parser::ast::{ObjectProp, Value};
use jsonc_parser::common::{Range, Ranged};
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::key_path::{KeyPath, Step};

/// Line and column, both counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    line: usize,
    column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.line, self.column)
    }
}

/// Which part of a field is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Key,
    Value,
}

/// The place of the field `path`; none when `text` has no such field.
pub fn locate(text: &str, path: &KeyPath, part: Part) -> Option<Place> {
    let options = ParseOptions::default();
    let parsed = parse_to_ast(text, &CollectOptions::default(), &options).ok()?;
    let mut value = parsed.value?;
    let mut key = value.range();
    for step in path.steps() {
        (key, value) = child(value, step)?;
    }
    let range = match part {
        Part::Key => key,
        Part::Value => value.range(),
    };
    Some(place(text, range.start))
}

fn child<'a>(value: Value<'a>, step: &Step) -> Option<(Range, Value<'a>)> {
    match (value, step) {
        (Value::Object(object), Step::Key(key)) => {
            let mut fields = object.properties.into_iter().rev();
            // Of two fields with one name, the last one counts.
            let ObjectProp { name, value, .. } = fields.find(|field| field.name.as_str() == key)?;
            Some((name.range(), value))
        }
        (Value::Array(array), Step::Index(index)) => {
            let value = array.elements.into_iter().nth(*index)?;
            Some((value.range(), value))
        }
        _ => None,
    }
}

fn place(text: &str, offset: usize) -> Place {
    let before = text.get(..offset).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    Place {
        line: before.matches('\n').count() + 1,
        column: line.chars().count() + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "// a\n{\n  a: 1, 'b': {\"c.d\": [true,\n    'é', /* x */ 5]}, a: 2\n}";

    fn at(path: KeyPath, part: Part) -> String {
        locate(TEXT, &path, part).map_or_else(String::new, |place| place.to_string())
    }

    #[test]
    fn fields_are_found_by_key_and_index() {
        let root = KeyPath::default();
        let list = root.key("b").key("c.d");
        assert_eq!(at(root.key("a"), Part::Value), "4:26");
        assert_eq!(at(root.key("b"), Part::Key), "3:9");
        assert_eq!(at(list.index(1), Part::Value), "4:5");
        assert_eq!(at(list.index(2), Part::Value), "4:18");
        assert_eq!(at(root.key("none"), Part::Key), "");
        assert_eq!(at(root, Part::Value), "2:1");
    }
}
