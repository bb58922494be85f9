//! The settings of a session after their files have changed. Owns what takes effect at once; what the settings mean is
//! `config`'s.

use super::Session;
use crate::announce;
use crate::config::Settings;
use crate::failure::Failure;
use crate::watch::Change;

impl Session<'_> {
    /// Reads the settings again when their files changed.
    pub(super) fn renew_settings(&mut self, changes: &[Change]) -> Result<(), Failure> {
        self.settings_stale |= changes.iter().any(|change| match change {
            Change::Path(path) => self.settings.sources.contains(path),
            Change::Unknown => true,
        });
        if self.settings_stale {
            let settings = Settings::load(self.args, &self.cwd)?;
            announce::news(self.printer, &settings, Some(&self.settings));
            self.builds.apply(&settings);
            if let Some(serving) = &self.serving {
                serving.server.allow_hosts(settings.allowed_hosts.clone());
            }
            self.settings = settings;
            self.settings_stale = false;
        }
        Ok(())
    }
}
