//! What `bindings`, `vectorize` and `ai` of the configuration mean (specification 9.4), and the
//! environment variables that say where a model answers. Never calls a model.

use std::path::{Path, PathBuf};

use partyrun_runtime::{BindingSettings, Metric, VectorIndex};
use serde_json::{Map, Value, json};

use super::error::ConfigError;
use super::fields::Fields;

/// Base URL of an OpenAI-compatible server.
const URL: &str = "PARTYRUN_AI_URL";
/// Its key, when it wants one.
const KEY: &str = "PARTYRUN_AI_KEY";
/// The models to ask for instead of the ones that the program names.
const MODEL: &str = "PARTYRUN_AI_MODEL";
const EMBEDDING_MODEL: &str = "PARTYRUN_AI_EMBEDDING_MODEL";
/// A JSON file with replies, instead of a server.
const SCRIPT: &str = "PARTYRUN_AI_SCRIPT";
/// Cloudflare's own, with the names that the original reads.
const ACCOUNT: &str = "CLOUDFLARE_ACCOUNT_ID";
const ACCOUNT_TOKEN: &str = "CLOUDFLARE_API_TOKEN";

/// Presets of indexes that the original can create: dimensions and metric.
const PRESETS: [(&str, usize, Metric); 5] = [
    ("@cf/baai/bge-small-en-v1.5", 384, Metric::Cosine),
    ("@cf/baai/bge-base-en-v1.5", 768, Metric::Cosine),
    ("@cf/baai/bge-large-en-v1.5", 1024, Metric::Cosine),
    ("openai/text-embedding-ada-002", 1536, Metric::Cosine),
    ("cohere/embed-multilingual-v2.0", 768, Metric::DotProduct),
];

/// Variables of the process, which win, and of the environment files.
pub struct Variables<'a> {
    pub files: &'a Map<String, Value>,
}

impl Variables<'_> {
    fn get(&self, name: &str) -> Option<String> {
        let set = std::env::var(name).ok();
        set.or_else(|| self.files.get(name)?.as_str().map(str::to_owned))
            .filter(|value| !value.is_empty())
    }
}

/// The bindings of a project, and the files besides the configuration that say what they are.
pub fn settings(
    fields: &Fields<'_>,
    variables: &Variables<'_>,
    root: &Path,
) -> Result<(BindingSettings, Vec<PathBuf>), ConfigError> {
    let names = |kind: &str| {
        fields
            .record("bindings")
            .filter(|(key, _)| *key == kind)
            .filter_map(|(_, value)| value.as_object())
            .flat_map(|names| names.keys().cloned())
            .collect()
    };
    let vectorize = fields
        .record("vectorize")
        .map(|(name, value)| (name.clone(), vector_index(name, value)))
        .collect();
    let mut files = Vec::new();
    let settings = BindingSettings {
        r2: names("r2"),
        kv: names("kv"),
        vectorize,
        ai: ai(fields.map.get("ai"), variables, root, &mut files)?,
    };
    Ok((settings, files))
}

fn vector_index(binding: &str, value: &Value) -> VectorIndex {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let name = value.as_str().or_else(|| text("index_name"));
    let preset =
        text("preset").and_then(|preset| PRESETS.iter().find(|(name, ..)| *name == preset));
    let dimensions = value.get("dimensions").and_then(Value::as_f64);
    let metric = match text("metric") {
        Some("euclidean") => Some(Metric::Euclidean),
        Some("dot-product") => Some(Metric::DotProduct),
        Some(_) => Some(Metric::Cosine),
        None => None,
    };
    VectorIndex {
        name: name.unwrap_or(binding).to_owned(),
        dimensions: dimensions
            .map(|dimensions| dimensions as usize)
            .or(preset.map(|(_, dimensions, _)| *dimensions)),
        metric: metric
            .or(preset.map(|(_, _, metric)| *metric))
            .unwrap_or(Metric::Cosine),
    }
}

