//! Asymmetric keys for `node:crypto`: what they are, and what JavaScript may know of them. Their forms
//! are in `forms`, their uses in the files named after them. Arguments are checked in
//! js/node/src/crypto; what is checked here again keeps the process whole.

mod agree;
mod certificate;
mod curve;
mod encrypt;
mod forms;
mod generate;
mod parts;
mod sign;

pub use agree::*;
pub use certificate::*;
pub use encrypt::*;
pub use forms::*;
pub use generate::*;
pub use parts::*;
pub use sign::*;

use deno_core::GarbageCollected;
use deno_core::op2;
use deno_core::v8;
use rsa::traits::PublicKeyParts;
use rsa::{RsaPrivateKey, RsaPublicKey};
use serde::Serialize;

use crate::long_work::WorkLost;
use curve::Curve;

/// Longest RSA modulus, in bits: OpenSSL's own bound.
const MAX_RSA: usize = 16_384;

#[derive(Debug, thiserror::Error, deno_error::JsError)]
pub enum KeyError {
    #[class(generic)]
    #[error("The key is not in the form `{form}`: {reason}")]
    Form { form: String, reason: String },
    #[class(generic)]
    #[error("Unsupported kind of key: {0}")]
    Kind(String),
    #[class(generic)]
    #[error("Digest method not supported: {0}")]
    Digest(String),
    #[class(generic)]
    #[error("A private key is needed")]
    NotPrivate,
    #[class(generic)]
    #[error("operation not supported for this keytype")]
    Unsupported,
    #[class(generic)]
    #[error("The RSA operation failed: {0}")]
    Rsa(String),
    #[class(generic)]
    #[error("The keys do not fit together: {0}")]
    Mismatch(&'static str),
    #[class(inherit)]
    #[error(transparent)]
    Lost(#[from] WorkLost),
}

impl KeyError {
    fn form(form: &str, reason: impl ToString) -> Self {
        KeyError::Form {
            form: form.to_owned(),
            reason: reason.to_string(),
        }
    }
}

impl From<rsa::Error> for KeyError {
    fn from(error: rsa::Error) -> Self {
        KeyError::Rsa(error.to_string())
    }
}

/// The private half may be missing. Points and secrets of curves are checked when they come in.
#[derive(Clone)]
enum Pair {
    /// `pss` keys may only sign, with that padding (RFC 4055).
    Rsa {
        public: RsaPublicKey,
        private: Option<Box<RsaPrivateKey>>,
        pss: bool,
    },
    Ec {
        curve: Curve,
        /// Uncompressed (SEC 1, 2.3.3).
        point: Vec<u8>,
        secret: Option<Vec<u8>>,
    },
    /// RFC 8032.
    Ed25519 {
        public: [u8; 32],
        seed: Option<[u8; 32]>,
    },
    /// RFC 7748.
    X25519 {
        public: [u8; 32],
        secret: Option<[u8; 32]>,
    },
}

/// A key that JavaScript holds.
pub struct Key(Pair);

// SAFETY: holds no V8 handles, so there is nothing to trace.
unsafe impl GarbageCollected for Key {
    fn trace(&self, _visitor: &mut v8::cppgc::Visitor) {}

    fn get_name(&self) -> &'static std::ffi::CStr {
        c"Key"
    }
}

/// What `KeyObject` tells of a key, named as there.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyDescription {
    kind: &'static str,
    private: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    modulus_length: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_exponent: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    named_curve: Option<&'static str>,
}

#[op2]
#[serde]
pub fn op_pr_key_describe(#[cppgc] key: &Key) -> KeyDescription {
    let mut description = KeyDescription {
        kind: "",
        private: false,
        modulus_length: None,
        public_exponent: None,
        named_curve: None,
    };
    (description.kind, description.private) = match &key.0 {
        Pair::Rsa {
            public,
            private,
            pss,
        } => {
            description.modulus_length = Some(public.n().bits());
            let exponent = public.e().to_bytes_be();
            description.public_exponent = Some(
                exponent
                    .iter()
                    .fold(0, |all, byte| all << 8 | u64::from(*byte)),
            );
            (if *pss { "rsa-pss" } else { "rsa" }, private.is_some())
        }
        Pair::Ec { curve, secret, .. } => {
            description.named_curve = Some(curve.name());
            ("ec", secret.is_some())
        }
        Pair::Ed25519 { seed, .. } => ("ed25519", seed.is_some()),
        Pair::X25519 { secret, .. } => ("x25519", secret.is_some()),
    };
    description
}

/// The public half alone.
#[op2]
#[cppgc]
pub fn op_pr_key_public(#[cppgc] key: &Key) -> Key {
    let mut pair = key.0.clone();
    match &mut pair {
        Pair::Rsa { private, .. } => *private = None,
        Pair::Ec { secret, .. } => *secret = None,
        Pair::Ed25519 { seed, .. } => *seed = None,
        Pair::X25519 { secret, .. } => *secret = None,
    }
    Key(pair)
}
