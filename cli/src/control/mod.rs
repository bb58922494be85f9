//! Whether and where a server can be controlled from outside (docs/control.md). Owns port and token until
//! there is a server; what can be asked of it is `runtime`'s.

use std::env;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;

use partyrun_runtime::{ControlOptions, EventFeed, Server, control_token};

use crate::machine::{Control, MachineArgs};

/// Sets the token, for those who cannot read it from what is told once the project is served.
const TOKEN_VARIABLE: &str = "PARTYRUN_TOKEN";

/// A shorter one could be guessed.
const SHORTEST_TOKEN: usize = 16;

#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    #[error("The control plane cannot listen on port {port} of this machine: {error}")]
    Bind { port: u16, error: io::Error },
    #[error(
        "`{TOKEN_VARIABLE}` must have at least {SHORTEST_TOKEN} letters and digits (or be unset, for a token of its own), it has: {0}"
    )]
    WeakToken(usize),
}

/// The control plane of a server that is to come.
pub struct ControlPlane {
    listener: Option<TcpListener>,
    feed: Arc<EventFeed>,
    token: String,
}

impl ControlPlane {
    /// What `args` ask for, if they do.
    pub fn open(args: &MachineArgs) -> Result<Option<ControlPlane>, ControlError> {
        let Some(port) = args.control else {
            return Ok(None);
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .map_err(|error| ControlError::Bind { port, error })?;
        let given = env::var(TOKEN_VARIABLE)
            .ok()
            .filter(|token| !token.is_empty());
        if let Some(token) = &given {
            check(token)?;
        }
        Ok(Some(ControlPlane {
            listener: Some(listener),
            feed: Arc::default(),
            token: given.unwrap_or_else(control_token),
        }))
    }

    /// Where events go.
    pub fn feed(&self) -> Arc<EventFeed> {
        Arc::clone(&self.feed)
    }

    /// Lets `server` be controlled; says how.
    pub fn start(&mut self, server: &Server) -> io::Result<Control> {
        let listener = self
            .listener
            .take()
            .ok_or(io::ErrorKind::AddrNotAvailable)?;
        let address = server.control(ControlOptions {
            listener,
            token: self.token.clone(),
            feed: self.feed(),
        })?;
        Ok(Control {
            url: format!("http://{address}"),
            token: self.token.clone(),
        })
    }
}

fn check(token: &str) -> Result<(), ControlError> {
    // Those that a header can hold without quotes.
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let count = token.bytes().take_while(|byte| is_plain(*byte)).count();
    match count == token.len() && count >= SHORTEST_TOKEN {
        true => Ok(()),
        false => Err(ControlError::WeakToken(count)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_tokens_are_refused() {
        assert!(check("0123456789abcdef").is_ok());
        for token in [
            "short",
            "0123456789 abcdefghij",
            "",
            "0123456789abcde\n0123456789",
        ] {
            assert!(check(token).is_err(), "{token}");
        }
    }

    #[test]
    fn a_server_has_no_control_plane_unless_that_is_asked_for() {
        let none = ControlPlane::open(&MachineArgs::default());
        assert!(none.expect("nothing can be wrong").is_none());
    }
}
