//! Programs of the system that tests need: are they there, and if not, can they be had. Installs
//! nothing unless told to, and only as root on Debian and its kin.

use std::process::{Command, Stdio};

use crate::error::Failure;
use crate::ui;
use crate::workspace::run;

/// Names another browser than the usual ones, for the tests too.
const BROWSER_VARIABLE: &str = "PARTYRUN_CHROMIUM";
/// Names of the same program on different systems.
const BROWSERS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// Whether a program is there and runs.
pub fn answers(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Whether [`install`] can work.
pub fn can_install() -> bool {
    rustix::process::geteuid().is_root() && answers("apt-get")
}

/// Gets packages from the distribution.
pub fn install(packages: &[&str]) -> Result<(), Failure> {
    run(Command::new("apt-get").arg("update"))?;
    run(Command::new("apt-get")
        .args(["install", "-y"])
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive"))
}

/// Makes sure that there is a browser.
pub fn require_browser() -> Result<(), Failure> {
    let found = || {
        let named = std::env::var(BROWSER_VARIABLE).ok();
        named.as_deref().into_iter().chain(BROWSERS).any(answers)
    };
    if !found() && can_install() {
        ui::step("Chromium is missing: installing it with apt-get");
        install(&["chromium"])?;
    }
    if found() {
        Ok(())
    } else {
        Err(Failure::BrowserMissing {
            variable: BROWSER_VARIABLE,
        })
    }
}
