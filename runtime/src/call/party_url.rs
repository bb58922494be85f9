//! Party URLs (specification, section 3.1).

/// What the path of a request addresses.
#[derive(Debug, PartialEq, Eq)]
pub enum PartyUrl<'a> {
    /// `/parties/:party/:room` or `/party/:room`; both segments raw, as the client wrote them.
    Room { party: &'a str, room: &'a str },
    /// `/parties//room`.
    NoParty,
    /// Anything else.
    Elsewhere,
}

/// Case-sensitive, without decoding.
pub fn parse(path: &str) -> PartyUrl<'_> {
    let mut segments = path.split('/').skip(1);
    let (party, room) = match segments.next() {
        Some("party") => (Some("main"), segments.next()),
        Some("parties") => (segments.next(), segments.next()),
        _ => return PartyUrl::Elsewhere,
    };
    match (party, room) {
        (_, None | Some("")) | (None, _) => PartyUrl::Elsewhere,
        (Some(""), _) => PartyUrl::NoParty,
        (Some(party), Some(room)) => PartyUrl::Room { party, room },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_rooms_by_raw_segments() {
        let room = |party, room| PartyUrl::Room { party, room };
        assert_eq!(parse("/parties/chat/r1"), room("chat", "r1"));
        assert_eq!(parse("/party/r1"), room("main", "r1"));
        assert_eq!(parse("/parties/main/r%20a/sub"), room("main", "r%20a"));
        assert_eq!(parse("/parties//x"), PartyUrl::NoParty);
        for path in [
            "/parties/main",
            "/parties/main/",
            "/party/",
            "/parties",
            "/Party/x",
            "/",
        ] {
            assert_eq!(parse(path), PartyUrl::Elsewhere, "{path}");
        }
    }
}
