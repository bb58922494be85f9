//! Load generator for `cargo xtask bench` and `soak`: one kind of load on one address, one JSON report on stdout, as the
//! last line.
//!
//! Owns the command line. Never starts, stops or measures a server process: the benchmark does. It is
//! a program of its own so that its memory and its one thread stay out of what is being measured: on
//! a two-core machine one core drives and the other serves.
//!
//! # Layout
//! - `stats`: the time window that counts, latencies, the report
//! - `http`, `socket`: one HTTP or WebSocket client connection, bytes only
//! - `requests`, `echo`, `fanout`, `held`: the loads of the benchmark
//! - `soak`: the long one of `cargo xtask soak`

mod echo;
mod error;
mod fanout;
mod held;
mod http;
mod requests;
mod soak;
mod socket;
mod stats;

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use error::LoadError;
use held::Crowd;
use serde::Serialize;
use soak::SoakReport;
use stats::{Plan, Report};

#[derive(Parser)]
#[command(about = "Puts one kind of load on a PartyKit server and prints a JSON report")]
struct Cli {
    /// Address of the server.
    #[arg(long, global = true, default_value = "127.0.0.1:1999")]
    addr: SocketAddr,
    #[command(subcommand)]
    load: Load,
}

#[derive(Subcommand)]
enum Load {
    /// Keep-alive GET requests for one path, each connection sends the next after the answer.
    Http {
        #[arg(long)]
        path: String,
        #[arg(long, default_value_t = 1)]
        connections: usize,
        #[command(flatten)]
        time: Time,
    },
    /// One GET to each of many rooms that nobody has asked for before.
    Rooms {
        /// The room's number is appended.
        #[arg(long)]
        prefix: String,
        #[arg(long, default_value_t = 200)]
        count: usize,
        #[arg(long, default_value_t = 16)]
        connections: usize,
        /// Pause before each request.
        #[arg(long, default_value_t = 0)]
        pause_ms: u64,
    },
    /// Messages that come back to their sender.
    Echo {
        #[arg(long)]
        path: String,
        #[arg(long, default_value_t = 1)]
        connections: usize,
        /// Give each connection a room of its own: its number is appended to the path.
        #[arg(long)]
        room_each: bool,
        /// Messages each connection has under way.
        #[arg(long, default_value_t = 1)]
        in_flight: usize,
        /// Payload bytes.
        #[arg(long, default_value_t = 32)]
        size: usize,
        #[command(flatten)]
        time: Time,
    },
    /// Messages of one sender that reach every receiver in the room.
    Fanout {
        #[arg(long)]
        path: String,
        #[arg(long, default_value_t = 100)]
        receivers: usize,
        /// Messages under way: the next is sent when the oldest has reached everybody.
        #[arg(long, default_value_t = 1)]
        window: usize,
        /// Payload bytes.
        #[arg(long, default_value_t = 32)]
        size: usize,
        #[command(flatten)]
        time: Time,
    },
    /// Sockets in many rooms that stay open, and after a rest a message in one room after another.
    Held {
        /// The room's number is appended.
        #[arg(long)]
        prefix: String,
        #[arg(long, default_value_t = 1000)]
        rooms: usize,
        /// Sockets of each room.
        #[arg(long, default_value_t = 1)]
        each: usize,
        /// Sockets that are opened at a time.
        #[arg(long, default_value_t = 16)]
        connections: usize,
        /// Rooms that get a message.
        #[arg(long, default_value_t = 200)]
        messages: usize,
        /// Time between the last socket and the first message.
        #[arg(long, default_value_t = 2000)]
        rest_ms: u64,
    },
    /// Many rooms of the soak's project, used in every way at once.
    Soak {
        #[arg(long, default_value_t = 100)]
        rooms: usize,
        #[arg(long, default_value_t = 300)]
        secs: u64,
    },
}

/// What a load found.
#[derive(Serialize)]
#[serde(untagged)]
enum Found {
    Timed(Report),
    Soaked(SoakReport),
}

/// How long a load runs.
#[derive(Args)]
struct Time {
    /// Seconds that count.
    #[arg(long, default_value_t = 1.0)]
    secs: f64,
    /// Seconds of the same load before them that do not.
    #[arg(long, default_value_t = 0.3)]
    warm_up: f64,
}

impl Time {
    fn plan(&self) -> Plan {
        Plan {
            warm_up: Duration::from_secs_f64(self.warm_up),
            counted: Duration::from_secs_f64(self.secs),
        }
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(report) => {
            let line = serde_json::to_string(&report).expect("a report is plain numbers and text");
            match writeln!(std::io::stdout(), "{line}") {
                Ok(()) => ExitCode::SUCCESS,
                Err(_) => ExitCode::FAILURE,
            }
        }
        Err(error) => {
            // Nothing is left to tell it to when stderr is gone as well.
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<Found, LoadError> {
    raise_file_limit();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(LoadError::Runtime)?;
    let addr = cli.addr;
    tokio::task::LocalSet::new().block_on(&runtime, async move {
        let timed = match cli.load {
            Load::Soak { rooms, secs } => {
                let length = Duration::from_secs(secs);
                return Ok(Found::Soaked(soak::run(addr, rooms, length).await));
            }
            Load::Http {
                path,
                connections,
                time,
            } => requests::same_path(addr, &path, connections, time.plan()).await,
            Load::Rooms {
                prefix,
                count,
                connections,
                pause_ms,
            } => {
                let pause = Duration::from_millis(pause_ms);
                requests::new_rooms(addr, &prefix, count, connections, pause).await
            }
            Load::Echo {
                path,
                connections,
                room_each,
                in_flight,
                size,
                time,
            } => {
                let paths = (0..connections)
                    .map(|i| {
                        if room_each {
                            format!("{path}{i}")
                        } else {
                            path.clone()
                        }
                    })
                    .collect();
                echo::run(addr, paths, in_flight, size, time.plan()).await
            }
            Load::Held {
                prefix,
                rooms,
                each,
                connections,
                messages,
                rest_ms,
            } => {
                let crowd = Crowd {
                    rooms,
                    each,
                    connections,
                    messages,
                };
                held::run(addr, &prefix, crowd, Duration::from_millis(rest_ms)).await
            }
            Load::Fanout {
                path,
                receivers,
                window,
                size,
                time,
            } => fanout::run(addr, &path, receivers, window, size, time.plan()).await,
        };
        timed.map(Found::Timed)
    })
}

/// Fan-out to 1,000 needs more files than the usual soft limit; the server's limit is the server's.
fn raise_file_limit() {
    let limit = getrlimit(Resource::Nofile);
    // A refusal shows as a failed connect, with the system's own words.
    let _ = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: limit.maximum,
            maximum: limit.maximum,
        },
    );
}