/// What `context.ai` leads to: what the configuration names, else what the environment names.
fn ai(
    value: Option<&Value>,
    variables: &Variables<'_>,
    root: &Path,
    files: &mut Vec<PathBuf>,
) -> Result<Option<Value>, ConfigError> {
    let configured = match value {
        None | Some(Value::Bool(false)) => return Ok(None),
        Some(Value::Object(configured)) => configured.clone(),
        Some(_) => Map::new(),
    };
    let text = |key: &str| configured.get(key).and_then(Value::as_str);
    if configured.contains_key("apiGateway") {
        return Ok(Some(json!({ "gateway": configured })));
    }
    if let Some(path) = variables.get(SCRIPT) {
        let file = root.join(path);
        let replies = script(&file);
        files.push(file);
        return Ok(Some(json!({ "script": replies? })));
    }
    let or_variable =
        |key: &str, variable| text(key).map(str::to_owned).or(variables.get(variable));
    if let Some(url) = or_variable("url", URL) {
        return Ok(Some(json!({ "openai": {
            "url": url,
            "token": or_variable("apiToken", KEY),
            "model": or_variable("model", MODEL),
            "embedding_model": or_variable("embeddingModel", EMBEDDING_MODEL),
        }})));
    }
    let account = or_variable("apiAccount", ACCOUNT);
    let token = or_variable("apiToken", ACCOUNT_TOKEN);
    Ok(account.zip(token).map(|(account, token)| {
        let gateway = format!("https://api.cloudflare.com/client/v4/accounts/{account}/ai/run");
        json!({ "gateway": { "apiGateway": gateway, "apiToken": token } })
    }))
}

fn script(file: &Path) -> Result<Value, ConfigError> {
    let bytes = std::fs::read(file).map_err(|error| ConfigError::Unreadable {
        file: file.display().to_string(),
        error,
    })?;
    match serde_json::from_slice(&bytes) {
        Ok(replies @ Value::Array(_)) => Ok(replies),
        Ok(_) => Err(bad_script(file, "it is not an array")),
        Err(error) => Err(bad_script(file, &error.to_string())),
    }
}

fn bad_script(file: &Path, what: &str) -> ConfigError {
    ConfigError::Script {
        file: file.display().to_string(),
        what: what.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings_of(config: Value, env: &[(&str, &str)]) -> BindingSettings {
        let map = config.as_object().expect("is an object").clone();
        let own = |(key, value): &(&str, &str)| ((*key).to_owned(), Value::from(*value));
        let files = env.iter().map(own).collect();
        let variables = Variables { files: &files };
        let fields = Fields { map: &map };
        settings(&fields, &variables, Path::new("/"))
            .expect("is valid")
            .0
    }

    #[test]
    fn names_are_the_bindings() {
        let config = json!({ "bindings": { "r2": { "b": "x", "a": "y" }, "kv": { "k": "id" } } });
        let settings = settings_of(config, &[]);
        assert_eq!(
            (settings.r2.len(), &settings.kv[..]),
            (2, &["k".to_owned()][..])
        );
    }

    #[test]
    fn indexes_have_a_name_and_may_have_more() {
        let config = json!({ "vectorize": {
            "a": "one",
            "b": { "index_name": "two", "metric": "euclidean", "dimensions": 3 },
            "c": { "index_name": "three", "preset": "cohere/embed-multilingual-v2.0" },
        }});
        let found = settings_of(config, &[]).vectorize;
        let index = |name: &str, dimensions, metric| VectorIndex {
            name: name.to_owned(),
            dimensions,
            metric,
        };
        assert_eq!(found["a"], index("one", None, Metric::Cosine));
        assert_eq!(found["b"], index("two", Some(3), Metric::Euclidean));
        assert_eq!(found["c"], index("three", Some(768), Metric::DotProduct));
    }

    #[test]
    fn ai_is_what_the_configuration_names_else_what_the_environment_names() {
        let ai = |config: Value, env: &[(&str, &str)]| settings_of(json!({ "ai": config }), env).ai;
        let server = [(URL, "http://h/v1"), (MODEL, "m")];
        assert_eq!(ai(json!(false), &server), None);
        assert_eq!(ai(json!(true), &[]), None);
        let openai = ai(json!(true), &server).expect("is configured");
        assert_eq!(openai["openai"]["model"], "m");
        let named = ai(json!({ "url": "http://other", "model": "n" }), &server);
        assert_eq!(
            named.expect("is configured")["openai"]["url"],
            "http://other"
        );
        let gateway = json!({ "apiGateway": "http://g", "apiToken": "t" });
        let passed = ai(gateway.clone(), &server).expect("is configured");
        assert_eq!(passed, json!({ "gateway": gateway }));
        let account = ai(json!(true), &[(ACCOUNT, "id"), (ACCOUNT_TOKEN, "t")]);
        let gateway = account.expect("is configured")["gateway"]["apiGateway"].clone();
        assert!(
            gateway
                .as_str()
                .is_some_and(|url| url.ends_with("/accounts/id/ai/run"))
        );
    }
}
