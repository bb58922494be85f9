//! Filters over the metadata of vectors: every field named must pass every test named for it.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::answer::{Answer, Refusal};

/// A filter that has been checked.
#[derive(Clone, Debug)]
pub(super) struct Filter(Vec<(String, Test)>);

#[derive(Clone, Debug)]
enum Test {
    Equal(Value),
    NotEqual(Value),
    In(Vec<Value>),
    NotIn(Vec<Value>),
    Compare(&'static [Ordering], Value),
}

impl Filter {
    pub(super) fn parse(filter: &Map<String, Value>) -> Answer<Self> {
        let mut tests = Vec::new();
        for (field, wanted) in filter {
            let Value::Object(operators) = wanted else {
                tests.push((field.clone(), Test::Equal(wanted.clone())));
                continue;
            };
            for (operator, operand) in operators {
                tests.push((field.clone(), test(operator, operand)?));
            }
        }
        Ok(Self(tests))
    }

    /// Whether metadata, JSON text, passes.
    pub(super) fn passes(&self, metadata: Option<&str>) -> bool {
        let metadata: Value = metadata
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        let passes = |(path, test): &(String, Test)| test.passes(field(&metadata, path));
        self.0.iter().all(passes)
    }
}

fn test(operator: &str, operand: &Value) -> Answer<Test> {
    let list = || match operand {
        Value::Array(values) => Ok(values.clone()),
        _ => Err(Refusal::said(format!(
            "A filter's `{operator}` takes an array, got: `{operand}`"
        ))),
    };
    let compare = |orders| Test::Compare(orders, operand.clone());
    Ok(match operator {
        "$eq" => Test::Equal(operand.clone()),
        "$ne" => Test::NotEqual(operand.clone()),
        "$in" => Test::In(list()?),
        "$nin" => Test::NotIn(list()?),
        "$lt" => compare(&[Ordering::Less]),
        "$lte" => compare(&[Ordering::Less, Ordering::Equal]),
        "$gt" => compare(&[Ordering::Greater]),
        "$gte" => compare(&[Ordering::Greater, Ordering::Equal]),
        _ => {
            return Err(Refusal::said(format!(
                "A filter has no operator of this name, known are $eq, $ne, $in, $nin, $lt, $lte, $gt and $gte: `{operator}`"
            )));
        }
    })
}

impl Test {
    fn passes(&self, value: &Value) -> bool {
        match self {
            Self::Equal(wanted) => same(value, wanted),
            Self::NotEqual(unwanted) => !same(value, unwanted),
            Self::In(wanted) => wanted.iter().any(|wanted| same(value, wanted)),
            Self::NotIn(unwanted) => !unwanted.iter().any(|unwanted| same(value, unwanted)),
            Self::Compare(orders, bound) => {
                compare(value, bound).is_some_and(|order| orders.contains(&order))
            }
        }
    }
}

/// A field by its path: its name, or names with dots between for a field inside another.
fn field<'a>(metadata: &'a Value, path: &str) -> &'a Value {
    if let Some(value) = metadata.get(path) {
        return value;
    }
    let mut value = metadata;
    for name in path.split('.') {
        match value.get(name) {
            Some(inner) => value = inner,
            None => return &Value::Null,
        }
    }
    value
}

fn same(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a.total_cmp(&b).is_eq(),
        _ => a == b,
    }
}

fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (Value::Number(a), Value::Number(b)) => a.as_f64()?.partial_cmp(&b.as_f64()?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn passes(filter: &Value) -> bool {
        let metadata = json!({ "kind": "cat", "age": 3, "owner": { "name": "Ann" }, "good": true });
        let filter = filter.as_object().expect("is an object");
        let filter = Filter::parse(filter).expect("is a filter");
        filter.passes(Some(&metadata.to_string()))
    }

    #[test]
    fn every_field_and_operator_must_pass() {
        for (wanted, filter) in [
            (true, json!({ "kind": "cat", "age": 3.0 })),
            (false, json!({ "kind": "cat", "age": 4 })),
            (
                true,
                json!({ "owner.name": { "$eq": "Ann" }, "good": true }),
            ),
            (true, json!({ "age": { "$gt": 2, "$lte": 3 } })),
            (false, json!({ "age": { "$gt": 2, "$lt": 3 } })),
            (
                true,
                json!({ "kind": { "$ne": "dog", "$in": ["cat", "cow"] } }),
            ),
            (false, json!({ "kind": { "$nin": ["cat"] } })),
            (true, json!({ "missing": null })),
            (true, json!({ "missing": { "$ne": "x" } })),
            (false, json!({ "kind": { "$gt": 1 } })),
            (true, json!({})),
        ] {
            assert_eq!(passes(&filter), wanted, "{filter}");
        }
    }

    #[test]
    fn what_is_no_filter_is_refused_by_name() {
        for filter in [json!({ "a": { "$near": 1 } }), json!({ "a": { "$in": 1 } })] {
            let error = Filter::parse(filter.as_object().expect("is an object"));
            let text = error.expect_err("is no filter").to_string();
            assert!(text.contains("`$near`") || text.contains("`$in`"), "{text}");
        }
    }
}
