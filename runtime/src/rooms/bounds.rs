//! How many rooms the system bears at once, by its limits on memory maps, descriptors and threads, which of them
//! it is, and what to do to have more. Never looks at memory, and knows no room.

use std::fmt;
use std::fs;
use std::path::Path;

use crate::memory::groups;
use crate::project::Limits;

/// Memory maps that one isolate takes (measured: 22, with room for a growing heap).
const MAPS_PER_ROOM: usize = 24;
/// Descriptors of a room's event loop.
const FILES_PER_ROOM: usize = 4;
/// Of the descriptors and of the threads, what is for rooms: the rest is left to connections, files and the
/// programs that a project has run.
const PART: (usize, usize) = (3, 4);
/// If the system does not say how many maps a process may have.
const DEFAULT_MAPS: usize = 60_000;
/// The most descriptors that macOS gives a process whose limit says that there is none.
const MOST_FILES_OF_MACOS: libc::rlim_t = 10_240;
/// Fewer rooms than this are told of before anybody misses one.
const FEW: usize = 100;

/// The most rooms alive at once, whatever memory there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RoomBound {
    pub rooms: usize,
    limit: Limit,
}

/// What sets it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Limit {
    /// Whoever started the server, who knows.
    Given,
    /// The program, as the system does not say.
    Assumed,
    /// What a process may have.
    Maps(usize),
    Files(usize),
    /// Those of a control group.
    Threads(usize),
}

impl RoomBound {
    pub fn of(limits: &Limits) -> Self {
        limits.rooms.map_or_else(Self::of_system, Self::given)
    }

    pub fn given(rooms: usize) -> Self {
        let limit = Limit::Given;
        RoomBound { rooms, limit }
    }

    /// What the system allows this process at the moment.
    pub fn of_system() -> Self {
        let maps = fs::read_to_string("/proc/sys/vm/max_map_count");
        let maps = maps.ok().and_then(|text| text.trim().parse().ok());
        Self::by(maps, most_files(), most_threads(Path::new("/")))
    }

    pub fn by(maps: Option<usize>, files: Option<usize>, threads: Option<usize>) -> Self {
        let part = |number: usize| number / PART.1 * PART.0;
        let by_maps = RoomBound {
            rooms: maps.unwrap_or(DEFAULT_MAPS) / MAPS_PER_ROOM,
            limit: maps.map_or(Limit::Assumed, Limit::Maps),
        };
        let by_files = files.map(|files| RoomBound {
            rooms: part(files) / FILES_PER_ROOM,
            limit: Limit::Files(files),
        });
        let by_threads = threads.map(|threads| RoomBound {
            rooms: part(threads),
            limit: Limit::Threads(threads),
        });
        let all = [Some(by_maps), by_files, by_threads].into_iter().flatten();
        let least = all.min_by_key(|bound| bound.rooms);
        let RoomBound { rooms, limit } = least.expect("maps always set one");
        let rooms = rooms.max(1);
        RoomBound { rooms, limit }
    }

    /// Where the number comes from and how to have more; `None` if there is nothing to be done.
    pub fn origin(&self) -> Option<String> {
        let (limit, value, way) = match self.limit {
            Limit::Given | Limit::Assumed => return None,
            Limit::Maps(maps) => {
                let more = maps.saturating_mul(4);
                let way = format!("for more: `sudo sysctl -w vm.max_map_count={more}`");
                ("`vm.max_map_count`", maps, way)
            }
            Limit::Files(files) => {
                let way = "for more: a higher one, before the start".to_owned();
                ("`ulimit -n`, the limit of open files", files, way)
            }
            Limit::Threads(threads) => {
                let way = "for more: a higher one, with Docker `--pids-limit`".to_owned();
                ("`pids.max` of the control group", threads, way)
            }
        };
        Some(format!("It comes from {limit}, which is {value}; {way}"))
    }

    /// Whether those who need to know of it know.
    pub fn is_given(&self) -> bool {
        self.limit == Limit::Given
    }

    /// What is to be told before there is a room, if that is anything.
    pub fn first_word(&self) -> Option<String> {
        let is_told = !self.is_given() && self.rooms < FEW;
        is_told.then(|| format!("Rooms alive at once: at most {self}"))
    }
}

impl fmt::Display for RoomBound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.rooms)?;
        match self.origin() {
            Some(origin) => write!(f, ". {origin}"),
            None => Ok(()),
        }
    }
}

