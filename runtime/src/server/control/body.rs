//! What requests of the control plane say: their bodies and query strings, checked as far as that needs no
//! JavaScript. Values go on as the text that they are.

use http_body_util::{BodyExt, Limited};
use hyper::Request;
use hyper::body::Incoming;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::refusal::Refusal;

/// No value and no list of them is larger.
const MOST_BYTES: usize = 64 << 20;

/// The body, which must be JSON. Its text goes on as it is: numbers keep all their digits.
pub async fn json_text(request: Request<Incoming>) -> Result<String, Refusal> {
    let bytes = Limited::new(request.into_body(), MOST_BYTES)
        .collect()
        .await;
    let bytes = bytes.map_err(|error| {
        let text = format!("Could not read the body ({error}); it may have at most 64 MiB");
        Refusal::new(400, "body", text)
    })?;
    let bytes = bytes.to_bytes();
    let wrong = |why: String| Refusal::new(400, "json", format!("The body is not JSON: {why}"));
    let text = std::str::from_utf8(&bytes).map_err(|error| wrong(error.to_string()))?;
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| wrong(error.to_string()))?;
    Ok(text.to_owned())
}

/// An object of options; an empty body is one without any.
pub async fn options(request: Request<Incoming>) -> Result<Value, Refusal> {
    if hyper::body::Body::is_end_stream(request.body()) {
        return Ok(json!({}));
    }
    let text = json_text(request).await?;
    match serde_json::from_str(&text) {
        Ok(Value::Object(fields)) => Ok(Value::Object(fields)),
        _ => Err(Refusal::new(
            400,
            "options",
            "The body must be a JSON object",
        )),
    }
}

/// The text of `entries` of the body.
pub async fn entries(request: Request<Incoming>) -> Result<String, Refusal> {
    #[derive(serde::Deserialize)]
    struct Entries<'a> {
        #[serde(borrow)]
        entries: Vec<(String, &'a serde_json::value::RawValue)>,
    }
    let text = json_text(request).await?;
    let entries: Entries<'_> = serde_json::from_str(&text).map_err(|error| {
        let text = format!("The body must be `{{ \"entries\": [[key, value], ...] }}`: {error}");
        Refusal::new(400, "options", text)
    })?;
    let pairs: Vec<_> = entries
        .entries
        .iter()
        .map(|(key, value)| format!("[{},{value}]", json!(key)))
        .collect();
    Ok(format!("[{}]", pairs.join(",")))
}

/// A call of a function, of the body that asks for it.
pub fn run_call(text: &str) -> Result<String, Refusal> {
    #[derive(serde::Deserialize)]
    struct Run<'a> {
        source: String,
        #[serde(borrow, default)]
        args: Option<&'a serde_json::value::RawValue>,
    }
    let run: Run<'_> = serde_json::from_str(text).map_err(|error| {
        let text = format!("The body must be `{{ \"source\": \"(server, room) => ...\", \"args\": [...] }}`: {error}");
        Refusal::new(400, "options", text)
    })?;
    let args = run.args.map_or("[]", |args| args.get());
    if !args.trim_start().starts_with('[') {
        return Err(Refusal::new(400, "options", "`args` must be an array"));
    }
    Ok(format!(
        "{{\"call\":\"run\",\"source\":{},\"args\":{args}}}",
        json!(run.source)
    ))
}

/// The options of a list, of a query string.
pub fn list_options(query: &str) -> Result<Value, Refusal> {
    let mut options = serde_json::Map::new();
    for (name, value) in form(query) {
        let value = match name.as_str() {
            "prefix" | "start" | "startAfter" | "end" => Value::from(value),
            "reverse" => Value::from(!matches!(value.as_str(), "false" | "0")),
            "limit" => Value::from(value.parse::<u32>().map_err(|_| {
                let text = format!("`limit` must be a number, got: `{value}`");
                Refusal::new(400, "options", text)
            })?),
            _ => {
                let text = format!(
                    "There is no option `{name}`; there are: prefix, start, startAfter, end, limit, reverse"
                );
                return Err(Refusal::new(400, "options", text));
            }
        };
        options.insert(name, value);
    }
    Ok(Value::Object(options))
}

/// Whether a list of rooms is to say how much each has stored, of a query string.
pub fn sizes(query: &str) -> Result<bool, Refusal> {
    let mut wants_sizes = false;
    for (name, value) in form(query) {
        match name.as_str() {
            "sizes" => wants_sizes = !matches!(value.as_str(), "false" | "0"),
            _ => {
                let text = format!("There is no option `{name}`; there is: sizes");
                return Err(Refusal::new(400, "options", text));
            }
        }
    }
    Ok(wants_sizes)
}

/// The names and values of a query string.
pub fn form(query: &str) -> impl Iterator<Item = (String, String)> {
    let decoded = |text: &str| {
        let text = text.replace('+', " ");
        let bytes = percent_encoding::percent_decode_str(&text);
        bytes.decode_utf8_lossy().into_owned()
    };
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts.map(move |part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (decoded(name), decoded(value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_options_are_those_of_storage() {
        let options = list_options("prefix=a%2Fb+c&limit=2&reverse=true");
        let expected = json!({ "prefix": "a/b c", "limit": 2, "reverse": true });
        assert_eq!(options.map_err(|refusal| refusal.text), Ok(expected));
        assert!(list_options("limit=x").is_err());
        assert!(list_options("perfix=a").is_err());
        assert!(list_options("").is_ok());
    }

    #[test]
    fn functions_and_their_arguments_go_on_as_they_are() {
        let call = run_call(r#"{"source":"() => \"x\"","args":[0.1000000000000000055, 1e400]}"#);
        let expected =
            r#"{"call":"run","source":"() => \"x\"","args":[0.1000000000000000055, 1e400]}"#;
        assert_eq!(
            call.map_err(|refusal| refusal.text),
            Ok(expected.to_owned())
        );
        assert!(run_call(r#"{"args":[]}"#).is_err());
        assert!(run_call(r#"{"source":"f","args":{}}"#).is_err());
    }
}
