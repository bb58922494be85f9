//! The dashboard in a real browser: all that it does by keyboard, read by a program that looks for what keeps
//! people from using a page, in both colours, with many rooms and in a flood.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::harness::{Browser, Dev, Page, Project, eventually, fixtures_folder, install_packages};

const PATH: &str = "/__partyrun__/";
/// Where pictures of the dashboard go, for whoever wants to look at them.
const PICTURES: &str = "PARTYRUN_PICTURES";

pub(crate) fn fixture() -> Project {
    Project::fixture_without_packages("dashboard").args(&["--persist", "false"])
}

/// By the name of which the browser says where requests come from.
pub(crate) fn open(dev: &Dev) -> Browser {
    let browser = Browser::open(&format!("http://localhost:{}{PATH}", dev.port()));
    browser.resize(1280, 900);
    browser.shows("document.querySelector('.state')?.textContent", "Connected");
    browser
}

pub(crate) fn look_into(browser: &Browser, name: &str) {
    browser.shows("document.querySelectorAll('.room-row').length > 0", true);
    browser.tab_to("div Rooms");
    let first = "document.querySelector('.side [aria-selected=true] .name')?.textContent";
    browser.press("Home");
    for _ in 0..20 {
        if browser.value(first) == name {
            break;
        }
        browser.press("ArrowDown");
    }
    browser.press("Enter");
    browser.shows("document.querySelector('#room-title')?.textContent", name);
    assert_eq!(browser.focused(), format!("h1 {name}"));
}

/// Moves to a tab of the room that is looked into.
pub(crate) fn to_tab(browser: &Browser, name: &str) {
    let chosen = "document.querySelector('[role=tab][aria-selected=true]').textContent";
    let now = browser.value(chosen);
    browser.tab_to(&format!("button {}", now.as_str().expect("one is chosen")));
    for _ in 0..4 {
        if browser.value(chosen) == name {
            return;
        }
        browser.press("ArrowRight");
    }
    panic!("There is no tab `{name}`");
}

pub(crate) fn to_page(browser: &Browser, name: &str) {
    browser.tab_to(&format!("a {name}"));
    browser.press("Enter");
    browser.shows(
        "document.querySelector('nav [aria-current]').textContent",
        name,
    );
}

fn says(browser: &Browser, text: &str) {
    let said = format!(
        "[...document.querySelectorAll('.said')].some((said) => said.textContent.includes({text:?}))"
    );
    browser.shows(&said, true);
}

// ---- by keyboard ----

