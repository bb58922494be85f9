//! What `cargo xtask bench` calls the limit: a server of hyper and fastwebsockets on one thread that answers as the
//! benchmark's project does, without JavaScript, storage, limits or logs.
//!
//! Owns the command line and the listener. Never measures. Whatever a server of these crates can do for echo, fan-out
//! and small answers, it does: what partyrun lacks to it is the price of everything else.
//!
//! # Layout
//! - `http`: requests, and upgrades to WebSockets
//! - `socket`: what comes on a WebSocket
//! - `peer`: what goes out on one
//! - `room`: who is in a room, and how often it was asked

mod http;
mod peer;
mod room;
mod socket;

use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use tokio::net::TcpListener;
use tokio::runtime::Builder;

use room::Rooms;

#[derive(Parser)]
#[command(about = "Serves the benchmark's rooms without JavaScript")]
struct Cli {
    /// Port on 127.0.0.1.
    #[arg(long)]
    port: u16,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match serve((Ipv4Addr::LOCALHOST, cli.port).into()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to tell it to when stderr is gone as well.
            let _ = writeln!(io::stderr(), "Could not serve: {error}");
            ExitCode::FAILURE
        }
    }
}

/// One thread, as partyrun has one for all that it accepts.
fn serve(addr: SocketAddr) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(addr).await?;
        let rooms = Arc::new(Rooms::default());
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            tokio::spawn(http::serve(stream, Arc::clone(&rooms)));
        }
    })
}
