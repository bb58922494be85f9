//! Tells other programs where the project is served: the line of JSON of `--ready-fd` and `--ready-file`.
//! Owns both until the end; when it is time to tell is `dev`'s business.

use std::fs;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::MachineArgs;

/// The control plane of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    pub url: String,
    pub token: String,
}

/// Where a project is served.
#[derive(Clone, Debug)]
pub struct Ready {
    scheme: &'static str,
    address: SocketAddr,
    pub control: Option<Control>,
}

impl Ready {
    /// `bound`: where the server listens, which clients of this machine may have to call by another name.
    pub fn new(scheme: &'static str, bound: SocketAddr, control: Option<Control>) -> Self {
        let ip = match bound.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        Ready {
            scheme,
            address: SocketAddr::new(ip, bound.port()),
            control,
        }
    }

    /// What clients such as `partysocket` take as host.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// The same for programs. What there is none of is null.
    pub fn to_json(&self) -> Value {
        let control = self.control.as_ref();
        json!({
            "url": self.url(),
            "host": self.host(),
            "port": self.address.port(),
            "control": control.map(|control| &control.url),
            "token": control.map(|control| &control.token),
            "pid": std::process::id(),
        })
    }
}

#[derive(Debug, thiserror::Error)]
pub enum OutletError {
    #[error("Nothing is open at the file descriptor that `--ready-fd` names: `{0}`")]
    NotOpen(RawFd),
    #[error("`--ready-fd` cannot be standard input: `0`")]
    StandardInput,
    #[error("Could not write to the file descriptor of `--ready-fd`: {0}")]
    Write(io::Error),
    #[error("Could not write the file of `--ready-file` ({error}): `{}`", .path.display())]
    File { path: PathBuf, error: io::Error },
}

/// Where the line goes. A file is removed when this is dropped.
#[derive(Debug, Default)]
pub struct Outlets {
    fd: Option<OwnedFd>,
    file: Option<PathBuf>,
    is_written: bool,
}

impl Outlets {
    /// Takes hold of what `args` name. Call it before the process opens anything of its own: the number
    /// could be that by then.
    ///
    /// # Errors
    /// When the descriptor is not open, or the file's folder is none.
    pub fn claim(args: &MachineArgs) -> Result<Outlets, OutletError> {
        let fd = args.ready_fd.map(claim_fd).transpose()?;
        let mut file = None;
        if let Some(path) = &args.ready_file {
            let told = |error| OutletError::File {
                path: path.clone(),
                error,
            };
            // The current folder is the project's: a relative path is still right at the end.
            let path = std::path::absolute(path).map_err(told)?;
            // One that is left from before would be taken for this one's.
            remove(&path).map_err(told)?;
            // Whether it can be written shows before somebody waits for it.
            NamedTempFile::new_in(folder_of(&path)).map_err(told)?;
            file = Some(path);
        }
        Ok(Outlets {
            fd,
            file,
            is_written: false,
        })
    }

    /// Tells, the first time only.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn tell(&mut self, ready: &Ready) -> Result<(), OutletError> {
        if self.is_written {
            return Ok(());
        }
        self.is_written = true;
        let line = format!("{}\n", ready.to_json());
        if let Some(fd) = self.fd.take() {
            match fs::File::from(fd).write_all(line.as_bytes()) {
                // Whoever asked has seen enough.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
                outcome => outcome.map_err(OutletError::Write)?,
            }
        }
        if let Some(path) = &self.file {
            write_whole(path, &line).map_err(|error| OutletError::File {
                path: path.clone(),
                error,
            })?;
        }
        Ok(())
    }
}

impl Drop for Outlets {
    fn drop(&mut self) {
        if let Some(path) = self.file.as_ref().filter(|_| self.is_written) {
            // One that is gone already is what was wanted.
            let _ = remove(path);
        }
    }
}

