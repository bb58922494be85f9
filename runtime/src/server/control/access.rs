//! Who may control a server: a program of this machine that knows the token. No page of a browser can: it
//! does not know the token, names itself in `Origin`, and may have been led here by a name that is not ours.

use hyper::header::{AUTHORIZATION, HOST, HeaderName, HeaderValue, ORIGIN, SEC_WEBSOCKET_PROTOCOL};
use hyper::{HeaderMap, Request};
use subtle::ConstantTimeEq;

use super::Refusal;

/// How the token is given where headers cannot be set, as by the `WebSocket` of the standard.
const SUBPROTOCOL: &str = "bearer.";
/// What browsers tell of where a request comes from, also when there is no `Origin`.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

pub struct Access {
    token: String,
    /// The values of `Host` that name this very port.
    hosts: [String; 3],
}

impl Access {
    pub fn new(token: &str, port: u16) -> Self {
        let host = |name: &str| format!("{name}:{port}");
        Access {
            token: token.to_owned(),
            hosts: [host("127.0.0.1"), host("localhost"), host("[::1]")],
        }
    }

    pub fn check<B>(&self, request: &Request<B>) -> Result<(), Refusal> {
        let headers = request.headers();
        let host = headers.get(HOST).and_then(text).unwrap_or_default();
        if !self
            .hosts
            .iter()
            .any(|known| host.eq_ignore_ascii_case(known))
        {
            let text =
                format!("`Host` must name this machine as the control URL does, got: `{host}`");
            return Err(Refusal::new(403, "host", text));
        }
        if headers.contains_key(ORIGIN) || is_of_a_page(headers) {
            let text = "Pages cannot control a server: send the request from the test's own process, without `Origin`";
            return Err(Refusal::new(403, "origin", text));
        }
        match given(headers) {
            None => Err(Refusal::new(
                401,
                "token",
                "The token is missing: send `Authorization: Bearer <token>`, with that of `PARTYRUN_TOKEN` or of the ready line",
            )),
            Some(token) if !self.is_token(token) => Err(Refusal::new(
                401,
                "token",
                "The token is wrong: each start of the server has another, in `PARTYRUN_TOKEN` and in the ready line",
            )),
            Some(_) => Ok(()),
        }
    }

    /// Takes as long for any token of the right length.
    fn is_token(&self, token: &str) -> bool {
        token.as_bytes().ct_eq(self.token.as_bytes()).into()
    }
}

fn is_of_a_page(headers: &HeaderMap) -> bool {
    // `none` is a person who has typed the URL.
    let site = headers.get(FETCH_SITE).and_then(text);
    site.is_some_and(|site| site != "none")
}

fn given(headers: &HeaderMap) -> Option<&str> {
    if let Some(value) = headers.get(AUTHORIZATION).and_then(text) {
        let (scheme, token) = value.split_once(' ')?;
        return scheme
            .eq_ignore_ascii_case("bearer")
            .then_some(token.trim());
    }
    let protocols = headers.get(SEC_WEBSOCKET_PROTOCOL).and_then(text)?;
    let mut protocols = protocols.split(',').map(str::trim);
    protocols.find_map(|protocol| protocol.strip_prefix(SUBPROTOCOL))
}

fn text(value: &HeaderValue) -> Option<&str> {
    value.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(headers: &[(&str, &str)]) -> Result<(), &'static str> {
        let access = Access::new("secret", 4001);
        let mut request = Request::new(());
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a name");
            let value = HeaderValue::from_str(value).expect("a value");
            request.headers_mut().insert(name, value);
        }
        access.check(&request).map_err(|refusal| refusal.code)
    }

    const HERE: (&str, &str) = ("host", "127.0.0.1:4001");
    const TOKEN: (&str, &str) = ("authorization", "Bearer secret");

    #[test]
    fn the_token_opens_in_a_header_or_as_a_subprotocol() {
        assert_eq!(checked(&[HERE, TOKEN]), Ok(()));
        assert_eq!(checked(&[("host", "LOCALHOST:4001"), TOKEN]), Ok(()));
        let protocol = ("sec-websocket-protocol", "partyrun, bearer.secret");
        assert_eq!(checked(&[HERE, protocol]), Ok(()));
        for header in [
            ("authorization", "Bearer wrong"),
            ("authorization", "Bearer secre"),
            ("authorization", "Basic secret"),
            ("authorization", "secret"),
            ("authorization", ""),
            ("sec-websocket-protocol", "bearer."),
            ("sec-websocket-protocol", "secret"),
        ] {
            assert_eq!(checked(&[HERE, header]), Err("token"), "{header:?}");
        }
        assert_eq!(checked(&[HERE]), Err("token"));
    }

    #[test]
    fn no_page_gets_in_even_with_the_token() {
        for origin in ["http://127.0.0.1:4001", "https://evil.example", "null"] {
            assert_eq!(checked(&[HERE, TOKEN, ("origin", origin)]), Err("origin"));
        }
        for site in ["cross-site", "same-origin"] {
            assert_eq!(
                checked(&[HERE, TOKEN, ("sec-fetch-site", site)]),
                Err("origin")
            );
        }
    }

    #[test]
    fn names_that_lead_here_by_accident_are_refused() {
        for host in [
            "evil.example:4001",
            "127.0.0.1",
            "127.0.0.1:4002",
            "127.0.0.1.evil:4001",
            "",
        ] {
            assert_eq!(checked(&[("host", host), TOKEN]), Err("host"), "{host}");
        }
        assert_eq!(checked(&[TOKEN]), Err("host"));
    }
}
