//! Names under which a server may be asked besides those that always lead to this machine: what the
//! command line and the configuration say of them. Never looks at a request.

use deno_core::url::Url;

/// One name, or a domain with all that is below it; with a port, that port only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedHost {
    /// Spelled as in a URL, without the dot that may end a name.
    name: String,
    is_domain: bool,
    port: Option<u16>,
}

/// Why a text is no [`AllowedHost`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AllowedHostError {
    #[error("is not a host name")]
    NoName,
    #[error("is a URL, did you mean `{0}`?")]
    Url(String),
    #[error("is not a host name, did you mean `{0}`?")]
    Star(String),
    #[error("allows every name, a web page that is pointed at this machine included; name yours")]
    Everything,
    #[error("allows names that anybody can register; name yours, like `.example{0}`")]
    Registry(String),
}

impl AllowedHost {
    /// Reads `example.com`, `.example.com` (the domain and all below it) or `localhost:5173`.
    ///
    /// # Errors
    /// When the text is something else.
    pub fn parse(text: &str) -> Result<AllowedHost, AllowedHostError> {
        let text = text.trim();
        if let Some((_, rest)) = text.split_once("://") {
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            AllowedHost::parse(host)?;
            return Err(AllowedHostError::Url(host.to_owned()));
        }
        let domain = text.trim_start_matches('*');
        if domain.len() < text.len() {
            if domain.is_empty() {
                return Err(AllowedHostError::Everything);
            }
            AllowedHost::parse(domain)?;
            return Err(AllowedHostError::Star(domain.to_owned()));
        }
        let (text, is_domain) = match text.strip_prefix('.') {
            Some(domain) => (domain, true),
            None => (text, false),
        };
        let (name, port) = host_and_port(text).ok_or(AllowedHostError::NoName)?;
        if is_domain && can_be_registered(&format!("any.{name}")) && !name.contains('.') {
            return Err(AllowedHostError::Registry(format!(".{name}")));
        }
        Ok(AllowedHost {
            name,
            is_domain,
            port,
        })
    }

    /// Whether it is `name`, spelled as in a URL, with this port.
    pub(crate) fn is(&self, name: &str, port: u16) -> bool {
        if self.port.is_some_and(|own| own != port) {
            return false;
        }
        let Some(before) = name.strip_suffix(self.name.as_str()) else {
            return false;
        };
        before.is_empty() || self.is_domain && before.ends_with('.')
    }
}

/// Nothing but a host, with or without a port.
fn host_and_port(text: &str) -> Option<(String, Option<u16>)> {
    if text.is_empty() || text.contains(|c: char| "/\\?#@".contains(c) || c <= ' ') {
        return None;
    }
    let url = Url::parse(&format!("http://{text}/")).ok()?;
    // Not the URL's, which leaves the usual one out.
    let port = match text.rsplit_once(':') {
        Some((_, digits)) if !text.ends_with(']') => Some(digits.parse().ok()?),
        _ => None,
    };
    let name = url.host_str()?;
    Some((without_last_dot(name).to_owned(), port))
}

/// A name with a dot at its end is the same one, said to be complete.
pub(crate) fn without_last_dot(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

/// Domains that nobody on the Internet has: RFC 6761, 6762 and 8375, and the one that ICANN keeps for
/// private networks.
const PRIVATE_DOMAINS: [&str; 7] = [
    "localhost",
    "local",
    "internal",
    "home.arpa",
    "test",
    "example",
    "invalid",
];

/// Whether somebody on the Internet can own `name`, and so decide which address it leads to. Nobody
/// can own a name of one label: the service of a container, a machine in the own network.
pub(crate) fn can_be_registered(name: &str) -> bool {
    let is_below = |domain: &&str| {
        let before = name.strip_suffix(*domain);
        before.is_some_and(|before| before.ends_with('.'))
    };
    name.contains('.') && !PRIVATE_DOMAINS.iter().any(is_below)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> AllowedHost {
        AllowedHost::parse(text).unwrap_or_else(|error| panic!("`{text}` {error}"))
    }

    #[test]
    fn a_name_is_itself_at_every_port() {
        let host = parsed("Example.com.");
        assert!(host.is("example.com", 80) && host.is("example.com", 1999));
        for other in ["www.example.com", "badexample.com", "example.com.evil", ""] {
            assert!(!host.is(other, 80), "{other}");
        }
    }

    #[test]
    fn a_domain_is_itself_and_all_below_it() {
        let host = parsed(".example.com");
        for one in ["example.com", "a.example.com", "a.b.example.com"] {
            assert!(host.is(one, 80), "{one}");
        }
        assert!(!host.is("badexample.com", 80));
        assert!(parsed(".test").is("app.test", 80));
    }

    #[test]
    fn a_port_is_the_only_one() {
        let host = parsed("localhost:5173");
        assert!(host.is("localhost", 5173) && !host.is("localhost", 5174));
        assert!(parsed("example.com:80").is("example.com", 80));
        assert!(parsed("[::1]:8080").is("[::1]", 8080));
    }

    #[test]
    fn names_are_spelled_as_urls_spell_them() {
        assert!(parsed("b\u{fc}cher.example").is("xn--bcher-kva.example", 80));
        assert!(parsed("127.1").is("127.0.0.1", 80));
    }

    #[test]
    fn what_is_no_name_says_what_was_meant() {
        let error = |text: &str| AllowedHost::parse(text).expect_err(text).to_string();
        assert_eq!(
            error("https://a.example.com/x"),
            "is a URL, did you mean `a.example.com`?"
        );
        assert_eq!(
            error("*.example.com"),
            "is not a host name, did you mean `.example.com`?"
        );
        assert!(error("*").starts_with("allows every name"));
        assert!(error(&"*".repeat(100_000)).starts_with("allows every name"));
        assert!(error(".com").ends_with("like `.example.com`"));
        for text in [
            "", ".", " ", "a b", "a/b", "user@a", "a:b", "a:99999", "::1",
        ] {
            assert_eq!(error(text), "is not a host name", "{text}");
        }
    }

    #[test]
    fn names_that_no_registry_has_lead_nowhere_else() {
        for name in [
            "partykit",
            "mymac.local",
            "app.test",
            "host.docker.internal",
            "a.home.arpa",
        ] {
            assert!(!can_be_registered(name), "{name}");
        }
        for name in [
            "evil.com",
            "localhost.evil.com",
            "127.0.0.1.nip.io",
            "test.com",
            "mylocal.io",
        ] {
            assert!(can_be_registered(name), "{name}");
        }
    }
}
