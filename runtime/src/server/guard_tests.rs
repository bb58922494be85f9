//! Who is let in, by what they can say of themselves.

use bytes::Bytes;
use partyrun_ops::message::{Body, HeaderList};

use super::*;

const CROSS: &str = "cross-site";

fn way(peer: &str) -> Way {
    Way {
        peer: peer.parse().expect("an address"),
        peer_port: 5000,
        is_here: false,
        scheme: "http",
    }
}

fn request(host: &str, headers: &[(&str, &str)]) -> HttpRequest {
    let bytes = |text: &str| Bytes::copy_from_slice(text.as_bytes());
    let headers: HeaderList = headers
        .iter()
        .map(|(name, value)| (bytes(name), bytes(value)))
        .collect();
    HttpRequest {
        method: "GET".to_owned(),
        url: format!("http://{host}/path"),
        headers,
        body: Body::Empty,
        client_accept_encoding: None,
    }
}

fn guard(allowed: &[&str]) -> Guard {
    let parse = |text: &&str| AllowedHost::parse(text).expect("a host");
    Guard::new(allowed.iter().map(parse).collect())
}

fn acts(guard: &Guard, host: &str, headers: &[(&str, &str)]) -> bool {
    let http = request(host, headers);
    guard.admit(way("127.0.0.1"), &http, Purpose::Act).is_ok()
}

fn reads(guard: &Guard, host: &str, headers: &[(&str, &str)]) -> bool {
    let http = request(host, headers);
    guard.admit(way("127.0.0.1"), &http, Purpose::Read).is_ok()
}

fn is_served(guard: &Guard, host: &str, headers: &[(&str, &str)]) -> bool {
    guard
        .admit_name(way("127.0.0.1"), &request(host, headers))
        .is_ok()
}

#[test]
fn ours_is_for_names_that_lead_to_this_machine() {
    let guard = guard(&["tunnel.example.com", ".dev.example.com"]);
    for host in [
        "localhost:1999",
        "app.localhost",
        "127.0.0.1",
        "[::1]:1999",
        "192.168.1.2:1999",
        "0.0.0.0",
        "tunnel.example.com",
        "a.dev.example.com:1999",
    ] {
        assert!(
            acts(&guard, host, &[]) && reads(&guard, host, &[]),
            "{host}"
        );
    }
    for host in [
        "evil.com",
        "localhost.evil.com",
        "127.0.0.1.nip.io",
        "a.tunnel.example.com",
        "mymac.local",
        "partykit:1999",
        "app.test",
    ] {
        assert!(
            !acts(&guard, host, &[]) && !reads(&guard, host, &[]),
            "{host}"
        );
    }
}

#[test]
fn ours_is_for_near_addresses() {
    let guard = guard(&[]);
    let http = request("localhost", &[]);
    let admitted = |peer| guard.admit(way(peer), &http, Purpose::Read).is_ok();
    assert!(admitted("::1") && admitted("192.168.1.7"));
    assert!(!admitted("8.8.8.8") && !admitted("2001:db8::1"));
}

#[test]
fn what_proxies_add_is_not_believed() {
    let guard = guard(&[]);
    let forwarded = [
        ("x-forwarded-host", "localhost"),
        ("forwarded", "for=127.0.0.1"),
    ];
    assert!(!acts(&guard, "evil.com", &forwarded));
    let http = request("localhost", &[("x-forwarded-for", "127.0.0.1")]);
    assert!(guard.admit(way("8.8.8.8"), &http, Purpose::Read).is_err());
}

#[test]
fn foreign_pages_get_nothing_of_ours() {
    let guard = guard(&[]);
    for headers in [
        &[("origin", "http://evil.com")][..],
        &[("origin", "http://evil.com"), ("sec-fetch-site", CROSS)],
        &[
            ("origin", "http://localhost:5173"),
            ("sec-fetch-site", "same-site"),
        ],
        &[("origin", "http://127.0.0.1:1999")],
        &[("origin", "null"), ("sec-fetch-site", CROSS)],
        &[("sec-fetch-site", CROSS), ("sec-fetch-mode", "navigate")],
        &[("sec-fetch-site", CROSS), ("sec-fetch-mode", "no-cors")],
        &[("sec-fetch-site", "same-site")],
    ] {
        assert!(!acts(&guard, "localhost:1999", headers), "{headers:?}");
        assert!(!reads(&guard, "localhost:1999", headers), "{headers:?}");
    }
}

