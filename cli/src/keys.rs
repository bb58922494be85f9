//! Hot keys of `partyrun dev` (specification 9.6): reads single keys from the terminal, and puts it
//! back as it was. Owns the terminal's mode and the thread that reads it; output is `ui`'s.
//!
//! Only line editing and echo are switched off: Ctrl-C and Ctrl-Z keep their meaning, and lines that
//! are printed still start at the left.

use std::io::{self, IsTerminal, Read};
use std::sync::{Mutex, PoisonError};
use std::thread;

use rustix::process::getpgrp;
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr,
};

use crate::ui::Printer;

/// Clears screen and scrollback, and goes to the upper left corner.
const CLEAR: &str = "\x1b[2J\x1b[3J\x1b[H";

const HINT: &str = "[b] open a browser, [c] clear console, [x] to exit";

/// How the terminal was before keys were read one by one.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Browser,
    Clear,
    Exit,
    Enter,
}

impl Key {
    /// Only a read of a single byte is a key press: escape sequences (arrow keys end in letters) and
    /// pasted text arrive as several.
    fn of(read: &[u8]) -> Option<Key> {
        let [byte] = read else { return None };
        match byte.to_ascii_lowercase() {
            b'b' => Some(Key::Browser),
            b'c' => Some(Key::Clear),
            b'x' | b'q' => Some(Key::Exit),
            b'\r' | b'\n' => Some(Key::Enter),
            _ => None,
        }
    }
}

/// Reads keys until it is dropped.
pub struct HotKeys(());

impl HotKeys {
    /// Starts reading, when there is a terminal to read from and this process is in its foreground:
    /// in the background, changing the terminal would stop it. `url` is what a browser is sent to;
    /// `exit` is called when the end is asked for.
    pub fn start(
        printer: &Printer,
        url: String,
        exit: impl Fn() + Send + 'static,
    ) -> Option<HotKeys> {
        let stdin = io::stdin();
        if !stdin.is_terminal() || !in_foreground() {
            return None;
        }
        let before = tcgetattr(&stdin).ok()?;
        let mut raw = before.clone();
        raw.local_modes
            .remove(LocalModes::ICANON | LocalModes::ECHO);
        raw.special_codes[SpecialCodeIndex::VMIN] = 1;
        raw.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(&stdin, OptionalActions::Now, &raw).ok()?;
        *BEFORE.lock().unwrap_or_else(PoisonError::into_inner) = Some(before);
        printer.status(HINT);
        let printer = printer.clone();
        // Ends with the process: nothing can interrupt a read from a terminal.
        thread::spawn(move || read(&printer, &url, &exit));
        Some(HotKeys(()))
    }
}

impl Drop for HotKeys {
    fn drop(&mut self) {
        restore();
    }
}

/// Puts the terminal back as it was; does nothing the second time. For every way out of the process.
pub fn restore() {
    let before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(before) = before
        && in_foreground()
    {
        // A terminal that is gone needs no mode.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &before);
    }
}

fn in_foreground() -> bool {
    tcgetpgrp(io::stdin()).is_ok_and(|group| group == getpgrp())
}

fn open_browser(printer: &Printer, url: &str) {
    // Why is said in terms of the system's launcher, which nobody asked for.
    if open::that_detached(url).is_err() {
        printer.note(&format!("No browser could be opened for {url}"));
    }
}

fn read(printer: &Printer, url: &str, exit: &impl Fn()) {
    let mut bytes = [0; 64];
    loop {
        let count = match io::stdin().lock().read(&mut bytes) {
            Ok(0) => return,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => return,
        };
        match Key::of(&bytes[..count]) {
            Some(Key::Browser) => open_browser(printer, url),
            Some(Key::Clear) => printer.out(format!("{CLEAR}{HINT}")),
            Some(Key::Enter) => printer.out(""),
            Some(Key::Exit) => exit(),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_have_no_case() {
        for (read, key) in [
            ("b", Key::Browser),
            ("B", Key::Browser),
            ("c", Key::Clear),
            ("x", Key::Exit),
            ("Q", Key::Exit),
            ("\n", Key::Enter),
        ] {
            assert_eq!(Key::of(read.as_bytes()), Some(key));
        }
    }

    #[test]
    fn arrow_keys_and_pasted_text_are_no_keys() {
        for read in ["\x1b[B", "\x1b[C", "bx", "z", ""] {
            assert_eq!(Key::of(read.as_bytes()), None, "{read:?}");
        }
    }
}
