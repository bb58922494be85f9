//! What `deno_fetch` names of the DNS resolver that it offers beside the system's, and which partyrun never asks for: names are looked up by
//! the system. There is no such resolver, and making one fails. Never does anything, so that a protocol's implementation is not compiled.

use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::net::IpAddr;

pub mod name_server {
    /// How a resolver would connect.
    #[derive(Clone, Debug)]
    pub enum TokioConnectionProvider {}
}

/// A resolver, of which there is none.
#[derive(Clone, Debug)]
pub struct Resolver<P> {
    none: Infallible,
    connects: PhantomData<P>,
}

impl Resolver<name_server::TokioConnectionProvider> {
    /// # Errors
    /// Always.
    pub fn builder_tokio() -> Result<Self, ResolveError> {
        Err(ResolveError)
    }

    pub fn build(self) -> Self {
        self
    }

    /// # Errors
    /// Never: nobody has a resolver to call it on.
    pub async fn lookup_ip(&self, _host: &str) -> Result<Vec<IpAddr>, ResolveError> {
        match self.none {}
    }
}

/// Why there is no resolver.
#[derive(Debug)]
pub struct ResolveError;

impl fmt::Display for ResolveError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Names are looked up by the system alone")
    }
}

impl Error for ResolveError {}

impl From<ResolveError> for io::Error {
    fn from(error: ResolveError) -> io::Error {
        io::Error::other(error)
    }
}
