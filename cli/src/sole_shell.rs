//! A shell that has been started for this program alone, as `npx` and `npm run` have one between npm and what they run.
//! A signal to npm ends npm and its shell, and nobody tells the program, which would go on serving for nobody. So it
//! ends with such a shell. Knows nothing of what partyrun does.

/// Has this process end in order when the shell does, if there is one and the system can do that.
pub fn end_with_it() {
    #[cfg(target_os = "linux")]
    linux::end_with_it();
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;

    use rustix::process::{Signal, getpid, getppid, kill_process, set_parent_process_death_signal};

    /// What has the shell do something else besides waiting.
    const MORE: [char; 6] = ['&', ';', '|', '\n', '(', '`'];

    pub fn end_with_it() {
        let Some(parent) = getppid() else { return };
        let file = format!("/proc/{}/cmdline", parent.as_raw_nonzero());
        let words = fs::read(file).unwrap_or_default();
        if !waits_for_this_alone(&String::from_utf8_lossy(&words)) {
            return;
        }
        // Without it, the program goes on as it does elsewhere.
        let _ = set_parent_process_death_signal(Some(Signal::TERM));
        if getppid() != Some(parent) {
            let _ = kill_process(getpid(), Signal::TERM);
        }
    }

    /// Whether a command line, its words ended by zeros, is `sh -c "partyrun ..."`.
    pub(super) fn waits_for_this_alone(words: &str) -> bool {
        let words: Vec<_> = words.trim_end_matches('\0').split('\0').collect();
        let [shell, "-c", text] = words.as_slice() else {
            return false;
        };
        let first = text.split_whitespace().next().unwrap_or_default();
        let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        name(shell).ends_with("sh") && name(first) == "partyrun" && !text.contains(MORE)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::linux::waits_for_this_alone;

    #[test]
    fn shell_that_only_waits_is_told_from_one_that_goes_on() {
        for words in [
            "sh\0-c\0partyrun dev --port 0\0",
            "/bin/bash\0-c\0node_modules/.bin/partyrun test -- node --test\0",
        ] {
            assert!(waits_for_this_alone(words), "{words}");
        }
        for words in [
            "",
            "npm exec partyrun dev",
            "node\0server.js\0",
            "-bash\0",
            "sh\0-c\0partyrun dev & vite\0",
            "sh\0-c\0(partyrun dev)\0",
            "sh\0-c\0vite\0",
            "sh\0start.sh\0",
        ] {
            assert!(!waits_for_this_alone(words), "{words}");
        }
    }
}
