//! Settings of outgoing TLS connections, and what helps when one is refused. Never opens a connection.

use std::io;
use std::sync::Arc;
use std::sync::OnceLock;

use deno_tls::rustls::CertificateError;
use deno_tls::rustls::ClientConfig;
use deno_tls::rustls::Error;

use crate::trust;
use crate::trust::Trust;

pub use crate::trust::problems;

/// What a connection will speak.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Protocol {
    /// HTTP/2 if the server wants it, or else HTTP/1.1.
    Http,
    Http1,
    /// Whatever its program does.
    Any,
}

impl Protocol {
    fn names(self) -> Vec<Vec<u8>> {
        let names: &[&str] = match self {
            Protocol::Http => &["h2", "http/1.1"],
            Protocol::Http1 => &["http/1.1"],
            Protocol::Any => &[],
        };
        names.iter().map(|name| name.as_bytes().to_vec()).collect()
    }
}

/// Settings for a client of `protocol`, shared by all of the process.
///
/// # Errors
/// When the TLS implementation refuses the certificates that are trusted.
pub(crate) fn client(protocol: Protocol) -> Result<Arc<ClientConfig>, io::Error> {
    static CONFIGS: [OnceLock<Arc<ClientConfig>>; 3] = [const { OnceLock::new() }; 3];
    let made = &CONFIGS[protocol as usize];
    if let Some(config) = made.get() {
        return Ok(config.clone());
    }
    let trust = Trust::of_process().map_err(io::Error::other)?;
    let mut config = ClientConfig::builder()
        .dangerous()
        .with_custom_certificate_verifier(trust.verifier.clone())
        .with_no_client_auth();
    config.key_log = deno_tls::get_ssl_key_log();
    config.alpn_protocols = protocol.names();
    Ok(made.get_or_init(|| Arc::new(config)).clone())
}

/// Why a handshake failed, and what to do about it.
pub(crate) fn explained(error: &io::Error) -> String {
    let reason = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Error>());
    let Some(Error::InvalidCertificate(reason)) = reason else {
        return error.to_string();
    };
    if !trust::is_untrusted(reason) {
        return error.to_string();
    }
    let mut text = format!(
        "the server's certificate is not trusted, {}. To trust it, name a PEM file with it, or with the certificate that signed it, in the environment variable `NODE_EXTRA_CA_CERTS`",
        match reason {
            CertificateError::UnknownIssuer => "it is signed by somebody unknown (UnknownIssuer)",
            _ => "it is its own authority (CaUsedAsEndEntity)",
        }
    );
    let problems = Trust::of_process().map_or(&[][..], |trust| &trust.problems);
    for problem in problems {
        text.push_str(". ");
        text.push_str(problem);
    }
    text
}

/// Chooses the TLS implementation of the process. Call it once, before the first isolate.
pub fn install_tls_provider() {
    // A second call finds the first one's choice in place, which is the same.
    let _ = deno_tls::rustls::crypto::aws_lc_rs::default_provider().install_default();
}
