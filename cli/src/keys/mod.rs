//! Hot keys of `partyrun dev` (specification 9.6): what a single key does. Owns the thread that reads
//! them; the terminal's modes are `modes`', the signals of job control `job`'s, output is `ui`'s.

mod job;
mod modes;

use std::io::{self, IsTerminal};
use std::thread;

use rustix::io::Errno;

use self::job::{Job, Woken};
pub use self::modes::restore;
use crate::ui::Printer;

/// Clears screen and scrollback, and goes to the upper left corner.
const CLEAR: &str = "\x1b[2J\x1b[3J\x1b[H";

const HINT: &str = "[b] open a browser, [c] clear console, [x] to exit";
const HINT_WITH_DEBUGGERS: &str =
    "[b] open a browser, [d] debug a room, [c] clear console, [x] to exit";

/// Most bytes that a terminal hands over at once.
const MOST_BYTES: usize = 4096;

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Browser,
    Debug,
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
            b'd' => Some(Key::Debug),
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
    /// Starts reading, when there is a terminal to read from: at once in the foreground, else when this
    /// process comes there. `url` is what a browser is sent to, `debuggers` where it finds what can be
    /// debugged; `exit` is called when the end is asked for.
    pub fn start(
        printer: &Printer,
        url: String,
        debuggers: Option<String>,
        exit: impl Fn() + Send + 'static,
    ) -> Option<HotKeys> {
        if !io::stdin().is_terminal() {
            return None;
        }
        let job = Job::start()
            .map_err(|error| printer.note(&format!("Hot keys are not available: {error}")))
            .ok()?;
        let mut reader = Reader {
            job,
            printer: printer.clone(),
            url,
            debuggers,
            is_known: false,
        };
        reader.takes_keys();
        // Ends with the process: there is nothing to put in order behind it.
        thread::Builder::new()
            .name("keys".to_owned())
            .spawn(move || reader.work(&exit))
            .map_err(|error| printer.note(&format!("Hot keys are not available: {error}")))
            .ok()?;
        Some(HotKeys(()))
    }
}

impl Drop for HotKeys {
    fn drop(&mut self) {
        restore();
    }
}

struct Reader {
    job: Job,
    printer: Printer,
    url: String,
    debuggers: Option<String>,
    /// Whether it has been said which keys there are.
    is_known: bool,
}

impl Reader {
    /// Whether keys are this process's at the moment.
    fn takes_keys(&mut self) -> bool {
        let takes = modes::take();
        if takes && !std::mem::replace(&mut self.is_known, true) {
            self.printer.status(self.hint());
        }
        takes
    }

    fn work(mut self, exit: &impl Fn()) {
        loop {
            let takes = self.takes_keys();
            match self.job.wait(takes) {
                Ok(Woken::Typed) => {
                    // A read in the background would stop the process.
                    if modes::in_foreground() && !self.read(exit) {
                        return;
                    }
                }
                Ok(Woken::Stop) => {
                    modes::give_back();
                    job::stop();
                }
                Ok(Woken::Continued) => modes::renew(),
                Ok(Woken::Glance) => {}
                Err(_) => return,
            }
        }
    }

    fn hint(&self) -> &'static str {
        match self.debuggers {
            Some(_) => HINT_WITH_DEBUGGERS,
            None => HINT,
        }
    }

    /// Does what the next key asks for; returns whether there may be more.
    fn read(&self, exit: &impl Fn()) -> bool {
        let mut bytes = [0; MOST_BYTES];
        let count = match rustix::io::read(io::stdin(), &mut bytes) {
            Ok(0) => return false,
            Ok(count) => count,
            Err(Errno::INTR | Errno::AGAIN) => return true,
            Err(_) => return false,
        };
        match Key::of(&bytes[..count]) {
            Some(Key::Browser) => open_browser(&self.printer, &self.url),
            Some(Key::Debug) => {
                if let Some(url) = &self.debuggers {
                    // A launcher that finds no browser says so to nobody.
                    self.printer.status(format!("Debug a room at {url}"));
                    open_browser(&self.printer, url);
                }
            }
            Some(Key::Clear) => self.printer.out(format!("{CLEAR}{}", self.hint())),
            Some(Key::Enter) => self.printer.out(""),
            Some(Key::Exit) => exit(),
            None => {}
        }
        true
    }
}

fn open_browser(printer: &Printer, url: &str) {
    // Why is said in terms of the system's launcher, which nobody asked for.
    if open::that_detached(url).is_err() {
        printer.note(&format!("Could not open a browser at {url}"));
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
            ("D", Key::Debug),
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
