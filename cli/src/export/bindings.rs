//! Stores, buckets, indexes and `ai` of the configuration, as bindings of the platform. Owns what each needs
//! there: an id, which nothing on this machine needs.

use serde_json::{Map, Value, json};

use crate::config::{Part, RawConfig};

/// A name of the configuration, its binding, and the id of what it is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    pub name: String,
    pub binding: String,
    pub id: String,
}

/// All bindings of a project.
#[derive(Debug, Default, PartialEq)]
pub struct Bindings {
    pub kv: Vec<Binding>,
    pub r2: Vec<Binding>,
    pub vectorize: Vec<Binding>,
    /// What user code finds in `context.ai`, without the token.
    pub ai: Option<Value>,
}

impl Bindings {
    /// Reads the configuration, or says of each binding that lacks something where it stands.
    pub fn of(config: &RawConfig) -> Result<Bindings, Vec<String>> {
        let mut faults = Vec::new();
        let nothing = Map::new();
        let of_kind = |kind: &str| {
            let found = config.record("bindings").find(|(key, _)| *key == kind);
            found
                .and_then(|(_, value)| value.as_object())
                .unwrap_or(&nothing)
        };
        let mut ids = |kind: &str, what: &str| {
            let pairs = of_kind(kind).iter();
            let named = pairs.map(|(name, id)| (name, id.as_str()));
            bound(&kind.to_uppercase(), named, &mut faults, |name| {
                let place = config.place(&["bindings", kind, name], Part::Value);
                format!("{place}: The binding needs {what}, which this machine does not: `{name}`")
            })
        };
        let kv = ids("kv", "the id of a namespace");
        let r2 = ids("r2", "the name of a bucket");
        let index = |value: &'_ Value| {
            value
                .as_str()
                .or_else(|| value.get("index_name")?.as_str())
                .map(str::to_owned)
        };
        let indexes: Vec<(&String, Option<String>)> = config
            .record("vectorize")
            .map(|(name, value)| (name, index(value)))
            .collect();
        let named = indexes.iter().map(|(name, id)| (*name, id.as_deref()));
        let vectorize = bound("VECTORIZE", named, &mut faults, |name| {
            let place = config.place(&["vectorize", name], Part::Value);
            format!("{place}: The index needs its name on the platform: `{name}`")
        });
        let ai = ai(config).unwrap_or_else(|fault| {
            faults.push(fault);
            None
        });
        match faults.is_empty() {
            true => Ok(Bindings {
                kv,
                r2,
                vectorize,
                ai,
            }),
            false => Err(faults),
        }
    }
}

fn bound<'a>(
    prefix: &str,
    named: impl Iterator<Item = (&'a String, Option<&'a str>)>,
    faults: &mut Vec<String>,
    fault: impl Fn(&str) -> String,
) -> Vec<Binding> {
    let mut found: Vec<Binding> = Vec::new();
    for (name, id) in named {
        let Some(id) = id.filter(|id| !id.trim().is_empty()) else {
            faults.push(fault(name));
            continue;
        };
        let word = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        let mut binding = format!("{prefix}_{}", name.chars().map(word).collect::<String>());
        while found.iter().any(|other| other.binding == binding) {
            binding.push('_');
        }
        found.push(Binding {
            name: name.clone(),
            binding,
            id: id.to_owned(),
        });
    }
    found
}

/// `ai` leads to a gateway; nothing on the platform stands for the server that a machine may name.
fn ai(config: &RawConfig) -> Result<Option<Value>, String> {
    let Some(value) = config.fields.get("ai") else {
        return Ok(None);
    };
    if value == &Value::Bool(false) {
        return Ok(None);
    }
    let text = |key: &str| {
        value
            .get(key)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    let Some(gateway) = text("apiGateway") else {
        let place = config.place(&["ai"], Part::Value);
        return Err(format!(
            "{place}: On this platform `ai` needs `apiGateway`, the URL of a gateway; its token is the secret `PARTYKIT_AI_TOKEN`"
        ));
    };
    let account = text("apiAccount").map(|account| ("apiAccount".to_owned(), json!(account)));
    let fields = [("apiGateway".to_owned(), json!(gateway))]
        .into_iter()
        .chain(account);
    Ok(Some(Value::Object(fields.collect())))
}

/// Pairs of names and bindings, for the settings.
pub fn named(bindings: &[Binding]) -> Value {
    let pairs = bindings
        .iter()
        .map(|one| (one.name.clone(), json!(one.binding)));
    Value::Object(pairs.collect())
}

/// Pairs of bindings and ids, for the configuration.
pub fn ids(bindings: &[Binding]) -> Vec<(String, String)> {
    let pairs = bindings.iter();
    pairs
        .map(|one| (one.binding.clone(), one.id.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Bindings, Vec<String>> {
        let folder = tempfile::tempdir().expect("a scratch folder");
        std::fs::write(folder.path().join("partykit.json"), text).expect("writable");
        Bindings::of(&RawConfig::load(folder.path(), None).expect("a configuration"))
    }

    #[test]
    fn bindings_have_names_and_ids() {
        let text = r#"{"bindings": {"kv": {"my-store": "abc"}, "r2": {"b": "bucket"}}, "vectorize": {"v": {"index_name": "i"}}}"#;
        let bindings = of(text).expect("all have ids");
        assert_eq!(
            ids(&bindings.kv),
            [("KV_my_store".to_owned(), "abc".to_owned())]
        );
        assert_eq!(
            ids(&bindings.r2),
            [("R2_b".to_owned(), "bucket".to_owned())]
        );
        assert_eq!(
            ids(&bindings.vectorize),
            [("VECTORIZE_v".to_owned(), "i".to_owned())]
        );
        assert_eq!(named(&bindings.kv), json!({"my-store": "KV_my_store"}));
    }

    #[test]
    fn each_binding_without_an_id_has_its_place() {
        let text = "{\n  \"bindings\": { \"kv\": { \"a\": \"\" },\n    \"r2\": { \"b\": \" \" } },\n  \"vectorize\": { \"c\": \"\" },\n  \"ai\": true\n}";
        let faults = of(text).expect_err("refused");
        for (fault, start) in faults.iter().zip([
            "partykit.json:2:30: ",
            "partykit.json:3:18: ",
            "partykit.json:4:23: ",
            "partykit.json:5:9: ",
        ]) {
            assert!(fault.starts_with(start), "{fault}");
        }
        assert_eq!(faults.len(), 4);
    }

    #[test]
    fn token_of_ai_is_left_out() {
        let text =
            r#"{"ai": {"apiGateway": "https://g", "apiToken": "secret", "apiAccount": "me"}}"#;
        let ai = of(text).expect("it has a gateway").ai.expect("it is there");
        assert_eq!(ai, json!({"apiGateway": "https://g", "apiAccount": "me"}));
    }
}
