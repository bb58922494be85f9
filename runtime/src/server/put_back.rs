//! What lies beside the storage and goes with it when somebody deletes its folder while it is served. Knows not
//! what that is.

use std::sync::Arc;
use std::time::Duration;

use super::Server;

/// How often, and after what time each, it is put back once more: whoever deletes the folder may not be done when
/// the storage begins anew.
const LOOKS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(100);

impl Server {
    /// Has `put_back` called whenever the storage begins anew, several times for each. What it puts back may be
    /// there.
    pub fn when_storage_begins_anew(&self, put_back: impl Fn() + Send + Sync + 'static) {
        let put_back = Arc::new(put_back);
        let io = self.io.handle().clone();
        let again = move || {
            put_back();
            let put_back = put_back.clone();
            io.spawn(async move {
                for _ in 0..LOOKS {
                    tokio::time::sleep(PAUSE).await;
                    put_back();
                }
            });
        };
        self.spaces.main.storage.watch_renewals(Box::new(again));
    }
}
