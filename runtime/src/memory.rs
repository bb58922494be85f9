//! How much memory this process may have, and how much it has. It decides nothing.

use std::fs;

/// Of the memory that there is, so much is for this process: the rest is the system's and others'.
const SHARE: (u64, u64) = (3, 4);

/// The most bytes that this process should have in memory, by what the machine has and what its
/// control group allows. `None` where the system does not tell.
pub fn ceiling() -> Option<u64> {
    let machine = fs::read_to_string("/proc/meminfo").ok()?;
    let machine = total_of(&machine)?;
    let group = fs::read_to_string("/sys/fs/cgroup/memory.max").ok();
    // "max" where there is no limit.
    let group = group.and_then(|text| text.trim().parse().ok());
    let (part, whole) = SHARE;
    Some(group.map_or(machine, |group: u64| group.min(machine)) / whole * part)
}

/// Bytes of this process that are in memory, or `None` where the system does not tell.
pub fn resident() -> Option<u64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    kibibytes(&text, "VmRSS:")
}

fn total_of(meminfo: &str) -> Option<u64> {
    kibibytes(meminfo, "MemTotal:")
}

/// The value of the line that starts with `name`, in bytes.
fn kibibytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let number: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    number.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_by_their_names() {
        let text = "MemTotal:       24683040 kB\nMemFree:         100 kB\n";
        assert_eq!(total_of(text), Some(24_683_040 * 1024));
        assert_eq!(kibibytes(text, "MemFree:"), Some(102_400));
        assert_eq!(kibibytes(text, "VmRSS:"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn process_has_less_than_it_may_have() {
        let (Some(resident), Some(ceiling)) = (resident(), ceiling()) else {
            panic!("Linux tells both");
        };
        assert!(resident > 0 && resident < ceiling);
    }
}
