//! Who may see the dashboard: a person at this machine, in a browser of this machine, and programs of theirs.
//! Decides by what the connection tells and what browsers do not let pages set.
//!
//! The project's own pages have the origin of the dashboard, and rooms may serve any page. So the dashboard is
//! shown to nobody but a navigation of a whole tab: never to a script's `fetch`, a frame or a service worker. One
//! that a page of this origin has started is sent to this machine's other name, which is another origin: whoever
//! has opened the tab cannot look into it then. The page holds a token that nothing else tells, and all that it
//! does goes over one WebSocket, which service workers do not see.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use partyrun_ops::message::HttpRequest;

use super::super::asker::{Named, Page, Way};

/// What proxies and tunnels add: whoever is behind one is not at this machine.
const OF_PROXIES: [&[u8]; 8] = [
    b"cf-connecting-ip",
    b"forwarded",
    b"true-client-ip",
    b"via",
    b"x-forwarded-for",
    b"x-forwarded-host",
    b"x-forwarded-proto",
    b"x-real-ip",
];

/// Why somebody may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// Not from this machine.
    Far,
    /// Through a proxy or a tunnel.
    Proxied,
    /// By a name that may be anybody's.
    Name,
    /// On behalf of a page, or of its service worker.
    Page,
    /// By a browser that does not say on whose behalf.
    Silent,
}

/// Where a navigation ends.
#[derive(Debug, PartialEq, Eq)]
pub enum Landing {
    Here,
    /// At the same path under this name, which may be followed by the port.
    At(String),
}

/// Whether a connection, and the name in a request, are those of this machine.
pub fn is_local(way: Way, http: &HttpRequest) -> Result<(), Denied> {
    if !way.peer.to_canonical().is_loopback() {
        return Err(Denied::Far);
    }
    let mut names = http.headers.iter().map(|(name, _)| &name[..]);
    let is_of_proxy = |name: &[u8]| OF_PROXIES.iter().any(|of| name.eq_ignore_ascii_case(of));
    if names.any(is_of_proxy) {
        return Err(Denied::Proxied);
    }
    match is_loopback_name(Named::in_url(&http.url).name) {
        true => Ok(()),
        false => Err(Denied::Name),
    }
}

/// Whether a request for the page is a navigation, and where it is to end. `address`: where the server listens.
pub fn landing(http: &HttpRequest, address: SocketAddr) -> Result<Landing, Denied> {
    let destination = header(http, b"sec-fetch-dest");
    let mode = header(http, b"sec-fetch-mode");
    let site = header(http, b"sec-fetch-site");
    if header(http, b"service-worker-navigation-preload").is_some()
        || header(http, b"origin").is_some()
    {
        return Err(Denied::Page);
    }
    match (destination, mode, site) {
        (None, None, None) => {
            let agent = header(http, b"user-agent").unwrap_or_default();
            match agent.starts_with(b"Mozilla/") {
                true => Err(Denied::Silent),
                false => Ok(Landing::Here),
            }
        }
        (Some(b"document"), Some(b"navigate"), Some(b"same-origin")) => {
            Ok(Landing::At(other_name(&http.url, address)))
        }
        (Some(b"document"), Some(b"navigate"), Some(b"none" | b"same-site" | b"cross-site")) => {
            Ok(Landing::Here)
        }
        _ => Err(Denied::Page),
    }
}

/// Whether the page's WebSocket may be opened; what it then has to know is another question.
pub fn may_converse(http: &HttpRequest) -> Result<(), Denied> {
    match Page::of(http) {
        Page::Own | Page::Unsaid { is_browser: false } => Ok(()),
        Page::Unsaid { is_browser: true } => Err(Denied::Silent),
        Page::Of(_) | Page::Nameless | Page::Other => Err(Denied::Page),
    }
}

