//! How long a page draws nothing.

use super::Browser;

impl Browser {
    /// Notes from here on for how long nothing is drawn.
    pub fn watch_frames(&self) {
        self.value(
            "(() => {
              globalThis.longest = 0;
              let before = performance.now();
              const look = (now) => {
                globalThis.longest = Math.max(globalThis.longest, now - before);
                before = now;
                requestAnimationFrame(look);
              };
              requestAnimationFrame(look);
            })()",
        );
    }

    /// The longest time, in milliseconds, for which nothing was drawn.
    pub fn longest_frame_ms(&self) -> f64 {
        let longest = self.value("globalThis.longest").as_f64();
        longest.expect("frames are watched")
    }
}
