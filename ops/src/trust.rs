//! Which certificates outgoing TLS connections trust: the usual public roots, those of the system's
//! store, and those of the file that `NODE_EXTRA_CA_CERTS` names. `SSL_CERT_FILE` and `SSL_CERT_DIR` take the
//! place of the system's store, as for OpenSSL. Reads them when the first TLS connection is made; opens none.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use deno_tls::rustls::client::WebPkiServerVerifier;
use deno_tls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use deno_tls::rustls::client::verify_server_name;
use deno_tls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use deno_tls::rustls::server::ParsedCertificate;
use deno_tls::rustls::{
    CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use deno_tls::webpki;
use sha2::{Digest, Sha256};

use crate::keys::Certificate;

const EXTRA: &str = "NODE_EXTRA_CA_CERTS";
const STORE_FILE: &str = "SSL_CERT_FILE";
const STORE_FOLDER: &str = "SSL_CERT_DIR";

/// What is wrong with the files that the environment names, each told with its variable and path. Does
/// not read a whole store.
pub fn problems() -> Vec<String> {
    let mut problems = Vec::new();
    if let Some(path) = named(EXTRA) {
        read_file(EXTRA, Path::new(&path), &mut problems);
    }
    for variable in [STORE_FILE, STORE_FOLDER] {
        let paths = named(variable).map(|value| paths(variable, &value));
        for path in paths.into_iter().flatten() {
            if let Err(error) = fs::metadata(&path) {
                problems.push(unreadable(variable, &path, &error));
            }
        }
    }
    problems
}

/// The certificates that this process trusts.
pub(crate) struct Trust {
    pub(crate) verifier: Arc<dyn ServerCertVerifier>,
    /// What could not be read.
    pub(crate) problems: Vec<String>,
}

impl Trust {
    /// Those of the process, read once.
    pub(crate) fn of_process() -> Result<&'static Trust, &'static str> {
        static TRUST: OnceLock<Result<Trust, String>> = OnceLock::new();
        let trust = TRUST.get_or_init(|| {
            let mut problems = Vec::new();
            let given = given(&mut problems);
            let verifier = Verifier::new(given).map_err(|error| error.to_string())?;
            Ok(Trust {
                verifier: Arc::new(verifier),
                problems,
            })
        });
        trust.as_ref().map_err(String::as_str)
    }
}

fn named(variable: &str) -> Option<OsString> {
    std::env::var_os(variable).filter(|value| !value.is_empty())
}

fn paths(variable: &str, value: &OsString) -> Vec<PathBuf> {
    match variable {
        STORE_FOLDER => std::env::split_paths(value).collect(),
        _ => vec![PathBuf::from(value)],
    }
}

/// The certificates that were put on this machine, beside the built-in roots.
fn given(problems: &mut Vec<String>) -> Vec<CertificateDer<'static>> {
    let mut given = Vec::new();
    if let Some(path) = named(EXTRA) {
        given.extend(read_file(EXTRA, Path::new(&path), problems));
    }
    let (file, folders) = (named(STORE_FILE), named(STORE_FOLDER));
    if file.is_none() && folders.is_none() {
        // A system without a store has the built-in roots all the same.
        let store = deno_tls::deno_native_certs::load_native_certs().unwrap_or_default();
        given.extend(store.into_iter().map(|certificate| certificate.0.into()));
        return given;
    }
    if let Some(file) = file {
        given.extend(read_file(STORE_FILE, Path::new(&file), problems));
    }
    for folder in folders.iter().flat_map(|value| paths(STORE_FOLDER, value)) {
        given.extend(read_folder(&folder, problems));
    }
    given
}

fn read_file(
    variable: &str,
    path: &Path,
    problems: &mut Vec<String>,
) -> Vec<CertificateDer<'static>> {
    match fs::read(path) {
        Err(error) => {
            problems.push(unreadable(variable, path, &error));
            Vec::new()
        }
        Ok(text) => {
            let found = certificates(&text);
            if found.is_empty() {
                problems.push(format!(
                    "The environment variable `{variable}` names a file that holds no certificate in PEM form (`-----BEGIN CERTIFICATE-----`): `{}`",
                    path.display()
                ));
            }
            found
        }
    }
}

