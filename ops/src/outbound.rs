//! What `fetch` sends that user code did not write, and what it does not send although user code wrote it:
//! the original's rules. Never opens a connection.

use std::borrow::Cow;

use ::http::HeaderName;
use ::http::HeaderValue;
use ::http::Method;
use ::http::Request;
use ::http::header;
use deno_core::Extension;
use deno_core::ExtensionFileSource;
use deno_core::OpState;
use deno_core::RcRef;
use deno_core::ResourceId;
use deno_core::op2;
use deno_fetch::FetchResponseReader;
use deno_fetch::FetchResponseResource;
use deno_fetch::ReqBody;

/// The reason phrase of a fetched response that nobody has read of, when it is not the usual one. One with
/// other characters than ASCII reads as empty: the HTTP client's parser drops it.
#[op2]
#[string]
pub fn op_pr_fetched_phrase(state: &mut OpState, #[smi] rid: ResourceId) -> Option<String> {
    let resource = state
        .resource_table
        .get::<FetchResponseResource>(rid)
        .ok()?;
    let reader = RcRef::map(&resource, |resource| &resource.response_reader).try_borrow()?;
    let FetchResponseReader::Start(response) = &*reader else {
        return None;
    };
    let phrase = response.extensions().get::<hyper::ext::ReasonPhrase>()?;
    Some(String::from_utf8_lossy(phrase.as_bytes()).into_owned())
}

/// Headers of one connection (RFC 9110, section 7.6.1): those of a request that is passed on say nothing
/// of ours. The original sends on every other one, `Proxy-Connection` among them.
const OF_A_CONNECTION: [HeaderName; 6] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Makes the head of a request that of the original.
pub(crate) fn tidy(request: &mut Request<ReqBody>) {
    let may_have_body = !matches!(*request.method(), Method::GET | Method::HEAD);
    let is_empty = matches!(request.body(), ReqBody::Empty(_));
    let headers = request.headers_mut();
    for name in &OF_A_CONNECTION {
        headers.remove(name);
    }
    if may_have_body && is_empty {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
}

const FETCH: &str = "ext:deno_fetch/26_fetch.js";

/// The ports that browsers refuse and Workers do not: local servers use them.
const PORT_IS_BAD: &str = "BAD_PORTS[url.port] === true";

/// The ops of deno_fetch that send a request, and ours in their place: its client cannot be told whom
/// to trust, nor what a proxy must not get.
const OPS: &str = "  op_fetch,\n  op_fetch_promise_is_settled,\n  op_fetch_send,\n";
const OUR_OPS: &str = "  op_pr_fetch: op_fetch,\n  op_fetch_promise_is_settled,\n  op_pr_fetch_send: op_fetch_send,\n";

/// Where a response gets the usual phrase of its status.
const PHRASE: &str = "statusMessage: resp.statusText,";
/// The one that it came with.
const OWN_PHRASE: &str =
    "statusMessage: core.ops.op_pr_fetched_phrase(resp.responseRid) ?? resp.statusText,";

/// Where a request that failed becomes an exception.
const FAILED: &str = "throw new TypeError(\"fetch failed\", { cause: new Error(cause) });";
/// The same, but for one that was not sent: that has words of its own.
const FAILED_OR_REFUSED: &str = "throw resp.error[0] === \"\" ? new TypeError(cause) : new TypeError(\"fetch failed\", { cause: new Error(cause) });";

/// deno_fetch with its script as Workers need it, for the snapshot.
pub fn as_workers_need_it(mut fetch: Extension) -> Extension {
    let edited = fetch.lazy_loaded_js_files.iter().map(|file| {
        if file.specifier != FETCH {
            return file.clone();
        }
        let source = file.load().expect("the crate has its script");
        let mut text = source.as_str().to_owned();
        let edits = [
            (PORT_IS_BAD, "false"),
            (OPS, OUR_OPS),
            (PHRASE, OWN_PHRASE),
            (FAILED, FAILED_OR_REFUSED),
        ];
        for (theirs, ours) in edits {
            let places = text.matches(theirs).count();
            assert_eq!(places, 1, "{FETCH} has `{theirs}` in one place");
            text = text.replace(theirs, ours);
        }
        ExtensionFileSource::new_computed(FETCH, text.into())
    });
    fetch.lazy_loaded_js_files = Cow::Owned(edited.collect());
    fetch
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tidied(method: Method, names: &[&'static str], body: ReqBody) -> Vec<String> {
        let mut request = Request::new(body);
        *request.method_mut() = method;
        for name in names {
            let value = HeaderValue::from_static("1");
            request.headers_mut().insert(*name, value);
        }
        tidy(&mut request);
        request.headers().keys().map(ToString::to_string).collect()
    }

    #[test]
    fn headers_of_the_connection_are_dropped() {
        let names = [
            "connection",
            "keep-alive",
            "te",
            "trailer",
            "upgrade",
            "x-own",
        ];
        assert_eq!(tidied(Method::GET, &names, ReqBody::empty()), ["x-own"]);
    }

    #[test]
    fn method_with_a_body_has_a_length() {
        assert_eq!(
            tidied(Method::DELETE, &[], ReqBody::empty()),
            ["content-length"]
        );
        assert!(tidied(Method::HEAD, &[], ReqBody::empty()).is_empty());
    }
}
