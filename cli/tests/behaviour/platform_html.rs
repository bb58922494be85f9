//! HTMLRewriter in a room's isolate (specification, section 11).

use serde_json::json;

use crate::harness::{Dev, ROOM};
use crate::platform::answering;

/// Row 250.
#[test]
fn elements_are_changed_in_every_way() {
    let dev = answering(
        r##"
const rewrite = (html, act) => new HTMLRewriter().on("p", { element: act }).transform(new Response(html)).text();
const html = `<p class="a" ID=x>in</p>`;
return [
  await rewrite(html, (p) => { p.before("<b>", { html: true }); p.after("&"); }),
  await rewrite(html, (p) => { p.prepend("1").append("2"); }),
  await rewrite(html, (p) => { p.setInnerContent("<i>new</i>", { html: true }); }),
  await rewrite(html, (p) => { p.replace("gone"); }),
  await rewrite(html, (p) => { p.remove(); }),
  await rewrite(html, (p) => { p.removeAndKeepContent(); }),
  await rewrite(html, (p) => { p.tagName = "div"; p.setAttribute("data-n", 'say "5"'); p.removeAttribute("class"); }),
  await rewrite(html, (p) => { p.setInnerContent(JSON.stringify([p.tagName, p.namespaceURI, p.getAttribute("id"), p.getAttribute("none"), p.hasAttribute("CLASS"), [...p.attributes], p.removed])); }),
];"##,
    );
    assert_eq!(
        dev.json(ROOM),
        json!([
            r#"<b><p class="a" ID=x>in</p>&amp;"#,
            r#"<p class="a" ID=x>1in2</p>"#,
            r#"<p class="a" ID=x><i>new</i></p>"#,
            "gone",
            "",
            "in",
            r#"<div ID=x data-n="say &quot;5&quot;">in</div>"#,
            r#"<p class="a" ID=x>["p","http://www.w3.org/1999/xhtml","x",null,true,[["class","a"],["id","x"]],false]</p>"#
        ])
    );
}

/// Row 250.
#[test]
fn handlers_may_be_asynchronous_and_keep_their_order() {
    let dev = answering(
        r##"
const seen = [];
const handler = (name) => ({ async element(element) { await scheduler.wait(5); seen.push(name + element.tagName); element.append(name); element.onEndTag(async (tag) => { await scheduler.wait(1); seen.push("/" + tag.name); tag.before("!"); tag.after("."); }); } });
const out = await new HTMLRewriter().on("b", handler("one ")).on("div > b", handler("two ")).transform(new Response("<div><b>x</b></div>")).text();
return [out, seen];"##,
    );
    assert_eq!(
        dev.json(ROOM),
        json!([
            "<div><b>xone two !!</b>..</div>",
            ["one b", "two b", "/b", "/b"]
        ])
    );
}

/// Row 250.
#[test]
fn text_comments_doctype_and_end_are_told() {
    let dev = answering(
        r##"
const seen = [];
let text = "";
const out = await new HTMLRewriter()
  .on("p", {
    comments(comment) { seen.push(comment.text); comment.text = "changed"; },
    text(chunk) { text += chunk.text; if (chunk.lastInTextNode) { chunk.replace(text.toUpperCase()); text = ""; } else chunk.remove(); },
  })
  .onDocument({
    doctype(doctype) { seen.push([doctype.name, doctype.publicId, doctype.systemId]); },
    comments(comment) { if (comment.text === "drop") comment.remove(); },
    end(end) { end.append("<!--end-->", { html: true }); },
  })
  .transform(new Response("<!DOCTYPE html><!--drop--><p>some <!--inner-->words</p>", { status: 201, headers: { "content-type": "text/html", "content-length": "55", "x-a": "1" } }));
return [await out.text(), seen, out.status, out.headers.get("x-a"), out.headers.get("content-length")];"##,
    );
    assert_eq!(
        dev.json(ROOM),
        json!([
            "<!DOCTYPE html><p>SOME <!--changed-->WORDS</p><!--end-->",
            [["html", null, null], "inner"],
            201,
            "1",
            null
        ])
    );
}

/// Row 250.
#[test]
fn documents_stream_through() {
    let dev = answering(
        r##"
let pieces = 0;
const encode = (text) => new TextEncoder().encode(text);
const source = new ReadableStream({
  async pull(controller) {
    await scheduler.wait(1);
    if (pieces === 500) return controller.close();
    controller.enqueue(encode(`<a href="/${pieces++}">li`));
    controller.enqueue(encode("nk</a>"));
  },
});
let links = 0;
const response = new HTMLRewriter().on("a[href]", { element(a) { links++; a.setAttribute("href", "http://host" + a.getAttribute("href")); } }).transform(new Response(source));
const reader = response.body.getReader();
const first = new TextDecoder().decode((await reader.read()).value);
const early = pieces;
let length = 0;
for (;;) { const { done, value } = await reader.read(); if (done) break; length += value.length; }
return [first.startsWith(`<a href="http://host/0">`), early < 10, links, length > 500 * 30];"##,
    );
    assert_eq!(dev.json(ROOM), json!([true, true, 500, true]));
}

