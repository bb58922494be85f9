//! The dashboard in a real browser: all that it does by keyboard.

use serde_json::{Value, json};

use crate::harness::{Browser, Dev, Page, Project, eventually};

const PATH: &str = "/__partyrun__/";

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
    browser.shows(
        "document.querySelector('.error .frame mark')?.textContent.startsWith('> ')",
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
