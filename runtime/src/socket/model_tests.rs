//! The reader against a model of it: slow, simple, written from RFC 6455 alone, and with all bytes in
//! hand at once. Whatever a peer sends and however it is cut, both see the same messages, the same end
//! and the same pongs.

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;

use super::testing::{PATIENCE, connect_as, on_room_thread};
use super::{Inbound, Limits, Role, farewell};
use crate::chance;

/// Small, so that messages beyond it are common.
const MOST: usize = 200;

/// What came of a connection: its messages and its end, and the bytes that were sent back.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    inbound: Vec<Inbound>,
    pongs: Vec<u8>,
}

/// Bytes that are taken one after the other.
struct Rest<'a>(&'a [u8]);

/// The peer has ended its side too early.
struct Ended;

impl Rest<'_> {
    fn byte(&mut self) -> Result<u8, Ended> {
        let (first, rest) = self.0.split_first().ok_or(Ended)?;
        self.0 = rest;
        Ok(*first)
    }

    fn number(&mut self, bytes: usize) -> Result<u64, Ended> {
        let mut number = 0;
        for _ in 0..bytes {
            number = number * 256 + u64::from(self.byte()?);
        }
        Ok(number)
    }
}

fn broken(close_code: u16) -> Inbound {
    Inbound::Protocol {
        close_code,
        reason: "",
    }
}

/// Reads one frame after the other and keeps the message that is open.
fn model(bytes: &[u8]) -> Seen {
    let mut seen = Seen::default();
    let mut rest = Rest(bytes);
    let mut open: Option<(bool, Vec<u8>)> = None;
    loop {
        match frame(&mut rest, &mut open, &mut seen) {
            Ok(None) => {}
            Ok(Some(end)) => {
                seen.inbound.push(end);
                return seen;
            }
            Err(Ended) => {
                seen.inbound.push(Inbound::Lost);
                return seen;
            }
        }
    }
}

/// Takes one frame; gives what it ends the connection with.
fn frame(
    rest: &mut Rest<'_>,
    open: &mut Option<(bool, Vec<u8>)>,
    seen: &mut Seen,
) -> Result<Option<Inbound>, Ended> {
    let (first, second) = (rest.byte()?, rest.byte()?);
    let (fin, opcode) = (first >= 0x80, first % 16);
    let is_control = opcode >= 8;
    let short = second % 128;
    let is_known = matches!(opcode, 0 | 1 | 2 | 8 | 9 | 10);
    let is_bad_control = is_control && (!fin || short > 125);
    if first / 16 % 8 != 0 || !is_known || second < 128 || is_bad_control {
        return Ok(Some(broken(1002)));
    }
    let length = match short {
        126 => rest.number(2)?,
        127 => rest.number(8)?,
        short => u64::from(short),
    };
    if !is_control {
        if open.is_some() != (opcode == 0) {
            return Ok(Some(broken(1002)));
        }
        let earlier = open.as_ref().map_or(0, |(_, bytes)| bytes.len());
        let size = u64::try_from(earlier)
            .expect("small")
            .saturating_add(length);
        if size > u64::try_from(MOST).expect("small") {
            return Ok(Some(Inbound::TooLarge { size }));
        }
    }
    let key = [rest.byte()?, rest.byte()?, rest.byte()?, rest.byte()?];
    let mut payload = Vec::new();
    for at in 0..usize::try_from(length).expect("within the limit") {
        payload.push(rest.byte()? ^ key[at % 4]);
    }
    match opcode {
        8 => return Ok(Some(close(&payload))),
        9 => {
            seen.pongs.extend([0x8a, short]);
            seen.pongs.extend(payload);
            return Ok(None);
        }
        10 => return Ok(None),
        0 => {
            let (_, bytes) = open.as_mut().expect("checked above");
            bytes.extend(payload);
        }
        opcode => *open = Some((opcode == 1, payload)),
    }
    if fin {
        let (is_text, bytes) = open.take().expect("just put there");
        if is_text && String::from_utf8(bytes.clone()).is_err() {
            return Ok(Some(broken(1007)));
        }
        let bytes = Bytes::from(bytes);
        seen.inbound.push(match is_text {
            true => Inbound::Text(bytes),
            false => Inbound::Binary(bytes),
        });
    }
    Ok(None)
}

fn close(payload: &[u8]) -> Inbound {
    if payload.is_empty() {
        return Inbound::Close {
            code: None,
            reason: String::new(),
        };
    }
    if payload.len() == 1 {
        return broken(1002);
    }
    let code = u16::from(payload[0]) * 256 + u16::from(payload[1]);
    let is_ours = (1000..1015).contains(&code) && ![1004, 1005, 1006].contains(&code);
    if !is_ours && !(3000..5000).contains(&code) {
        return broken(1002);
    }
    match String::from_utf8(payload[2..].to_vec()) {
        Ok(reason) => Inbound::Close {
            code: Some(code),
            reason,
        },
        Err(_) => broken(1007),
    }
}

