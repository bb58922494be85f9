//! The dashboard in a real browser, read by a program that looks for what keeps people from using a page, in both
//! colours, with many rooms and in a flood.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::dashboard_page::{fixture, look_into, open, to_page, to_tab};
use crate::harness::{Browser, eventually, fixtures_folder, install_packages};

/// Where pictures of the dashboard go, for whoever wants to look at them.
const PICTURES: &str = "PARTYRUN_PICTURES";

/// What axe-core finds serious.
fn faults(browser: &Browser) -> Value {
    browser.value(
        "axe.run().then(({ violations }) => violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]))",
    )
}

#[test]
fn nothing_keeps_people_from_using_it_in_light_and_dark() {
    install_packages("dashboard");
    let axe = fixtures_folder().join("dashboard/node_modules/axe-core/axe.min.js");
    let axe = std::fs::read_to_string(axe).expect("it was installed");
    let dev = fixture().dev();
    dev.post("/parties/main/attic", "");
    let mut ann = dev.ws("/parties/main/lobby?_pk=ann");
    ann.text();
    ann.send("throw");
    let browser = open(&dev);
    browser.value(&format!("{axe}; 0"));
    let pictures = std::env::var_os(PICTURES).map(PathBuf::from);
    let look = |name: &str, address: &str, ready: &str| {
        browser.value(&format!("location.hash = {address:?}"));
        browser.shows(ready, true);
        for scheme in ["light", "dark"] {
            browser.prefer(scheme);
            browser.shows(
                &format!("matchMedia('(prefers-color-scheme: {scheme})').matches"),
                true,
            );
            // Colours fade for a moment.
            browser.value("Promise.all(document.getAnimations().map(({ finished }) => finished))");
            assert_eq!(faults(&browser), json!([]), "{name} in {scheme}");
            if let Some(folder) = &pictures {
                browser.photograph(&folder.join(format!("{name}-{scheme}.png")));
            }
        }
    };
    let has = |selector: &str| format!("document.querySelector({selector:?}) !== null");
    look("rooms", "#rooms", &has(".room-row"));
    browser.value("location.hash = '#room/main/lobby'");
    eventually("the room is tapped", || {
        ann.send(r#"{"type":"move","to":[3,4]}"#);
        ann.text();
        ann.send_bytes(&[0, 1, 2, 250]);
        ann.bytes();
        (browser.value("document.querySelectorAll('.message-row').length > 3") == true)
            .then_some(())
    });
    browser.value("document.querySelector('[role=listbox][aria-label=Messages]').focus()");
    browser.press("Home");
    look("messages", "#room/main/lobby", &has(".message-row"));
    look(
        "connections",
        "#room/main/lobby/connections",
        &has(".connections tbody tr"),
    );
    look("storage", "#room/main/attic/storage", &has(".entry-row"));
    look("alarm", "#room/main/attic/alarm", &has(".alarm"));
    look("requests", "#requests", "true");
    dev.get("/nothing");
    look("requests", "#requests", &has(".request-row"));
    look("request", "#room/main/lobby/request", &has(".request"));
    browser.tab_to("input Path");
    browser.press("Control+Enter");
    look(
        "request",
        "#room/main/lobby/request",
        &has(".answer-status[data-bad]"),
    );
    look("logs", "#logs", &has(".log-row"));
    look("errors", "#errors", &has(".error"));
    look("crons", "#crons", &has("tbody tr"));
    look("project", "#project", &has(".pairs dd"));
    browser.resize(400, 800);
    look("small", "#room/main/lobby", &has("#room-title"));
    let width = "document.documentElement.scrollWidth <= innerWidth";
    assert_eq!(browser.value(width), true, "nothing is beyond the edge");
}

/// All that is loaded, and all that a browser has against it.
#[test]
fn page_loads_nothing_and_breaks_no_rule_of_its_own() {
    let dev = fixture().dev();
    let browser = open(&dev);
    browser.value("addEventListener('securitypolicyviolation', ({ blockedURI }) => (globalThis.broken = blockedURI))");
    look_first(&browser);
    let loaded = "performance.getEntriesByType('resource').map(({ name }) => name)";
    assert_eq!(browser.value(loaded), json!([]));
    assert_eq!(browser.value("globalThis.broken ?? null"), Value::Null);
    assert_eq!(
        browser.value("document.querySelector('meta[name=token]')"),
        Value::Null
    );
}

fn look_first(browser: &Browser) {
    for name in ["Requests", "Logs", "Errors", "Crons", "Project", "Rooms"] {
        to_page(browser, name);
    }
}

#[test]
fn thousand_rooms_and_a_flood_do_not_freeze_it() {
    let dev = fixture().env("PARTYRUN_IDLE_MS", "200").dev();
    std::thread::scope(|scope| {
        for part in 0..4 {
            let dev = &dev;
            scope.spawn(move || {
                for number in 0..250 {
                    dev.post(&format!("/parties/main/room-{part}-{number}"), "");
                }
            });
        }
    });
    let mut ann = dev.ws("/parties/main/lobby?_pk=ann");
    ann.text();
    let browser = open(&dev);
    browser.shows(
        "document.querySelector('.total').textContent.startsWith('1,001 rooms')",
        true,
    );
    let elements = browser.value("document.querySelectorAll('.room-row').length");
    assert!(
        elements.as_u64().is_some_and(|count| count < 60),
        "{elements}"
    );
    browser.tab_to("input Search");
    browser.write("lobby");
    browser.shows("document.querySelectorAll('.room-row').length", 1);
    look_into(&browser, "lobby");
    eventually("the room is tapped", || {
        ann.send("hi");
        ann.text();
        (browser.value("document.querySelectorAll('.message-row').length > 0") == true)
            .then_some(())
    });
    browser.watch_frames();
    for _ in 0..3 {
        ann.send("flood");
    }
    let flood = std::thread::spawn(move || {
        for _ in 0..60_000 {
            ann.text();
        }
        ann
    });
    to_tab(&browser, "Storage");
    to_tab(&browser, "Messages");
    let total = "document.querySelector('.messages .aside').textContent";
    browser.shows(&format!("{total}.includes('too fast to be shown')"), true);
    flood.join().expect("the flood is over");
    let elements = browser.value("document.querySelectorAll('.message-row').length");
    assert!(
        elements.as_u64().is_some_and(|count| count < 80),
        "{elements}"
    );
    let longest = browser.longest_frame_ms();
    assert!(longest < 2_000.0, "{longest} ms");
}
