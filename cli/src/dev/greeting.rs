//! What is said of where a project is served, and who is let in there. Decides no address.

use partyrun_runtime::{DASHBOARD_PATH, InspectOptions};

use super::{Session, Wake};
use crate::announce;
use crate::failure::Failure;
use crate::inspect::Inspector;
use crate::keys::HotKeys;
use crate::ports;
use crate::signals;

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

    /// Says where it serves, and listens to the keyboard.
    pub(super) fn announce(&self) -> Option<HotKeys> {
        let (printer, bound, scheme) = (self.printer, self.bound, self.scheme());
        if printer.is_of_events() {
            return None;
        }
        // Scripts read the port from this line, however little else is to be said.
        printer.out(format!("Ready on {scheme}://{bound}"));
        let reachable = ports::reachable(bound);
        for address in reachable.iter().chain(&self.also_bound) {
            printer.status(format!("- {scheme}://{address}"));
        }
        if let Some(address) = self.debuggers {
            printer.status(format!("- debuggers: {address}"));
        }
        let browsers = ports::for_browser(bound);
        // It is shown to this machine alone.
        let is_here = bound.ip().is_loopback() || bound.ip().is_unspecified();
        if is_here && self.args.has_dashboard() {
            printer.status(format!(
                "- dashboard: {scheme}://{browsers}{DASHBOARD_PATH}"
            ));
        }
        announce::exposure(printer, self.also_bound.iter().chain([&bound]));
        if self.args.no_hotkeys || self.args.machine.exit_with_stdin {
            return None;
        }
        let url = format!("{scheme}://{browsers}");
        let debuggers = self
            .debuggers
            .map(|at| format!("http://{}", ports::for_browser(at)));
        let exit = self.exit.clone();
        HotKeys::start(printer, url, debuggers, move || {
            let _ = exit.send(Wake::Stop);
            signals::bound_the_end();
        })
    }
}