#[test]
fn messages_are_read_filtered_and_sent_by_keyboard() {
    let dev = fixture().dev();
    let mut ann = dev.ws("/parties/main/lobby?_pk=ann");
    ann.text();
    let browser = open(&dev);
    look_into(&browser, "lobby");
    let lines = "[...document.querySelectorAll('.message-row .data')].map(({ textContent }) => textContent).join('|')";
    eventually("the room is tapped", || {
        ann.send("hi");
        ann.text();
        (browser.value("document.querySelectorAll('.message-row').length") != 0).then_some(())
    });
    browser.tab_to("textarea Message (Ctrl+Enter sends)");
    browser.write(r#"{"from":"the page"}"#);
    browser.press("Control+Enter");
    assert_eq!(ann.text(), r#"{"from":"the page"}"#, "as a client");
    browser.tab_to("select Send");
    browser.press("ArrowDown");
    browser.shows("document.activeElement.value", "ann");
    browser.press("Shift+Tab");
    browser.write("only for ann");
    browser.press("Control+Enter");
    assert_eq!(ann.text(), "only for ann", "as the room");
    browser.tab_to("input Search");
    while browser.value("document.activeElement.closest('.messages') !== null") == false {
        browser.press("Tab");
        browser.tab_to("input Search");
    }
    browser.write("ONLY");
    browser.shows(lines, "only for ann");
    browser.write("");
    browser.tab_to("select Kind");
    browser.press("j");
    browser.shows("document.activeElement.value", "json");
    browser.shows(
        &format!("{lines}.includes('the page') && !{lines}.includes('ann|')"),
        true,
    );
    browser.tab_to("button Pause");
    browser.press(" ");
    browser.shows("document.activeElement.ariaPressed", "true");
    browser.tab_to("div Messages");
    browser.press("Home");
    browser.shows("document.querySelector('.messages .whole').textContent.includes('\"welcome\"') || document.querySelector('.messages .whole').textContent.includes('\"from\"')", true);
}

#[test]
fn connections_are_closed_and_rooms_restarted_and_evicted_by_keyboard() {
    let dev = fixture().dev();
    let mut ann = dev.ws("/parties/main/lobby?_pk=ann");
    ann.text();
    let browser = open(&dev);
    look_into(&browser, "lobby");
    to_tab(&browser, "Connections");
    browser.shows(
        "document.querySelector('.connections tbody')?.textContent.includes('player ann')",
        true,
    );
    browser.tab_to("button Close ann");
    browser.press("Enter");
    browser.shows("document.querySelector('dialog')?.open", true);
    browser.tab_to("input Code");
    browser.write("4001");
    browser.press("Enter");
    assert_eq!(ann.closed().code, 4001);
    says(&browser, "Closed ann");
    let mut bob = dev.ws("/parties/main/lobby?_pk=bob");
    bob.text();
    browser.tab_to("button Restart");
    browser.press("Enter");
    assert_eq!(bob.closed().code, 1012);
    says(&browser, "The room has been restarted");
    let mut cleo = dev.ws("/parties/main/lobby?_pk=cleo");
    cleo.text();
    browser.tab_to("button Evict");
    browser.press("Enter");
    browser.tab_to("button Cancel");
    browser.press("Escape");
    browser.shows("document.querySelector('dialog')", Value::Null);
    assert_eq!(browser.focused(), "button Evict", "the focus is back");
    assert_eq!(cleo.ask("still"), "still");
    browser.press("Enter");
    browser.press("Shift+Tab");
    browser.tab_to("button Evict");
    browser.press("Enter");
    assert_eq!(cleo.closed().code, 1012);
    says(&browser, "The room has been evicted");
}

#[test]
fn storage_is_edited_exported_and_imported_by_keyboard() {
    let dev = fixture().dev();
    dev.post("/parties/main/lobby", "");
    let mut page = Page::open(&dev);
    let browser = open(&dev);
    look_into(&browser, "lobby");
    to_tab(&browser, "Storage");
    browser.shows("document.querySelectorAll('.entry-row').length", 3);
    browser.tab_to("div Stored entries");
    browser.press("End");
    browser.press("Enter");
    assert_eq!(browser.focused(), "textarea Value, as JSON (Ctrl+S saves)");
    browser.shows(
        "document.activeElement.value.includes('\"$set\": []')",
        true,
    );
    browser.write("{ no JSON");
    browser.press("Control+s");
    browser.shows(
        "document.querySelector('.storage .bad').textContent.startsWith('This is not JSON')",
        true,
    );
    browser.write(r#"{"$map":[["a",{"$bigint":"10"}]]}"#);
    browser.press("Control+s");
    says(&browser, "Saved user:bob");
    let stored = |page: &mut Page, key: &str| {
        page.ask(
            "GET",
            &format!("/rooms/main/lobby/storage/{key}"),
            Value::Null,
        )
    };
    assert_eq!(
        stored(&mut page, "user:bob").1,
        json!({ "$map": [["a", { "$bigint": "10" }]] })
    );
    browser.tab_to("button Delete");
    browser.press("Enter");
    browser.tab_to("button Delete");
    browser.press("Enter");
    says(&browser, "Deleted user:bob");
    assert_eq!(stored(&mut page, "user:bob").0, 404);
    browser.tab_to("button New entry");
    browser.press("Enter");
    assert_eq!(browser.focused(), "input Key");
    browser.write("new");
    browser.press("Tab");
    browser.write("[1]");
    browser.press("Control+s");
    says(&browser, "Saved new");
    assert_eq!(stored(&mut page, "new").1, json!([1]));
    browser.tab_to("button Export");
    browser.press("Enter");
    says(&browser, "Exported 3 values");
    let file = dev.project().path().join("import.json");
    std::fs::write(&file, r#"{"entries":[["imported",{"$date":5}]]}"#).expect("it is writable");
    browser.choose_file(".storage input[type=file]", &file);
    browser.shows("document.querySelector('dialog')?.open", true);
    browser.tab_to("button Import");
    browser.press("Enter");
    says(&browser, "Imported 1 value");
    assert_eq!(stored(&mut page, "imported").1, json!({ "$date": 5 }));
    to_tab(&browser, "Alarm");
    browser.shows(
        "document.querySelector('.alarm p').textContent.startsWith('Due in')",
        true,
    );
    browser.tab_to("button Run now");
    browser.press("Enter");
    says(&browser, "The handler has run");
    dev.stdout_has("the alarm ran");
}

#[test]
fn logs_errors_crons_and_the_project_are_read_by_keyboard() {
    let dev = fixture().dev();
    let mut ann = dev.ws("/parties/main/lobby?_pk=ann");
    ann.text();
    ann.send("throw");
    dev.stderr_has("thrown on demand");
    let browser = open(&dev);
    to_page(&browser, "Errors");
    let error = "document.querySelector('.error')?.textContent";
    browser.shows(
        &format!("{error}?.includes('thrown on demand') && {error}.includes('src/server.ts:')"),
        true,
    );
    to_page(&browser, "Logs");
    ann.send("x");
    ann.text();
    let lines = "[...document.querySelectorAll('.log-row .data')].map(({ textContent }) => textContent).join('|')";
    browser.shows(&format!("{lines}.includes('ann said something')"), true);
    browser.tab_to("input Search");
    browser.write("said");
    browser.shows(lines, "ann said something");
    browser.write("");
    browser.tab_to("select Show");
    browser.press("ArrowDown");
    browser.shows(
        &format!("{lines}.includes('thrown on demand') && !{lines}.includes('said')"),
        true,
    );
    browser.tab_to("div Logs");
    browser.press("End");
    browser.shows(
        "document.querySelector('.whole').textContent.includes('thrown on demand')",
        true,
    );
    to_page(&browser, "Crons");
    browser.tab_to("button Run now: nightly");
    browser.press("Enter");
    says(&browser, "The cron nightly has run");
    dev.stdout_has("cron nightly ran");
    to_page(&browser, "Project");
    browser.shows(
        "document.querySelector('.pairs')?.textContent.includes('GREETING')",
        true,
    );
    assert_eq!(
        browser.value("document.querySelector('main').textContent.includes('hello')"),
        false
    );
}

// ---- what else must hold ----

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
    // The longest time for which nothing was drawn.
    browser.value(
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
    let longest = browser.value("globalThis.longest").as_f64();
    assert!(
        longest.is_some_and(|longest| longest < 2_000.0),
        "{longest:?} ms"
    );
}
