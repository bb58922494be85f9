//! Shared secrets: Diffie-Hellman over numbers (RFC 2631) and on curves (RFC 5903, 7748).

use deno_core::convert::Uint8Array;
use deno_core::op2;
use rsa::BigUint;

use super::curve::Curve;
use super::{Key, KeyError, Pair};

/// Longest numbers that are worked with, in bytes: a room may not be kept busy for minutes.
const MAX_NUMBER: usize = 1250;

#[op2]
pub fn op_pr_key_agree(
    #[cppgc] private: &Key,
    #[cppgc] public: &Key,
) -> Result<Uint8Array, KeyError> {
    let different = KeyError::Mismatch("they are of different kinds");
    let shared = match (&private.0, &public.0) {
        (
            Pair::Ec { curve, secret, .. },
            Pair::Ec {
                curve: other,
                point,
                ..
            },
        ) if curve == other => curve.agree(secret.as_ref().ok_or(KeyError::NotPrivate)?, point)?,
        (Pair::X25519 { secret, .. }, Pair::X25519 { public, .. }) => {
            let shared = x25519_dalek::x25519(secret.ok_or(KeyError::NotPrivate)?, *public);
            // RFC 7748, 6.1: a point of small order.
            if shared == [0; 32] {
                return Err(KeyError::Mismatch("the shared secret is zero"));
            }
            shared.to_vec()
        }
        _ => return Err(different),
    };
    Ok(shared.into())
}

/// A point of a curve in its other form.
#[op2]
pub fn op_pr_key_point(
    #[string] curve: &str,
    #[buffer] point: &[u8],
    compressed: bool,
) -> Result<Uint8Array, KeyError> {
    let point = Curve::by_name(curve)?.point(point, compressed)?;
    Ok(point.into())
}

/// `base ^ exponent mod modulus`, all of them unsigned and with the first byte the highest.
#[op2]
pub fn op_pr_power(
    #[buffer] base: &[u8],
    #[buffer] exponent: &[u8],
    #[buffer] modulus: &[u8],
) -> Result<Uint8Array, KeyError> {
    let too_long = [base, exponent, modulus]
        .iter()
        .any(|number| number.len() > MAX_NUMBER);
    let [base, exponent, modulus] = [base, exponent, modulus].map(BigUint::from_bytes_be);
    if too_long || modulus.bits() < 2 {
        return Err(KeyError::Mismatch("the modulus has an unusable length"));
    }
    Ok(base.modpow(&exponent, &modulus).to_bytes_be().into())
}
