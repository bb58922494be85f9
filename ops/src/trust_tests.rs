//! Whom a server's certificate convinces.

use std::fs;
use std::time::Duration;

use deno_tls::rustls::pki_types::CertificateDer;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair};

use super::*;

const NOW: u64 = 1_800_000_000;

/// A certificate that signed itself, for the names given, as an authority or not.
fn own(names: &[&str], common_name: &str, is_authority: bool) -> CertificateDer<'static> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("they are names");
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    if is_authority {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(2030, 1, 1);
    let key = KeyPair::generate().expect("a key");
    let certificate = params.self_signed(&key).expect("it can be signed");
    certificate.der().clone()
}

fn verdict(
    given: &[CertificateDer<'static>],
    shown: &CertificateDer<'static>,
    name: &str,
    now: u64,
) -> Result<(), Error> {
    crate::tls::install_tls_provider();
    let verifier = Verifier::new(given.to_vec()).expect("there are roots");
    let name = ServerName::try_from(name.to_owned()).expect("a name");
    let now = UnixTime::since_unix_epoch(Duration::from_secs(now));
    let verified = verifier.verify_server_cert(shown, &[], &name, &[], now);
    verified.map(|_| ())
}

#[test]
fn a_certificate_that_is_its_own_authority_passes_if_exactly_it_was_given() {
    for is_authority in [true, false] {
        let shown = own(&["localhost", "127.0.0.1"], "x", is_authority);
        let given = [shown.clone()];
        for name in ["localhost", "127.0.0.1"] {
            assert_eq!(verdict(&given, &shown, name, NOW), Ok(()), "{is_authority}");
        }
        let refused = verdict(&[], &shown, "localhost", NOW).expect_err("nobody vouches");
        let Error::InvalidCertificate(reason) = refused else {
            panic!("{refused}");
        };
        assert!(is_untrusted(&reason), "{reason}");
    }
    let (given, other) = (
        own(&["localhost"], "x", true),
        own(&["localhost"], "x", true),
    );
    assert!(verdict(&[given], &other, "localhost", NOW).is_err());
}

#[test]
fn a_given_certificate_is_still_for_its_own_host_and_time_only() {
    let shown = own(&["localhost"], "x", true);
    let given = [shown.clone()];
    assert!(verdict(&given, &shown, "other.test", NOW).is_err());
    for (now, expected) in [
        (1_500_000_000, "not valid yet"),
        (2_500_000_000, "certificate expired"),
    ] {
        let refused = verdict(&given, &shown, "localhost", now).expect_err("not at this time");
        assert!(refused.to_string().contains(expected), "{refused}");
    }
}

#[test]
fn the_subject_names_the_host_of_a_certificate_without_names() {
    for is_authority in [true, false] {
        let shown = own(&[], "localhost", is_authority);
        let given = [shown.clone()];
        assert_eq!(verdict(&given, &shown, "localhost", NOW), Ok(()));
        assert!(verdict(&given, &shown, "other.test", NOW).is_err());
    }
    let named = own(&["other.test"], "localhost", true);
    let given = [named.clone()];
    assert!(verdict(&given, &named, "localhost", NOW).is_err());
}

#[test]
fn a_file_that_cannot_be_read_or_holds_no_certificate_is_named_with_its_variable() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let (missing, empty) = (
        folder.path().join("no.pem"),
        folder.path().join("empty.pem"),
    );
    fs::write(&empty, "no certificate").expect("writable");
    for (path, expected) in [(missing, "cannot be read"), (empty, "holds no certificate")] {
        let mut problems = Vec::new();
        assert!(read_file(EXTRA, &path, &mut problems).is_empty());
        let [problem] = &problems[..] else {
            panic!("{problems:?}");
        };
        assert!(problem.contains(expected), "{problem}");
        assert!(problem.contains(EXTRA), "{problem}");
        assert!(
            problem.ends_with(&format!("`{}`", path.display())),
            "{problem}"
        );
    }
}
