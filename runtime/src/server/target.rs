//! What a request is for, and whether its head may be trusted to say so (RFC 9112, sections 3 and 6.1).
//! Never looks at a body.

use std::net::{Ipv4Addr, SocketAddr};

use bytes::Bytes;
use deno_core::url::Url;
use hyper::header::{HOST, TRANSFER_ENCODING};
use hyper::http::uri::Authority;
use hyper::{HeaderMap, Method, Request, StatusCode, Version};

/// Why a request is refused before anybody sees it: a text for the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    pub status: StatusCode,
    pub text: &'static str,
}

/// A fault of the client's.
pub const fn bad(text: &'static str) -> Fault {
    Fault {
        status: StatusCode::BAD_REQUEST,
        text,
    }
}

const NO_HOST: Fault = bad("ERROR: The request has no Host header.");
const HOSTS: Fault = bad("ERROR: The request has more than one Host header.");
const HOST_FAULT: Fault = bad("ERROR: The Host header names no host.");
const TARGET_FAULT: Fault = bad("ERROR: The request is for nothing that this server could have.");
const CHUNKED_TWICE: Fault = bad("ERROR: The request's body is chunked more than once.");
const CODING: Fault = Fault {
    status: StatusCode::NOT_IMPLEMENTED,
    text: "ERROR: The request's body has a transfer coding other than chunked.",
};

/// A request's URL as `new URL()` has it: the router, user code and a stub that is given a part of it
/// must agree on which room it names.
pub struct Target {
    pub url: String,
    /// Without the query.
    pub path: String,
    /// The host that the target names itself: it counts instead of the header.
    pub host: Option<Bytes>,
}

impl Target {
    /// Where a request goes that came by `scheme` to `address`.
    ///
    /// # Errors
    /// When nobody could say for sure, or would not mean it.
    pub fn of<B>(request: &Request<B>, scheme: &str, address: SocketAddr) -> Result<Self, Fault> {
        let header = host_header(request)?;
        let named = named_host(request)?;
        let target = path_and_query(request)?;
        let ours;
        let (host, form) = match named {
            Some(authority) => (authority.as_str(), form_of(authority.as_str())?),
            None => match header {
                Some(header) => header,
                None => {
                    ours = address.to_string();
                    (ours.as_str(), Form::Other)
                }
            },
        };
        let host_in_target = named.map(|_| Bytes::copy_from_slice(host.as_bytes()));
        let root = if target.starts_with('/') { "" } else { "/" };
        let url = [scheme, "://", host, root, target].concat();
        if form == Form::Plain && root.is_empty() && is_canonical(target) {
            return Ok(Target {
                url,
                path: request.uri().path().to_owned(),
                host: host_in_target,
            });
        }
        let parsed = Url::parse(&url).map_err(|_| TARGET_FAULT)?;
        Ok(Target {
            path: parsed.path().to_owned(),
            url: parsed.into(),
            host: host_in_target,
        })
    }
}

/// The one Host header. Programs that speak HTTP/1.0 may have none.
fn host_header<B>(request: &Request<B>) -> Result<Option<(&str, Form)>, Fault> {
    let mut values = request.headers().get_all(HOST).iter();
    let Some(value) = values.next() else {
        return match request.version() {
            Version::HTTP_10 => Ok(None),
            _ => Err(NO_HOST),
        };
    };
    if values.next().is_some() {
        return Err(HOSTS);
    }
    let host = value.to_str().map_err(|_| HOST_FAULT)?;
    Ok(Some((host, form_of(host)?)))
}

/// The host that a target in absolute form names.
fn named_host<B>(request: &Request<B>) -> Result<Option<&Authority>, Fault> {
    let Some(authority) = request.uri().authority() else {
        return Ok(None);
    };
    match request.uri().scheme_str() {
        Some("http" | "https") => Ok(Some(authority)),
        _ => Err(TARGET_FAULT),
    }
}

/// The rest of the target. `*` is for the server as a whole.
fn path_and_query<B>(request: &Request<B>) -> Result<&str, Fault> {
    match request.uri().path_and_query().map(|target| target.as_str()) {
        Some("*") if request.method() == Method::OPTIONS => Ok("/"),
        Some("*") => Err(TARGET_FAULT),
        Some(target) => Ok(target),
        None => Ok("/"),
    }
}

/// How a host is spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// As the URL parser would: most are, and need no parser.
    Plain,
    Other,
}

/// The form of a host with or without a port.
fn form_of(host: &str) -> Result<Form, Fault> {
    if is_plain(host) {
        return Ok(Form::Plain);
    }
    // Whatever ends a host in a URL would give the rest of it another meaning.
    let ends = |byte: u8| matches!(byte, b'/' | b'\\' | b'?' | b'#' | b'@') || byte <= b' ';
    if host.is_empty() || host.bytes().any(ends) {
        return Err(HOST_FAULT);
    }
    match Url::parse(&format!("http://{host}/")) {
        Ok(url) if url.has_host() => Ok(Form::Other),
        _ => Err(HOST_FAULT),
    }
}

fn is_plain(host: &str) -> bool {
    let (name, port) = host
        .split_once(':')
        .map_or((host, None), |(name, port)| (name, Some(port)));
    let is_plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
    if name.is_empty() || !name.bytes().all(is_plain) || name.contains("xn--") {
        return false;
    }
    // What ends in a number is an address to the parser, in one of many spellings.
    let last = name
        .trim_end_matches('.')
        .rsplit('.')
        .next()
        .unwrap_or_default();
    if last.starts_with(|first: char| first.is_ascii_digit()) && name.parse::<Ipv4Addr>().is_err() {
        return false;
    }
    let Some(port) = port else {
        return true;
    };
    let is_usual = matches!(port, "80" | "443");
    let is_number = port.bytes().all(|byte| byte.is_ascii_digit()) && !port.starts_with('0');
    is_number && !is_usual && port.parse::<u16>().is_ok()
}

