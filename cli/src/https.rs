//! The certificate of `--https` (specification 9.2): read from the files that were named, or made
//! here and kept in the project's `.partykit` folder, so that a browser has to accept it only once.
//! Never touches a socket.

use std::fs;
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use partyrun_runtime::{Identity, IdentityFault, TlsError};
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose,
};
use time::{Duration, OffsetDateTime};

use crate::config::{Https, Persist, Settings, shown};
use crate::ports;
use crate::ui::Printer;

/// Certificate and key in one file, in the folder that projects keep out of version control.
const FILE: &str = ".partykit/https.pem";

/// Browsers refuse certificates that are valid for longer than 398 days.
const VALID_DAYS: i64 = 397;

/// What stands before the names, and the end of validity in seconds since 1970, in the file.
const NAMES: &str = "Names: ";
const UNTIL: &str = "Until: ";

#[derive(Debug, thiserror::Error)]
pub enum HttpsError {
    #[error("Could not read `{}`: {error}", .path.display())]
    Unreadable { path: PathBuf, error: io::Error },
    #[error("Could not make a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
}

/// What the server proves itself with, and says so; none for http:.
///
/// # Errors
/// When the files that were named cannot be read.
pub fn identity(
    settings: &Settings,
    bound: SocketAddr,
    cwd: &Path,
    printer: &Printer,
) -> Result<Option<Identity>, HttpsError> {
    let pem = match &settings.https {
        None => return Ok(None),
        Some(Https::Files { certificate, key }) => {
            let read = |path: &PathBuf| {
                fs::read(path).map_err(|error| HttpsError::Unreadable {
                    path: path.clone(),
                    error,
                })
            };
            let (certificate, key) = (read(certificate)?, read(key)?);
            return Ok(Some(Identity { certificate, key }));
        }
        Some(Https::SelfSigned) => self_signed(settings, bound, cwd, printer)?,
    };
    Ok(Some(Identity {
        certificate: pem.clone().into_bytes(),
        key: pem.into_bytes(),
    }))
}

fn self_signed(
    settings: &Settings,
    bound: SocketAddr,
    cwd: &Path,
    printer: &Printer,
) -> Result<String, HttpsError> {
    let names = names(bound, &settings.host);
    // Who wants nothing kept gets a new one each time.
    if settings.persist == Persist::Temporary {
        printer.status("Serving https: with a certificate made for this run");
        return make(&names);
    }
    let path = settings.root.join(FILE);
    let name = shown(cwd, &path);
    if let Ok(kept) = fs::read_to_string(&path)
        && is_good(&kept, &names, now())
    {
        printer.status(format!("Serving https: with the certificate in {name}"));
        return Ok(kept);
    }
    let pem = make(&names)?;
    match keep(&path, &pem) {
        Ok(()) => {
            printer.status(format!("Serving https: with a new certificate, kept in {name}"));
            printer.status(format!(
                "Browsers ask you to accept it once; NODE_EXTRA_CA_CERTS={name} makes Node.js accept it"
            ));
        }
        Err(error) => printer.note(&format!(
            "Could not keep the certificate of https in `{name}`, so the next start makes another: {error}"
        )),
    }
    Ok(pem)
}

/// Why https: cannot be served: which file it is, and what helps.
pub fn explain(error: &TlsError, settings: &Settings, cwd: &Path) -> String {
    let name = |path: &Path| shown(cwd, path);
    let Some(Https::Files { certificate, key }) = &settings.https else {
        let file = name(&settings.root.join(FILE));
        return format!("`{file}` cannot be used, delete it to have another made: {error}");
    };
    let (certificate, key) = (name(certificate), name(key));
    match error {
        TlsError::Mismatch => format!(
            "The key of --https-key-path does not fit the certificate of --https-cert-path: `{key}`, `{certificate}`"
        ),
        TlsError::Key(fault) => format!("--https-key-path `{key}`: {}", about_key(fault, &key)),
        TlsError::Certificate(fault) => format!(
            "--https-cert-path `{certificate}`: {}",
            about_certificate(fault, &certificate)
        ),
    }
}