/// Names that lead to this machine whatever anybody's name server says.
fn is_loopback_name(name: &str) -> bool {
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The host of a URL by its other name on this machine: browsers take the two for strangers.
fn other_name(url: &str, address: SocketAddr) -> String {
    let Named { name, port } = Named::in_url(url);
    let other = match (name, address.ip()) {
        ("localhost", IpAddr::V6(ip)) if ip != Ipv6Addr::UNSPECIFIED => format!("[{ip}]"),
        ("localhost", IpAddr::V4(ip)) if ip != Ipv4Addr::UNSPECIFIED => ip.to_string(),
        ("localhost", _) => Ipv4Addr::LOCALHOST.to_string(),
        _ => "localhost".to_owned(),
    };
    match port {
        Some(port) => format!("{other}:{port}"),
        None => other,
    }
}

/// The value of a header that is there once.
fn header<'a>(http: &'a HttpRequest, name: &[u8]) -> Option<&'a [u8]> {
    let mut same = http
        .headers
        .iter()
        .filter(|(found, _)| found.eq_ignore_ascii_case(name));
    match (same.next(), same.next()) {
        (Some((_, value)), None) => Some(value),
        // What is there twice is no browser's.
        (Some(_), Some(_)) => Some(b"?"),
        (None, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use partyrun_ops::message::Body;

    use super::*;

    const HERE: &str = "http://localhost:1999/__partyrun__/";

    fn request(url: &str, headers: &[(&'static str, &'static str)]) -> HttpRequest {
        let bytes = |text: &'static str| Bytes::from_static(text.as_bytes());
        let headers = headers
            .iter()
            .map(|(name, value)| (bytes(name), bytes(value)));
        HttpRequest {
            method: "GET".to_owned(),
            url: url.to_owned(),
            headers: headers.collect(),
            body: Body::Empty,
            client_accept_encoding: None,
        }
    }

    fn local(peer: &str, url: &str, headers: &[(&'static str, &'static str)]) -> Option<Denied> {
        let way = Way {
            peer: peer.parse().expect("an address"),
            peer_port: 5000,
            is_here: true,
            scheme: "http",
        };
        is_local(way, &request(url, headers)).err()
    }

    fn lands(headers: &[(&'static str, &'static str)]) -> Result<Landing, Denied> {
        let address = "0.0.0.0:1999".parse().expect("an address");
        landing(&request(HERE, headers), address)
    }

    fn navigates(
        site: &'static str,
        more: &[(&'static str, &'static str)],
    ) -> Result<Landing, Denied> {
        let usual = [
            ("sec-fetch-dest", "document"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-site", site),
        ];
        lands(&[&usual[..], more].concat())
    }

    #[test]
    fn only_this_machine_by_its_own_names_is_local() {
        for peer in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(local(peer, HERE, &[]), None, "{peer}");
        }
        for peer in ["192.168.1.2", "172.17.0.1", "8.8.8.8", "fe80::1"] {
            assert_eq!(local(peer, HERE, &[]), Some(Denied::Far), "{peer}");
        }
        for host in [
            "localhost",
            "localhost.:80",
            "127.0.0.1:8080",
            "127.1.2.3",
            "[::1]:1999",
        ] {
            let url = format!("http://{host}/__partyrun__/");
            assert_eq!(local("127.0.0.1", &url, &[]), None, "{host}");
        }
        for host in [
            "evil.com:1999",
            "localhost.evil.com",
            "a.localhost",
            "192.168.1.2:1999",
            "0.0.0.0:1999",
            "[::]",
            "partykit",
        ] {
            let url = format!("http://{host}/__partyrun__/");
            assert_eq!(local("127.0.0.1", &url, &[]), Some(Denied::Name), "{host}");
        }
    }

    #[test]
    fn whoever_comes_through_a_proxy_is_not_at_this_machine() {
        for name in ["x-forwarded-for", "Forwarded", "CF-Connecting-IP", "Via"] {
            let got = local("127.0.0.1", HERE, &[(name, "127.0.0.1")]);
            assert_eq!(got, Some(Denied::Proxied), "{name}");
        }
    }

    #[test]
    fn a_tab_that_a_person_or_another_site_opens_is_shown_the_page() {
        for site in ["none", "cross-site", "same-site"] {
            assert_eq!(navigates(site, &[]), Ok(Landing::Here), "{site}");
        }
        assert_eq!(lands(&[("user-agent", "curl/8")]), Ok(Landing::Here));
    }

    #[test]
    fn a_tab_that_a_page_of_this_origin_opens_ends_at_another_origin() {
        let at = |host: &str| Ok(Landing::At(host.to_owned()));
        assert_eq!(navigates("same-origin", &[]), at("127.0.0.1:1999"));
        let six: SocketAddr = "[::1]:1999".parse().expect("an address");
        let four: SocketAddr = "127.0.0.1:1999".parse().expect("an address");
        assert_eq!(other_name(HERE, six), "[::1]:1999");
        assert_eq!(other_name("http://127.0.0.1:1999/", four), "localhost:1999");
        assert_eq!(other_name("https://[::1]/", six), "localhost");
    }

    #[test]
    fn scripts_frames_and_workers_are_shown_nothing() {
        let asks = |dest: &'static str, mode: &'static str| {
            lands(&[
                ("sec-fetch-dest", dest),
                ("sec-fetch-mode", mode),
                ("sec-fetch-site", "same-origin"),
            ])
        };
        for (dest, mode) in [
            ("empty", "cors"),
            ("empty", "navigate"),
            ("iframe", "navigate"),
            ("object", "navigate"),
            ("script", "no-cors"),
            ("document", "cors"),
        ] {
            assert_eq!(asks(dest, mode), Err(Denied::Page), "{dest} {mode}");
        }
        let preload = [("service-worker-navigation-preload", "true")];
        assert_eq!(navigates("none", &preload), Err(Denied::Page));
        let posted = [("origin", "http://evil.com")];
        assert_eq!(navigates("cross-site", &posted), Err(Denied::Page));
        assert_eq!(lands(&[("sec-fetch-site", "none")]), Err(Denied::Page));
        let twice = navigates("none", &[("sec-fetch-dest", "document")]);
        assert_eq!(twice, Err(Denied::Page));
        let silent = lands(&[("user-agent", "Mozilla/5.0")]);
        assert_eq!(silent, Err(Denied::Silent));
    }

    #[test]
    fn a_socket_is_for_pages_of_this_origin_and_for_programs() {
        let may = |headers: &[(&'static str, &'static str)]| may_converse(&request(HERE, headers));
        assert_eq!(may(&[("origin", "http://localhost:1999")]), Ok(()));
        assert_eq!(may(&[]), Ok(()));
        for origin in [
            "http://127.0.0.1:1999",
            "http://localhost:5173",
            "http://evil.com",
            "null",
        ] {
            assert_eq!(may(&[("origin", origin)]), Err(Denied::Page), "{origin}");
        }
        assert_eq!(may(&[("user-agent", "Mozilla/5.0")]), Err(Denied::Silent));
    }
}
