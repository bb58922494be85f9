//! The machines that partyrun is built for, and their names: rustc's, npm's, and those of files.

/// A machine: operating system and processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Platform {
    /// As rustc has it.
    pub target: &'static str,
    /// `process.platform` of Node.js.
    pub os: &'static str,
    /// `process.arch` of Node.js.
    pub cpu: &'static str,
}

/// All of them.
pub const ALL: [Platform; 4] = [
    Platform {
        target: "x86_64-unknown-linux-gnu",
        os: "linux",
        cpu: "x64",
    },
    Platform {
        target: "aarch64-unknown-linux-gnu",
        os: "linux",
        cpu: "arm64",
    },
    Platform {
        target: "aarch64-apple-darwin",
        os: "darwin",
        cpu: "arm64",
    },
    Platform {
        target: "x86_64-apple-darwin",
        os: "darwin",
        cpu: "x64",
    },
];

impl Platform {
    /// The one with rustc's name.
    pub fn of_target(target: &str) -> Option<Platform> {
        ALL.into_iter().find(|it| it.target == target)
    }

    /// `linux-x64`: how packages and archives are called.
    pub fn name(&self) -> String {
        format!("{}-{}", self.os, self.cpu)
    }

    pub fn is_linux(&self) -> bool {
        self.os == "linux"
    }

    /// `x86_64`: as rustc calls the processor.
    pub fn machine(&self) -> &'static str {
        self.target.split('-').next().unwrap_or(self.target)
    }
}
