//! All processes of a run, known by a word in their environment, which children inherit and nobody changes. Never
//! starts or kills one of a run that goes on.

use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// By when nothing may be left.
const LIMIT: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(5);

const NAME: &str = "PARTYRUN_RUN_OF_XTASK";

/// Processes with one word.
pub struct Family {
    mark: String,
}

impl Family {
    /// Those that `command` is going to start.
    pub fn of(command: &mut Command) -> Family {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let word = format!("{}-{number}", std::process::id());
        command.env(NAME, &word);
        // With its end, so that 1 is no part of 12.
        let mark = format!("{NAME}={word}\0");
        Family { mark }
    }

    /// Those that live; one that only waits for its parent to look does not.
    pub fn living(&self) -> Vec<u32> {
        let entries = fs::read_dir("/proc").into_iter().flatten();
        let ids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
        ids.filter(|id| self.has(*id)).collect()
    }

    fn has(&self, id: u32) -> bool {
        // A process that has ended has an empty environment.
        let environment = fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
        let mark = self.mark.as_bytes();
        environment.windows(mark.len()).any(|window| window == mark)
    }

    /// Waits until nothing of it lives: how long that took.
    ///
    /// # Errors
    /// Names what is left, and kills it.
    pub fn gone(&self) -> Result<Duration, String> {
        let begun = Instant::now();
        loop {
            let living = self.living();
            let waited = begun.elapsed();
            if living.is_empty() {
                return Ok(waited);
            }
            if waited >= LIMIT {
                let commands: Vec<String> = living.iter().map(|id| command_line(*id)).collect();
                living.into_iter().for_each(kill);
                return Err(format!("Left after {LIMIT:?}: {}", commands.join("; ")));
            }
            std::thread::sleep(PAUSE);
        }
    }
}

fn command_line(id: u32) -> String {
    let words = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
    let words = String::from_utf8_lossy(&words).replace('\0', " ");
    format!("{id} {}", words.trim_end())
}

/// At once, whatever it does.
pub fn kill(id: u32) {
    if let Some(id) = i32::try_from(id).ok().and_then(Pid::from_raw) {
        // It may be gone already, which is what was wanted.
        let _ = kill_process(id, Signal::KILL);
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn children_of_children_belong_to_it_until_they_end() {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 30 & wait"]);
        let family = Family::of(&mut command);
        let mut other = Command::new("true");
        let others = Family::of(&mut other);
        let mut child = command.spawn().expect("there is a shell");
        let begun = Instant::now();
        while family.living().len() < 2 {
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "it never has two"
            );
            std::thread::sleep(PAUSE);
        }
        assert!(others.living().is_empty());
        kill(child.id());
        child.wait().expect("it was ours");
        let left = family.gone().expect_err("the shell's child is left");
        assert!(left.contains("sleep 30"), "{left}");
        family.gone().expect("it was killed");
    }
}
