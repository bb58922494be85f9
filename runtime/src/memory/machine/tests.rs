//! Machines and control groups as files of a temporary folder tell of them.

use super::*;

const GIB: u64 = 1 << 30;

/// A machine as files tell of it: 16 GiB, all of them to be had.
struct Told(tempfile::TempDir);

impl Told {
    fn new() -> Self {
        let told = Told(tempfile::tempdir().expect("the temporary folder is writable"));
        told.with("proc/meminfo", &meminfo(16 * GIB, 16 * GIB))
    }

    fn with(self, file: &str, text: &str) -> Self {
        let path = self.0.path().join(file);
        fs::create_dir_all(path.parent().expect("it is in the folder")).expect("writable");
        fs::write(path, text).expect("writable");
        self
    }

    /// In a group of the version 2, mounted where systemd does.
    fn in_group(self, path: &str) -> Self {
        self.with("proc/self/cgroup", &format!("0::{path}\n")).with(
            "proc/self/mountinfo",
            "29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n",
        )
    }

    fn memory(&self) -> (u64, u64) {
        let memory = Machine::at(self.0.path(), None).memory(0);
        let Memory { total, available } = memory.expect("it tells");
        (total, available)
    }

    fn ceiling(&self, resident: u64) -> u64 {
        let machine = Machine::at(self.0.path(), None);
        machine.ceiling(resident).expect("it tells")
    }
}

fn meminfo(total: u64, available: u64) -> String {
    format!(
        "MemTotal:       {} kB\nMemFree:         100 kB\nMemAvailable:   {} kB\n",
        total / 1024,
        available / 1024
    )
}

#[test]
fn the_machine_alone() {
    assert_eq!(Told::new().memory(), (16 * GIB, 16 * GIB));
    assert_eq!(Told::new().ceiling(GIB), 12 * GIB);
}

#[test]
fn what_others_have_is_not_to_be_had() {
    let told = Told::new().with("proc/meminfo", &meminfo(16 * GIB, 3 * GIB));
    assert_eq!(
        told.ceiling(GIB),
        3 * GIB,
        "1 it has, 3 are left, 1 for others"
    );
    let told = told.with("proc/meminfo", &meminfo(16 * GIB, GIB / 2));
    assert!(told.ceiling(2 * GIB) < 2 * GIB, "it has too much");
    assert_eq!(told.ceiling(GIB / 16), GIB / 2, "it has little");
}

#[test]
fn a_kernel_that_does_not_say_what_is_available() {
    let told = Told::new().with("proc/meminfo", "MemTotal: 1024 kB\n");
    assert_eq!(told.memory(), (1 << 20, 1 << 20));
}

#[test]
fn a_system_that_tells_nothing() {
    let folder = tempfile::tempdir().expect("the temporary folder is writable");
    assert_eq!(Machine::at(folder.path(), Some(GIB)).ceiling(0), None);
}

#[test]
fn the_limit_of_a_group() {
    let told = Told::new()
        .in_group("/app.slice/dev")
        .with("sys/fs/cgroup/app.slice/dev/memory.max", "2147483648\n")
        .with("sys/fs/cgroup/app.slice/dev/memory.high", "max\n")
        .with("sys/fs/cgroup/app.slice/dev/memory.current", "1073741824\n");
    assert_eq!(told.memory(), (2 * GIB, GIB));
    assert_eq!(told.ceiling(GIB / 2), GIB + GIB / 2 - GIB / 8);
}

#[test]
fn the_lower_of_both_limits() {
    let told = Told::new()
        .in_group("/a")
        .with("sys/fs/cgroup/a/memory.max", "4294967296")
        .with("sys/fs/cgroup/a/memory.high", "1073741824");
    assert_eq!(told.memory(), (GIB, GIB));
}

#[test]
fn the_limit_of_a_parent() {
    let told = Told::new()
        .in_group("/a/b/c")
        .with("sys/fs/cgroup/a/memory.max", "1073741824")
        .with("sys/fs/cgroup/a/memory.current", "536870912")
        .with("sys/fs/cgroup/a/b/memory.max", "max")
        .with("sys/fs/cgroup/a/b/c/memory.max", "8589934592");
    assert_eq!(told.memory(), (GIB, GIB / 2));
}

#[test]
fn files_that_were_read_can_be_given_up() {
    let told = Told::new()
        .in_group("/")
        .with("sys/fs/cgroup/memory.max", "1073741824")
        .with("sys/fs/cgroup/memory.current", "1073741824")
        .with(
            "sys/fs/cgroup/memory.stat",
            "anon 1\nactive_file 7\ninactive_file 536870912\n",
        );
    assert_eq!(told.memory(), (GIB, GIB / 2));
}

const MOUNT_1: &str =
    "36 32 0:31 ROOT /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n";

#[test]
fn a_group_of_the_first_version() {
    let told = Told::new()
        .with(
            "proc/self/cgroup",
            "11:cpu,cpuacct:/x\n9:memory:/docker/1f\n",
        )
        .with("proc/self/mountinfo", &MOUNT_1.replace("ROOT", "/"))
        .with(
            "sys/fs/cgroup/memory/docker/1f/memory.limit_in_bytes",
            "2147483648\n",
        )
        .with(
            "sys/fs/cgroup/memory/docker/1f/memory.usage_in_bytes",
            "1610612736",
        )
        .with(
            "sys/fs/cgroup/memory/docker/1f/memory.stat",
            "cache 5\ntotal_inactive_file 536870912\n",
        )
        .with(
            "sys/fs/cgroup/memory/memory.limit_in_bytes",
            "9223372036854771712",
        );
    assert_eq!(told.memory(), (2 * GIB, GIB));
}

/// A container without a namespace sees the path outside, and its own folder as the mount point.
#[test]
fn a_group_that_is_itself_the_mount_point() {
    let told = Told::new()
        .with("proc/self/cgroup", "9:memory:/docker/1f\n0::/docker/1f\n")
        .with(
            "proc/self/mountinfo",
            &MOUNT_1.replace("ROOT", "/docker/1f"),
        )
        .with("sys/fs/cgroup/memory/memory.limit_in_bytes", "1073741824");
    assert_eq!(told.memory(), (GIB, GIB));
}

#[test]
fn a_group_outside_of_the_namespace() {
    let told = Told::new()
        .in_group("/../../other")
        .with("sys/fs/cgroup/memory.max", "1073741824");
    assert_eq!(told.memory(), (GIB, GIB));
}

#[test]
fn a_limit_above_the_machine_is_none() {
    let told = Told::new()
        .in_group("/a")
        .with("sys/fs/cgroup/a/memory.max", "1099511627776");
    assert_eq!(told.memory(), (16 * GIB, 16 * GIB));
}

#[test]
fn a_machine_that_is_taken_for_a_smaller_one() {
    let told = Told::new();
    let machine = Machine::at(told.0.path(), Some(2 * GIB));
    assert_eq!(machine.ceiling(0), Some(GIB + GIB / 2));
    assert_eq!(machine.ceiling(3 * GIB), Some(GIB + GIB / 2));
}

#[test]
#[cfg(target_os = "linux")]
fn process_has_less_than_it_may_have() {
    let resident = resident().expect("Linux tells it");
    let ceiling = Machine::here(None).ceiling(resident);
    assert!(resident > 0 && Some(resident) < ceiling);
}
