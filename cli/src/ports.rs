//! Chooses and binds the listening port (specification 9.2, checklist rows 1-5). Owns the socket
//! only until it is handed to the server.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};

use crate::port_owner;

/// The port used when nobody asked for one.
pub const DEFAULT_PORT: u16 = 1999;

/// How many ports after [`DEFAULT_PORT`] are tried before any free one is taken.
const NEIGHBOURS: u16 = 100;

/// Which port the project asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port {
    /// Exactly this one; 0 lets the system choose.
    Fixed(u16),
    /// This one, or a free one near it.
    Near(u16),
}

#[derive(Debug, thiserror::Error)]
pub enum BindError {
    #[error(
        "Port {port} is already in use{}. Stop the program that uses it, or choose another port: `--port {}`",
        by_whom(*.port),
        suggestion(*.port)
    )]
    Busy { port: u16 },
    #[error("Could not listen on `{host}:{port}`: {error}")]
    Other {
        host: String,
        port: u16,
        error: io::Error,
    },
}

/// Binds a listener on `host` (a name or an address).
pub fn bind(host: &str, port: Port) -> Result<TcpListener, BindError> {
    let attempt = |port| match TcpListener::bind((host, port)) {
        Err(error) if error.kind() == ErrorKind::AddrInUse => Err(BindError::Busy { port }),
        other => other.map_err(|error| BindError::Other {
            host: host.to_owned(),
            port,
            error,
        }),
    };
    let preferred = match port {
        Port::Fixed(port) => return attempt(port),
        Port::Near(port) => port,
    };
    for port in preferred..=preferred.saturating_add(NEIGHBOURS) {
        match attempt(port) {
            Err(BindError::Busy { .. }) => {}
            outcome => return outcome,
        }
    }
    attempt(0)
}

/// The addresses a browser can use to reach `bound`, most local first; empty when `bound` itself
/// is already such an address.
pub fn reachable(bound: SocketAddr) -> Vec<SocketAddr> {
    if !bound.ip().is_unspecified() {
        return Vec::new();
    }
    let mut addresses = vec![IpAddr::V4(Ipv4Addr::LOCALHOST)];
    // An unreadable interface list only shortens what is printed.
    for interface in if_addrs::get_if_addrs().unwrap_or_default() {
        let ip = interface.ip();
        if ip.is_ipv4() && !addresses.contains(&ip) {
            addresses.push(ip);
        }
    }
    addresses
        .into_iter()
        .map(|ip| SocketAddr::new(ip, bound.port()))
        .collect()
}

/// Host and port that a browser on this machine is sent to.
pub fn for_browser(bound: SocketAddr) -> String {
    if bound.ip().is_unspecified() || bound.ip().is_loopback() {
        format!("localhost:{}", bound.port())
    } else {
        bound.to_string()
    }
}

/// What to say when the port that was preferred was not to be had.
pub fn instead(port: Port, bound: SocketAddr) -> Option<String> {
    match port {
        Port::Near(wanted) if wanted != bound.port() => Some(format!(
            "Port {wanted} is already in use{}, so another is served: {}",
            by_whom(wanted),
            bound.port()
        )),
        Port::Near(_) | Port::Fixed(_) => None,
    }
}

fn by_whom(port: u16) -> String {
    port_owner::of(port).map_or_else(String::new, |owner| format!(" by {owner}"))
}

fn suggestion(busy: u16) -> u16 {
    busy.checked_add(1).unwrap_or(DEFAULT_PORT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn occupied() -> (TcpListener, u16) {
        let listener = bind("0.0.0.0", Port::Fixed(0)).expect("a free port exists");
        let port = listener.local_addr().expect("it is bound").port();
        (listener, port)
    }

    #[test]
    fn zero_means_any_free_port() {
        assert_ne!(occupied().1, 0);
    }

    #[test]
    fn busy_fixed_port_is_an_error_naming_it() {
        let (_held, port) = occupied();
        let error = bind("0.0.0.0", Port::Fixed(port)).expect_err("the port is held");
        let text = error.to_string();
        assert!(
            text.starts_with(&format!("Port {port} is already in use")),
            "{text}"
        );
        assert!(text.contains("--port"), "{text}");
    }

    #[test]
    fn busy_preferred_port_gives_a_neighbour() {
        let (_held, port) = occupied();
        let other = bind("0.0.0.0", Port::Near(port)).expect("a neighbour is free");
        assert_ne!(other.local_addr().expect("it is bound").port(), port);
    }

    #[test]
    fn another_port_than_the_preferred_one_is_told() {
        let bound = |port| SocketAddr::from(([127, 0, 0, 1], port));
        assert_eq!(instead(Port::Near(1999), bound(1999)), None);
        assert_eq!(instead(Port::Fixed(0), bound(1234)), None);
        let (_held, port) = occupied();
        let text = instead(Port::Near(port), bound(1)).expect("it is another");
        assert!(text.ends_with(", so another is served: 1"), "{text}");
        let owner = format!("(process {})", std::process::id());
        assert!(
            !cfg!(target_os = "linux") || text.contains(&owner),
            "{text}"
        );
    }

    #[test]
    fn last_port_has_no_neighbour_above() {
        assert_eq!(suggestion(u16::MAX), DEFAULT_PORT);
    }

    #[test]
    fn unknown_host_is_named() {
        let error =
            bind("203.0.113.1", Port::Fixed(0)).expect_err("not an address of this machine");
        assert!(
            error
                .to_string()
                .starts_with("Could not listen on `203.0.113.1:0`: "),
            "{error}"
        );
    }

    #[test]
    fn browsers_are_sent_to_this_machine_by_name() {
        for (bound, url) in [
            ("0.0.0.0:80", "localhost:80"),
            ("127.0.0.1:80", "localhost:80"),
            ("192.0.2.1:80", "192.0.2.1:80"),
            ("[2001:db8::1]:80", "[2001:db8::1]:80"),
        ] {
            assert_eq!(for_browser(bound.parse().expect("an address")), url);
        }
    }

    #[test]
    fn addresses_are_listed_only_for_all_interfaces() {
        let all = reachable("0.0.0.0:80".parse().expect("an address"));
        assert_eq!(all[0].to_string(), "127.0.0.1:80");
        assert!(reachable("127.0.0.1:80".parse().expect("an address")).is_empty());
    }
}
