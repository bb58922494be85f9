//! New key pairs. Those of RSA take their time: the asynchronous form is made on a thread for it.

use std::cell::RefCell;
use std::rc::Rc;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use deno_core::OpState;
use deno_core::convert::Uint8Array;
use deno_core::op2;
use rand_core::{OsRng, RngCore};
use rsa::pkcs8::EncodePrivateKey;
use rsa::{BigUint, RsaPrivateKey};

use super::curve::Curve;
use super::{Key, KeyError, Pair};
use crate::long_work;

/// Modulus lengths that are made, in bits.
const RSA_BITS: std::ops::RangeInclusive<u32> = 512..=8192;
/// The longest of them that is made within seconds without OpenSSL's successor.
const MOST_UNUSUAL_BITS: u32 = 4096;
const USUAL_EXPONENT: u32 = 65_537;

/// PKCS #8. OpenSSL's successor has the usual sizes much sooner.
fn rsa(bits: u32, exponent: u32) -> Result<Vec<u8>, KeyError> {
    if !RSA_BITS.contains(&bits) {
        return Err(KeyError::Rsa(format!("unusable modulus length: {bits}")));
    }
    // There is no key with such a one: the search for its primes would not end.
    if exponent < 3 || exponent.is_multiple_of(2) {
        return Err(KeyError::Rsa("pub exponent out of range".to_owned()));
    }
    let size = match bits {
        2048 => Some(KeySize::Rsa2048),
        3072 => Some(KeySize::Rsa3072),
        4096 => Some(KeySize::Rsa4096),
        8192 => Some(KeySize::Rsa8192),
        _ => None,
    };
    if let (Some(size), USUAL_EXPONENT) = (size, exponent) {
        let failed = |_| KeyError::Rsa("no key was made".to_owned());
        let pair = KeyPair::generate(size).map_err(failed)?;
        return Ok(AsDer::as_der(&pair).map_err(failed)?.as_ref().to_vec());
    }
    if bits > MOST_UNUSUAL_BITS {
        return Err(KeyError::Rsa(format!(
            "no key is made of this modulus length with this exponent: {bits}, {exponent}"
        )));
    }
    let exponent = BigUint::from(exponent);
    let key = RsaPrivateKey::new_with_exp(&mut OsRng, bits as usize, &exponent)?;
    let der = key.to_pkcs8_der();
    let der = der.map_err(|error| KeyError::form("pkcs8", error))?;
    Ok(der.as_bytes().to_vec())
}

/// `kind` is `ed25519`, `x25519` or a curve.
#[op2]
#[cppgc]
pub fn op_pr_key_generate(#[string] kind: &str) -> Result<Key, KeyError> {
    let mut secret = [0; 32];
    OsRng.fill_bytes(&mut secret);
    let pair = match kind {
        "ed25519" => Pair::ed25519(secret)?,
        "x25519" => Pair::x25519(secret),
        name => {
            let curve = Curve::by_name(name)?;
            Pair::ec(curve, &curve.random_secret())?
        }
    };
    Ok(Key(pair))
}

#[op2]
pub fn op_pr_key_generate_rsa_sync(bits: u32, exponent: u32) -> Result<Uint8Array, KeyError> {
    rsa(bits, exponent).map(Into::into)
}

#[op2]
pub async fn op_pr_key_generate_rsa(
    state: Rc<RefCell<OpState>>,
    bits: u32,
    exponent: u32,
) -> Result<Uint8Array, KeyError> {
    let made = long_work::on_thread(move || rsa(bits, exponent));
    let what = format!("`generateKeyPair` with {bits} bits");
    let der = long_work::told(&state, &what, made).await;
    Ok(der??.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents_that_no_key_has_are_refused() {
        for exponent in [0, 1, 2, 4, 65_536, u32::MAX - 1] {
            assert!(rsa(1024, exponent).is_err(), "{exponent}");
        }
        assert!(rsa(1024, 3).is_ok());
    }

    #[test]
    fn lengths_that_take_minutes_are_refused() {
        for (bits, exponent) in [(16_384, USUAL_EXPONENT), (8192, 3), (7000, 17), (0, 3)] {
            assert!(rsa(bits, exponent).is_err(), "{bits}, {exponent}");
        }
    }
}
