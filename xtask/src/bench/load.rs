//! The load generator as a function: words in, its report out. Never knows what is being measured.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

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
    /// Runs a load for the configured time. `begun` is called once all connections stand.
    pub fn timed(
        &self,
        addr: SocketAddr,
        words: &str,
        begun: impl FnOnce(),
    ) -> Result<LoadReport, String> {
        self.watched(addr, &format!("{words} --secs {}", self.secs), begun)
    }

    /// Runs a load that ends by itself; `words` are the load generator's, separated by spaces.
    ///
    /// # Errors
    /// One line: why the load generator has nothing to report. Failures beside good results are in the
    /// report.
    pub fn run(&self, addr: SocketAddr, words: &str) -> Result<LoadReport, String> {
        self.watched(addr, words, || {})
    }

    /// The same; `begun` is called once all connections stand.
    pub fn watched(
        &self,
        addr: SocketAddr,
        words: &str,
        begun: impl FnOnce(),
    ) -> Result<LoadReport, String> {
        let mut command = Command::new(&self.program);
        command
            .args(words.split(' '))
            .arg("--addr")
            .arg(addr.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let text = shown(&command);
        let failed = |error| format!("Could not run `{text}`: {error}");
        let mut child = command.spawn().map_err(failed)?;
        let output = child.stdout.take().expect("it is piped, and taken once");
        let mut output = BufReader::new(output);
        let (mut first, mut rest) = (String::new(), String::new());
        output.read_line(&mut first).map_err(failed)?;
        if first.trim_end() == "begun" {
            begun();
        }
        output.read_to_string(&mut rest).map_err(failed)?;
        let output = child.wait_with_output().map_err(failed)?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
        }
        let report = rest.lines().last().unwrap_or(&first);
        serde_json::from_str(report)
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
