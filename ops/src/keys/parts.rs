//! Keys as the numbers and points they are made of: what a JWK spells (RFC 7517, 7518, 8037).

use deno_core::op2;
use deno_core::{JsBuffer, ToJsBuffer};
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use rsa::{BigUint, RsaPrivateKey, RsaPublicKey};

use super::curve::Curve;
use super::{Key, KeyError, MAX_RSA, Pair};

/// `n`, `e`, `d`, `p`, `q`, `dp`, `dq` and `qi`.
pub(super) fn private_numbers(key: &RsaPrivateKey) -> [Vec<u8>; 8] {
    let one = BigUint::from(1_u8);
    let (p, q) = (&key.primes()[0], &key.primes()[1]);
    let coefficient = key.crt_coefficient().unwrap_or_default();
    [
        key.n().clone(),
        key.e().clone(),
        key.d().clone(),
        p.clone(),
        q.clone(),
        key.d() % (p - &one),
        key.d() % (q - &one),
        coefficient,
    ]
    .map(|number| number.to_bytes_be())
}

/// Of RSA keys the numbers of a JWK, `n` and `e` first; of a curve the coordinates, then the secret.
#[op2]
#[serde]
pub fn op_pr_key_parts(#[cppgc] key: &Key) -> Vec<ToJsBuffer> {
    let parts: Vec<Vec<u8>> = match &key.0 {
        Pair::Rsa {
            private: Some(private),
            ..
        } => private_numbers(private).to_vec(),
        Pair::Rsa { public, .. } => vec![public.n().to_bytes_be(), public.e().to_bytes_be()],
        Pair::Ec {
            curve,
            point,
            secret,
        } => {
            let (x, y) = point[1..].split_at(curve.size());
            let mut parts = vec![x.to_vec(), y.to_vec()];
            parts.extend(secret.clone());
            parts
        }
        Pair::Ed25519 {
            public,
            seed: secret,
        }
        | Pair::X25519 { public, secret } => {
            let mut parts = vec![public.to_vec()];
            parts.extend(secret.map(Vec::from));
            parts
        }
    };
    parts.into_iter().map(ToJsBuffer::from).collect()
}

/// The inverse of [`op_pr_key_parts`], with `kind` as `rsa`, `ed25519`, `x25519` or a curve. Of an RSA
/// key the primes may be missing, of a private key on a curve the public half.
#[op2]
#[cppgc]
pub fn op_pr_key_of_parts(
    #[string] kind: &str,
    #[serde] parts: Vec<JsBuffer>,
    private: bool,
) -> Result<Key, KeyError> {
    let number = |index: usize| parts.get(index).map(|part| BigUint::from_bytes_be(part));
    let missing = || KeyError::form(kind, "a part is missing");
    let bytes = |index: usize| parts.get(index).map(|part| &part[..]).ok_or_else(missing);
    let thirty_two = |index: usize| {
        let exact: Result<[u8; 32], _> = bytes(index)?.try_into();
        exact.map_err(|_| KeyError::form(kind, "the key is not 32 bytes"))
    };
    let pair = match (kind, private) {
        ("rsa", false) => Pair::Rsa {
            public: RsaPublicKey::new_with_max_size(
                number(0).ok_or_else(missing)?,
                number(1).ok_or_else(missing)?,
                MAX_RSA,
            )?,
            private: None,
            pss: false,
        },
        ("rsa", true) => {
            let (n, e, d) = (number(0), number(1), number(2));
            let all = [n, e, d].map(|part| part.ok_or_else(missing));
            let [n, e, d] = all;
            Pair::rsa(
                [n?, e?, d?],
                number(3).into_iter().chain(number(4)).collect(),
                false,
            )?
        }
        ("ed25519", false) => Pair::Ed25519 {
            public: thirty_two(0)?,
            seed: None,
        },
        ("ed25519", true) => Pair::ed25519(thirty_two(0)?)?,
        ("x25519", false) => Pair::X25519 {
            public: thirty_two(0)?,
            secret: None,
        },
        ("x25519", true) => Pair::x25519(thirty_two(0)?),
        (name, true) => Pair::ec(Curve::by_name(name)?, bytes(0)?)?,
        (name, false) => {
            let curve = Curve::by_name(name)?;
            Pair::Ec {
                curve,
                point: curve.point(bytes(0)?, false)?,
                secret: None,
            }
        }
    };
    Ok(Key(pair))
}
