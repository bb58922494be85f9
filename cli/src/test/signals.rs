//! The signals that `partyrun test` gets and that are meant for its command. Owns their handlers.

use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::Signal;
use signal_hook::low_level::pipe;

use super::run::Shared;
use crate::dev::Wake;

/// Those that ask a program to end, and the one by which a shell has it go on.
const SIGNALS: [Signal; 4] = [Signal::INT, Signal::TERM, Signal::HUP, Signal::CONT];

/// Hands signals on from here on.
///
/// # Errors
/// When the system refuses a handler or a thread.
pub fn forward(shared: Arc<Shared>, stop: Sender<Wake>) -> io::Result<()> {
    let told: Vec<(Signal, UnixStream)> = SIGNALS
        .into_iter()
        .map(|signal| Ok((signal, told_of(signal)?)))
        .collect::<io::Result<_>>()?;
    // Ends with the process: a signal may come until then.
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            loop {
                let mut sources: Vec<PollFd<'_>> = told
                    .iter()
                    .map(|(_, source)| PollFd::new(source, PollFlags::IN))
                    .collect();
                if poll(&mut sources, None).is_err() {
                    continue;
                }
                for (signal, mut source) in told.iter().map(|(signal, source)| (*signal, source)) {
                    let mut bytes = [0; 16];
                    if !source.read(&mut bytes).is_ok_and(|count| count > 0) {
                        continue;
                    }
                    match signal {
                        Signal::CONT => shared.go_on(),
                        signal => shared.signal(signal.as_raw(), &stop),
                    }
                }
            }
        })
        .map(drop)
}

fn told_of(signal: Signal) -> io::Result<UnixStream> {
    let (read, write) = UnixStream::pair()?;
    read.set_nonblocking(true)?;
    pipe::register(signal.as_raw(), write)?;
    Ok(read)
}
