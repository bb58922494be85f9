//! Hot keys of `partyrun dev` (specification 9.6): what a single key does. Owns the thread that reads
//! them; the terminal's modes are `modes`', the signals of job control `job`'s, output is `ui`'s.

mod job;
mod modes;
mod words;

use std::io::{self, IsTerminal};
use std::thread;

use rustix::io::Errno;

use self::job::{Job, Woken};
pub use self::modes::restore;
use crate::qr;
use crate::ui::{CLEAR, Printer};

/// Most bytes that a terminal hands over at once.
const MOST_BYTES: usize = 4096;

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Browser,
    Dashboard,
    Debug,
    Phone,
    Clear,
    Help,
    Enter,
    Ask(Ask),
}

/// What is asked of the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// To have the code run from its beginning.
    Reload,
    /// To list the rooms that live.
    Rooms,
    Exit,
}

/// Where keys lead.
#[derive(Clone, Debug)]
pub struct Places {
    /// Where a browser of this machine finds the project.
    pub url: String,
    /// Where a browser of this machine finds the dashboard, if there is one.
    pub dashboard: Option<String>,
    /// Where a browser finds what can be debugged.
    pub debuggers: Option<String>,
    /// Where other machines find the project.
    pub network: Option<String>,
    /// What stays when the screen is cleared.
    pub headline: String,
}

impl Key {
    /// Only a read of a single byte is a key press: escape sequences (arrow keys end in letters) and
    /// pasted text arrive as several.
    fn of(read: &[u8]) -> Option<Key> {
        let [byte] = read else { return None };
        match byte.to_ascii_lowercase() {
            b'b' => Some(Key::Browser),
            b'o' => Some(Key::Dashboard),
            b'd' => Some(Key::Debug),
            b'p' => Some(Key::Phone),
            b'c' => Some(Key::Clear),
            b'h' | b'?' => Some(Key::Help),
            b'r' => Some(Key::Ask(Ask::Reload)),
            b'l' => Some(Key::Ask(Ask::Rooms)),
            b'x' | b'q' => Some(Key::Ask(Ask::Exit)),
            b'\r' | b'\n' => Some(Key::Enter),
            _ => None,
        }
    }
}

/// Reads keys until it is dropped.
pub struct HotKeys(());

impl HotKeys {
    /// Starts reading, when there is a terminal to read from: at once in the foreground, else when this
    /// process comes there. `ask` hears what the session is to do.
    pub fn start(
        printer: &Printer,
        places: Places,
        ask: impl Fn(Ask) + Send + 'static,
    ) -> Option<HotKeys> {
        if !io::stdin().is_terminal() {
            return None;
        }
        let job = Job::start()
            .map_err(|error| printer.note(&format!("Hot keys are not available: {error}")))
            .ok()?;
        let mut reader = Reader {
            job,
            printer: printer.saying(None, false),
            places,
            is_known: false,
        };
        reader.takes_keys();
        // Ends with the process: there is nothing to put in order behind it.
        thread::Builder::new()
            .name("keys".to_owned())
            .spawn(move || reader.work(&ask))
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
    places: Places,
    /// Whether it has been said which keys there are.
    is_known: bool,
}

impl Reader {
    /// Whether keys are this process's at the moment.
    fn takes_keys(&mut self) -> bool {
        let takes = modes::take();
        if takes && !std::mem::replace(&mut self.is_known, true) {
            self.printer.status(words::hint(&self.places));
        }
        takes
    }

    fn work(mut self, ask: &impl Fn(Ask)) {
        loop {
            let takes = self.takes_keys();
            match self.job.wait(takes) {
                Ok(Woken::Typed) => {
                    // A read in the background would stop the process.
                    if modes::in_foreground() && !self.read(ask) {
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

    /// Does what the next key asks for; returns whether there may be more.
    fn read(&self, ask: &impl Fn(Ask)) -> bool {
        let mut bytes = [0; MOST_BYTES];
        let count = match rustix::io::read(io::stdin(), &mut bytes) {
            Ok(0) => return false,
            Ok(count) => count,
            Err(Errno::INTR | Errno::AGAIN) => return true,
            Err(_) => return false,
        };
        if let Some(key) = Key::of(&bytes[..count]) {
            self.follow(key, ask);
        }
        true
    }

    fn follow(&self, key: Key, ask: &impl Fn(Ask)) {
        let (printer, places) = (&self.printer, &self.places);
        match key {
            Key::Browser => open_browser(printer, &places.url),
            Key::Dashboard => {
                if let Some(url) = &places.dashboard {
                    open_browser(printer, url);
                }
            }
            Key::Debug => {
                if let Some(url) = &places.debuggers {
                    // A launcher that finds no browser says so to nobody.
                    printer.status(format!("Debug a room at {url}"));
                    open_browser(printer, url);
                }
            }
            Key::Phone => self.show_code(),
            Key::Clear => printer.out(format!(
                "{CLEAR}{}\n{}",
                places.headline,
                words::hint(places)
            )),
            Key::Help => printer.out(words::help(places)),
            Key::Enter => printer.out(""),
            Key::Ask(what) => ask(what),
        }
    }

    fn show_code(&self) {
        let Some(url) = &self.places.network else {
            let text = "Phones cannot reach this server: serve with `--host 0.0.0.0`, in a network that they are in";
            return self.printer.out(text);
        };
        match qr::picture(url, self.printer.out_styles) {
            Some(picture) => self.printer.out(format!("{picture}\n{url}")),
            None => self.printer.out(url.as_str()),
        }
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
            ("o", Key::Dashboard),
            ("?", Key::Help),
            ("R", Key::Ask(Ask::Reload)),
            ("x", Key::Ask(Ask::Exit)),
            ("Q", Key::Ask(Ask::Exit)),
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
