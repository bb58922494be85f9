//! The upstream download. Never takes long to notice that the host is out of reach, and never fails:
//! what cannot be downloaded is made from source.
//!
//! By `curl`, which knows the machine's proxies and certificates and is on every system that installed
//! Rust with rustup's command line; an HTTP and TLS stack of xtask's own would double what it compiles.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::cache::Cache;
use super::error::Problem;
use super::pin::Pin;
use crate::{system, ui};

/// Seconds until a host counts as out of reach.
const CONNECT: &str = "10";
/// Seconds that a download may stand still.
const STALL: &str = "20";

/// The downloaded file, or nothing where upstream is out of reach.
pub fn fetch(pin: &Pin, cache: &Cache) -> Result<Option<PathBuf>, Problem> {
    if !system::answers("curl") && system::can_install() {
        ui::step("V8: curl is missing: installing it with apt-get");
        // Without it V8 is built from source.
        let _ = system::install(&["curl"]);
    }
    if !system::answers("curl") {
        ui::step("V8: not downloaded, because `curl` is missing");
        return Ok(None);
    }
    let url = pin.url();
    let part = cache.folder.join("download.part");
    ui::step(&format!("V8: downloading {url}"));
    let outcome = Command::new("curl")
        .args(["--fail", "--location", "--progress-bar", "--retry", "1"])
        .args(["--connect-timeout", CONNECT])
        .args(["--speed-limit", "1000", "--speed-time", STALL])
        .arg("--output")
        .arg(&part)
        .arg(&url)
        .status();
    match outcome {
        Ok(status) if status.success() => Ok(Some(part)),
        _ => {
            ui::step("V8: the download failed; next is a build from source");
            let _ = fs::remove_file(&part);
            Ok(None)
        }
    }
}