/// Whether the URL parser would leave a path and query as it is.
fn is_canonical(target: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~!$&()*+,;=:@/%?".contains(&byte);
    // Dots may be written as `%2e` too.
    target.bytes().all(plain)
        && !target.contains("/.")
        && !target.contains("%2e")
        && !target.contains("%2E")
}

/// What is wrong with the way a body is framed. hyper looks at the last coding only.
pub fn framing_fault(headers: &HeaderMap) -> Option<Fault> {
    let mut is_chunked = false;
    for value in headers.get_all(TRANSFER_ENCODING) {
        for coding in value.as_bytes().split(|byte| *byte == b',') {
            let coding = coding.trim_ascii();
            if coding.is_empty() {
                continue;
            }
            if !coding.eq_ignore_ascii_case(b"chunked") {
                return Some(CODING);
            }
            if std::mem::replace(&mut is_chunked, true) {
                return Some(CHUNKED_TWICE);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(line: &str, host: &[&str]) -> Result<(String, String), Fault> {
        let (method, uri) = line.split_once(' ').expect("a method and a target");
        let mut request = Request::builder().method(method).uri(uri);
        for host in host {
            request = request.header(HOST, *host);
        }
        let request = request.body(()).expect("a request");
        let address = SocketAddr::from(([127, 0, 0, 1], 1999));
        let target = Target::of(&request, "http", address)?;
        Ok((target.url, target.path))
    }

    fn url(line: &str, host: &str) -> String {
        target(line, &[host]).expect("a target").0
    }

    #[test]
    fn only_what_the_parser_leaves_alone_is_canonical() {
        for target in ["/parties/main/r%20a?x=1&y", "/a:b@c", "//x", "/a..b/c."] {
            assert!(is_canonical(target), "{target}");
            let url = format!("http://host{target}");
            assert_eq!(Url::parse(&url).expect("a URL").as_str(), url);
        }
        for target in [
            "/a/../b",
            "/a/%2E%2e/b",
            "/caf\u{e9}",
            "/a?'",
            "/a\\b",
            "/{}",
        ] {
            assert!(!is_canonical(target), "{target}");
        }
    }

    #[test]
    fn plain_hosts_are_those_that_the_parser_leaves_alone() {
        for host in ["127.0.0.1:1999", "localhost", "a-b.example:8080", "a."] {
            assert_eq!(form_of(host), Ok(Form::Plain), "{host}");
            let url = format!("http://{host}/");
            assert_eq!(Url::parse(&url).expect("a URL").as_str(), url);
        }
        for host in [
            "Example.test",
            "host:80",
            "[::1]:1999",
            "host:",
            "127.1",
            "1.0x7f",
            "a_b",
            "host:080",
            "xn--nxasmq6b",
            "a%41b",
            "a,b",
        ] {
            assert_eq!(form_of(host), Ok(Form::Other), "{host}");
        }
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for host in [
            "",
            " ",
            "a b",
            "a/parties/main/other?x=",
            "a?x",
            "a#b",
            "user@a",
            "u:p@a",
            "a\\b",
            "a:99999",
            "a:b",
            "a:1:2",
            ":80",
            "[::1",
            "::1",
            "256.1.1.1",
            "a<b",
            "a|b",
            "a^b",
            "a%00b",
        ] {
            assert_eq!(form_of(host), Err(HOST_FAULT), "{host}");
        }
    }

    #[test]
    fn exactly_one_host_is_named() {
        assert_eq!(target("GET /a", &[]), Err(NO_HOST));
        assert_eq!(target("GET http://a/b", &[]), Err(NO_HOST));
        assert_eq!(target("GET /a", &["a", "a"]), Err(HOSTS));
        assert_eq!(target("GET http://a/b", &["a", "b"]), Err(HOSTS));
        assert_eq!(target("GET http://a/b", &["b/c"]), Err(HOST_FAULT));
    }

    #[test]
    fn the_host_of_an_absolute_target_counts() {
        assert_eq!(url("GET http://other:81/b?c", "a"), "http://other:81/b?c");
        assert_eq!(url("GET https://other/b", "a"), "http://other/b");
        assert_eq!(url("GET http://other", "a"), "http://other/");
        assert_eq!(url("GET http://other?q", "a"), "http://other/?q");
        for other in [
            "GET ws://other/b",
            "GET http://user@other/b",
            "GET other:80",
        ] {
            let fault = target(other, &["a"]).expect_err("it is refused");
            assert_eq!(fault.status, StatusCode::BAD_REQUEST, "{other}");
        }
    }

    #[test]
    fn an_asterisk_is_the_server() {
        assert_eq!(url("OPTIONS *", "a"), "http://a/");
        assert_eq!(target("GET *", &["a"]), Err(TARGET_FAULT));
    }

    #[test]
    fn a_body_is_chunked_once_and_nothing_else() {
        let fault = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(TRANSFER_ENCODING, value.parse().expect("a value"));
            }
            framing_fault(&headers)
        };
        for fine in [&[][..], &["chunked"], &["Chunked"], &[" , chunked,"]] {
            assert_eq!(fault(fine), None, "{fine:?}");
        }
        for twice in [&["chunked, chunked"][..], &["chunked", "chunked"]] {
            assert_eq!(fault(twice), Some(CHUNKED_TWICE), "{twice:?}");
        }
        for other in [
            &["gzip, chunked"][..],
            &["gzip", "chunked"],
            &["chunked;q=1, chunked"],
        ] {
            assert_eq!(fault(other), Some(CODING), "{other:?}");
        }
    }
}
