//! The page that a browser on this machine gets in the place of the text with which a request fails in user
//! code. Never decides who gets it, and never reads a file.

use partyrun_ops::message::{Body, HttpReply};

use super::answer::header;
use super::told::Told;
use super::unbuilt::escaped;
use crate::project::Trouble;

const PAGE: &str = include_str!("failed.html");
/// The page shows texts only, and nobody else's page may frame it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/// The page for `trouble` with the status of the answer that it takes the place of. `short` shortens the names of
/// files; the page ends with `tag`, which makes it reload itself.
pub fn reply(
    status: u16,
    trouble: &Trouble,
    short: &dyn Fn(&str) -> String,
    tag: Option<String>,
) -> HttpReply {
    HttpReply {
        status,
        reason: String::new(),
        headers: vec![
            header("content-type", "text/html; charset=utf-8"),
            header("cache-control", "no-store"),
            header("content-security-policy", POLICY),
            header("cross-origin-resource-policy", "same-origin"),
        ],
        body: Body::Bytes(page(trouble, short, tag).into()),
    }
}

fn page(trouble: &Trouble, short: &dyn Fn(&str) -> String, tag: Option<String>) -> String {
    let told = Told::of(trouble, short);
    let excerpt = told.excerpt.map_or_else(String::new, |(place, frame)| {
        let lines: Vec<String> = frame.split('\n').map(frame_line).collect();
        format!(
            "<h2>{}</h2>\n<pre tabindex=\"0\">{}</pre>\n",
            escaped(&place),
            lines.join("\n")
        )
    });
    let stack: Vec<String> = told.stack.split('\n').map(stack_line).collect();
    let next = match tag {
        Some(_) => "Fix the error and save: this page reloads by itself.",
        None => {
            "Fix the error, save, and reload this page. Programs get the message alone, as text."
        }
    };
    let title = escaped(&told.title);
    let parts = [
        ("TITLE", &*title),
        ("WHERE", &*escaped(&told.place)),
        ("EXCERPT", &*excerpt),
        ("STACK", &*stack.join("\n")),
        ("NEXT", next),
    ];
    filled(&parts) + &tag.unwrap_or_default()
}

/// The page with its marks replaced; what takes the place of one is not looked at again.
fn filled(parts: &[(&str, &str)]) -> String {
    let mut page = String::with_capacity(PAGE.len() * 2);
    let mut rest = PAGE;
    loop {
        let next = parts
            .iter()
            .filter_map(|(mark, text)| rest.find(mark).map(|at| (at, *mark, *text)))
            .min();
        let Some((at, mark, text)) = next else {
            return page + rest;
        };
        page += &rest[..at];
        page += text;
        rest = &rest[at + mark.len()..];
    }
}

fn frame_line(line: &str) -> String {
    match line.starts_with('>') {
        true => format!("<mark>{}</mark>", escaped(line)),
        false => escaped(line).into_owned(),
    }
}

fn stack_line(line: &str) -> String {
    match line.trim_start().starts_with("at ") && line.contains("node_modules/") {
        true => format!("<span class=\"package\">{}</span>", escaped(line)),
        false => escaped(line).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::RoomAddress;

    fn trouble(text: &str) -> Trouble {
        Trouble {
            context: "onRequest error".to_owned(),
            text: text.to_owned(),
            room: Some(RoomAddress {
                party: "main".to_owned(),
                room: "<b>".to_owned(),
            }),
            place: None,
        }
    }

    #[test]
    fn a_page_shows_texts_as_texts() {
        let text = "Error: <script>STACK</script> NEXT\n    at f (/node_modules/p.js:1:2)\n    at \x1b[36mg\x1b[39m";
        let page = page(
            &trouble(text),
            &str::to_owned,
            Some("<i>tag</i>".to_owned()),
        );
        let title = "Error: &lt;script&gt;STACK&lt;/script&gt; NEXT";
        assert!(page.contains(&format!("<title>{title}</title>")), "{page}");
        assert!(page.contains(&format!("<h1>{title}</h1>")), "{page}");
        assert!(
            page.contains("onRequest error in room main/&lt;b&gt;"),
            "{page}"
        );
        let stack =
            "<span class=\"package\">    at f (/node_modules/p.js:1:2)</span>\n    at g</pre>";
        assert!(page.contains(stack), "{page}");
        assert!(page.contains("reloads by itself") && page.ends_with("<i>tag</i>"));
    }

    #[test]
    fn answer_keeps_its_status_and_lets_no_page_frame_it() {
        let reply = reply(503, &trouble("words"), &str::to_owned, None);
        assert_eq!(reply.status, 503);
        let policy = reply
            .headers
            .iter()
            .any(|(_, value)| String::from_utf8_lossy(value).contains("frame-ancestors 'self'"));
        assert!(policy);
    }
}
