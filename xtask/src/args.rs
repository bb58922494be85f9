//! The commands and flags as typed. Never decides what they mean.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand, ValueEnum};

use crate::dist::Glibc;

/// What programs of releases are linked for.
const OLDEST_GLIBC: &str = "2.28";

/// The project's own commands.
#[derive(Debug, Parser)]
#[command(
    bin_name = "cargo xtask",
    about = "Builds, runs, tests and measures partyrun"
)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Build partyrun and run `partyrun dev` in a project folder.
    Dev(Dev),
    /// Run all tests, with everything they need.
    Test(Test),
    /// Measure partyrun, side by side with `partykit dev`.
    Bench(Bench),
    /// Use one server in every way for minutes: nothing may be lost, stuck, or grow.
    Soak(Soak),
    /// Run many tests side by side, and kill what runs them: nothing may fail, nothing may be left.
    Harness(Harness),
    /// Attack a server as a hostile client, a careless user and hostile user code would, for minutes.
    Attack(Attack),
    /// Run scripts of web-platform-tests, each in a room of its own.
    Web(Web),
    /// Find or make V8's library, which the other commands do when it is needed.
    V8(V8),
    /// Run a recorder of the original's behaviour against partyrun: what differs must be listed.
    Compat(Compat),
    /// Count the lines of `runtime` that its unit tests run.
    Coverage(Coverage),
    /// Check that no folder imports what is above it.
    Layers(Layers),
    /// Run exports for engines of Durable Objects under npm's workerd: recordings, and a cluster.
    Export(Export),
    /// Make the files of a release for this machine: archive, npm packages, checksums.
    Dist(Dist),
    /// Try the npm packages of a release as users get them: every package manager, the launcher, bare systems.
    Packages(Packages),
    /// Attach VS Code's debugger to rooms, and hit a breakpoint in TypeScript.
    Debuggers,
    /// Check the documentation: its links, and the book that it is, where mdBook is installed.
    Docs(Docs),
}

#[derive(Debug, clap::Args)]
pub struct Dev {
    /// Folder of the project, for instance `fixtures/chat`.
    pub project: PathBuf,
    /// Passed on to `partyrun dev`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub flags: Vec<OsString>,
}

#[derive(Debug, clap::Args)]
pub struct Test {
    /// Passed on to `cargo test`: filters, `-p <crate>`, `-- --nocapture`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub flags: Vec<OsString>,
}

#[derive(Debug, clap::Args)]
pub struct Bench {
    /// Seconds that count in each round of a load.
    #[arg(long, default_value_t = 1.0)]
    pub secs: f64,
    /// Rounds of each load; the table shows their median.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,
    /// Write everything that was measured to this file.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// What to measure side by side with partyrun.
    #[arg(long, value_enum, default_value_t = Against::Partykit)]
    pub against: Against,
    /// Folder where npm installed `partykit`; otherwise the current folder, else a private install.
    #[arg(long, value_name = "FOLDER")]
    pub partykit: Option<PathBuf>,
    /// Measure this program instead of building partyrun.
    #[arg(long, value_name = "PROGRAM")]
    pub partyrun: Option<PathBuf>,
    /// Measure partyrun a second time, with these flags of `dev`, for instance `--no-inspect`.
    #[arg(long, value_name = "FLAGS", allow_hyphen_values = true)]
    pub also: Option<String>,
    /// Measure only these groups.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub only: Vec<Group>,
}

