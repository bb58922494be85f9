//! Whom the project's outgoing TLS connections trust: the usual public roots, and those of the file
//! that `NODE_EXTRA_CA_CERTS` names, as the original does. Never opens a connection.

use std::fs;
use std::sync::Arc;
use std::sync::OnceLock;

use deno_error::JsErrorBox;
use deno_tls::RootCertStoreProvider;
use deno_tls::SocketUse;
use deno_tls::TlsClientConfigOptions;
use deno_tls::TlsError;
use deno_tls::rustls::ClientConfig;
use deno_tls::rustls::RootCertStore;

/// The roots, for deno_fetch: read when the first `https:` is fetched.
pub(crate) struct Roots;

impl RootCertStoreProvider for Roots {
    fn get_or_try_init(&self) -> Result<&RootCertStore, JsErrorBox> {
        Ok(roots())
    }
}

fn roots() -> &'static RootCertStore {
    static ROOTS: OnceLock<RootCertStore> = OnceLock::new();
    ROOTS.get_or_init(|| {
        let mut store = deno_tls::create_default_root_cert_store();
        if let Some(extra) = std::env::var_os("NODE_EXTRA_CA_CERTS") {
            // As in Node, a file without certificates adds none and stops nothing.
            let pem = fs::read(extra).unwrap_or_default();
            let mut pem = pem.as_slice();
            let certificates = deno_tls::rustls_pemfile::certs(&mut pem);
            store.add_parsable_certificates(certificates.filter_map(Result::ok));
        }
        store
    })
}

/// Settings of an outgoing `wss:` connection, shared by all of the process.
///
/// # Errors
/// When the TLS implementation refuses its settings.
pub fn websocket_client() -> Result<Arc<ClientConfig>, TlsError> {
    static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    shared(&CONFIG, SocketUse::Http1Only)
}

/// Settings of an outgoing connection that speaks whatever its program does.
///
/// # Errors
/// When the TLS implementation refuses its settings.
pub(crate) fn socket_client() -> Result<Arc<ClientConfig>, TlsError> {
    static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    shared(&CONFIG, SocketUse::GeneralSsl)
}

fn shared(
    made: &OnceLock<Arc<ClientConfig>>,
    socket_use: SocketUse,
) -> Result<Arc<ClientConfig>, TlsError> {
    if let Some(config) = made.get() {
        return Ok(config.clone());
    }
    let config = deno_tls::create_client_config(TlsClientConfigOptions {
        root_cert_store: Some(roots().clone()),
        socket_use,
        ..Default::default()
    })?;
    Ok(made.get_or_init(|| Arc::new(config)).clone())
}
