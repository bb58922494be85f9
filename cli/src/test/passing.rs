//! Passes an open file to another process, over a socket between the two: so it is neither inherited by
//! accident nor known by a number.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

use rustix::cmsg_space;
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};

/// # Errors
/// When the other end is gone.
pub fn send(socket: &UnixStream, file: BorrowedFd<'_>) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    let files = [file];
    control.push(SendAncillaryMessage::ScmRights(&files));
    // A file does not travel without a byte.
    let byte = IoSlice::new(b"\n");
    sendmsg(socket, &[byte], &mut control, SendFlags::empty())?;
    Ok(())
}

/// # Errors
/// When the other end is gone, or has sent something else.
pub fn receive(socket: &UnixStream) -> io::Result<OwnedFd> {
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    let mut bytes = [IoSliceMut::new(&mut byte)];
    recvmsg(socket, &mut bytes, &mut control, RecvFlags::empty())?;
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(mut files) = message
            && let Some(file) = files.next()
        {
            fcntl_setfd(&file, FdFlags::CLOEXEC)?;
            return Ok(file);
        }
    }
    Err(io::ErrorKind::InvalidData.into())
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::{Read, Write};
    use std::os::fd::AsFd;

    use super::*;

    #[test]
    fn a_file_arrives_open() {
        let (one, other) = UnixStream::pair().expect("a pair of sockets");
        let (read, write) = io::pipe().expect("a pipe");
        send(&one, write.as_fd()).expect("the other end is there");
        drop(write);
        let mut file = File::from(receive(&other).expect("it was sent"));
        file.write_all(b"hello").expect("the pipe is open");
        drop(file);
        let mut text = String::new();
        File::from(OwnedFd::from(read))
            .read_to_string(&mut text)
            .expect("the pipe ends");
        assert_eq!(text, "hello");
    }
}
