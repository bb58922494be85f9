//! Chooses and binds the listening port (specification 9.2, checklist rows 1-5). Owns the socket
//! only until it is handed to the server.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, ToSocketAddrs};

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

/// How often the system is asked for a port that is free at every address.
const TRIES: usize = 20;

/// Binds a listener on each address of `host` (a name or an address), all with one port; the first is the one
/// to tell of, IPv4 if there is one.
pub fn bind(host: &str, port: Port) -> Result<Vec<TcpListener>, BindError> {
    let other = |port, error| BindError::Other {
        host: host.to_owned(),
        port,
        error,
    };
    let addresses = addresses(host);
    let attempt = |port| {
        let addresses = match &addresses {
            Ok(addresses) => addresses,
            Err(error) => return Err(other(port, io::Error::new(error.kind(), error.to_string()))),
        };
        bind_all(addresses, port).map_err(|error| match error.kind() {
            ErrorKind::AddrInUse => BindError::Busy { port },
            _ => other(port, error),
        })
    };
    let preferred = match port {
        Port::Fixed(0) => return any_port(attempt),
        Port::Fixed(port) => return attempt(port),
        Port::Near(port) => port,
    };
    for port in preferred..=preferred.saturating_add(NEIGHBOURS) {
        match attempt(port) {
            Err(BindError::Busy { .. }) => {}
            outcome => return outcome,
        }
    }
    any_port(attempt)
}

fn any_port(
    attempt: impl Fn(u16) -> Result<Vec<TcpListener>, BindError>,
) -> Result<Vec<TcpListener>, BindError> {
    for _ in 1..TRIES {
        match attempt(0) {
            // Free at the first address, and taken at another.
            Err(BindError::Busy { .. }) => {}
            outcome => return outcome,
        }
    }
    attempt(0)
}

/// The addresses of `host`, each once, those of IPv4 first.
fn addresses(host: &str) -> io::Result<Vec<IpAddr>> {
    let mut addresses: Vec<IpAddr> = Vec::new();
    for address in (host, 0).to_socket_addrs()? {
        if !addresses.contains(&address.ip()) {
            addresses.push(address.ip());
        }
    }
    addresses.sort_by_key(IpAddr::is_ipv6);
    Ok(addresses)
}

/// Listens at each of `addresses`; the port that the first one has got is that of all. A name may have
/// addresses that this machine has not, such as `::1` without IPv6: one that can be bound is enough.
fn bind_all(addresses: &[IpAddr], port: u16) -> io::Result<Vec<TcpListener>> {
    let mut listeners: Vec<TcpListener> = Vec::new();
    let mut refused = None;
    for address in addresses {
        let port = match listeners.first() {
            Some(first) => first.local_addr()?.port(),
            None => port,
        };
        match TcpListener::bind((*address, port)) {
            Ok(listener) => listeners.push(listener),
            Err(error) if error.kind() == ErrorKind::AddrInUse => return Err(error),
            Err(error) => refused = Some(error),
        }
    }
    match refused {
        Some(error) if listeners.is_empty() => Err(error),
        _ if listeners.is_empty() => Err(ErrorKind::AddrNotAvailable.into()),
        _ => Ok(listeners),
    }
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
        let mut listeners = bind("0.0.0.0", Port::Fixed(0)).expect("a free port exists");
        let listener = listeners.pop().expect("it has an address");
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
        assert_ne!(other[0].local_addr().expect("it is bound").port(), port);
    }

    #[test]
    fn all_addresses_of_a_name_have_one_port() {
        let addresses = ["127.0.0.1", "127.0.0.2", "127.0.0.3"];
        let addresses = addresses.map(|address| address.parse().expect("an address"));
        let listeners = bind_all(&addresses, 0).expect("there are free ports");
        let bound = |listener: &TcpListener| listener.local_addr().expect("it is bound");
        let port = bound(&listeners[0]).port();
        let all: Vec<_> = listeners.iter().map(bound).collect();
        assert_eq!(all, addresses.map(|address| SocketAddr::new(address, port)));
    }

    #[test]
    fn addresses_that_this_machine_lacks_are_left_out_but_not_all() {
        let lacking: IpAddr = "203.0.113.1".parse().expect("an address");
        let there = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let listeners = bind_all(&[lacking, there], 0).expect("one is there");
        assert_eq!(listeners.len(), 1);
        assert!(bind_all(&[lacking], 0).is_err());
    }

    #[test]
    fn a_port_taken_at_one_address_is_busy_at_all() {
        let held = bind("127.0.0.2", Port::Fixed(0)).expect("a free port exists");
        let port = held[0].local_addr().expect("it is bound").port();
        let addresses = ["127.0.0.1", "127.0.0.2"];
        let addresses = addresses.map(|address| address.parse().expect("an address"));
        let error = bind_all(&addresses, port).expect_err("the second is taken");
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
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
