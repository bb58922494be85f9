//! Keys in the DER forms that they are stored in: PKCS #1, PKCS #8, SEC 1 and SubjectPublicKeyInfo
//! (RFC 8017, 5958, 5915, 5280, 8410). PEM is unwrapped in JavaScript.

use deno_core::convert::Uint8Array;
use deno_core::op2;
use pkcs8::der::asn1::{AnyRef, BitStringRef, OctetStringRef};
use pkcs8::der::{Decode, Encode};
use pkcs8::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfo, SubjectPublicKeyInfoRef};
use pkcs8::{ObjectIdentifier, PrivateKeyInfo};
use rsa::pkcs1::{self, UintRef};
use rsa::traits::PublicKeyParts;
use rsa::{BigUint, RsaPrivateKey, RsaPublicKey};
use sec1::{EcParameters, EcPrivateKey};

use super::curve::Curve;
use super::{Key, KeyError, MAX_RSA, Pair};

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const X25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.110");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// `form` is `pkcs1-public`, `pkcs1-private`, `pkcs8`, `sec1` or `spki`.
#[op2]
#[cppgc]
pub fn op_pr_key_read(#[buffer] der: &[u8], #[string] form: &str) -> Result<Key, KeyError> {
    let failed = |error: pkcs8::der::Error| KeyError::form(form, error);
    let pair = match form {
        "pkcs1-public" => rsa_public(der, false)?,
        "pkcs1-private" => rsa_private(der, false)?,
        "sec1" => ec_private(der, None)?,
        "pkcs8" => private(&PrivateKeyInfo::from_der(der).map_err(failed)?)?,
        "spki" => public(&SubjectPublicKeyInfoRef::from_der(der).map_err(failed)?)?,
        other => return Err(KeyError::form(other, "unknown form")),
    };
    Ok(Key(pair))
}

fn private(info: &PrivateKeyInfo) -> Result<Pair, KeyError> {
    match info.algorithm.oid {
        RSA => rsa_private(info.private_key, false),
        RSA_PSS => rsa_private(info.private_key, true),
        EC => ec_private(info.private_key, Some(curve_of(&info.algorithm)?)),
        ED25519 => Pair::ed25519(nested(info.private_key)?),
        X25519 => Ok(Pair::x25519(nested(info.private_key)?)),
        other => Err(KeyError::Kind(other.to_string())),
    }
}

fn public(info: &SubjectPublicKeyInfoRef) -> Result<Pair, KeyError> {
    let bits = info.subject_public_key.as_bytes();
    let bits = bits.ok_or_else(|| KeyError::form("spki", "the key is not whole bytes"))?;
    let thirty_two = || {
        let exact: Result<[u8; 32], _> = bits.try_into();
        exact.map_err(|_| KeyError::form("spki", "the key is not 32 bytes"))
    };
    match info.algorithm.oid {
        RSA => rsa_public(bits, false),
        RSA_PSS => rsa_public(bits, true),
        EC => {
            let curve = curve_of(&info.algorithm)?;
            Ok(Pair::Ec {
                curve,
                point: curve.point(bits, false)?,
                secret: None,
            })
        }
        ED25519 => Ok(Pair::Ed25519 {
            public: thirty_two()?,
            seed: None,
        }),
        X25519 => Ok(Pair::X25519 {
            public: thirty_two()?,
            secret: None,
        }),
        other => Err(KeyError::Kind(other.to_string())),
    }
}

fn curve_of(algorithm: &AlgorithmIdentifierRef) -> Result<Curve, KeyError> {
    let oid = algorithm.parameters_oid();
    Curve::by_oid(oid.map_err(|error| KeyError::form("ec", error))?)
}

/// The 32 bytes that RFC 8410 wraps once more.
fn nested(key: &[u8]) -> Result<[u8; 32], KeyError> {
    let inner = OctetStringRef::from_der(key).map_err(|error| KeyError::form("pkcs8", error))?;
    let exact = inner.as_bytes().try_into();
    exact.map_err(|_| KeyError::form("pkcs8", "the key is not 32 bytes"))
}

