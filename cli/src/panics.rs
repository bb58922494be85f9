//! Reports panics: faults of partyrun itself, which end one thread and nothing else if that is not the
//! main one. Owns the process's panic hook and the wording.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::{self, PanicHookInfo};
use std::thread;

use partyrun_runtime::{RoomAddress, room_of_this_thread};

use crate::ui::Printer;

/// Has every panic reported through `printer`, like any other error.
pub fn report_through(printer: &Printer) {
    let printer = printer.clone();
    panic::set_hook(Box::new(move |panicked| {
        let this = thread::current();
        let name = this.name().unwrap_or("unnamed");
        let room = room_of_this_thread();
        let place = panicked.location().map(ToString::to_string);
        let mut report = text(name, room.as_ref(), place.as_deref(), message(panicked));
        // Only when `RUST_BACKTRACE` asks for it.
        let trace = Backtrace::capture();
        if trace.status() == BacktraceStatus::Captured {
            report.push_str(&format!("\n{trace}"));
        }
        printer.internal_error(&report);
    }));
}

fn message<'a>(panicked: &'a PanicHookInfo<'_>) -> &'a str {
    panicked
        .payload_as_str()
        .unwrap_or("a value that is not a text")
}

fn text(thread: &str, room: Option<&RoomAddress>, place: Option<&str>, message: &str) -> String {
    let whose = match room {
        Some(room) => format!("thread `{thread}` of room `{room}`"),
        None => format!("thread `{thread}`"),
    };
    let place = place.unwrap_or("an unknown place");
    format!("Internal error of partyrun in the {whose}, at `{place}`: {message}")
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// Set for the process that panics, which is this test again.
    const PANICS: &str = "PARTYRUN_TEST_PANICS";

    #[test]
    fn panic_of_a_thread_is_printed_as_an_error_and_the_process_goes_on() {
        if std::env::var_os(PANICS).is_some() {
            let printer = Printer::start();
            report_through(&printer);
            let room = thread::Builder::new().name("room".to_owned());
            let room = room.spawn(|| panic!("it is {} o'clock", 5));
            assert!(room.expect("a thread starts").join().is_err());
            printer.err("still here");
            printer.flush();
            return;
        }
        let myself = std::env::current_exe().expect("tests are a program");
        let name =
            "panics::tests::panic_of_a_thread_is_printed_as_an_error_and_the_process_goes_on";
        let output = Command::new(myself)
            .args(["--exact", name, "--nocapture"])
            .env(PANICS, "1")
            .env_remove("RUST_BACKTRACE")
            .env("NO_COLOR", "1")
            .output()
            .expect("it runs");
        let stderr = String::from_utf8_lossy(&output.stderr);
        let lines: Vec<&str> = stderr.lines().collect();
        let [report, last] = lines[..] else {
            panic!("two lines are printed: {stderr}");
        };
        let begin = "✘ Internal error of partyrun in the thread `room`, at `cli/src/panics.rs:";
        assert!(report.starts_with(begin), "{report}");
        assert!(report.ends_with("`: it is 5 o'clock"), "{report}");
        assert_eq!(last, "still here");
        assert!(output.status.success());
    }

    #[test]
    fn report_names_the_room() {
        let room = RoomAddress {
            party: "main".to_owned(),
            room: "lobby".to_owned(),
        };
        assert_eq!(
            text("room", Some(&room), Some("a.rs:1:2"), "oh"),
            "Internal error of partyrun in the thread `room` of room `main/lobby`, at `a.rs:1:2`: oh"
        );
        assert_eq!(
            text("io", None, None, "oh"),
            "Internal error of partyrun in the thread `io`, at `an unknown place`: oh"
        );
    }
}
