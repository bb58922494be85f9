//! How the sockets of an isolate that has ended may still end well.

use std::time::Duration;

use crate::host::IsolateHost;

/// How long the closing handshakes of an ended room may take.
const FAREWELL_PATIENCE: Duration = Duration::from_secs(2);

/// Waits for closing handshakes that are under way.
pub async fn closing_handshakes(host: &IsolateHost) {
    // What has not finished by then is cut with the thread.
    let _ = tokio::time::timeout(FAREWELL_PATIENCE, host.sockets.readers_done()).await;
    host.tell_of_sockets();
}
