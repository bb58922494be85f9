//! Heads of requests as chance makes them: whatever is let through means the same to everybody who reads
//! it, and nothing ends the thread.

use std::net::SocketAddr;

use deno_core::url::Url;
use hyper::Request;
use hyper::header::HOST;
use proptest::prelude::*;

use super::target::Target;
use crate::call::party_url::{self, PartyUrl};
use crate::chance;

fn address() -> SocketAddr {
    "127.0.0.1:1999".parse().expect("an address")
}

/// Mostly what stands in targets, and what ends or begins something there.
const TARGET: &str = "(/[a-z0-9.%/\\\\?#@:&=\\-_~!$'()*+,;\\[\\]|^{}]{0,30}|http://[a-z0-9.:@\\[\\]%/?#-]{0,30}|\\*)";
const HOSTS: &str = "([a-zA-Z0-9.:\\[\\]%/?#@_\\\\-]{0,20}|[a-z]{1,5}(:[0-9]{1,6})?|[0-9.x]{1,12})";

proptest! {
    #![proptest_config(chance::cases(1000))]

    #[test]
    fn random_targets_mean_the_same_to_every_reader(target in TARGET, host in HOSTS) {
        let request = Request::builder().uri(&target).header(HOST, &host).body(());
        let Ok(request) = request else { return Ok(()) };
        let Ok(found) = Target::of(&request, "http", address()) else { return Ok(()) };
        let url = Url::parse(&found.url).expect("what is let through is a URL");
        prop_assert_eq!(url.as_str(), &found.url);
        prop_assert_eq!(url.path(), &found.path);
        prop_assert!(url.username().is_empty() && url.password().is_none());
        // The header names a host, and nothing behind it.
        let named = found.host.as_deref().unwrap_or(host.as_bytes());
        let named = std::str::from_utf8(named).expect("it was text");
        let alone = Url::parse(&format!("http://{named}/")).expect("a host");
        prop_assert_eq!(url.host_str(), alone.host_str());
        prop_assert_eq!(url.port_or_known_default(), alone.port_or_known_default());
        prop_assert_eq!(alone.path(), "/");
    }

    #[test]
    fn random_paths_name_a_room_of_theirs_or_none(path in "(/|/part(y|ies))(/[a-z%0-9./]{0,8}){0,4}") {
        let PartyUrl::Room { room, .. } = party_url::parse(&path) else { return Ok(()) };
        prop_assert!(!room.is_empty() && !room.contains('/'));
        prop_assert!(path.contains(room));
    }
}