/// What the reader makes of `bytes` in pieces: the first is what HTTP has read ahead, the others come one
/// after the other.
fn read(bytes: Vec<u8>, cuts: Vec<usize>) -> Seen {
    let (tell, told) = std::sync::mpsc::channel();
    on_room_thread(async move {
        let limits = Limits {
            max_message: MOST,
            ..Limits::default()
        };
        let mut at = 0;
        let mut pieces = Vec::new();
        for cut in cuts {
            let end = (at + cut).min(bytes.len());
            pieces.push(&bytes[at..end]);
            at = end;
        }
        pieces.push(&bytes[at..]);
        let (mut reader, outbox, mut peer) = connect_as(Role::Server, limits, pieces[0]).await;
        let reading = tokio::task::spawn_local(async move {
            let mut inbound = Vec::new();
            loop {
                let next = reader.next().await;
                let is_last = !matches!(next, Inbound::Text(_) | Inbound::Binary(_));
                inbound.push(match next {
                    // The texts are not the model's to know.
                    Inbound::Protocol { close_code, .. } => broken(close_code),
                    next => next,
                });
                if is_last {
                    break;
                }
            }
            outbox.close(None, "", 0);
            outbox.flush();
            farewell(reader, outbox, PATIENCE).await;
            inbound
        });
        for piece in &pieces[1..] {
            peer.send(piece).await;
            tokio::task::yield_now().await;
        }
        tokio::io::AsyncWriteExt::shutdown(&mut peer.0)
            .await
            .expect("the other end waits for it");
        let mut pongs = peer.receive_all().await;
        let close = pongs.split_off(pongs.len() - 2);
        assert_eq!(close, b"\x88\x00");
        let inbound = reading.await.expect("no panic");
        tell.send(Seen { inbound, pongs })
            .expect("it is waited for");
    });
    told.recv().expect("it was told")
}

/// Payloads that matter: characters, also in part, codes of Close frames, lengths about the forms'.
fn payload() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => "[a-zé€\u{1f600}]{0,12}".prop_map(String::into_bytes),
        2 => ("[a-zé€\u{1f600}]{1,6}", any::<prop::sample::Index>()).prop_map(|(text, cut)| {
            let mut bytes = text.into_bytes();
            bytes.truncate(cut.index(bytes.len()) + 1);
            bytes
        }),
        2 => (0..5100_u16, "[a-zé]{0,8}").prop_map(|(code, reason)| {
            [&code.to_be_bytes(), reason.as_bytes()].concat()
        }),
        1 => vec(any::<u8>(), 0..8),
        1 => (120..210_usize).prop_map(|length| vec![b'x'; length]),
    ]
}

/// One frame, mostly a good one.
fn frame_bytes() -> impl Strategy<Value = Vec<u8>> {
    let first = prop_oneof![
        12 => prop::sample::select(vec![0x81_u8, 0x82, 0x01, 0x02, 0x00, 0x80, 0x89, 0x8a, 0x88]),
        1 => any::<u8>(),
    ];
    let form = prop_oneof![12 => Just(0_u8), 1 => Just(1_u8), 1 => Just(2_u8)];
    let masked = prop::bool::weighted(0.97);
    (first, form, masked, any::<[u8; 4]>(), payload()).prop_map(
        |(first, form, masked, key, payload)| {
            let mask = if masked { 0x80 } else { 0 };
            let length = payload.len();
            let mut bytes = vec![first];
            match (form, length) {
                (0, 0..=125) => bytes.push(mask | u8::try_from(length).expect("short")),
                (0 | 1, _) => {
                    bytes.push(mask | 126);
                    bytes.extend(u16::try_from(length).expect("short").to_be_bytes());
                }
                _ => {
                    bytes.push(mask | 127);
                    bytes.extend((length as u64).to_be_bytes());
                }
            }
            if masked {
                bytes.extend(key);
            }
            let keys = key.iter().cycle();
            bytes.extend(payload.iter().zip(keys).map(|(byte, key)| match masked {
                true => byte ^ key,
                false => *byte,
            }));
            bytes
        },
    )
}

fn stream_bytes() -> impl Strategy<Value = Vec<u8>> {
    let frames = vec(frame_bytes(), 0..8).prop_map(|frames| frames.concat());
    (frames, vec(any::<u8>(), 0..6), prop::bool::weighted(0.8)).prop_map(
        |(mut bytes, garbage, is_whole)| {
            if !is_whole {
                bytes.extend(garbage);
            }
            bytes
        },
    )
}

proptest! {
    #![proptest_config(chance::cases(300))]

    #[test]
    fn random_frames_are_read_like_the_model(
        bytes in stream_bytes(),
        cuts in vec(0..40_usize, 0..12),
    ) {
        let expected = model(&bytes);
        prop_assert_eq!(read(bytes, cuts), expected);
    }

    #[test]
    fn random_bytes_are_read_like_the_model(bytes in vec(any::<u8>(), 0..80)) {
        let expected = model(&bytes);
        prop_assert_eq!(read(bytes, vec![3]), expected);
    }
}

#[test]
fn the_model_knows_the_hello_of_the_standard() {
    let hello = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58\x89\x80\0\0\0\0";
    let expected = Seen {
        inbound: vec![Inbound::Text(Bytes::from_static(b"Hello")), Inbound::Lost],
        pongs: b"\x8a\x00".to_vec(),
    };
    assert_eq!(model(hello), expected);
}
