//! What is said to somebody who is refused, and to the developer: why, and what lets them in. Decides
//! nothing.

use std::fmt;
use std::net::IpAddr;

use super::asker::Named;

/// Longest name that is shown; no name of the domain system is longer.
const SHOWN: usize = 253;

/// Why somebody is refused.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The peer's address is of the Internet.
    Far(IpAddr),
    /// The request came under this name.
    Name(Tip),
    /// A page of this host asked.
    Page(Tip),
    /// A page without an origin asked.
    Nameless,
    /// Another page asked, and the browser did not say which.
    Other,
    /// A browser asked and did not say whether a page did.
    Silent,
}

/// A host that may be allowed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tip(String);

impl Tip {
    /// The port is said of pages only: a server is asked at its own.
    pub fn of(host: Named<'_>) -> Tip {
        // One more than is shown says that there is more.
        Tip(host.name.chars().take(SHOWN + 1).collect())
    }

    pub fn of_page(host: Named<'_>) -> Tip {
        let Tip(name) = Tip::of(host);
        match host.port {
            Some(port) => Tip(format!("{name}:{port}")),
            None => Tip(name),
        }
    }

    fn name(&self) -> String {
        let shown: String = self.0.escape_debug().take(SHOWN).collect();
        format!("`{shown}`")
    }

    /// Developers copy what they read into a shell: a name is only told there if it is nothing else.
    fn is_plain(&self) -> bool {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
        self.0.len() <= SHOWN && self.0.bytes().all(is_plain)
    }
}

impl fmt::Display for Tip {
    /// What to do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_plain() {
            return f
                .write_str("allow it with `--allowed-host`, or `allowedHosts` in partykit.json");
        }
        let host = &self.0;
        write!(
            f,
            "allow it with `--allowed-host {host}`, or `\"allowedHosts\": [\"{host}\"]` in partykit.json"
        )
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Far(peer) => write!(
                f,
                "Only this machine and private networks may use it, and the request came from an address of the Internet, `{peer}`. Use a tunnel to this machine: `ssh -L`"
            ),
            Refusal::Name(tip) => write!(
                f,
                "It was asked for under a name that may be somebody else's: {}. If the name is yours, {tip}",
                tip.name()
            ),
            Refusal::Page(tip) => write!(
                f,
                "A web page of another origin asked for it: {}. If the page is yours, {tip}",
                tip.name()
            ),
            Refusal::Nameless => f.write_str(
                "A web page without an origin asked for it: a file, a sandboxed frame or an extension. Serve the page from this server",
            ),
            Refusal::Other => f.write_str(
                "A web page of another origin led to it. Type its address into the browser, or use curl",
            ),
            Refusal::Silent => f.write_str(
                "A browser asked for it that does not say whether a web page of another origin made it do so. Use `localhost` instead of the address, or curl",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str) -> String {
        Refusal::Name(Tip::of(Named {
            name,
            port: Some(1),
        }))
        .to_string()
    }

    #[test]
    fn a_name_comes_with_the_flag_and_the_field_that_allow_it() {
        let text = name("a.example.com");
        assert!(text.contains("`--allowed-host a.example.com`"), "{text}");
        assert!(
            text.contains("`\"allowedHosts\": [\"a.example.com\"]`"),
            "{text}"
        );
        let page = Named {
            name: "localhost",
            port: Some(5173),
        };
        let text = Refusal::Page(Tip::of_page(page)).to_string();
        assert!(text.contains("`--allowed-host localhost:5173`"), "{text}");
    }

    #[test]
    fn what_a_shell_would_run_is_no_tip() {
        for odd in ["a;rm", "a$(b)", "a'b", "a\"b", "a`b", &"a.".repeat(500)] {
            let text = name(odd);
            assert!(text.contains("with `--allowed-host`,"), "{text}");
            assert!(text.len() < 600, "{text}");
        }
    }
}