/// Row 250.
#[test]
fn documents_that_are_given_up_leave_nothing_behind() {
    let dev = answering(
        r##"
for (let i = 0; i < 300; i++) {
  const source = new ReadableStream({ pull(controller) { controller.enqueue(new TextEncoder().encode("<p>more</p>")); } });
  const reader = new HTMLRewriter().on("p", { element() {} }).transform(new Response(source)).body.getReader();
  await reader.read();
  await reader.cancel();
}
return "done";"##,
    );
    assert_eq!(dev.json(ROOM), json!("done"));
}

/// Row 250.
#[test]
fn mistakes_are_errors() {
    let dev = answering(
        r##"
const tried = async (act) => { try { return await act(); } catch (error) { return `${error.name}: ${error.message}`; } };
const rewrite = (handlers, html = "<p><br></p>") => new HTMLRewriter().on("*", handlers).transform(new Response(html)).text();
let kept;
return [
  (await tried(() => new HTMLRewriter().on("p:", {}))).startsWith("TypeError: Parser error"),
  await tried(() => rewrite({ element() { throw new RangeError("mine"); } })),
  await tried(() => rewrite({ async element() { await null; throw new Error("later"); } })),
  (await tried(() => rewrite({ element(e) { e.setAttribute("a b", "c"); } }))).startsWith("TypeError: Parser error"),
  await tried(() => rewrite({ element(e) { if (e.tagName === "br") e.onEndTag(() => {}); } })),
  await tried(async () => { await rewrite({ element(e) { kept = e; } }); return kept.tagName; }),
  await tried(() => new HTMLRewriter().transform("text")),
  await tried(() => new HTMLRewriter().transform(new Response(null)).text()),
  await tried(() => rewrite({}, "plain")),
];"##,
    );
    assert_eq!(
        dev.json(ROOM),
        json!([
            true,
            "RangeError: mine",
            "Error: later",
            true,
            "TypeError: Parser error: No end tag.",
            "TypeError: This content token is no longer valid. Content tokens are only valid during the execution of the relevant content handler.",
            "TypeError: Failed to execute 'transform' on 'HTMLRewriter': parameter 1 is not of type 'Response'.",
            "",
            "plain"
        ])
    );
}

/// The parser of selectors recurses, and so does the rewriter along combinators.
#[test]
fn endless_selectors_are_refused_or_used() {
    let dev = Dev::inline(
        r#"
const SELECTORS = {
  not: (n) => ":not(".repeat(n) + "a" + ")".repeat(n),
  upper: (n) => ":NOT([x]".repeat(n) + ")".repeat(n),
  descendants: (n) => "a ".repeat(n) + "b",
  children: (n) => "a>".repeat(n) + "b",
  siblings: (n) => "a+".repeat(n) + "b",
  list: (n) => "a,".repeat(n) + "b",
  classes: (n) => "a" + ".x".repeat(n),
  attributes: (n) => "a" + "[x]".repeat(n),
  negations: (n) => "a" + ":not(b)".repeat(n),
  brackets: (n) => "[".repeat(n),
  parentheses: (n) => "(".repeat(n),
  is: (n) => ":is(".repeat(n) + "a" + ")".repeat(n),
  has: (n) => ":has(".repeat(n) + "a" + ")".repeat(n),
};
export default class {
  async onRequest(req) {
    const { searchParams } = new URL(req.url);
    const selector = SELECTORS[searchParams.get("kind")]?.(Number(searchParams.get("count")));
    if (selector === undefined) return new Response("pong");
    try {
      const rewritten = new HTMLRewriter().on(selector, { element() {} }).transform(new Response("<a><b></b></a>"));
      return new Response(await rewritten.text());
    } catch (error) {
      return new Response(String(error));
    }
  }
}"#,
    );
    let ask = |kind: &str, count: u32| dev.get(&format!("{ROOM}?kind={kind}&count={count}")).text();
    let page = "<a><b></b></a>";
    let nested = "TypeError: Parser error: Nested negation in selector.";
    for count in [2, 1000, 100_000] {
        assert_eq!(ask("not", count), nested);
        assert_eq!(ask("upper", count), nested);
    }
    for kind in ["descendants", "children"] {
        assert_eq!(ask(kind, 4000), page, "{kind}");
        assert_eq!(
            ask(kind, 20_000),
            "TypeError: Parser error: Too many combinators in selector, most allowed: 4096"
        );
    }
    for kind in ["list", "classes", "attributes", "negations"] {
        assert_eq!(ask(kind, 20_000), page, "{kind}");
    }
    for kind in ["siblings", "brackets", "parentheses", "is", "has"] {
        assert!(
            ask(kind, 20_000).starts_with("TypeError: Parser error: "),
            "{kind}"
        );
    }
    assert_eq!(dev.get(ROOM).text(), "pong");
}
