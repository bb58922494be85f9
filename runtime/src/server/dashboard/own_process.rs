//! Whether a connection comes from this very process: a room's `fetch` of its own server comes from this machine
//! like a person's browser, says whatever it likes, and is not trusted.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::RawFd;

use libc::{c_int, sockaddr, socklen_t};
use socket2::SockAddr;

/// The descriptors of this process, on all systems.
const DESCRIPTORS: &str = "/dev/fd";

/// `getsockname` or `getpeername`.
type Name = unsafe extern "C" fn(c_int, *mut sockaddr, *mut socklen_t) -> c_int;

/// Whether a socket of this process is connected from `peer` to `port`. It takes a system call for each descriptor.
pub fn is_connected(peer: SocketAddr, port: u16) -> bool {
    let Ok(entries) = std::fs::read_dir(DESCRIPTORS) else {
        // Nobody is let in who may be a room.
        return true;
    };
    let mut descriptors = entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let peer = (peer.ip().to_canonical(), peer.port());
    // A port may be that of several sockets, to several places.
    descriptors.any(|descriptor| {
        address(descriptor, libc::getsockname).is_some_and(|near| near == peer)
            && address(descriptor, libc::getpeername).is_some_and(|(_, far)| far == port)
    })
}

fn address(descriptor: RawFd, name: Name) -> Option<(IpAddr, u16)> {
    // SAFETY: both calls only write the address and its length, for which there is as much room as they are told; a
    // descriptor that is none, or no connected socket, is an error. The initialisation is `Ok` only when the
    // address was written.
    let named = unsafe {
        SockAddr::try_init(
            |address, length| match name(descriptor, address.cast(), length) {
                0 => Ok(()),
                _ => Err(io::Error::last_os_error()),
            },
        )
    };
    let ((), address) = named.ok()?;
    let address = address.as_socket()?;
    Some((address.ip().to_canonical(), address.port()))
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn a_connection_of_this_process_is_told_from_one_of_another() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let stream = TcpStream::connect(address).expect("it listens");
        let (_accepted, peer) = listener.accept().expect("somebody has connected");
        assert!(is_connected(peer, address.port()));
        assert!(
            !is_connected(peer, address.port() ^ 1),
            "it leads elsewhere"
        );
        drop(stream);
        assert!(
            !is_connected(peer, address.port()),
            "whoever had it has closed it"
        );
    }
}
