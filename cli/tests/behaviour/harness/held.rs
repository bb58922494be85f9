//! The program with a standard output that nobody reads for a while.

use std::io::Read;
use std::process::{Child, ChildStdout};

use super::dev::ready_port;
use super::http::{Response, get};
use super::log::Log;
use super::project::Project;

/// A running program, of whose output only the `Ready` line is read until [`Held::release`]; killed
/// when dropped.
pub struct Held {
    _project: Project,
    child: Child,
    port: u16,
    stdout: Option<ChildStdout>,
    stderr: Log,
}

impl Held {
    /// Runs `partyrun dev` for `project`.
    pub fn run(project: Project) -> Self {
        project.write_config();
        let mut child = project
            .command(None)
            .spawn()
            .expect("the program can be started");
        let mut stdout = child.stdout.take().expect("stdout is piped");
        let stderr = Log::follow(child.stderr.take().expect("stderr is piped"));
        let mut text = Vec::new();
        let port = loop {
            let mut byte = [0];
            stdout.read_exact(&mut byte).expect("the program serves");
            text.push(byte[0]);
            if let Some(port) = ready_port(&String::from_utf8_lossy(&text)) {
                break port;
            }
        };
        Self {
            _project: project,
            child,
            port,
            stdout: Some(stdout),
            stderr,
        }
    }

    /// `GET path`.
    pub fn get(&self, path: &str) -> Response {
        get(self.port, path)
    }

    /// Reads on.
    pub fn release(&mut self) {
        if let Some(stdout) = self.stdout.take() {
            Log::follow(stdout);
        }
    }

    /// Waits until standard error has `needle`.
    pub fn stderr_has(&self, needle: &str) {
        let found = self.stderr.wait(|text| text.contains(needle).then_some(()));
        assert!(
            found.is_some(),
            "Not on stderr: `{needle}`\n{}",
            self.stderr.text()
        );
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