/// Every file of the folder that holds certificates, whatever its name: OpenSSL asks for a hash there.
fn read_folder(folder: &Path, problems: &mut Vec<String>) -> Vec<CertificateDer<'static>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            problems.push(unreadable(STORE_FOLDER, folder, &error));
            return Vec::new();
        }
    };
    let texts = entries
        .flatten()
        .filter_map(|entry| fs::read(entry.path()).ok());
    texts.flat_map(|text| certificates(&text)).collect()
}

fn unreadable(variable: &str, path: &Path, error: &io::Error) -> String {
    format!(
        "The environment variable `{variable}` names what cannot be read ({error}): `{}`",
        path.display()
    )
}

fn certificates(mut pem: &[u8]) -> Vec<CertificateDer<'static>> {
    let found = deno_tls::rustls_pemfile::certs(&mut pem);
    found.filter_map(Result::ok).collect()
}

fn fingerprint(certificate: &CertificateDer) -> [u8; 32] {
    Sha256::digest(certificate).into()
}

/// Verifies as everybody does, and besides takes a server's own certificate if exactly that one was
/// given: `openssl req -x509` makes certificates that are their own authority, which no chain may end with.
#[derive(Debug)]
struct Verifier {
    chains: Arc<WebPkiServerVerifier>,
    given: HashSet<[u8; 32]>,
}

impl Verifier {
    fn new(
        given: Vec<CertificateDer<'static>>,
    ) -> Result<Self, deno_tls::rustls::server::VerifierBuilderError> {
        let fingerprints = given.iter().map(fingerprint).collect();
        let mut roots: RootCertStore = deno_tls::create_default_root_cert_store();
        // Stores hold certificates of forms that nobody uses in TLS.
        roots.add_parsable_certificates(given);
        Ok(Self {
            chains: WebPkiServerVerifier::builder(Arc::new(roots)).build()?,
            given: fingerprints,
        })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified = self.chains.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        match verified {
            Err(Error::InvalidCertificate(reason))
                if may_be_given(&reason) && self.given.contains(&fingerprint(end_entity)) =>
            {
                verify_given(end_entity, server_name, now)
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chains.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chains.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chains.supported_verify_schemes()
    }
}

/// Whether a certificate that is known by itself may pass although its chain does not.
fn may_be_given(reason: &CertificateError) -> bool {
    is_untrusted(reason)
        || matches!(
            reason,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
        )
}

/// Whether nothing is wrong with a certificate but that nobody vouches for it.
pub(crate) fn is_untrusted(reason: &CertificateError) -> bool {
    match reason {
        CertificateError::UnknownIssuer => true,
        CertificateError::Other(other) => matches!(
            other.0.downcast_ref::<webpki::Error>(),
            Some(webpki::Error::CaUsedAsEndEntity)
        ),
        _ => false,
    }
}

fn verify_given(
    certificate: &CertificateDer<'_>,
    server_name: &ServerName<'_>,
    now: UnixTime,
) -> Result<ServerCertVerified, Error> {
    let refused = |reason: CertificateError| Err(Error::InvalidCertificate(reason));
    let Some(said) = Certificate::read(certificate) else {
        return refused(CertificateError::BadEncoding);
    };
    if now.as_secs() < said.valid_from {
        return refused(CertificateError::NotValidYet);
    }
    if now.as_secs() > said.valid_to {
        return refused(CertificateError::Expired);
    }
    // A certificate without alternative names is for the host that its subject names.
    if said.has_no_names && said.common_name.as_deref() == Some(&*server_name.to_str()) {
        return Ok(ServerCertVerified::assertion());
    }
    verify_server_name(&ParsedCertificate::try_from(certificate)?, server_name)?;
    Ok(ServerCertVerified::assertion())
}

#[cfg(test)]
#[path = "trust_tests.rs"]
mod tests;
