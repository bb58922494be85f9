use super::*;

const LIMIT: usize = 1000;

fn text(bytes: usize) -> Message {
    Message::Text(vec![b'x'; bytes].into())
}

fn send(end: &PipeEnd, bytes: usize) -> Result<(), PipeBroken> {
    end.sender.send(PipeMessage::Message(text(bytes)))
}

/// How long a message may be that is the only one.
fn longest() -> usize {
    LIMIT - cost(&text(0))
}

#[tokio::test]
async fn message_beyond_the_limit_is_refused_and_does_not_count() {
    let (ours, mut theirs) = pipe(LIMIT);
    send(&ours, longest()).expect("it just fits");
    assert_eq!(send(&ours, 1), Err(PipeBroken::Full));
    assert_eq!(send(&ours, LIMIT * 10), Err(PipeBroken::Full));
    theirs
        .receiver
        .recv()
        .await
        .expect("the first one is there");
    send(&ours, longest()).expect("the other end has caught up");
}

#[test]
fn close_passes_a_full_pipe() {
    let (ours, _theirs) = pipe(LIMIT);
    send(&ours, longest()).expect("it just fits");
    let close = PipeMessage::Close {
        code: Some(1000),
        reason: "done".to_owned(),
    };
    ours.sender.send(close).expect("a Close weighs nothing");
}

#[test]
fn empty_messages_fill_a_pipe_too() {
    let (ours, _theirs) = pipe(LIMIT);
    let sent = (0..LIMIT).take_while(|_| send(&ours, 0).is_ok()).count();
    assert_eq!(sent, LIMIT / cost(&text(0)));
}

#[test]
fn each_direction_has_its_own_limit() {
    let (ours, theirs) = pipe(LIMIT);
    send(&ours, longest()).expect("it just fits");
    send(&theirs, longest()).expect("the other direction is empty");
}

#[tokio::test]
async fn counted_message_that_is_never_sent_is_taken_back() {
    let (ours, mut theirs) = pipe(LIMIT);
    let held = text(longest());
    ours.sender.count(&held).expect("it just fits");
    assert_eq!(
        send(&ours, 0),
        Err(PipeBroken::Full),
        "it counts while it is held"
    );
    ours.sender.discount(&held);
    send(&ours, longest()).expect("nothing waits");
    assert!(theirs.receiver.recv().await.is_some());
}

#[test]
fn end_that_is_gone_is_told_from_one_that_is_slow() {
    let (ours, theirs) = pipe(LIMIT);
    drop(theirs);
    assert_eq!(send(&ours, 1), Err(PipeBroken::Gone));
}
