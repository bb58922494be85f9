//! The load generator as a function: words in, its report out. Never knows what is being measured.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;

use serde::{Deserialize, Serialize};

use crate::workspace::shown;

/// The program that makes the load.
pub struct LoadGenerator {
    pub program: PathBuf,
    /// Seconds that count in each timed load.
    pub secs: f64,
}

/// What one load found; times in the unit of their name.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct LoadReport {
    pub count: u64,
    /// With those of the warm-up.
    pub handled: u64,
    pub per_second: f64,
    pub p50_us: f64,
    pub p99_us: f64,
    pub max_us: f64,
    pub elapsed_ms: f64,
    pub set_up_ms: f64,
    pub errors: u64,
    pub last_error: Option<String>,
}

impl LoadGenerator {
    /// Runs a load for the configured time.
    pub fn timed(&self, addr: SocketAddr, words: &str) -> Result<LoadReport, String> {
        self.run(addr, &format!("{words} --secs {}", self.secs))
    }

    /// Runs a load that ends by itself; `words` are the load generator's, separated by spaces.
    ///
    /// # Errors
    /// One line: why the load generator has nothing to report. Failures beside good results are in the
    /// report.
    pub fn run(&self, addr: SocketAddr, words: &str) -> Result<LoadReport, String> {
        let mut command = Command::new(&self.program);
        command
            .args(words.split(' '))
            .arg("--addr")
            .arg(addr.to_string());
        let output = command
            .output()
            .map_err(|error| format!("Could not start `{}`: {error}", shown(&command)))?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
        }
        serde_json::from_slice(&output.stdout)
            .map_err(|error| format!("Unexpected output of the load generator: {error}"))
    }
}

/// How many tries of several loads failed, and what to say of it.
pub fn errors(reports: &[LoadReport]) -> (u64, String) {
    let failed: u64 = reports.iter().map(|report| report.errors).sum();
    let all = failed + reports.iter().map(|report| report.count).sum::<u64>();
    let reason = reports
        .iter()
        .find_map(|report| report.last_error.as_deref());
    match (failed, reason) {
        (0, _) => (0, String::new()),
        (_, reason) => {
            let reason = reason.unwrap_or("unknown");
            (
                failed,
                format!(", of {all} tries {failed} failed: {reason}"),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_told_with_their_share_and_a_reason() {
        let good: LoadReport = serde_json::from_str(
            r#"{"count":90,"handled":120,"per_second":1,"p50_us":1,"p99_us":1,"max_us":1,"elapsed_ms":1,
                "set_up_ms":0,"errors":0,"last_error":null}"#,
        )
        .expect("the load generator's report");
        assert_eq!(errors(std::slice::from_ref(&good)), (0, String::new()));
        let bad = LoadReport {
            count: 5,
            errors: 5,
            last_error: Some("Gone".to_owned()),
            ..good.clone()
        };
        let told = ", of 100 tries 5 failed: Gone".to_owned();
        assert_eq!(errors(&[good, bad]), (5, told));
    }
}
