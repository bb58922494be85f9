//! What is served in the place of files while the client code does not build: the build's errors, as
//! text, or as a page that reloads itself. Never decides which files that concerns.

use std::borrow::Cow;

use partyrun_ops::message::{Body, HttpReply};

use super::answer::header;

const PAGE: &str = include_str!("unbuilt.html");

/// The errors as the original's file server shows them, or as a page that ends with `tag`, which makes
/// it reload itself.
pub fn reply(errors: &str, tag: Option<String>) -> HttpReply {
    let (content_type, text) = match tag {
        Some(tag) => ("text/html; charset=utf-8", page(errors, &tag)),
        None => ("text/plain; charset=utf-8", format!("{errors}\n\n")),
    };
    HttpReply {
        status: 503,
        reason: String::new(),
        headers: vec![
            header("content-type", content_type),
            header("access-control-allow-origin", "*"),
        ],
        body: Body::Bytes(text.into()),
    }
}

fn page(errors: &str, tag: &str) -> String {
    let (before, rest) = PAGE.split_once("ERRORS").expect("the page has this mark");
    let errors = escaped(errors.trim_end());
    format!("{before}{errors}{rest}{tag}")
}

/// Text as HTML shows it.
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>']) {
        return Cow::Borrowed(text);
    }
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    Cow::Owned(text.replace('>', "&gt;"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(reply: HttpReply) -> String {
        let Body::Bytes(bytes) = reply.body else {
            panic!("there is a body");
        };
        String::from_utf8(bytes.to_vec()).expect("it is text")
    }

    #[test]
    fn a_page_shows_markup_of_the_source_as_text() {
        let errors = "a.tsx:1:2:\n  1 \u{2502} <b>&amp;</b><script>alert(1)</script>";
        let page = text(reply(errors, Some("<i>tag</i>".to_owned())));
        assert!(
            page.contains("&lt;b&gt;&amp;amp;&lt;/b&gt;&lt;script&gt;alert(1)&lt;/script&gt;"),
            "{page}"
        );
        assert!(page.ends_with("<i>tag</i>"), "{page}");
    }

    #[test]
    fn text_is_as_the_build_wrote_it() {
        let reply = reply("<b>", None);
        assert_eq!(reply.headers[0].1, "text/plain; charset=utf-8");
        assert_eq!(text(reply), "<b>\n\n");
    }
}
