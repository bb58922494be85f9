//! What is said of the keys. Owns the words.

use super::Places;

/// The keys that people look for, on one line.
pub fn hint(places: &Places) -> String {
    let if_any = |place: &Option<String>, text| if place.is_some() { text } else { "" };
    let dashboard = if_any(&places.dashboard, "[o] dashboard, ");
    let debug = if_any(&places.debuggers, "[d] debug a room, ");
    format!("[b] open a browser, {dashboard}{debug}[c] clear console, [h] all keys, [x] to exit")
}

/// All keys, on a line each.
pub fn help(places: &Places) -> String {
    let mut lines = vec![format!("b  open a browser at {}", places.url)];
    if let Some(url) = &places.dashboard {
        lines.push(format!("o  open the dashboard: {url}"));
    }
    if places.debuggers.is_some() {
        lines.push("d  debug a room with Chrome".to_owned());
    }
    lines.extend(
        [
            "p  show a QR code that brings a phone here",
            "r  reload: all rooms start again",
            "l  list the rooms that live",
            "c  clear the console",
            "x  end; q and Ctrl-C do the same",
        ]
        .map(str::to_owned),
    );
    lines.join("\n")
}
