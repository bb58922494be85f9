//! The elliptic curves of `ec` keys, by the names of OpenSSL and of JWK. Every operation that depends on
//! the curve is here, so that the other files need no type parameter for it.

use ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
use elliptic_curve::sec1::ToEncodedPoint;
use pkcs8::ObjectIdentifier;
use rand_core::OsRng;

use super::KeyError;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Curve {
    P256,
    P384,
    P521,
    K256,
}

/// Evaluates `$body` with `$module` as the crate of the curve.
macro_rules! on_curve {
    ($curve:expr, $module:ident => $body:expr) => {
        match $curve {
            Curve::P256 => {
                use p256 as $module;
                $body
            }
            Curve::P384 => {
                use p384 as $module;
                $body
            }
            Curve::P521 => {
                use p521 as $module;
                $body
            }
            Curve::K256 => {
                use k256 as $module;
                $body
            }
        }
    };
}

impl Curve {
    const ALL: [Curve; 4] = [Curve::P256, Curve::P384, Curve::P521, Curve::K256];

    pub fn by_name(name: &str) -> Result<Self, KeyError> {
        match name {
            "prime256v1" | "P-256" | "secp256r1" => Ok(Curve::P256),
            "secp384r1" | "P-384" => Ok(Curve::P384),
            "secp521r1" | "P-521" => Ok(Curve::P521),
            "secp256k1" => Ok(Curve::K256),
            other => Err(KeyError::Kind(other.to_owned())),
        }
    }

    pub fn by_oid(oid: ObjectIdentifier) -> Result<Self, KeyError> {
        let found = Curve::ALL.into_iter().find(|curve| curve.oid() == oid);
        found.ok_or_else(|| KeyError::Kind(oid.to_string()))
    }

    /// OpenSSL's name.
    pub fn name(self) -> &'static str {
        match self {
            Curve::P256 => "prime256v1",
            Curve::P384 => "secp384r1",
            Curve::P521 => "secp521r1",
            Curve::K256 => "secp256k1",
        }
    }

    pub fn oid(self) -> ObjectIdentifier {
        ObjectIdentifier::new_unwrap(match self {
            Curve::P256 => "1.2.840.10045.3.1.7",
            Curve::P384 => "1.3.132.0.34",
            Curve::P521 => "1.3.132.0.35",
            Curve::K256 => "1.3.132.0.10",
        })
    }

    /// Length of a coordinate and of a secret, in bytes.
    pub fn size(self) -> usize {
        match self {
            Curve::P256 | Curve::K256 => 32,
            Curve::P384 => 48,
            Curve::P521 => 66,
        }
    }

    /// `bytes` with as many zeros in front as a secret or a coordinate has.
    pub fn padded(self, bytes: &[u8]) -> Result<Vec<u8>, KeyError> {
        let start = bytes.iter().take_while(|byte| **byte == 0).count();
        let bytes = &bytes[start..];
        let missing = self
            .size()
            .checked_sub(bytes.len())
            .ok_or_else(|| KeyError::form(self.name(), "the number is too long"))?;
        let mut padded = vec![0; missing];
        padded.extend_from_slice(bytes);
        Ok(padded)
    }

    pub fn random_secret(self) -> Vec<u8> {
        on_curve!(self, c => c::SecretKey::random(&mut OsRng).to_bytes().to_vec())
    }

    /// The point that belongs to a secret, uncompressed.
    pub fn point_of(self, secret: &[u8]) -> Result<Vec<u8>, KeyError> {
        let failed = |_| KeyError::form(self.name(), "the secret is out of range");
        on_curve!(self, c => {
            let key = c::SecretKey::from_slice(secret).map_err(failed)?;
            Ok(key.public_key().to_encoded_point(false).as_bytes().to_vec())
        })
    }

    /// A point of any form in one of both.
    pub fn point(self, bytes: &[u8], compressed: bool) -> Result<Vec<u8>, KeyError> {
        let failed = |_| KeyError::form(self.name(), "the point is not on the curve");
        on_curve!(self, c => {
            let key = c::PublicKey::from_sec1_bytes(bytes).map_err(failed)?;
            Ok(key.to_encoded_point(compressed).as_bytes().to_vec())
        })
    }

    /// The shared secret of RFC 5903: the first coordinate.
    pub fn agree(self, secret: &[u8], point: &[u8]) -> Result<Vec<u8>, KeyError> {
        let failed = |_| KeyError::Mismatch("the point is not on the curve");
        on_curve!(self, c => {
            let secret = c::SecretKey::from_slice(secret).map_err(failed)?;
            let point = c::PublicKey::from_sec1_bytes(point).map_err(failed)?;
            let shared = c::ecdh::diffie_hellman(secret.to_nonzero_scalar(), point.as_affine());
            Ok(shared.raw_secret_bytes().to_vec())
        })
    }

    /// ECDSA over a digest, as both numbers one after the other (`raw`) or in DER.
    pub fn sign(self, secret: &[u8], digest: &[u8], raw: bool) -> Result<Vec<u8>, KeyError> {
        let failed = |_| KeyError::Mismatch("the secret does not sign");
        let digest = self.long_enough(digest);
        on_curve!(self, c => {
            let key = c::ecdsa::SigningKey::from_slice(secret).map_err(failed)?;
            let signature: c::ecdsa::Signature = key.sign_prehash(&digest).map_err(failed)?;
            Ok(match raw {
                true => signature.to_bytes().to_vec(),
                false => signature.to_der().as_bytes().to_vec(),
            })
        })
    }

    pub fn verify(self, point: &[u8], digest: &[u8], signature: &[u8], raw: bool) -> bool {
        let digest = self.long_enough(digest);
        on_curve!(self, c => {
            let Ok(key) = c::ecdsa::VerifyingKey::from_sec1_bytes(point) else {
                return false;
            };
            let signature = match raw {
                true => c::ecdsa::Signature::from_slice(signature),
                false => c::ecdsa::Signature::from_der(signature),
            };
            signature.is_ok_and(|signature| {
                // What OpenSSL makes on this curve has either sign.
                let signature = signature.normalize_s().unwrap_or(signature);
                key.verify_prehash(&digest, &signature).is_ok()
            })
        })
    }

    /// A digest of less than half of the field's size is the same number with zeros in front, which
    /// the crates want to see.
    fn long_enough(self, digest: &[u8]) -> Vec<u8> {
        let missing = self.size().saturating_sub(digest.len());
        let mut long = vec![0; missing];
        long.extend_from_slice(digest);
        long
    }
}
