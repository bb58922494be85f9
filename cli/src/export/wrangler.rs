//! The configuration of the exported project, with the keys that all engines know. What only Cloudflare
//! knows stands in it as a comment. Owns the text; decides no value.

use serde_json::{Map, Value, json};

/// The values of a project's configuration.
#[derive(Clone)]
pub struct Configuration {
    pub name: String,
    pub date: String,
    pub flags: Vec<String>,
    /// Binding and class of each party.
    pub classes: Vec<(String, String)>,
    pub migrations: Vec<Value>,
    pub vars: Map<String, Value>,
    pub crons: Vec<String>,
    /// Binding and id of each store.
    pub kv: Vec<(String, String)>,
    pub has_assets: bool,
    pub elsewhere: Elsewhere,
}

/// What stands in comments: an engine refuses what it does not know.
#[derive(Clone, Default)]
pub struct Elsewhere {
    /// Binding and bucket.
    pub r2: Vec<(String, String)>,
    /// Binding and index.
    pub vectorize: Vec<(String, String)>,
    pub secrets: Vec<String>,
}

impl Configuration {
    /// The file for wrangler and workerd.
    pub fn wrangler(&self) -> String {
        let mut keys = self.keys();
        // After `main`, which it is about.
        keys.insert(2, ("no_bundle", json!(true)));
        self.text(&keys)
    }

    /// The file for celld.
    pub fn celld(&self) -> String {
        self.text(&self.keys())
    }

    fn keys(&self) -> Vec<(&'static str, Value)> {
        let bindings: Vec<Value> = self
            .classes
            .iter()
            .map(|(binding, class)| json!({ "name": binding, "class_name": class }))
            .collect();
        let mut keys = vec![
            ("name", json!(self.name)),
            ("main", json!("worker/worker.js")),
            ("compatibility_date", json!(self.date)),
            ("compatibility_flags", json!(self.flags)),
            ("durable_objects", json!({ "bindings": bindings })),
            ("migrations", json!(self.migrations)),
        ];
        if !self.vars.is_empty() {
            keys.push(("vars", Value::Object(self.vars.clone())));
        }
        if !self.crons.is_empty() {
            keys.push(("triggers", json!({ "crons": self.crons })));
        }
        if !self.kv.is_empty() {
            keys.push(("kv_namespaces", pairs(&self.kv, "id")));
        }
        if self.has_assets {
            // The worker looks for a file itself: rooms come before files, and files have one path each.
            let assets = json!({
                "directory": "assets",
                "binding": "ASSETS",
                "html_handling": "none",
                "not_found_handling": "none",
                "run_worker_first": true,
            });
            keys.push(("assets", assets));
        }
        keys
    }

    fn text(&self, keys: &[(&str, Value)]) -> String {
        let mut text =
            String::from("// Made by `partyrun build --target workers`, which overwrites it.\n{\n");
        let lines: Vec<String> = keys.iter().map(|(key, value)| field(key, value)).collect();
        text += &lines.join(",\n");
        text += "\n\n  // What follows is for Cloudflare, or for you to choose. Other engines refuse these keys.\n";
        for line in self.comments() {
            text += &format!("  // {line}\n");
        }
        text + "}\n"
    }

    fn comments(&self) -> Vec<String> {
        let Elsewhere {
            r2,
            vectorize,
            secrets,
        } = &self.elsewhere;
        let mut lines = vec![
            ", \"observability\": { \"enabled\": true }".to_owned(),
            ", \"routes\": [{ \"pattern\": \"party.example.com\", \"custom_domain\": true }]"
                .to_owned(),
        ];
        if !r2.is_empty() {
            lines.push(format!(", \"r2_buckets\": {}", pairs(r2, "bucket_name")));
        }
        if !vectorize.is_empty() {
            lines.push(format!(
                ", \"vectorize\": {}",
                pairs(vectorize, "index_name")
            ));
        }
        if !secrets.is_empty() {
            let names = secrets.join(", ");
            lines.push(format!(
                "Secrets, whose values are never written here: {names}"
            ));
        }
        lines
    }
}

fn pairs(pairs: &[(String, String)], second: &str) -> Value {
    let pair = |(binding, value): &(String, String)| json!({ "binding": binding, second: value });
    Value::Array(pairs.iter().map(pair).collect())
}

fn field(key: &str, value: &Value) -> String {
    let pretty = serde_json::to_string_pretty(value).expect("a JSON value is JSON");
    format!("  \"{key}\": {}", pretty.replace('\n', "\n  "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configuration() -> Configuration {
        Configuration {
            name: "x".to_owned(),
            date: "2024-07-18".to_owned(),
            flags: vec!["nodejs_compat".to_owned()],
            classes: vec![("PARTY_MAIN".to_owned(), "Main".to_owned())],
            migrations: vec![json!({ "tag": "v1", "new_sqlite_classes": ["Main"] })],
            vars: Map::new(),
            crons: vec!["* * * * *".to_owned()],
            kv: vec![("KV_A".to_owned(), "1".to_owned())],
            has_assets: true,
            elsewhere: Elsewhere {
                r2: vec![("R2_B".to_owned(), "b".to_owned())],
                vectorize: Vec::new(),
                secrets: vec!["TOKEN".to_owned()],
            },
        }
    }

    #[test]
    fn only_shared_keys_are_no_comments() {
        let text = configuration().wrangler();
        let value: Value = json5::from_str(&text).expect("JSON with comments");
        let keys: Vec<&str> = value
            .as_object()
            .expect("an object")
            .keys()
            .map(String::as_str)
            .collect();
        let mut shared = vec![
            "name",
            "main",
            "no_bundle",
            "compatibility_date",
            "compatibility_flags",
            "durable_objects",
            "migrations",
            "triggers",
            "kv_namespaces",
            "assets",
        ];
        let mut keys = keys;
        keys.sort_unstable();
        shared.sort_unstable();
        assert_eq!(keys, shared);
        for part in ["\"r2_buckets\": [{", "never written here: TOKEN"] {
            let line = text
                .lines()
                .find(|line| line.contains(part))
                .expect("it is there");
            assert!(line.trim_start().starts_with("//"), "{line}");
        }
    }

    #[test]
    fn twin_of_celld_says_nothing_of_bundling() {
        let (wrangler, celld) = (configuration().wrangler(), configuration().celld());
        assert!(!celld.contains("no_bundle"));
        assert_eq!(wrangler.replace("  \"no_bundle\": true,\n", ""), celld);
    }
}
