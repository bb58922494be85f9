//! Each rule of RFC 6455 that a client can break, on literal bytes: what came before the fault is served,
//! then the connection is closed with the right code, and nothing after it is heard.

use crate::harness::opcode::{BINARY, CLOSE, FIRST, LAST, MORE, PING, PONG, TEXT};
use crate::harness::{Dev, ROOM, masked, unmasked};

const ECHO: &str = r#"
export default class {
  onMessage(message, conn) {
    console.log("heard", typeof message === "string" ? message : "bytes");
    conn.send(typeof message === "string" ? message : new Uint8Array(message));
  }
}"#;

/// Each of the bytes comes after a good message and before another one.
fn each_ends_with(code: u16, faults: &[Vec<u8>]) {
    let dev = Dev::inline(ECHO);
    for fault in faults {
        let mut socket = dev.raw_ws(ROOM);
        let bytes = [
            masked(TEXT, b"before"),
            fault.clone(),
            masked(TEXT, b"after"),
            masked(PING, b"after"),
        ];
        socket.write(&bytes.concat());
        let shown = &fault[..fault.len().min(16)];
        assert_eq!(socket.text(), "before", "{shown:02x?}");
        let (first, payload) = socket.frame().expect("it is closed in order");
        assert_eq!(first, CLOSE, "{shown:02x?}: {payload:?}");
        let closed = payload.first_chunk().map(|code| u16::from_be_bytes(*code));
        assert_eq!(closed, Some(code), "{shown:02x?}");
        assert_eq!(socket.frame(), None, "{shown:02x?}");
    }
    assert!(!dev.stdout().contains("heard after"), "{}", dev.stdout());
}

#[test]
fn reserved_bits_in_any_frame() {
    let bits = (1..8_u8).map(|bits| bits << 4);
    let faults: Vec<_> = bits
        .flat_map(|bits| {
            [TEXT, BINARY, CLOSE, PING, PONG, FIRST].map(|first| masked(first | bits, b""))
        })
        .collect();
    each_ends_with(1002, &faults);
}

#[test]
fn opcodes_that_mean_nothing() {
    let opcodes = (3..8_u8).chain(11..16);
    let faults: Vec<_> = opcodes
        .flat_map(|opcode| {
            [
                masked(0x80 | opcode, b""),
                masked(0x80 | opcode, b"payload"),
                masked(opcode, b"goes on"),
            ]
        })
        .collect();
    each_ends_with(1002, &faults);
}

#[test]
fn frames_without_a_mask() {
    let faults = [TEXT, BINARY, FIRST, PING, PONG, CLOSE].map(|first| unmasked(first, b""));
    each_ends_with(1002, &faults);
}

#[test]
fn control_frames_in_fragments_or_too_long() {
    let faults: Vec<_> = [PING, PONG, CLOSE]
        .into_iter()
        .flat_map(|first| {
            [
                masked(first & 0x7f, b""),
                [masked(first & 0x7f, b"one"), masked(LAST, b"two")].concat(),
                masked(first, &[b'x'; 126]),
                masked(first, &[b'x'; 65_536]),
            ]
        })
        .collect();
    each_ends_with(1002, &faults);
}

#[test]
fn fragments_of_nothing_and_messages_within_messages() {
    each_ends_with(
        1002,
        &[
            masked(LAST, b"of what"),
            masked(MORE, b"of what"),
            masked(LAST, b""),
            [masked(FIRST, b"a"), masked(TEXT, b"b")].concat(),
            [masked(FIRST, b"a"), masked(FIRST, b"b")].concat(),
            [masked(FIRST, b"a"), masked(BINARY, b"b")].concat(),
            // The message has ended: what goes on with it is of nothing.
            [masked(PING, b""), masked(LAST, b"")].concat()[6..].to_vec(),
        ],
    );
}