fn claim_fd(number: RawFd) -> Result<OwnedFd, OutletError> {
    match number {
        0 => Err(OutletError::StandardInput),
        // Those are this process's to the end: the line goes to a copy, which alone is closed.
        1 => copied(io::stdout()).map_err(OutletError::Write),
        2 => copied(io::stderr()).map_err(OutletError::Write),
        number => owned(number).ok_or(OutletError::NotOpen(number)),
    }
}

fn copied(stream: impl std::os::fd::AsFd) -> io::Result<OwnedFd> {
    stream.as_fd().try_clone_to_owned()
}

/// The open file of this number, which no program that this one starts inherits.
#[allow(unsafe_code, reason = "a number of the command line is no handle")]
fn owned(number: RawFd) -> Option<OwnedFd> {
    let is_open = number > 2 && Path::new("/dev/fd").join(number.to_string()).exists();
    if !is_open {
        return None;
    }
    // SAFETY: it is open, and was so when the process started, as nothing has been opened since: whoever
    // started the process has given it for this. Nobody else in the process knows of it.
    let fd = unsafe { OwnedFd::from_raw_fd(number) };
    let flags = rustix::io::FdFlags::CLOEXEC;
    // Without it, somebody else has the file open too, and its reader waits longer for its end.
    let _ = rustix::io::fcntl_setfd(&fd, flags);
    Some(fd)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("/"))
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

/// Nobody sees a part of it. Only this user can read it: it may hold a token.
fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let mut file = NamedTempFile::new_in(folder_of(path))?;
    file.write_all(text.as_bytes())?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready(bound: &str) -> Ready {
        Ready::new("http", bound.parse().expect("an address"), None)
    }

    #[test]
    fn clients_are_sent_to_an_address_that_they_can_reach() {
        assert_eq!(ready("0.0.0.0:1999").url(), "http://127.0.0.1:1999");
        assert_eq!(ready("[::]:1999").host(), "[::1]:1999");
        assert_eq!(ready("192.168.1.7:80").host(), "192.168.1.7:80");
    }

    #[test]
    fn the_line_has_all_fields_even_without_control() {
        let line = ready("127.0.0.1:1999").to_json();
        assert_eq!(line["port"], 1999);
        assert_eq!(line["control"], Value::Null);
        assert_eq!(line["token"], Value::Null);
        assert_eq!(line["pid"], std::process::id());
    }

    #[test]
    fn the_file_is_there_once_it_is_told_and_gone_at_the_end() {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let path = scratch.path().join("ready.json");
        fs::write(&path, "stale").expect("writable");
        let args = MachineArgs {
            ready_file: Some(path.clone()),
            ..MachineArgs::default()
        };
        let mut outlets = Outlets::claim(&args).expect("the folder is writable");
        assert!(!path.exists(), "a stale file misleads");
        outlets.tell(&ready("127.0.0.1:1999")).expect("writable");
        let text = fs::read_to_string(&path).expect("it is there");
        let line: Value = serde_json::from_str(&text).expect("it is JSON");
        assert_eq!(line["url"], "http://127.0.0.1:1999");
        drop(outlets);
        assert!(!path.exists());
        let left = fs::read_dir(scratch.path()).expect("readable").count();
        assert_eq!(left, 0, "nothing half written stays");
    }

    #[test]
    fn what_is_not_there_is_refused_before_anything_starts() {
        let refused = |args: MachineArgs| {
            let error = Outlets::claim(&args).expect_err("it is refused");
            error.to_string()
        };
        let fd = |number| MachineArgs {
            ready_fd: Some(number),
            ..MachineArgs::default()
        };
        assert!(refused(fd(987)).contains("`987`"));
        assert!(refused(fd(-1)).contains("`-1`"));
        assert!(refused(fd(0)).contains("standard input"));
        let file = MachineArgs {
            ready_file: Some("/no/such/folder/ready".into()),
            ..MachineArgs::default()
        };
        assert!(refused(file).contains("`/no/such/folder/ready`"));
    }
}
