//! What is said of where a project is served, and who is let in there. Decides no address.

use std::net::SocketAddr;

use partyrun_runtime::{DASHBOARD_PATH, InspectOptions, Server};

use super::{Session, Wake};
use crate::announce;
use crate::config::shown;
use crate::failure::Failure;
use crate::inspect::Inspector;
use crate::keys::{Ask, HotKeys, Places};
use crate::ports;
use crate::signals;
use crate::watch::Change;

impl Session<'_> {
    /// Opens the port for debuggers, if they are let in.
    pub(super) fn let_debuggers_in(&mut self) -> Result<Option<InspectOptions>, Failure> {
        let is_usual = self.companion.lets_debuggers_in();
        let inspector = Inspector::open(self.args, is_usual).map_err(Failure::of)?;
        self.debuggers = inspector.as_ref().map(|inspector| inspector.address);
        if let Some(address) = self.debuggers.filter(|_| self.args.inspect_brk.is_some()) {
            // The rest is only said when a debugger has been there.
            self.printer.status(format!("- debuggers: {address}"));
        }
        Ok(inspector.map(|inspector| inspector.options))
    }

    pub(super) fn scheme(&self) -> &'static str {
        match &self.identity {
            Some(_) => "https",
            None => "http",
        }
    }

    /// Says where what is served, and listens to the keyboard.
    pub(super) fn announce(&self, server: &Server) -> Option<HotKeys> {
        let (printer, bound, scheme) = (self.printer, self.bound, self.scheme());
        if printer.is_of_events() {
            return None;
        }
        let reachable = ports::reachable(bound);
        let addresses = reachable.iter().chain(&self.also_bound);
        let mut lines: Vec<String> = addresses
            .map(|address| match is_of_this_machine(address) {
                true => format!("- local: {scheme}://{address}"),
                false => format!("- network: {scheme}://{address}"),
            })
            .collect();
        // Scripts read the port from this line, however little else is to be said.
        let first = format!("Ready on {scheme}://{bound}");
        let headline = [std::slice::from_ref(&first), &*lines].concat().join("\n");
        if let Some(address) = self.debuggers {
            lines.push(format!("- debuggers: {address}"));
        }
        let url = format!("{scheme}://{}", ports::for_browser(bound));
        // It is shown to this machine alone.
        let is_here = bound.ip().is_loopback() || bound.ip().is_unspecified();
        let dashboard =
            (is_here && self.args.has_dashboard()).then(|| format!("{url}{DASHBOARD_PATH}"));
        if let Some(url) = &dashboard {
            lines.push(format!("- dashboard: {url}"));
        }
        lines.extend(announce::parties(&server.parties()));
        let elapsed = self.started.elapsed().as_millis();
        lines.push(format!("- ready after {elapsed} ms"));
        lines.extend(announce::exposure(self.also_bound.iter().chain([&bound])));
        // Who reads the first line may have a room print at once.
        printer.block(&first, lines);
        if self.args.no_hotkeys || self.args.machine.exit_with_stdin {
            return None;
        }
        let mut others = reachable.iter().chain(&self.also_bound).chain([&bound]);
        let places = Places {
            dashboard,
            url,
            debuggers: self
                .debuggers
                .map(|at| format!("http://{}", ports::for_browser(at))),
            network: others
                .find(|address| !is_of_this_machine(address) && !address.ip().is_unspecified())
                .map(|address| format!("{scheme}://{address}")),
            headline,
        };
        let wakes = self.exit.clone();
        HotKeys::start(printer, places, move |ask| {
            let _ = wakes.send(Wake::Asked(ask));
            if ask == Ask::Exit {
                signals::bound_the_end();
            }
        })
    }

    /// The changed files that the project is made of, as the user knows them.
    pub(super) fn names_of(&self, changes: &[Change]) -> Vec<String> {
        let served = self.serving.as_ref().map(|serving| &serving.graph);
        let mut names: Vec<_> = changes
            .iter()
            .filter_map(|change| match change {
                Change::Path(path) => Some(path),
                Change::Unknown => None,
            })
            .filter(|path| {
                self.settings.sources.contains(path)
                    || served.is_some_and(|graph| graph.watched().any(|file| file == *path))
            })
            .map(|path| shown(&self.cwd, path))
            .collect();
        names.sort();
        names.dedup();
        names
    }
}

fn is_of_this_machine(address: &SocketAddr) -> bool {
    address.ip().to_canonical().is_loopback()
}