#[derive(Debug, clap::Args)]
pub struct Soak {
    /// Seconds that the load runs.
    #[arg(long, default_value_t = 300)]
    pub secs: u64,
    /// Rooms that are used at once; every other one hibernates.
    #[arg(long, default_value_t = 100)]
    pub rooms: usize,
    /// Use this program instead of building partyrun.
    #[arg(long, value_name = "PROGRAM")]
    pub partyrun: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct Harness {
    /// Rounds of tests side by side.
    #[arg(long, default_value_t = 20)]
    pub flakes: u32,
    /// Processes of a round.
    #[arg(long, default_value_t = 4)]
    pub processes: u32,
    /// Tests of a process.
    #[arg(long, default_value_t = 250)]
    pub tests: u32,
    /// How often each program of a run is killed while rooms have sockets.
    #[arg(long, default_value_t = 20)]
    pub kills: u32,
    /// Use this program instead of building partyrun.
    #[arg(long, value_name = "PROGRAM")]
    pub partyrun: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct Attack {
    /// Only these parts.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub only: Vec<Part>,
    /// Minutes that each part without an end of its own goes on.
    #[arg(long, default_value_t = 2.0)]
    pub minutes: f64,
    /// How often `kills` kills the server, instead of for minutes.
    #[arg(long)]
    pub kills: Option<u32>,
    /// Decides what is tried; a run with the same seed tries the same. Otherwise the clock decides.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Attack this program instead of building partyrun.
    #[arg(long, value_name = "PROGRAM")]
    pub partyrun: Option<PathBuf>,
    /// MiB that the server may take while `bombs` go off in it: it takes the machine for one of this size.
    #[arg(long, default_value_t = 2048)]
    pub memory: u64,
}

#[derive(Debug, clap::Args)]
pub struct Compat {
    /// Folder with the recorder, `record.mjs`, and what it recorded of the original, `golden.json`.
    #[arg(long, value_name = "FOLDER")]
    pub recordings: PathBuf,
    /// Only these projects of the recordings.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub project: Vec<String>,
    /// Record this program instead of building partyrun.
    #[arg(long, value_name = "PROGRAM")]
    pub partyrun: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct Coverage {
    /// Folders of `runtime/src` whose files are shown too, for instance `rooms`.
    pub folders: Vec<String>,
}

#[derive(Debug, clap::Args)]
pub struct Layers {
    /// The table of what may import what; `xtask/layers.txt` otherwise.
    #[arg(long, value_name = "FILE")]
    pub table: Option<PathBuf>,
    /// Look at another checkout.
    #[arg(long, value_name = "FOLDER")]
    pub tree: Option<PathBuf>,
    /// Look at files as if they were elsewhere, for planning: lines `runtime/a.rs -> b/a.rs`.
    #[arg(long, value_name = "FILE")]
    pub moves: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct Export {
    /// Folder with the recorder and what it recorded of the original, as for `compat`.
    #[arg(long, value_name = "FOLDER")]
    pub recordings: Option<PathBuf>,
    /// Only these projects of the recordings.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub project: Vec<String>,
    /// Export whole projects, and let their real clients use them.
    #[arg(long)]
    pub projects: bool,
    /// Let two nodes share a room, and kill its owner under writes.
    #[arg(long)]
    pub cluster: bool,
    /// How often the owner is killed.
    #[arg(long, default_value_t = 20)]
    pub kills: u32,
    /// Leases of the cluster are shorter by this factor; 1 is what clusters have.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..))]
    pub divisor: u32,
    /// Use this program instead of building partyrun.
    #[arg(long, value_name = "PROGRAM")]
    pub partyrun: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct Dist {
    /// Folder to write to [default: `release-files` in cargo's target folder].
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// Pack this program instead of building one.
    #[arg(long, value_name = "PROGRAM")]
    pub partyrun: Option<PathBuf>,
    /// Link for this version of glibc and later; a program that needs a newer one is refused.
    #[arg(long, value_name = "VERSION", default_value = OLDEST_GLIBC)]
    pub glibc: Glibc,
    /// Only check that the program that was built, or is named, runs with this version of glibc.
    #[arg(long, value_name = "VERSION", conflicts_with_all = ["out", "glibc", "collect", "releases"])]
    pub check_glibc: Option<Glibc>,
    /// Only check that this is the version in `Cargo.toml`.
    #[arg(long, value_name = "VERSION", conflicts_with_all = ["out", "check_glibc", "collect", "releases"])]
    pub check_version: Option<String>,
    /// Build and pack nothing for this machine: add what all machines share to the files in the folder.
    #[arg(long, conflicts_with = "partyrun")]
    pub collect: bool,
    /// Address below which releases are, for the install script: `https://.../releases`.
    #[arg(long, value_name = "URL")]
    pub releases: Option<String>,
}

impl Dist {
    /// As typed without a flag but, perhaps, the program.
    pub fn of(partyrun: Option<&Path>) -> Dist {
        Dist {
            out: None,
            partyrun: partyrun.map(Path::to_owned),
            glibc: OLDEST_GLIBC.parse().expect("it is a version"),
            check_glibc: None,
            check_version: None,
            collect: false,
            releases: None,
        }
    }
}

#[derive(Debug, clap::Args)]
pub struct Packages {
    /// Folder with the files of a release, as `dist` makes them; otherwise they are made.
    #[arg(long, value_name = "FOLDER")]
    pub files: Option<PathBuf>,
    /// Pack this program instead of building one.
    #[arg(long, value_name = "PROGRAM", conflicts_with = "files")]
    pub partyrun: Option<PathBuf>,
    /// Only these trials.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub only: Vec<Trial>,
    /// How often each way to start is measured.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub pairs: u32,
    /// Releases of Debian that `bare` makes systems of.
    #[arg(
        long,
        value_name = "NAME",
        value_delimiter = ',',
        default_value = "bookworm,bullseye"
    )]
    pub system: Vec<String>,
    /// Folder of one more project for `bare`, which greets as PartyKit's examples do.
    #[arg(long, value_name = "FOLDER")]
    pub example: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct Docs {
    /// Write the book here, instead of only checking.
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct Web {
    /// Folder of a checkout of web-platform-tests.
    #[arg(long, value_name = "FOLDER")]
    pub suite: PathBuf,
    /// Run only scripts whose path contains this.
    #[arg(long)]
    pub filter: Option<String>,
    /// Ask this program instead of building partyrun.
    #[arg(long, value_name = "PROGRAM")]
    pub partyrun: Option<PathBuf>,
    /// Write the outcomes down as the ones to expect.
    #[arg(long)]
    pub accept: bool,
    /// Folders of the suite, and single scripts.
    #[arg(required = true)]
    pub folders: Vec<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct V8 {
    /// Build it from source, whatever is there or can be downloaded.
    #[arg(long)]
    pub from_source: bool,
}

/// The other side of the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Against {
    /// The original, `partykit dev`.
    Partykit,
    /// Nothing: partyrun alone.
    None,
}

/// Ways of attacking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// `kill -9` under writes of several keys and alarms.
    Kills,
    /// Odd values, given to every function that user code can reach.
    Values,
    /// Connections of random and of mutated bytes.
    Bytes,
    /// Projects whose files and storage were changed at random.
    Files,
    /// User code that takes all the memory it gets.
    Bombs,
    /// Random inputs of everything that reads what others wrote, in the tests.
    Inputs,
    /// Changed globals.
    Pollution,
}

/// Ways of trying packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Trial {
    /// How long the launcher takes, and what it leaves when it is ended.
    Launcher,
    /// npm, pnpm, yarn and bun: without scripts, in a workspace, without the package of the platform; `npx`.
    Managers,
    /// Debian with Node.js 20 and nothing else, made by debootstrap; only as root.
    Bare,
}

/// Measurements that share a running server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Group {
    /// Start to first response.
    Start,
    /// Memory of an idle server.
    Idle,
    /// HTTP GET to a room.
    Http,
    /// HTTP with one storage put.
    Put,
    /// WebSocket echo.
    Echo,
    /// WebSocket fan-out.
    Fanout,
    /// New rooms: time, memory, and memory after they are evicted.
    Rooms,
    /// Save to new code.
    Reload,
    /// Save to a page with partysocket that has heard of the new code.
    Page,
    /// A project of 1,000 modules.
    Graph,
    /// A project with npm packages that many servers have.
    Deps,
    /// The harness for tests, side by side with Miniflare and wrangler's.
    Testing,
    /// 2,500 rooms alive at once, and 10,000 sockets of rooms that sleep; only if it is asked for.
    Many,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Command {
        Args::try_parse_from([&["xtask"], words].concat())
            .expect("valid")
            .command
    }

    #[test]
    fn flags_after_the_project_go_to_partyrun() {
        let Command::Dev(dev) = parse(&["dev", "fixtures/chat", "--port", "0", "--var", "A=1"])
        else {
            panic!("not dev");
        };
        assert_eq!(dev.project, PathBuf::from("fixtures/chat"));
        assert_eq!(dev.flags, ["--port", "0", "--var", "A=1"]);
    }

    #[test]
    fn test_keeps_filters_and_the_double_dash() {
        let Command::Test(test) = parse(&["test", "routing", "--", "--nocapture"]) else {
            panic!("not test");
        };
        assert_eq!(test.flags, ["routing", "--", "--nocapture"]);
    }

    #[test]
    fn flags_of_the_second_partyrun_begin_with_hyphens() {
        let Command::Bench(bench) = parse(&["bench", "--also", "--no-inspect", "--secs", "2"])
        else {
            panic!("not bench");
        };
        assert_eq!(bench.also.as_deref(), Some("--no-inspect"));
    }

    #[test]
    fn groups_are_a_comma_list() {
        let Command::Bench(bench) = parse(&["bench", "--only", "echo,http", "--secs", "0.5"])
        else {
            panic!("not bench");
        };
        assert_eq!(bench.only, [Group::Echo, Group::Http]);
        assert!(Args::try_parse_from(["xtask", "bench", "--only", "everything"]).is_err());
    }
}
