//! Whether and where debuggers are let in, by flags (docs/debugging.md). Owns the port until there is a server;
//! what debuggers can do is `runtime`'s.

use std::net::SocketAddr;

use partyrun_runtime::InspectOptions;

use crate::args::DevArgs;
use crate::ports::{self, BindError, Port};

/// Where debuggers look by themselves.
const USUAL_PORT: u16 = 9229;
const USUAL_HOST: &str = "127.0.0.1";

#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    #[error("The inspector cannot start. {0}")]
    Bind(#[from] BindError),
    #[error("`--inspect` takes a host, a port or both, such as `127.0.0.1:9229`, got: `{0}`")]
    Address(String),
    #[error("The inspector has no address: {0}")]
    Io(#[from] std::io::Error),
}

/// A port for debuggers.
pub struct Inspector {
    pub options: InspectOptions,
    pub address: SocketAddr,
}

impl Inspector {
    /// The one that `args` ask for; without a word of theirs there is one if it `is_usual`.
    pub fn open(args: &DevArgs, is_usual: bool) -> Result<Option<Inspector>, InspectError> {
        let asked = args.inspect_brk.as_deref().or(args.inspect.as_deref());
        if args.no_inspect || asked.is_none() && !is_usual {
            return Ok(None);
        }
        let (host, port) = place(asked.unwrap_or_default())?;
        let mut listeners = match ports::bind(host, port) {
            Ok(listeners) => listeners,
            // Nobody asked for it.
            Err(_) if asked.is_none() => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let listener = listeners.remove(0);
        Ok(Some(Inspector {
            address: listener.local_addr()?,
            options: InspectOptions {
                listener,
                waits: args.inspect_brk.is_some(),
                shows_internals: args.inspect_internals,
            },
        }))
    }
}

/// Host and port of what was typed: either, both or nothing.
fn place(text: &str) -> Result<(&str, Port), InspectError> {
    let wrong = || InspectError::Address(text.to_owned());
    let number = |port: &str| port.parse().map(Port::Fixed).map_err(|_| wrong());
    if text.is_empty() {
        return Ok((USUAL_HOST, Port::Near(USUAL_PORT)));
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok((USUAL_HOST, number(text)?));
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, number(port)?),
        _ => (text, Port::Near(USUAL_PORT)),
    };
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let host = bare.unwrap_or(host);
    if host.is_empty() || bare.is_none() && host.contains(':') {
        return Err(wrong());
    }
    Ok((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_a_port_or_both() {
        let near = Port::Near(USUAL_PORT);
        for (text, host, port) in [
            ("", USUAL_HOST, near),
            ("0", USUAL_HOST, Port::Fixed(0)),
            ("9300", USUAL_HOST, Port::Fixed(9300)),
            ("0.0.0.0", "0.0.0.0", near),
            ("localhost:1", "localhost", Port::Fixed(1)),
            ("[::1]:2", "::1", Port::Fixed(2)),
            ("[::1]", "::1", near),
        ] {
            assert_eq!(
                place(text).expect("it is an address"),
                (host, port),
                "{text}"
            );
        }
        for text in ["99999", "localhost:", "localhost:x", ":1", "::1"] {
            let error = place(text).expect_err("it is no address").to_string();
            assert!(error.ends_with(&format!("got: `{text}`")), "{error}");
        }
    }

    #[test]
    fn flags_decide_whether_there_is_one() {
        let open = |args: &DevArgs, usual| {
            let opened = Inspector::open(args, usual).expect("a port is free");
            opened.map(|inspector| inspector.options.waits)
        };
        let none = DevArgs::default();
        assert_eq!(open(&none, false), None);
        assert_eq!(open(&none, true), Some(false));
        let off = DevArgs {
            no_inspect: true,
            ..DevArgs::default()
        };
        assert_eq!(open(&off, true), None);
        let waits = DevArgs {
            inspect_brk: Some("0".to_owned()),
            ..DevArgs::default()
        };
        assert_eq!(open(&waits, false), Some(true));
    }
}