#[test]
fn our_own_pages_and_typed_addresses_are_let_in() {
    let guard = guard(&[]);
    for headers in [
        &[
            ("origin", "http://localhost:1999"),
            ("sec-fetch-site", "same-origin"),
        ][..],
        &[("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "none"), ("sec-fetch-mode", "navigate")],
        &[("user-agent", "curl/8.5.0")],
    ] {
        assert!(acts(&guard, "localhost:1999", headers), "{headers:?}");
        assert!(reads(&guard, "localhost:1999", headers), "{headers:?}");
    }
}

#[test]
fn a_page_that_is_allowed_may_read_from_another_port() {
    let guard = guard(&["localhost:5173"]);
    let page = |origin| {
        let headers = [("origin", origin), ("sec-fetch-site", "same-site")];
        let http = request("127.0.0.1:1999", &headers);
        guard.admit(way("127.0.0.1"), &http, Purpose::Read)
    };
    let allowed = "http://localhost:5173";
    assert_eq!(page(allowed), Ok(Some(allowed.to_owned())));
    for other in [
        "http://localhost:5174",
        "http://localhost",
        "http://evil.com:5173",
    ] {
        assert!(page(other).is_err(), "{other}");
    }
}

/// By an address of a network a browser says nothing of an image or a frame, though it says which
/// program it is.
#[test]
fn a_browser_that_says_nothing_may_read_and_not_act() {
    let guard = guard(&[]);
    let firefox = [("user-agent", "Mozilla/5.0 (X11; Linux)")];
    assert!(reads(&guard, "192.168.1.2:1999", &firefox));
    assert!(!acts(&guard, "192.168.1.2:1999", &firefox));
    let own = [firefox[0], ("origin", "http://192.168.1.2:1999")];
    assert!(acts(&guard, "192.168.1.2:1999", &own));
}

#[test]
fn user_code_is_for_all_names_but_those_that_a_page_may_have() {
    let guard = guard(&["tunnel.example.com"]);
    for host in [
        "localhost",
        "192.168.1.2:1999",
        "partykit:1999",
        "mymac.local",
        "app.test",
        "host.docker.internal",
        "tunnel.example.com",
    ] {
        assert!(is_served(&guard, host, &[]), "{host}");
    }
    for host in ["evil.com", "localhost.evil.com", "127.0.0.1.nip.io"] {
        assert!(!is_served(&guard, host, &[]), "{host}");
        let own = format!("http://{host}");
        assert!(
            !is_served(&guard, host, &[("origin", own.as_str())]),
            "{host}"
        );
    }
}

#[test]
fn a_name_that_a_browser_has_checked_is_served() {
    let guard = guard(&[]);
    let checked = [("sec-fetch-site", "same-origin")];
    assert!(is_served(&guard, "abc.tunnel.example.com", &checked));
    let encrypted = Way {
        scheme: "https",
        ..way("127.0.0.1")
    };
    assert!(
        guard
            .admit_name(encrypted, &request("my.example.com", &[]))
            .is_ok()
    );
    assert!(!acts(&guard, "abc.tunnel.example.com", &checked));
}

#[test]
fn each_refusal_is_told_once_and_pages_fill_no_terminal() {
    let guard = guard(&[]);
    let refusal = |host: &str| {
        let refused = guard.admit_name(way("127.0.0.1"), &request(host, &[]));
        refused.expect_err("it is nobody's")
    };
    assert!(guard.is_new(&refusal("evil.com")));
    assert!(!guard.is_new(&refusal("evil.com:8080")));
    let made_up = (0..100).filter(|number| guard.is_new(&refusal(&format!("a{number}.evil.com"))));
    assert_eq!(made_up.count(), MOST_TOLD - 1);
}

#[test]
fn other_names_count_at_once() {
    let guard = guard(&[]);
    assert!(!is_served(&guard, "a.example.com", &[]));
    guard.allow(vec![AllowedHost::parse("a.example.com").expect("a host")]);
    assert!(is_served(&guard, "a.example.com", &[]));
}
