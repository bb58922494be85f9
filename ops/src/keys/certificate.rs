//! What a certificate says (RFC 5280), for `X509Certificate` and for whoever takes its public key.
//! Trusts nothing and checks no signature.

use std::net::{Ipv4Addr, Ipv6Addr};

use deno_core::ToJsBuffer;
use deno_core::op2;
use pkcs8::ObjectIdentifier;
use pkcs8::der::asn1::{AnyRef, BitStringRef, GeneralizedTime, UtcTime};
use pkcs8::der::{Decode, Encode, Error, Reader, SliceReader, Tag, TagNumber, Tagged};
use pkcs8::spki::AlgorithmIdentifierRef;
use serde::Serialize;

use super::KeyError;

const ALTERNATIVE_NAMES: &str = "2.5.29.17";
const BASIC_CONSTRAINTS: &str = "2.5.29.19";

#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
pub struct CertificateDescription {
    /// An attribute a line, `CN=example.com`.
    subject: String,
    issuer: String,
    /// Seconds since 1970.
    valid_from: u64,
    valid_to: u64,
    /// In hexadecimal.
    serial_number: String,
    ca: bool,
    /// `DNS:example.com` and the like.
    names: Vec<String>,
    /// SubjectPublicKeyInfo.
    public_key: Option<ToJsBuffer>,
    /// The signed part, the signature, and the object identifier of its algorithm.
    signed: Option<ToJsBuffer>,
    signature: Option<ToJsBuffer>,
    signature_algorithm: String,
}

#[op2]
#[serde]
pub fn op_pr_certificate(#[buffer] der: &[u8]) -> Result<CertificateDescription, KeyError> {
    read(der).map_err(|error| KeyError::form("x509", error))
}

/// What decides whether a server may show a certificate that is known by itself.
pub(crate) struct Certificate {
    /// Seconds since 1970.
    pub(crate) valid_from: u64,
    pub(crate) valid_to: u64,
    pub(crate) common_name: Option<String>,
    /// Whether it has no alternative names, so that the common name is the host's.
    pub(crate) has_no_names: bool,
}

impl Certificate {
    pub(crate) fn read(der: &[u8]) -> Option<Certificate> {
        let said = read(der).ok()?;
        let common_name = said
            .subject
            .lines()
            .find_map(|line| line.strip_prefix("CN="));
        Some(Certificate {
            valid_from: said.valid_from,
            valid_to: said.valid_to,
            common_name: common_name.map(str::to_ascii_lowercase),
            has_no_names: said.names.is_empty(),
        })
    }
}

/// Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signature }
fn read(der: &[u8]) -> Result<CertificateDescription, Error> {
    AnyRef::from_der(der)?.sequence(|reader| {
        let signed = AnyRef::decode(reader)?;
        let mut said = signed.sequence(signed_part)?;
        said.signed = Some(signed.to_der()?.into());
        let algorithm = AlgorithmIdentifierRef::decode(reader)?;
        said.signature_algorithm = algorithm.oid.to_string();
        let signature = BitStringRef::decode(reader)?;
        said.signature = signature.as_bytes().map(|bytes| bytes.to_vec().into());
        Ok(said)
    })
}

fn signed_part(reader: &mut SliceReader) -> Result<CertificateDescription, Error> {
    let mut said = CertificateDescription::default();
    let mut serial = AnyRef::decode(reader)?;
    // The version stands in front of it, except in certificates of the first version.
    if serial.tag() != Tag::Integer {
        serial = AnyRef::decode(reader)?;
    }
    let bytes = serial.value();
    let start = usize::from(bytes.len() > 1 && bytes[0] == 0);
    said.serial_number = bytes[start..]
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect();
    AnyRef::decode(reader)?;
    said.issuer = AnyRef::decode(reader)?.sequence(lines)?;
    (said.valid_from, said.valid_to) =
        AnyRef::decode(reader)?.sequence(|reader| Ok((time(reader)?, time(reader)?)))?;
    said.subject = AnyRef::decode(reader)?.sequence(lines)?;
    said.public_key = Some(AnyRef::decode(reader)?.to_der()?.into());
    // Unique identifiers [1] and [2], extensions [3].
    while !reader.is_finished() {
        let part = AnyRef::decode(reader)?;
        let is_extensions =
            matches!(part.tag(), Tag::ContextSpecific { number, .. } if number == TagNumber::N3);
        if is_extensions {
            AnyRef::from_der(part.value())?.sequence(|reader| {
                while !reader.is_finished() {
                    AnyRef::decode(reader)?.sequence(|reader| extension(reader, &mut said))?;
                }
                Ok(())
            })?;
        }
    }
    Ok(said)
}