#[test]
fn texts_that_are_no_texts() {
    let broken: [&[u8]; 16] = [
        b"\x80",
        b"\xbf",
        b"a\xc3",
        b"\xc3(",
        b"\xe2\x82",
        b"\xf0\x9f\x98",
        // Longer than they need to be.
        b"\xc0\xaf",
        b"\xc1\xbf",
        b"\xe0\x80\xaf",
        b"\xf0\x80\x80\xaf",
        // Surrogates, beyond the last character, and forms that are none.
        b"\xed\xa0\x80",
        b"\xed\xbf\xbf",
        b"\xf4\x90\x80\x80",
        b"\xf8\x88\x80\x80\x80",
        b"\xfe",
        b"\xff",
    ];
    let mut faults = Vec::new();
    for text in broken {
        let (head, tail) = text.split_at(text.len() / 2);
        faults.push(masked(TEXT, text));
        faults.push([masked(FIRST, b"fine "), masked(LAST, text)].concat());
        faults.push([masked(FIRST, head), masked(MORE, b""), masked(LAST, tail)].concat());
        // A text that is broken in its middle stays so, whatever its end.
        let more = [text, b" fine"].concat();
        faults.push([masked(FIRST, &more), masked(LAST, b"fine")].concat());
    }
    each_ends_with(1007, &faults);
}

#[test]
fn codes_that_may_not_be_sent_and_reasons_that_are_no_text() {
    let codes = [
        0_u16, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535,
    ];
    let mut faults: Vec<_> = codes
        .iter()
        .flat_map(|code| {
            let code = code.to_be_bytes();
            [
                masked(CLOSE, &code),
                masked(CLOSE, &[&code[..], b"why"].concat()),
            ]
        })
        .collect();
    faults.push(masked(CLOSE, b"\x03"));
    each_ends_with(1002, &faults);
    let reasons: [&[u8]; 4] = [b"\x80", b"\xc3", b"fine\xed\xa0\x80", b"\xff"];
    let faults = reasons.map(|reason| masked(CLOSE, &[b"\x03\xe8", reason].concat()));
    each_ends_with(1007, &faults);
}

#[test]
fn every_code_that_may_be_sent_comes_back_with_its_reason() {
    let dev = Dev::inline(ECHO);
    let codes = [
        1000_u16, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999,
        4000, 4999,
    ];
    let long = "€".repeat(41);
    for code in codes {
        for reason in ["", "why", &long] {
            let mut socket = dev.raw_ws(ROOM);
            let payload = [&code.to_be_bytes()[..], reason.as_bytes()].concat();
            socket.write(&masked(TEXT, b"before"));
            socket.write(&masked(CLOSE, &payload));
            assert_eq!(socket.text(), "before");
            assert_eq!(socket.frame(), Some((CLOSE, payload)), "{code} {reason}");
            assert_eq!(socket.frame(), None);
        }
    }
}

#[test]
fn nothing_is_heard_after_a_close_frame() {
    let dev = Dev::inline(ECHO);
    for after in [
        masked(TEXT, b"after"),
        masked(PING, b"after"),
        masked(CLOSE, b"\x03\xe8"),
        unmasked(0xff, b"whatever"),
    ] {
        let mut socket = dev.raw_ws(ROOM);
        socket.write(&[masked(CLOSE, b"\x03\xe8bye"), after].concat());
        assert_eq!(socket.frame(), Some((CLOSE, b"\x03\xe8bye".to_vec())));
        assert_eq!(socket.frame(), None);
    }
    // Also in the middle of a message.
    let mut socket = dev.raw_ws(ROOM);
    socket.write(
        &[
            masked(FIRST, b"never "),
            masked(CLOSE, b""),
            masked(LAST, b"ended"),
        ]
        .concat(),
    );
    assert_eq!(socket.frame(), Some((CLOSE, Vec::new())));
    assert_eq!(socket.frame(), None);
    assert!(!dev.stdout().contains("heard"), "{}", dev.stdout());
}

#[test]
fn messages_that_are_too_large_at_any_fragment() {
    let half = vec![b'x'; 1 << 19];
    each_ends_with(
        1009,
        &[
            masked(TEXT, &vec![b'x'; (1 << 20) + 1]),
            [
                masked(FIRST, &half),
                masked(MORE, &half),
                masked(LAST, b"x"),
            ]
            .concat(),
            // Its length alone.
            b"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0".to_vec(),
        ],
    );
}
