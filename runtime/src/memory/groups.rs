//! The control groups that the process is in, of both versions, their parents included: where the files of each
//! are. Never reads those.

use std::fs;
use std::path::{Component, Path, PathBuf};

/// A control group that the process is in, or a parent of it.
pub struct Group {
    pub folder: PathBuf,
    pub version: Version,
}

/// Of control groups.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Version {
    One,
    Two,
}

/// The groups whose limits on what `controller` counts hold for this process, innermost first. `root`: `/`, in
/// tests a folder.
pub fn groups(root: &Path, controller: &str) -> Vec<Group> {
    let read = |name: &str| fs::read_to_string(root.join(name)).unwrap_or_default();
    let (membership, mounts) = (read("proc/self/cgroup"), read("proc/self/mountinfo"));
    let mounts = mounts
        .lines()
        .filter_map(|line| Mount::of(line, controller));
    let mounts: Vec<_> = mounts.collect();
    let mut groups = Vec::new();
    for line in membership.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else {
            continue;
        };
        let version = match controllers {
            "" => Version::Two,
            names if names.split(',').any(|name| name == controller) => Version::One,
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
    fn of(line: &'a str, controller: &str) -> Option<Self> {
        let (mount, system) = line.split_once(" - ")?;
        let mut mount = mount.split(' ').skip(3);
        let (root, point) = (mount.next()?, mount.next()?);
        let mut system = system.split(' ');
        let (kind, options) = (system.next()?, system.nth(1).unwrap_or_default());
        let version = match kind {
            "cgroup2" => Version::Two,
            "cgroup" if options.split(',').any(|option| option == controller) => Version::One,
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