fn about_key(fault: &IdentityFault, file: &str) -> String {
    match fault {
        IdentityFault::Encrypted => format!(
            "The private key is encrypted. Decrypt it into a file of its own: `openssl pkey -in {file} -out decrypted.pem`"
        ),
        IdentityFault::Der if is_bundle(file) => unbundled(file),
        IdentityFault::Der => format!(
            "The private key must be PEM, not DER. Convert it: `openssl pkey -inform der -in {file} -out key.pem`"
        ),
        IdentityFault::Holds(kind) if kind == "CERTIFICATE" => {
            "This is a certificate, not its private key".to_owned()
        }
        IdentityFault::Holds(kind) if kind.ends_with("PUBLIC KEY") => {
            "This is a public key, not the private key".to_owned()
        }
        fault => format!("There must be a private key in PEM, but {fault}"),
    }
}

fn about_certificate(fault: &IdentityFault, file: &str) -> String {
    match fault {
        IdentityFault::Der if is_bundle(file) => unbundled(file),
        IdentityFault::Der => format!(
            "The certificate must be PEM, not DER. Convert it: `openssl x509 -inform der -in {file} -out cert.pem`"
        ),
        IdentityFault::Holds(kind) if kind.ends_with("PRIVATE KEY") => {
            "This is a private key, not a certificate. Are the two files swapped?".to_owned()
        }
        IdentityFault::Holds(kind) if kind == "CERTIFICATE REQUEST" => {
            "This is a request for a certificate, not the certificate".to_owned()
        }
        fault => format!("There must be a certificate in PEM, but {fault}"),
    }
}

/// Whether a file's name says that it holds certificate and key in one, as PKCS #12.
fn is_bundle(file: &str) -> bool {
    let ending = Path::new(file).extension();
    ending.is_some_and(|ending| {
        ending.eq_ignore_ascii_case("p12") || ending.eq_ignore_ascii_case("pfx")
    })
}

fn unbundled(file: &str) -> String {
    format!(
        "The file must be PEM, not PKCS #12. Convert it, then name the new file in both flags: `openssl pkcs12 -in {file} -nodes -out https.pem`"
    )
}

/// Every name by which the server can be reached.
fn names(bound: SocketAddr, host: &str) -> Vec<String> {
    let mut names = vec![
        "localhost".to_owned(),
        "127.0.0.1".to_owned(),
        "::1".to_owned(),
    ];
    let reachable = ports::reachable(bound);
    for address in reachable.iter().chain([&bound]) {
        let name = address.ip().to_string();
        if !address.ip().is_unspecified() && !names.contains(&name) {
            names.push(name);
        }
    }
    let is_address = host.parse::<IpAddr>().is_ok();
    if !is_address && !names.iter().any(|name| name == host) {
        names.push(host.to_owned());
    }
    names
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

/// Whether a kept certificate holds for all `names`, and for another day.
fn is_good(pem: &str, names: &[String], now: u64) -> bool {
    let line = |start: &str| pem.lines().find_map(|line| line.strip_prefix(start));
    let kept: Vec<_> = line(NAMES).unwrap_or_default().split(' ').collect();
    let until = line(UNTIL).and_then(|until| until.parse::<u64>().ok());
    names.iter().all(|name| kept.contains(&name.as_str()))
        && until.is_some_and(|until| until > now + 24 * 60 * 60)
}

/// The text of the file: readers of PEM skip the lines in front.
fn make(names: &[String]) -> Result<String, HttpsError> {
    let mut params = CertificateParams::new(names)?;
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, "partyrun on this machine");
    params.distinguished_name = subject;
    let start = OffsetDateTime::now_utc() - Duration::days(1);
    let until = start + Duration::days(VALID_DAYS);
    params.not_before = start;
    params.not_after = until;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    Ok(format!(
        "Made by `partyrun dev --https`; delete this file to have another made.\n{NAMES}{}\n{UNTIL}{}\n{}{}",
        names.join(" "),
        until.unix_timestamp(),
        certificate.pem(),
        key.serialize_pem(),
    ))
}

/// Writes the file for its owner alone: it holds a private key.
fn keep(path: &Path, pem: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    // An older one may be readable by all, and opening does not change that.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(pem.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_kept_while_it_is_valid_for_all_names() {
        let names = names("127.0.0.1:1".parse().expect("an address"), "127.0.0.1");
        let pem = make(&names).expect("it is made");
        let more: Vec<_> = names.iter().cloned().chain(["192.0.2.1".into()]).collect();
        let year = 365 * 24 * 60 * 60;
        assert!(is_good(&pem, &names, now()));
        assert!(!is_good(&pem, &more, now()));
        assert!(!is_good(&pem, &names, now() + 2 * year));
        assert!(!is_good("", &names, now()));
    }
}
