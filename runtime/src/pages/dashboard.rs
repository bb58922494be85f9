//! The dashboard's page: one document with all that it needs, which asks nobody but this server for anything. Its
//! scripts are ES modules side by side, and become one module in the page. Knows the token and not what it opens.

use std::sync::OnceLock;

use partyrun_ops::message::{Body, HttpReply};

const DOCUMENT: &str = include_str!("dashboard/index.html");
const STYLE: &str = include_str!("dashboard/style.css");
/// With their names. Each stands on those before it.
const MODULES: [(&str, &str); 20] = [
    ("words", include_str!("dashboard/words.js")),
    ("dom", include_str!("dashboard/dom.js")),
    ("link", include_str!("dashboard/link.js")),
    ("list", include_str!("dashboard/list.js")),
    ("dialog", include_str!("dashboard/dialog.js")),
    ("values", include_str!("dashboard/values.js")),
    ("rooms", include_str!("dashboard/rooms.js")),
    ("composer", include_str!("dashboard/composer.js")),
    ("messages", include_str!("dashboard/messages.js")),
    ("connections", include_str!("dashboard/connections.js")),
    ("storage", include_str!("dashboard/storage.js")),
    ("alarm", include_str!("dashboard/alarm.js")),
    ("request", include_str!("dashboard/request.js")),
    ("room", include_str!("dashboard/room.js")),
    ("logs", include_str!("dashboard/logs.js")),
    ("requests", include_str!("dashboard/requests.js")),
    ("errors", include_str!("dashboard/errors.js")),
    ("crons", include_str!("dashboard/crons.js")),
    ("bindings", include_str!("dashboard/bindings.js")),
    ("main", include_str!("dashboard/main.js")),
];

/// The modules in one script, each in a function of its own that returns what it exports. They keep to the forms
/// that are read here: imports by name, exports where they are declared.
fn script() -> &'static str {
    static SCRIPT: OnceLock<String> = OnceLock::new();
    SCRIPT.get_or_init(|| {
        MODULES
            .iter()
            .map(|(name, text)| joined(name, text))
            .collect()
    })
}

fn joined(name: &str, text: &str) -> String {
    let mut exported = Vec::new();
    let mut script = format!("const ${name} = (() => {{\n");
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("import ") {
            let mut import = line.to_owned();
            while !import.ends_with(';') {
                import += lines.next().expect("a statement has an end");
            }
            let import = import.strip_prefix("import ").unwrap_or_default();
            let (names, from) = import.split_once(" from \"./").unwrap_or_default();
            let from = from.strip_suffix(".js\";").unwrap_or_default();
            script += &format!("const {names} = ${from};\n");
            continue;
        }
        let line = match line.strip_prefix("export ") {
            Some(exports) => {
                let mut words = exports
                    .split(|c: char| !c.is_alphanumeric())
                    .skip_while(|word| ["async", "function", "const", "class"].contains(word));
                exported.extend(words.next());
                exports
            }
            None => line,
        };
        script.push_str(line);
        script.push('\n');
    }
    script + &format!("return {{ {} }};\n}})();\n", exported.join(", "))
}

/// The page, for a browser that has found it at `host`. Only its own script runs in it, and knows `token`.
pub fn page(token: &str, host: &str, is_encrypted: bool) -> HttpReply {
    let nonce = uuid::Uuid::new_v4().simple().to_string();
    let scheme = if is_encrypted { "wss" } else { "ws" };
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src {scheme}://{host}; \
         img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'"
    );
    let mut page = String::with_capacity(DOCUMENT.len() + STYLE.len() + script().len());
    let mut rest = DOCUMENT;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or_default();
        page.push_str(before);
        page.push_str(match name {
            "token" => token,
            "nonce" => &nonce,
            "style" => STYLE,
            _ => script(),
        });
        rest = after;
    }
    page.push_str(rest);
    let headers = [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("content-security-policy", &policy),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
    ];
    let headers = headers.map(|(name, value)| (name.into(), value.to_owned().into()));
    HttpReply {
        status: 200,
        reason: String::new(),
        headers: headers.into(),
        body: Body::Bytes(page.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(reply: HttpReply) -> String {
        match reply.body {
            Body::Bytes(bytes) => String::from_utf8(bytes.to_vec()).expect("it is UTF-8"),
            _ => panic!("the page has a body"),
        }
    }

    #[test]
    fn the_page_is_whole_and_asks_nobody_else() {
        let page = text(page("secret", "localhost:1999", false));
        assert!(page.contains(r#"<meta name="token" content="secret">"#));
        assert!(page.contains(STYLE) && page.contains(script()));
        assert!(page.trim_end().ends_with("</html>"));
        assert!(!page.contains("{nonce}"));
        for elsewhere in ["http://", "https://", "src=", "@import", "url("] {
            assert!(!page.contains(elsewhere), "{elsewhere}");
        }
    }

    #[test]
    fn modules_become_functions_that_give_each_other_what_they_export() {
        let text = "import { a, b } from \"./words.js\";\nexport const C = a;\nexport async function d() {}";
        let expected = "const $x = (() => {\nconst { a, b } = $words;\nconst C = a;\nasync function d() {}\nreturn { C, d };\n})();\n";
        assert_eq!(joined("x", text), expected);
        let has = |word: &str| script().lines().any(|line| line.starts_with(word));
        assert!(!has("import") && !has("export"));
        assert!(!script().contains("</script"));
    }
}