fn number(number: UintRef) -> BigUint {
    BigUint::from_bytes_be(number.as_bytes())
}

fn rsa_public(der: &[u8], pss: bool) -> Result<Pair, KeyError> {
    let key = pkcs1::RsaPublicKey::from_der(der)
        .map_err(|error| KeyError::form("pkcs1-public", error))?;
    Ok(Pair::Rsa {
        public: RsaPublicKey::new_with_max_size(
            number(key.modulus),
            number(key.public_exponent),
            MAX_RSA,
        )?,
        private: None,
        pss,
    })
}

fn rsa_private(der: &[u8], pss: bool) -> Result<Pair, KeyError> {
    let key = pkcs1::RsaPrivateKey::from_der(der)
        .map_err(|error| KeyError::form("pkcs1-private", error))?;
    Pair::rsa(
        [key.modulus, key.public_exponent, key.private_exponent].map(number),
        vec![number(key.prime1), number(key.prime2)],
        pss,
    )
}

fn ec_private(der: &[u8], curve: Option<Curve>) -> Result<Pair, KeyError> {
    let key = EcPrivateKey::from_der(der).map_err(|error| KeyError::form("sec1", error))?;
    let named = key
        .parameters
        .and_then(|parameters| parameters.named_curve());
    let curve = match (curve, named) {
        (Some(curve), _) => curve,
        (None, Some(oid)) => Curve::by_oid(oid)?,
        (None, None) => return Err(KeyError::form("sec1", "the curve is not named")),
    };
    Pair::ec(curve, key.private_key)
}

impl Pair {
    pub(super) fn rsa(
        [n, e, d]: [BigUint; 3],
        primes: Vec<BigUint>,
        pss: bool,
    ) -> Result<Pair, KeyError> {
        let public = RsaPublicKey::new_with_max_size(n.clone(), e.clone(), MAX_RSA)?;
        let private = RsaPrivateKey::from_components(n, e, d, primes)?;
        Ok(Pair::Rsa {
            public,
            private: Some(Box::new(private)),
            pss,
        })
    }

    pub(super) fn ec(curve: Curve, secret: &[u8]) -> Result<Pair, KeyError> {
        let secret = curve.padded(secret)?;
        Ok(Pair::Ec {
            curve,
            point: curve.point_of(&secret)?,
            secret: Some(secret),
        })
    }

    pub(super) fn ed25519(seed: [u8; 32]) -> Result<Pair, KeyError> {
        use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed)
            .map_err(|error| KeyError::form("ed25519", error))?;
        let public = pair.public_key().as_ref().try_into();
        Ok(Pair::Ed25519 {
            public: public.expect("an Ed25519 key is 32 bytes"),
            seed: Some(seed),
        })
    }

    pub(super) fn x25519(secret: [u8; 32]) -> Pair {
        Pair::X25519 {
            public: x25519_dalek::x25519(secret, x25519_dalek::X25519_BASEPOINT_BYTES),
            secret: Some(secret),
        }
    }
}

/// The forms are those of [`op_pr_key_read`].
#[op2]
pub fn op_pr_key_write(#[cppgc] key: &Key, #[string] form: &str) -> Result<Uint8Array, KeyError> {
    let der = match (form, &key.0) {
        ("pkcs1-public", Pair::Rsa { public, .. }) => write_rsa_public(public),
        ("pkcs1-private", Pair::Rsa { private, .. }) => {
            write_rsa_private(private.as_ref().ok_or(KeyError::NotPrivate)?)
        }
        (
            "sec1",
            Pair::Ec {
                curve,
                point,
                secret,
            },
        ) => {
            let secret = secret.as_ref().ok_or(KeyError::NotPrivate)?;
            write_ec(secret, point, Some(*curve))
        }
        ("spki", pair) => write_public(pair),
        ("pkcs8", pair) => write_private(pair)?,
        _ => return Err(KeyError::Unsupported),
    };
    let der = der.map_err(|error| KeyError::form(form, error))?;
    Ok(der.into())
}

