//! Which proxy a request goes through: what `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` say, in
//! upper or lower case, and what never leaves this machine. Opens no connection.

use std::net::{IpAddr, Ipv6Addr, UdpSocket};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering};

use ::http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

/// The port that this process serves rooms on; 0 before it does.
static SERVED_PORT: AtomicU16 = AtomicU16::new(0);

/// Says on which port the rooms of this process are served: requests to them go to no proxy.
pub fn serve_on(port: u16) {
    SERVED_PORT.store(port, Ordering::Relaxed);
}

/// The proxy for `uri` (`http:`, `https:`); none when it is asked directly.
pub(crate) async fn of(uri: &Uri) -> Option<Intercept> {
    let proxy = rules().intercept(uri)?;
    let host = bare(uri.host()?);
    if is_loopback(host) || is_ours(host, uri.port_u16()).await {
        return None;
    }
    Some(proxy)
}

/// A host as an address has it, without the brackets of a URL.
pub(crate) fn bare(host: &str) -> &str {
    host.trim_matches(['[', ']'])
}

fn rules() -> &'static Matcher {
    static RULES: OnceLock<Matcher> = OnceLock::new();
    RULES.get_or_init(|| rules_of(|name| std::env::var(name).ok()))
}

/// A name counts in upper case first; a variable that is set to nothing is as good as none.
fn rules_of(variable: impl Fn(&str) -> Option<String>) -> Matcher {
    let value = |name: &str| {
        [name.to_owned(), name.to_lowercase()]
            .iter()
            .filter_map(|name| variable(name))
            .map(|value| value.trim().to_owned())
            .find(|value| !value.is_empty())
            .unwrap_or_default()
    };
    Matcher::builder()
        .http(value("HTTP_PROXY"))
        .https(value("HTTPS_PROXY"))
        .all(value("ALL_PROXY"))
        .no(exceptions(&value("NO_PROXY")))
        .build()
}

/// The list with commas between its entries, and `*.example.com` as `.example.com`.
fn exceptions(list: &str) -> String {
    let entries = list.split(|letter: char| letter == ',' || letter.is_whitespace());
    let entries = entries.filter(|entry| !entry.is_empty());
    let entries: Vec<&str> = entries
        .map(|entry| match entry.strip_prefix('*') {
            Some(domain) if domain.starts_with('.') => domain,
            _ => entry,
        })
        .collect();
    entries.join(",")
}

fn is_loopback(host: &str) -> bool {
    if let Ok(address) = host.parse::<IpAddr>() {
        return is_loopback_address(address);
    }
    let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

fn is_loopback_address(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_loopback() || address.is_unspecified(),
        IpAddr::V6(address) => {
            let mapped = address.to_ipv4_mapped();
            mapped.is_some_and(|address| address.is_loopback())
                || [Ipv6Addr::LOCALHOST, Ipv6Addr::UNSPECIFIED].contains(&address)
        }
    }
}

/// Whether rooms of this process are what is asked. A name is looked up only if the port is theirs.
async fn is_ours(host: &str, port: Option<u16>) -> bool {
    let served = SERVED_PORT.load(Ordering::Relaxed);
    if served == 0 || port != Some(served) {
        return false;
    }
    let Ok(mut addresses) = tokio::net::lookup_host((host, served)).await else {
        return false;
    };
    addresses.any(|address| is_of_this_machine(address.ip()))
}

/// Only an address of this machine can be bound, and no packet is sent by that.
fn is_of_this_machine(address: IpAddr) -> bool {
    is_loopback_address(address) || UdpSocket::bind((address, 0)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(variables: &[(&str, &str)], url: &str) -> Option<String> {
        let rules = rules_of(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        });
        let uri: Uri = url.parse().expect("a URL");
        rules.intercept(&uri).map(|proxy| proxy.uri().to_string())
    }

    #[test]
    fn variables_count_in_both_cases_and_the_special_one_before_the_general() {
        let named = [("http_proxy", "http://a:1"), ("ALL_PROXY", "http://b:2")];
        assert_eq!(
            through(&named, "http://x.test/").as_deref(),
            Some("http://a:1/")
        );
        assert_eq!(
            through(&named, "https://x.test/").as_deref(),
            Some("http://b:2/")
        );
        let emptied = [("HTTP_PROXY", ""), ("http_proxy", "a:1")];
        assert_eq!(
            through(&emptied, "http://x.test/").as_deref(),
            Some("http://a:1/")
        );
    }

    #[test]
    fn exceptions_are_domains_addresses_and_networks() {
        for list in [
            "x.test",
            ".x.test",
            "*.x.test, other",
            "other x.test",
            "*",
            "OTHER,X.TEST",
        ] {
            let named = [("HTTP_PROXY", "http://a:1"), ("no_proxy", list)];
            assert_eq!(through(&named, "http://sub.x.test/"), None, "{list}");
            let beside = through(&named, "http://notx.test/");
            assert_eq!(beside.is_some(), list != "*", "{list}");
        }
        let named = [("HTTP_PROXY", "http://a:1"), ("NO_PROXY", "10.0.0.0/8,::2")];
        assert_eq!(through(&named, "http://10.1.2.3/"), None);
        assert_eq!(through(&named, "http://[::2]/"), None);
        assert!(through(&named, "http://11.1.2.3/").is_some());
    }

    #[test]
    fn loopback_has_many_names() {
        for host in [
            "127.0.0.1",
            "127.8.9.1",
            "::1",
            "::ffff:127.0.0.1",
            "0.0.0.0",
            "::",
            "localhost",
            "LocalHost.",
            "app.localhost",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "128.0.0.1",
            "::2",
            "localhost.test",
            "mylocalhost",
            "10.0.0.1",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[tokio::test]
    async fn only_the_served_port_of_this_machine_is_ours() {
        serve_on(4321);
        assert!(is_ours("127.0.0.1", Some(4321)).await);
        assert!(!is_ours("127.0.0.1", Some(4322)).await);
        assert!(!is_ours("192.0.2.1", Some(4321)).await);
        assert!(!is_ours("127.0.0.1", None).await);
    }
}
