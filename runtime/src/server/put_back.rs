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
    /// Calls `put_back` now, and whenever the storage begins anew, several times for each. What it puts back may
    /// be there.
    pub fn put_beside_storage(&self, put_back: impl Fn() + Send + Sync + 'static) {
        let storage = &self.spaces.main.storage;
        // Taken first: a folder that is deleted meanwhile takes along what is put there.
        let known = storage.renewals();
        put_back();
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
        storage.watch_renewals(known, Box::new(again));
    }
}
