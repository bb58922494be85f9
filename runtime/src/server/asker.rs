//! Who asks: where a request comes from and under which name, as far as a web page cannot choose it. Reads
//! only what the connection tells and what browsers do not let pages set; what proxies add is not
//! read, because anybody can write it. Decides nothing.

use std::net::{IpAddr, Ipv4Addr};

use deno_core::url::Url;
use partyrun_ops::message::{HeaderList, HttpRequest};

use super::allowed_hosts::without_last_dot;

/// How a connection reached us.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    pub peer: IpAddr,
    pub peer_port: u16,
    /// Whether the peer has the address that it connected to: then it is this machine.
    pub is_here: bool,
    pub scheme: &'static str,
}

impl Way {
    pub fn is_encrypted(&self) -> bool {
        self.scheme == "https"
    }

    /// The port of a host that says none.
    pub fn usual_port(&self) -> u16 {
        if self.is_encrypted() { 443 } else { 80 }
    }

    /// Whether the peer is this machine, or has an address that the Internet does not route: those of
    /// private networks (RFC 1918, RFC 4193), of one link, and of the space that carriers and private
    /// overlay networks share (RFC 6598).
    pub fn is_near(&self) -> bool {
        if self.is_here {
            return true;
        }
        match self.peer.to_canonical() {
            IpAddr::V4(ip) => {
                let [first, second, ..] = ip.octets();
                let is_shared = first == 100 && second & 0b1100_0000 == 64;
                ip.is_loopback() || ip.is_private() || ip.is_link_local() || is_shared
            }
            IpAddr::V6(ip) => {
                ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local()
            }
        }
    }
}

/// A host with the port that was said, spelled as in a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named<'a> {
    pub name: &'a str,
    pub port: Option<u16>,
}

impl<'a> Named<'a> {
    /// The host of a URL with an authority and a path.
    pub fn in_url(url: &'a str) -> Named<'a> {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let authority = rest.split_once('/').map_or(rest, |(host, _)| host);
        let (name, port) = match authority.rsplit_once(':') {
            Some((name, port)) if !authority.ends_with(']') => (name, port.parse().ok()),
            _ => (authority, None),
        };
        Named {
            name: without_last_dot(name),
            port,
        }
    }

    /// Whether the name leads to this machine or is an address: nobody can have pointed it elsewhere.
    pub fn is_fixed(&self) -> bool {
        let name = self.name;
        name == "localhost"
            || name.starts_with('[')
            || name.starts_with(|first: char| first.is_ascii_digit())
                && name.parse::<Ipv4Addr>().is_ok()
            || name.ends_with(".localhost")
    }
}

/// What a request says of the page that made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// Nothing, as programs do. A browser that asks by an address of a network says as little.
    Unsaid { is_browser: bool },
    /// That it is of this server, or that there is none: somebody typed the address.
    Own,
    /// That it is of this origin.
    Of(Url),
    /// That it has no origin that could be named: a file, a sandboxed frame, an extension.
    Nameless,
    /// That it is another one, without a name.
    Other,
}

impl Page {
    /// `Origin` says most. Browsers leave it out of requests whose answers pages cannot read:
    /// images, frames, links. `Sec-Fetch-Site` is with those, and pages of another port count as
    /// `same-site` in it.
    pub fn of(http: &HttpRequest) -> Page {
        let mut origins = values(&http.headers, b"origin");
        if let Some(origin) = origins.next() {
            let origin = match origins.next() {
                Some(_) => None,
                None => std::str::from_utf8(origin).ok().and_then(origin_url),
            };
            return match origin {
                Some(origin) if is_same(&origin, &http.url) => Page::Own,
                Some(origin) => Page::Of(origin),
                None => Page::Nameless,
            };
        }
        let mut site = values(&http.headers, b"sec-fetch-site").peekable();
        if site.peek().is_some() {
            let is_own = site.all(|site| matches!(site, b"same-origin" | b"none"));
            return if is_own { Page::Own } else { Page::Other };
        }
        let mut agents = values(&http.headers, b"user-agent");
        Page::Unsaid {
            is_browser: agents.any(|agent| agent.starts_with(b"Mozilla/")),
        }
    }
}

/// Whether a browser says that it asks by https, or by a name of this machine: only then it says where
/// a request comes from, and no page can say it instead.
pub fn is_told_by_browser(http: &HttpRequest) -> bool {
    values(&http.headers, b"sec-fetch-site").next().is_some()
}

fn values<'a>(headers: &'a HeaderList, name: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let same = headers
        .iter()
        .filter(move |(found, _)| found.eq_ignore_ascii_case(name));
    same.map(|(_, value)| &value[..])
}

fn origin_url(origin: &str) -> Option<Url> {
    let url = Url::parse(origin).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    let is_bare = url.path() == "/" && url.query().is_none() && url.username().is_empty();
    (is_web && is_bare).then_some(url)
}

