//! A certificate and its private key as they are given: PEM, read and held against each other.
//! Tells apart what people put in their place; never makes one.

use std::fmt;
use std::sync::Arc;

use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{Error, InconsistentKeys, ServerConfig};

use super::options::Identity;

const BEGIN: &str = "-----BEGIN ";
const DASHES: &str = "-----";
/// How a key of OpenSSL's own old form says that it is encrypted.
const OLD_ENCRYPTION: &str = "Proc-Type: 4,ENCRYPTED";
/// How everything in DER begins: a sequence.
const DER_SEQUENCE: u8 = 0x30;

/// Why a certificate and its key cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsError {
    #[error("the certificate: {0}")]
    Certificate(IdentityFault),
    #[error("the private key: {0}")]
    Key(IdentityFault),
    #[error("the private key is not the one of the certificate")]
    Mismatch,
}

/// What is wrong with one of the two.
#[derive(Debug, PartialEq, Eq)]
pub enum IdentityFault {
    Empty,
    /// Binary, as DER is.
    Der,
    NotPem,
    Encrypted,
    /// PEM of something else; its kind, as its first line says it.
    Holds(String),
    /// PEM of the right kind that cannot be used, and why.
    Unusable(String),
}

impl fmt::Display for IdentityFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IdentityFault::Empty => f.write_str("the file is empty"),
            IdentityFault::Der => f.write_str("the file is DER, not PEM"),
            IdentityFault::NotPem => f.write_str("the file is not PEM"),
            IdentityFault::Encrypted => f.write_str("the key is encrypted"),
            IdentityFault::Holds(kind) => write!(f, "the file holds: `{kind}`"),
            IdentityFault::Unusable(why) => f.write_str(why),
        }
    }
}

/// What a server proves itself with.
///
/// # Errors
/// When certificate or key cannot be read, or do not belong together.
pub fn server_config(identity: &Identity) -> Result<ServerConfig, TlsError> {
    let chain = chain(&identity.certificate).map_err(TlsError::Certificate)?;
    let key = key(&identity.key).map_err(TlsError::Key)?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| match error {
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => TlsError::Mismatch,
            Error::InvalidCertificate(why) => {
                TlsError::Certificate(IdentityFault::Unusable(format!("it is damaged: {why:?}")))
            }
            // What else is looked at is whether the key is of a kind that TLS has.
            error => TlsError::Key(IdentityFault::Unusable(format!(
                "it cannot be used: {error}"
            ))),
        })
}

fn chain(bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, IdentityFault> {
    let text = text(bytes)?;
    let chain: Vec<_> = CertificateDer::pem_slice_iter(bytes)
        .collect::<Result<_, _>>()
        .map_err(unusable)?;
    match chain.is_empty() {
        true => Err(other(&text)),
        false => Ok(chain),
    }
}

fn key(bytes: &[u8]) -> Result<PrivateKeyDer<'static>, IdentityFault> {
    let text = text(bytes)?;
    // Such a key reads as one that is not, with lines of no base64 in it.
    if text.contains(OLD_ENCRYPTION) {
        return Err(IdentityFault::Encrypted);
    }
    match PrivateKeyDer::from_pem_slice(bytes) {
        Ok(key) => Ok(key),
        Err(pem::Error::NoItemsFound) => Err(other(&text)),
        Err(error) => Err(unusable(error)),
    }
}

fn unusable(error: pem::Error) -> IdentityFault {
    IdentityFault::Unusable(match error {
        pem::Error::MissingSectionEnd { end_marker } => format!(
            "the file ends before the line: `-----END {}-----`",
            String::from_utf8_lossy(&end_marker)
        ),
        error => format!("it is damaged: {error}"),
    })
}

fn text(bytes: &[u8]) -> Result<String, IdentityFault> {
    if bytes.trim_ascii().is_empty() {
        return Err(IdentityFault::Empty);
    }
    let text = String::from_utf8_lossy(bytes);
    match (text.contains(BEGIN), bytes[0]) {
        (true, _) => Ok(text.into_owned()),
        (false, DER_SEQUENCE) => Err(IdentityFault::Der),
        (false, _) => Err(IdentityFault::NotPem),
    }
}

/// What a text holds instead.
fn other(text: &str) -> IdentityFault {
    let kind = text.lines().find_map(|line| {
        let kind = line.trim().strip_prefix(BEGIN)?;
        kind.strip_suffix(DASHES)
    });
    match kind {
        Some("ENCRYPTED PRIVATE KEY") => IdentityFault::Encrypted,
        Some(kind) => IdentityFault::Holds(kind.to_owned()),
        None => IdentityFault::NotPem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pem(kind: &str, body: &str) -> String {
        format!("-----BEGIN {kind}-----\n{body}\n-----END {kind}-----\n")
    }

    fn holds(kind: &str) -> IdentityFault {
        IdentityFault::Holds(kind.to_owned())
    }

    #[test]
    fn what_stands_in_the_place_of_a_key_is_told_apart() {
        let old = pem(
            "RSA PRIVATE KEY",
            "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA",
        );
        for (text, fault) in [
            (String::new(), IdentityFault::Empty),
            (" \r\n\n".to_owned(), IdentityFault::Empty),
            ("0\u{1}\u{2}".to_owned(), IdentityFault::Der),
            ("hello".to_owned(), IdentityFault::NotPem),
            (
                pem("ENCRYPTED PRIVATE KEY", "AAAA"),
                IdentityFault::Encrypted,
            ),
            (old, IdentityFault::Encrypted),
            (pem("CERTIFICATE", "AAAA"), holds("CERTIFICATE")),
            (pem("PUBLIC KEY", "AAAA"), holds("PUBLIC KEY")),
            (
                pem("OPENSSH PRIVATE KEY", "AAAA"),
                holds("OPENSSH PRIVATE KEY"),
            ),
        ] {
            assert_eq!(key(text.as_bytes()).expect_err(&text), fault, "{text}");
        }
        let cut = "-----BEGIN PRIVATE KEY-----\nAAAA\n";
        let fault = key(cut.as_bytes()).expect_err("it has no end").to_string();
        assert!(fault.contains("-----END PRIVATE KEY-----"), "{fault}");
    }

    #[test]
    fn what_stands_in_the_place_of_a_certificate_is_told_apart() {
        for (text, fault) in [
            (String::new(), IdentityFault::Empty),
            ("0\u{1}\u{2}".to_owned(), IdentityFault::Der),
            (pem("PRIVATE KEY", "AAAA"), holds("PRIVATE KEY")),
            (
                pem("CERTIFICATE REQUEST", "AAAA"),
                holds("CERTIFICATE REQUEST"),
            ),
        ] {
            assert_eq!(chain(text.as_bytes()).expect_err(&text), fault, "{text}");
        }
    }
}