/// The most rooms that a server in this process could have alive at once, and where that comes from.
#[must_use]
pub fn most_rooms() -> String {
    raise_file_limit();
    RoomBound::of_system().to_string()
}

/// A room takes four file descriptors and each socket one; shells allow 1,024, and macOS 256.
pub fn raise_file_limit() {
    let Some(mut limit) = file_limit() else {
        return;
    };
    let most = limit.rlim_max;
    for wanted in [most, most.min(MOST_FILES_OF_MACOS)] {
        limit.rlim_cur = wanted;
        // SAFETY: reads the structure that it is given.
        // If both are refused, the limit stays as it is, which is where the number of rooms comes from.
        if unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) } == 0 {
            return;
        }
    }
}

fn file_limit() -> Option<libc::rlimit> {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: writes the structure that it is given.
    let outcome = unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) };
    (outcome == 0).then_some(limit)
}

fn most_files() -> Option<usize> {
    // A limit that fits no number is none.
    file_limit().map(|limit| usize::try_from(limit.rlim_cur).unwrap_or(usize::MAX))
}

/// Of the control groups that the process is in; `None` if none has a limit. `root`: `/`, in tests a folder.
fn most_threads(root: &Path) -> Option<usize> {
    let groups = groups(root, "pids");
    let limits = groups.iter().filter_map(|group| {
        let text = fs::read_to_string(group.folder.join("pids.max")).ok()?;
        // "max" where there is none.
        text.trim().parse().ok()
    });
    limits.min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rooms(maps: usize, files: Option<usize>, threads: Option<usize>) -> usize {
        RoomBound::by(Some(maps), files, threads).rooms
    }

    #[test]
    fn maps_descriptors_and_threads_bound_the_number() {
        assert_eq!(rooms(65_530, None, None), 2730);
        assert_eq!(rooms(65_530, Some(1 << 20), Some(1 << 15)), 2730);
        assert_eq!(rooms(65_530, Some(256), None), 48);
        assert_eq!(rooms(65_530, Some(1 << 20), Some(512)), 384);
        assert_eq!(rooms(10, Some(1), Some(1)), 1);
    }

    #[test]
    fn the_limit_that_holds_is_named_with_what_to_do() {
        let bound = |maps, files, threads| RoomBound::by(maps, files, threads).to_string();
        assert_eq!(
            bound(Some(65_530), Some(20_000), None),
            "2730. It comes from `vm.max_map_count`, which is 65530; for more: `sudo sysctl -w vm.max_map_count=262120`"
        );
        assert_eq!(
            bound(Some(65_530), Some(800), None),
            "150. It comes from `ulimit -n`, the limit of open files, which is 800; for more: a higher one, before the start"
        );
        assert_eq!(
            bound(Some(65_530), Some(20_000), Some(512)),
            "384. It comes from `pids.max` of the control group, which is 512; for more: a higher one, with Docker `--pids-limit`"
        );
        assert_eq!(bound(None, None, None), "2500", "nothing can be done");
    }

    #[test]
    fn few_rooms_are_told_of_at_the_start() {
        let first_word = |files| RoomBound::by(Some(65_530), Some(files), None).first_word();
        let told = first_word(256).expect("48 are few");
        assert!(
            told.starts_with("Rooms alive at once: at most 48. It comes from `ulimit -n`"),
            "{told}"
        );
        assert_eq!(first_word(1024), None);
        assert_eq!(RoomBound::given(1).first_word(), None);
    }

    #[test]
    fn the_lowest_limit_of_the_groups_holds() {
        let folder = tempfile::tempdir().expect("the temporary folder is writable");
        let root = folder.path();
        assert_eq!(most_threads(root), None);
        let write = |file: &str, text: &str| {
            let path = root.join(file);
            let parent = path.parent().expect("it is in the folder");
            fs::create_dir_all(parent).expect("writable");
            fs::write(path, text).expect("writable");
        };
        write("proc/self/cgroup", "0::/user/mine\n");
        write(
            "proc/self/mountinfo",
            "29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n",
        );
        write("sys/fs/cgroup/user/mine/pids.max", "max\n");
        assert_eq!(most_threads(root), None);
        write("sys/fs/cgroup/user/pids.max", "700\n");
        assert_eq!(most_threads(root), Some(700), "that of the parent");
        write("sys/fs/cgroup/user/mine/pids.max", "512\n");
        assert_eq!(most_threads(root), Some(512));
    }
}
