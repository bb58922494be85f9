//! Memory of a process with all its children, as Linux counts it in `/proc`. Never guesses: where
//! there is no `/proc` it says so.

use std::fs;

use serde::Serialize;

/// One process.
#[derive(Clone, Debug, PartialEq)]
pub struct Process {
    pub id: u32,
    pub parent: u32,
    pub command: String,
}

/// Sums over a process tree, in MiB.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Memory {
    /// Resident set size; pages that processes share count in each.
    pub rss_mib: f64,
    /// Proportional set size: shared pages count once.
    pub pss_mib: f64,
    /// The most that was resident since each process began.
    pub peak_mib: f64,
    pub processes: usize,
}

/// Memory of `root` and all below it.
///
/// # Errors
/// Where the system does not tell.
pub fn of_tree(root: u32) -> Result<Memory, String> {
    let mut sum = Memory {
        rss_mib: 0.0,
        pss_mib: 0.0,
        peak_mib: 0.0,
        processes: 0,
    };
    for process in tree(root) {
        // A process may end between the listing and the look.
        let Ok(text) = fs::read_to_string(format!("/proc/{}/smaps_rollup", process.id)) else {
            continue;
        };
        if let (Some(rss), Some(pss)) = (kib(&text, "Rss:"), kib(&text, "Pss:")) {
            sum.rss_mib += rss / 1024.0;
            sum.pss_mib += pss / 1024.0;
            sum.peak_mib += peak(process.id).unwrap_or(rss) / 1024.0;
            sum.processes += 1;
        }
    }
    match sum.processes {
        0 => Err("No memory to be read from: /proc".to_owned()),
        _ => Ok(sum),
    }
}

/// In KiB.
fn peak(id: u32) -> Option<f64> {
    kib(
        &fs::read_to_string(format!("/proc/{id}/status")).ok()?,
        "VmHWM:",
    )
}

/// `root` and its descendants; empty where there is no `/proc`.
pub fn tree(root: u32) -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let all: Vec<Process> = entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(process)
        .collect();
    descend(root, &all)
}

/// Name of a process's command, if it still runs.
pub fn command_of(id: u32) -> Option<String> {
    process(id).map(|process| process.command)
}

fn process(id: u32) -> Option<Process> {
    parse_stat(&fs::read_to_string(format!("/proc/{id}/stat")).ok()?)
}

/// Reads `id (command) state parent ...`; the command may itself contain brackets and spaces.
fn parse_stat(text: &str) -> Option<Process> {
    let (id, rest) = text.split_once(" (")?;
    let (command, rest) = rest.rsplit_once(") ")?;
    let parent = rest.split(' ').nth(1)?;
    Some(Process {
        id: id.parse().ok()?,
        parent: parent.parse().ok()?,
        command: command.to_owned(),
    })
}

fn descend(root: u32, all: &[Process]) -> Vec<Process> {
    let mut found: Vec<Process> = all
        .iter()
        .filter(|process| process.id == root)
        .cloned()
        .collect();
    let mut at = 0;
    while let Some(parent) = found.get(at).map(|process| process.id) {
        found.extend(
            all.iter()
                .filter(|process| process.parent == parent)
                .cloned(),
        );
        at += 1;
    }
    found
}

fn kib(rollup: &str, field: &str) -> Option<f64> {
    let line = rollup.lines().find_map(|line| line.strip_prefix(field))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_with_brackets_does_not_confuse() {
        let process = parse_stat("17 (a (b) c) S 4 17 17 0").expect("well-formed");
        assert_eq!(
            process,
            Process {
                id: 17,
                parent: 4,
                command: "a (b) c".to_owned()
            }
        );
    }

    #[test]
    fn a_tree_holds_children_of_children_and_nothing_else() {
        let process = |id, parent| Process {
            id,
            parent,
            command: String::new(),
        };
        let all = [
            process(1, 0),
            process(9, 3),
            process(3, 2),
            process(2, 1),
            process(4, 1),
        ];
        let ids: Vec<u32> = descend(2, &all).iter().map(|process| process.id).collect();
        assert_eq!(ids, [2, 3, 9]);
        assert!(descend(77, &all).is_empty());
    }

    #[test]
    fn the_rollup_gives_kibibytes() {
        let text =
            "00400000-7fff ---p 00000000 00:00 0 [rollup]\nRss:      2048 kB\nPss:  1024 kB\n";
        assert_eq!(
            (kib(text, "Rss:"), kib(text, "Pss:")),
            (Some(2048.0), Some(1024.0))
        );
        assert_eq!(kib(text, "Swap:"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_very_process_has_memory() {
        let memory = of_tree(std::process::id()).expect("Linux has /proc");
        assert!(memory.rss_mib > 0.5 && memory.processes >= 1, "{memory:?}");
        assert!(memory.peak_mib >= memory.rss_mib, "{memory:?}");
    }
}
