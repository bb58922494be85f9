//! The id that the original derives from a room's party and name (specification, section 3.6).

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

fn half(key: &[u8], message: &[u8]) -> [u8; 16] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(message);
    let full = mac.finalize().into_bytes();
    let mut half = [0; 16];
    half.copy_from_slice(&full[..16]);
    half
}

/// The name of the original's namespace for a party, and of the folder with its rooms.
pub(super) fn unique_key(party: &str) -> String {
    match party {
        "main" => "-PartyKitDurable".to_owned(),
        other => format!("-{other}DO"),
    }
}

/// `room.internalID`: 64 hexadecimal digits.
pub fn internal_id(party: &str, room: &str) -> String {
    let key = Sha256::digest(unique_key(party).as_bytes());
    let name = half(&key, room.as_bytes());
    let check = half(&key, &name);
    let bytes = name.iter().chain(&check);
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_the_id_that_the_original_gives_room_r1_of_main() {
        let id = internal_id("main", "r1");
        assert!(id.starts_with("a273ed1e0ef45275"), "{id}");
        assert!(id.ends_with("0fd73628a"), "{id}");
        assert_eq!(id.len(), 64);
    }
}
