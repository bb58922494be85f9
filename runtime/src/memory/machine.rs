//! What memory the machine has and still gives, by what it tells and by the control groups that the
//! process is in, of both versions, their parents included. Knows nothing of who uses it.

use std::fs;
use std::path::{Component, Path, PathBuf};

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

/// A control group that the process is in, or a parent of it.
struct Group {
    folder: PathBuf,
    version: Version,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    One,
    Two,
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
            groups: groups(root),
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
        let groups = self.groups.iter().filter_map(Group::memory);
        Some(groups.fold(memory, Memory::within))
    }
}

impl Group {
    /// `None` without a limit.
    fn memory(&self) -> Option<Memory> {
        let (limits, used, cache): (&[&str], _, _) = match self.version {
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
        let read = |name: &str| fs::read_to_string(self.folder.join(name)).ok();
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
}

/// The groups whose limits hold for this process, innermost first.
fn groups(root: &Path) -> Vec<Group> {
    let read = |name: &str| fs::read_to_string(root.join(name)).unwrap_or_default();
    let (membership, mounts) = (read("proc/self/cgroup"), read("proc/self/mountinfo"));
    let mounts: Vec<_> = mounts.lines().filter_map(Mount::of).collect();
    let mut groups = Vec::new();
    for line in membership.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else {
            continue;
        };
        let version = match controllers {
            "" => Version::Two,
            names if names.split(',').any(|name| name == "memory") => Version::One,
            _ => continue,
        };
        let mount = mounts.iter().find(|mount| mount.version == version);
        if let Some(mount) = mount {
            let folders = mount.folders(root, Path::new(path)).into_iter();
            groups.extend(folders.map(|folder| Group { folder, version }));
        }
    }
    groups
}

/// Where the files of control groups are.
struct Mount<'a> {
    /// The group whose folder the mount point is.
    root: &'a Path,
    point: &'a Path,
    version: Version,
}

impl<'a> Mount<'a> {
    /// From a line of `mountinfo` (proc(5)).
    fn of(line: &'a str) -> Option<Self> {
        let (mount, system) = line.split_once(" - ")?;
        let mut mount = mount.split(' ').skip(3);
        let (root, point) = (mount.next()?, mount.next()?);
        let mut system = system.split(' ');
        let (kind, options) = (system.next()?, system.nth(1).unwrap_or_default());
        let version = match kind {
            "cgroup2" => Version::Two,
            "cgroup" if options.split(',').any(|option| option == "memory") => Version::One,
            _ => return None,
        };
        Some(Mount {
            root: Path::new(root),
            point: Path::new(point),
            version,
        })
    }

    /// The folders of a group and its parents. Those above the mount point cannot be seen.
    fn folders(&self, root: &Path, group: &Path) -> Vec<PathBuf> {
        let point = root.join(self.point.strip_prefix("/").unwrap_or(self.point));
        let below = group.strip_prefix(self.root).unwrap_or(Path::new(""));
        let is_plain = |part: Component| matches!(part, Component::Normal(_));
        // A group outside of the namespace begins with "..".
        let below = match below.components().all(is_plain) {
            true => below,
            false => Path::new(""),
        };
        let inner = below.ancestors().map(|part| point.join(part));
        inner.collect()
    }
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