type Der = pkcs8::der::Result<Vec<u8>>;

fn write_rsa_public(key: &RsaPublicKey) -> Der {
    let (n, e) = (key.n().to_bytes_be(), key.e().to_bytes_be());
    let key = pkcs1::RsaPublicKey {
        modulus: UintRef::new(&n)?,
        public_exponent: UintRef::new(&e)?,
    };
    key.to_der()
}

fn write_rsa_private(key: &RsaPrivateKey) -> Der {
    let parts = super::parts::private_numbers(key);
    let [n, e, d, p, q, dp, dq, qi] = &parts;
    let key = pkcs1::RsaPrivateKey {
        modulus: UintRef::new(n)?,
        public_exponent: UintRef::new(e)?,
        private_exponent: UintRef::new(d)?,
        prime1: UintRef::new(p)?,
        prime2: UintRef::new(q)?,
        exponent1: UintRef::new(dp)?,
        exponent2: UintRef::new(dq)?,
        coefficient: UintRef::new(qi)?,
        other_prime_infos: None,
    };
    key.to_der()
}

/// Within PKCS #8 the curve is named outside.
fn write_ec(secret: &[u8], point: &[u8], curve: Option<Curve>) -> Der {
    let key = EcPrivateKey {
        private_key: secret,
        parameters: curve.map(|curve| EcParameters::NamedCurve(curve.oid())),
        public_key: Some(point),
    };
    key.to_der()
}

fn algorithm<'a>(pair: &Pair, curve: &'a Option<ObjectIdentifier>) -> AlgorithmIdentifierRef<'a> {
    let (oid, parameters) = match pair {
        Pair::Rsa { pss: true, .. } => (RSA_PSS, None),
        Pair::Rsa { .. } => (RSA, Some(AnyRef::NULL)),
        Pair::Ec { .. } => (EC, curve.as_ref().map(AnyRef::from)),
        Pair::Ed25519 { .. } => (ED25519, None),
        Pair::X25519 { .. } => (X25519, None),
    };
    AlgorithmIdentifierRef { oid, parameters }
}

fn curve_oid(pair: &Pair) -> Option<ObjectIdentifier> {
    match pair {
        Pair::Ec { curve, .. } => Some(curve.oid()),
        _ => None,
    }
}

fn write_public(pair: &Pair) -> Der {
    let bits = match pair {
        Pair::Rsa { public, .. } => &write_rsa_public(public)?,
        Pair::Ec { point, .. } => point,
        Pair::Ed25519 { public, .. } | Pair::X25519 { public, .. } => &public.to_vec(),
    };
    let curve = curve_oid(pair);
    let info = SubjectPublicKeyInfo {
        algorithm: algorithm(pair, &curve),
        subject_public_key: BitStringRef::from_bytes(bits)?,
    };
    info.to_der()
}

fn write_private(pair: &Pair) -> Result<Der, KeyError> {
    let inner = match pair {
        Pair::Rsa {
            private: Some(private),
            ..
        } => write_rsa_private(private),
        Pair::Ec {
            point,
            secret: Some(secret),
            ..
        } => write_ec(secret, point, None),
        Pair::Ed25519 {
            seed: Some(secret), ..
        }
        | Pair::X25519 {
            secret: Some(secret),
            ..
        } => OctetStringRef::new(secret).and_then(|secret| secret.to_der()),
        _ => return Err(KeyError::NotPrivate),
    };
    let write =
        |inner: Vec<u8>| PrivateKeyInfo::new(algorithm(pair, &curve_oid(pair)), &inner).to_der();
    Ok(inner.and_then(write))
}