fn time(reader: &mut SliceReader) -> Result<u64, Error> {
    let time = AnyRef::decode(reader)?;
    let since = match time.tag() {
        Tag::UtcTime => time.decode_as::<UtcTime>()?.to_unix_duration(),
        _ => time.decode_as::<GeneralizedTime>()?.to_unix_duration(),
    };
    Ok(since.as_secs())
}

/// Name ::= SEQUENCE OF SET OF SEQUENCE { type, value }
fn lines(reader: &mut SliceReader) -> Result<String, Error> {
    let mut lines = Vec::new();
    while !reader.is_finished() {
        let mut set = SliceReader::new(AnyRef::decode(reader)?.value())?;
        while !set.is_finished() {
            lines.push(AnyRef::decode(&mut set)?.sequence(attribute)?);
        }
    }
    Ok(lines.join("\n"))
}

fn attribute(reader: &mut SliceReader) -> Result<String, Error> {
    let kind = ObjectIdentifier::decode(reader)?.to_string();
    let value = AnyRef::decode(reader)?;
    let value = String::from_utf8_lossy(value.value());
    let name = match kind.as_str() {
        "2.5.4.3" => "CN",
        "2.5.4.4" => "SN",
        "2.5.4.5" => "serialNumber",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "street",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "2.5.4.12" => "title",
        "2.5.4.42" => "GN",
        "1.2.840.113549.1.9.1" => "emailAddress",
        "0.9.2342.19200300.100.1.1" => "UID",
        "0.9.2342.19200300.100.1.25" => "DC",
        other => other,
    };
    Ok(format!("{name}={value}"))
}

/// Extension ::= SEQUENCE { id, critical DEFAULT FALSE, value }
fn extension(reader: &mut SliceReader, said: &mut CertificateDescription) -> Result<(), Error> {
    let id = ObjectIdentifier::decode(reader)?.to_string();
    let mut value = AnyRef::decode(reader)?;
    if value.tag() == Tag::Boolean {
        value = AnyRef::decode(reader)?;
    }
    let value = AnyRef::from_der(value.value())?;
    match id.as_str() {
        ALTERNATIVE_NAMES => value.sequence(|reader| {
            while !reader.is_finished() {
                said.names.extend(name(&AnyRef::decode(reader)?));
            }
            Ok(())
        }),
        BASIC_CONSTRAINTS => value.sequence(|reader| {
            while !reader.is_finished() {
                let part = AnyRef::decode(reader)?;
                said.ca |= part.tag() == Tag::Boolean && part.value() != [0];
            }
            Ok(())
        }),
        _ => Ok(()),
    }
}

/// GeneralName (RFC 5280, 4.2.1.6), of the kinds that hosts and mail have.
fn name(name: &AnyRef) -> Option<String> {
    let Tag::ContextSpecific { number, .. } = name.tag() else {
        return None;
    };
    let text = || String::from_utf8_lossy(name.value());
    match number.value() {
        1 => Some(format!("email:{}", text())),
        2 => Some(format!("DNS:{}", text())),
        6 => Some(format!("URI:{}", text())),
        7 => {
            let address = match *name.value() {
                [a, b, c, d] => Ipv4Addr::from([a, b, c, d]).to_string(),
                // Node.js writes all eight parts.
                ref long => Ipv6Addr::from(<[u8; 16]>::try_from(long).ok()?)
                    .segments()
                    .map(|part| format!("{part:X}"))
                    .join(":"),
            };
            Some(format!("IP Address:{address}"))
        }
        _ => None,
    }
}
