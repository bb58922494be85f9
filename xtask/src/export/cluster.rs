//! The recipe of `docs/scaling.md` on this machine: two nodes of workerd, and a stand-in for S3 from PyPI, on
//! loopback. Owns the set-up; the test itself is `fixtures/export-cluster`.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::args::Export;
use crate::error::Failure;
use crate::export::engine::Engines;
use crate::workspace::run as run_command;
use crate::{npm, ui};

/// The stand-in, as PyPI names it.
const STAND_IN: &str = "moto[server]==5.2.5";
/// The stand-in takes seconds to start.
const LOOKS: u32 = 200;
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// Exports the fixture and runs the test on it.
pub fn run(args: &Export, root: &Path, partyrun: &Path, engines: &Engines) -> Result<(), Failure> {
    let fixture = root.join("fixtures/export-cluster");
    npm::install_packages(&fixture)?;
    let work = engines.folder.join("cluster");
    let unwritable = |source| Failure::Unwritable {
        file: work.clone(),
        source,
    };
    let _ = fs::remove_dir_all(&work);
    fs::create_dir_all(&work).map_err(unwritable)?;
    let export = work.join("export");
    run_command(
        Command::new(partyrun)
            .args(["build", "--target", "workers", "--out"])
            .arg(&export)
            .current_dir(&fixture),
    )?;
    let bucket = Bucket::start(&engines.folder)?;
    run_command(
        Command::new("node")
            .arg(fixture.join("cluster.mjs"))
            .arg("--export")
            .arg(&export)
            .arg("--workerd")
            .arg(&engines.workerd)
            .args(["--s3", &bucket.address])
            .arg("--work")
            .arg(&work)
            .args(["--kills", &args.kills.to_string()])
            .args(["--divisor", &args.divisor.to_string()]),
    )
}

/// A stand-in for S3 that ends when this is dropped.
struct Bucket {
    address: String,
    server: Child,
}

impl Bucket {
    fn start(folder: &Path) -> Result<Bucket, Failure> {
        let venv = folder.join("venv");
        let program = venv.join("bin/moto_server");
        if !program.is_file() {
            ui::step(&format!("Installing `{STAND_IN}` from PyPI"));
            run_command(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
            let pip = venv.join("bin/pip");
            run_command(Command::new(pip).args(["install", "--quiet", STAND_IN]))?;
        }
        let port = free_port().map_err(|source| not_started(&program, source))?;
        let server = Command::new(&program)
            .args(["--host", "127.0.0.1", "--port", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|source| not_started(&program, source))?;
        let bucket = Bucket {
            address: format!("http://127.0.0.1:{port}"),
            server,
        };
        for _ in 0..LOOKS {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                return Ok(bucket);
            }
            thread::sleep(BETWEEN_LOOKS);
        }
        Err(Failure::NoBucket(bucket.address.clone()))
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn free_port() -> std::io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}

fn not_started(program: &Path, source: std::io::Error) -> Failure {
    Failure::NotStarted {
        program: program.display().to_string(),
        source,
    }
}