/// Whether a page of `origin` is of the host that the request for `url` is for. The scheme may be
/// another: what is in front of us may take off the encryption.
fn is_same(origin: &Url, url: &str) -> bool {
    let page = Named::in_url(origin.as_str());
    let asked = Named::in_url(url);
    let usual = origin.port_or_known_default();
    page.name == asked.name && page.port.or(usual) == asked.port.or(usual)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use partyrun_ops::message::Body;

    use super::*;

    fn request(url: &str, headers: &[(&'static str, &'static str)]) -> HttpRequest {
        let header = |(name, value): &(&'static str, &'static str)| {
            (
                Bytes::from_static(name.as_bytes()),
                Bytes::from_static(value.as_bytes()),
            )
        };
        HttpRequest {
            method: "GET".to_owned(),
            url: url.to_owned(),
            headers: headers.iter().map(header).collect(),
            body: Body::Empty,
            client_accept_encoding: None,
        }
    }

    fn page(headers: &[(&'static str, &'static str)]) -> Page {
        Page::of(&request("http://localhost:1999/a?b", headers))
    }

    fn near(peer: &str) -> bool {
        let way = |is_here| Way {
            peer: peer.parse().expect("an address"),
            peer_port: 5000,
            is_here,
            scheme: "http",
        };
        assert!(way(true).is_near());
        way(false).is_near()
    }

    #[test]
    fn addresses_that_the_internet_does_not_route_are_near() {
        for peer in [
            "127.0.0.1",
            "127.8.8.8",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.1.1",
            "100.64.0.1",
            "100.127.255.255",
            "::1",
            "fd00::1",
            "fe80::1",
            "::ffff:192.168.1.1",
        ] {
            assert!(near(peer), "{peer}");
        }
        for peer in [
            "8.8.8.8",
            "172.32.0.1",
            "100.63.255.255",
            "100.128.0.1",
            "192.169.1.1",
            "2001:db8::1",
            "::ffff:8.8.8.8",
            "0.0.0.0",
        ] {
            assert!(!near(peer), "{peer}");
        }
    }

    #[test]
    fn a_url_names_host_and_port() {
        for (url, name, port) in [
            ("http://localhost:1999/a", "localhost", Some(1999)),
            ("http://a./b:1", "a", None),
            ("https://[::1]/", "[::1]", None),
            ("http://[::1]:80/?x=/", "[::1]", Some(80)),
            ("http://a", "a", None),
        ] {
            assert_eq!(Named::in_url(url), Named { name, port }, "{url}");
        }
    }

    #[test]
    fn names_of_this_machine_and_addresses_are_fixed() {
        let is_fixed = |url: &str| Named::in_url(url).is_fixed();
        for host in [
            "localhost",
            "localhost.",
            "a.b.localhost:1",
            "127.0.0.1:1999",
            "0.0.0.0",
            "192.168.1.2",
            "[fe80::1]",
        ] {
            assert!(is_fixed(&format!("http://{host}/x")), "{host}");
        }
        for host in [
            "localhost.evil.com",
            "evillocalhost",
            "127.0.0.1.nip.io",
            "1.evil.com",
            "a",
        ] {
            assert!(!is_fixed(&format!("http://{host}/localhost")), "{host}");
        }
    }

    #[test]
    fn programs_say_nothing_of_a_page() {
        let unsaid = |is_browser| Page::Unsaid { is_browser };
        assert_eq!(page(&[]), unsaid(false));
        assert_eq!(page(&[("user-agent", "curl/8")]), unsaid(false));
        let firefox = [("User-Agent", "Mozilla/5.0 (X11)")];
        assert_eq!(page(&firefox), unsaid(true));
        let forwarded = [("x-forwarded-host", "localhost"), ("forwarded", "host=a")];
        assert_eq!(page(&forwarded), unsaid(false));
    }

    #[test]
    fn the_origin_decides_where_there_is_one() {
        let origin = |origin| page(&[("origin", origin), ("sec-fetch-site", "cross-site")]);
        assert_eq!(origin("http://localhost:1999"), Page::Own);
        assert_eq!(origin("https://localhost:1999"), Page::Own);
        for other in [
            "http://localhost",
            "http://localhost:5173",
            "http://127.0.0.1:1999",
            "http://evil.com",
        ] {
            assert!(matches!(origin(other), Page::Of(_)), "{other}");
        }
        for nameless in [
            "null",
            "",
            "file://",
            "chrome-extension://abc",
            "evil.com",
            "http://a/path",
            "http://localhost:1999 http://evil.com",
        ] {
            assert_eq!(origin(nameless), Page::Nameless, "{nameless}");
        }
        let twice = [
            ("origin", "http://localhost:1999"),
            ("origin", "http://localhost:1999"),
        ];
        assert_eq!(page(&twice), Page::Nameless);
    }

    #[test]
    fn usual_ports_need_not_be_said() {
        let tunnel = request("http://a.example/x", &[("origin", "https://a.example")]);
        assert_eq!(Page::of(&tunnel), Page::Own);
        let plain = request("http://a.example:80/x", &[("origin", "http://a.example")]);
        assert_eq!(Page::of(&plain), Page::Own);
        let other = request("http://a.example:81/x", &[("origin", "http://a.example")]);
        assert!(matches!(Page::of(&other), Page::Of(_)));
    }

    #[test]
    fn without_an_origin_the_browser_says_whether_the_page_is_ours() {
        let site = |site| page(&[("sec-fetch-site", site), ("user-agent", "Mozilla/5.0")]);
        assert_eq!(site("none"), Page::Own);
        assert_eq!(site("same-origin"), Page::Own);
        for other in ["cross-site", "same-site", "", "Same-Origin", "none, none"] {
            assert_eq!(site(other), Page::Other, "{other}");
        }
        let two = [("sec-fetch-site", "none"), ("sec-fetch-site", "cross-site")];
        assert_eq!(page(&two), Page::Other);
    }
}
