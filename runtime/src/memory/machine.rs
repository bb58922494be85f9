//! What memory the machine has and still gives, by what it tells and by the control groups that the
//! process is in, of both versions, their parents included. Knows nothing of who uses it.

use std::fs;
use std::path::{Path, PathBuf};

use super::groups::{Group, Version, groups};

/// Of the memory that there is, so much is for this process: the rest is the system's and others'.
const SHARE: (u64, u64) = (3, 4);
/// Of all there is, this part is left to others when they have the rest.
const RESERVE: u64 = 16;

/// The process may have so many bytes whatever others have, unless the machine is smaller: it could not
/// serve with less.
const LEAST: u64 = 512 << 20;

/// Where to read it.
pub struct Machine {
    /// `/`, in tests a folder.
    root: PathBuf,
    /// What it is taken to have at most, in bytes.
    most: Option<u64>,
    groups: Vec<Group>,
}

/// What there is, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Memory {
    total: u64,
    /// What can be had without taking it from anybody.
    available: u64,
}

impl Memory {
    fn within(self, other: Memory) -> Memory {
        Memory {
            total: self.total.min(other.total),
            available: self.available.min(other.available),
        }
    }
}

impl Machine {
    /// This machine. `most`: what it is taken to have at most.
    pub fn here(most: Option<u64>) -> Self {
        Machine::at(Path::new("/"), most)
    }

    fn at(root: &Path, most: Option<u64>) -> Self {
        Machine {
            root: root.to_owned(),
            most,
            groups: groups(root, "memory"),
        }
    }

    /// The most bytes that this process should have in memory when it has `resident`. `None` where the
    /// system does not tell.
    pub fn ceiling(&self, resident: u64) -> Option<u64> {
        let Memory { total, available } = self.memory(resident)?;
        let (part, whole) = SHARE;
        let can_have = (resident + available).saturating_sub(total / RESERVE);
        Some((total / whole * part).min(can_have.max(LEAST)))
    }

    fn memory(&self, resident: u64) -> Option<Memory> {
        let told = fs::read_to_string(self.root.join("proc/meminfo")).ok()?;
        let total = kibibytes(&told, "MemTotal:")?;
        let mut memory = Memory {
            total,
            // Kernels before 3.14 do not say.
            available: kibibytes(&told, "MemAvailable:").unwrap_or(total),
        };
        if let Some(most) = self.most {
            memory = memory.within(Memory {
                total: most,
                available: most.saturating_sub(resident),
            });
        }
        let groups = self.groups.iter().filter_map(memory_of);
        Some(groups.fold(memory, Memory::within))
    }
}

/// What a group's limits allow; `None` without a limit.
fn memory_of(group: &Group) -> Option<Memory> {
    let (limits, used, cache): (&[&str], _, _) = match group.version {
        Version::One => (
            &["memory.limit_in_bytes"],
            "memory.usage_in_bytes",
            "total_inactive_file",
        ),
        Version::Two => (
            &["memory.max", "memory.high"],
            "memory.current",
            "inactive_file",
        ),
    };
    let read = |name: &str| fs::read_to_string(group.folder.join(name)).ok();
    // "max" where there is none.
    let number = |name: &&str| read(name)?.trim().parse::<u64>().ok();
    let total = limits.iter().filter_map(number).min()?;
    let used = number(&used).unwrap_or(0);
    // Files that were read are counted, and given up when something else is wanted.
    let cache = read("memory.stat")
        .and_then(|stat| {
            let mut lines = stat.lines().filter_map(|line| line.split_once(' '));
            let (_, value) = lines.find(|(name, _)| *name == cache)?;
            value.trim().parse().ok()
        })
        .unwrap_or(0);
    Some(Memory {
        total,
        available: total.saturating_sub(used.saturating_sub(cache)),
    })
}

/// Bytes of this process that are in memory, or `None` where the system does not tell.
pub fn resident() -> Option<u64> {
    let text = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = text.split(' ').nth(1)?.parse().ok()?;
    pages.checked_mul(page_bytes())
}

fn page_bytes() -> u64 {
    // SAFETY: reads a constant of the system.
    let bytes = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    u64::try_from(bytes).unwrap_or(4096)
}

/// The value of the line that starts with `name`, in bytes.
fn kibibytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let number: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    number.checked_mul(1024)
}

#[cfg(test)]
mod tests;
