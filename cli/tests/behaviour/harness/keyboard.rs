//! What a person does to a page without a mouse, and what of the page is seen.

use std::path::Path;

use base64::Engine;
use serde_json::{Value, json};

use super::Browser;

/// What the focused element is called.
const FOCUSED: &str = r#"(() => {
  const { activeElement: element } = document;
  const named = element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent ?? element.textContent;
  return `${element.localName} ${named}`;
})()"#;

/// Longest way to an element, in presses of Tab.
const MOST_TABS: usize = 80;

impl Browser {
    /// Presses a key, named as in `KeyboardEvent.key`; `Control+` and `Shift+` may stand before it.
    pub fn press(&self, keys: &str) {
        let (held, key) = match keys.rsplit_once('+') {
            Some((held, key)) if !key.is_empty() => (held, key),
            _ => ("", keys),
        };
        let modifiers = match held {
            "Control" => 2,
            "Shift" => 8,
            _ => 0,
        };
        let (code, text) = match key {
            "Enter" => (13, "\r"),
            "Backspace" => (8, ""),
            "Tab" => (9, ""),
            "Escape" => (27, ""),
            " " => (32, " "),
            "End" => (35, ""),
            "Home" => (36, ""),
            "ArrowLeft" => (37, ""),
            "ArrowUp" => (38, ""),
            "ArrowRight" => (39, ""),
            "ArrowDown" => (40, ""),
            letter => (
                i32::from(letter.to_ascii_uppercase().as_bytes()[0]),
                if held.is_empty() { letter } else { "" },
            ),
        };
        let event = |kind: &str| {
            let mut event = json!({
                "type": kind,
                "key": key,
                "code": key,
                "modifiers": modifiers,
                "windowsVirtualKeyCode": code,
            });
            if kind == "keyDown" && !text.is_empty() {
                event["text"] = text.into();
            }
            event
        };
        let down = if text.is_empty() {
            "rawKeyDown"
        } else {
            "keyDown"
        };
        self.call("Input.dispatchKeyEvent", &event(down));
        self.call("Input.dispatchKeyEvent", &event("keyUp"));
    }

    /// Types into what is focused, in the place of what is in it.
    pub fn write(&self, text: &str) {
        self.value("document.activeElement.select?.()");
        match text {
            "" => self.press("Backspace"),
            text => drop(self.call("Input.insertText", &json!({ "text": text }))),
        }
    }

    /// The kind and the name of what is focused.
    pub fn focused(&self) -> String {
        self.value(FOCUSED).as_str().unwrap_or_default().to_owned()
    }

    /// Presses Tab until `name` is focused: its kind and name, as [`Browser::focused`] has it.
    ///
    /// # Panics
    /// When no way leads there.
    pub fn tab_to(&self, name: &str) {
        let mut seen = Vec::new();
        for _ in 0..MOST_TABS {
            let focused = self.focused();
            if focused == name {
                return;
            }
            seen.push(focused);
            self.press("Tab");
        }
        panic!("Tab does not lead to `{name}`, but to: {seen:#?}");
    }

    /// Has pages drawn for who prefers `light` or `dark`.
    pub fn prefer(&self, scheme: &str) {
        let feature = json!({ "name": "prefers-color-scheme", "value": scheme });
        self.call(
            "Emulation.setEmulatedMedia",
            &json!({ "features": [feature] }),
        );
    }

    /// Gives the window this size.
    pub fn resize(&self, width: u32, height: u32) {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", &size);
    }

    /// Writes what is seen of the page to a file.
    pub fn photograph(&self, file: &Path) {
        let shot = self.call("Page.captureScreenshot", &json!({ "format": "png" }));
        let data = shot["data"].as_str().expect("the browser draws");
        let bytes = base64::engine::general_purpose::STANDARD.decode(data);
        std::fs::write(file, bytes.expect("it is base64")).expect("the folder is writable");
    }

    /// Chooses a file for the page's field for files.
    pub fn choose_file(&self, selector: &str, file: &Path) {
        let found = self.call(
            "Runtime.evaluate",
            &json!({ "expression": format!("document.querySelector({selector:?})") }),
        );
        let chosen = json!({ "files": [file], "objectId": found["result"]["objectId"] });
        assert_ne!(chosen["objectId"], Value::Null, "{selector}");
        self.call("DOM.setFileInputFiles", &chosen);
    }
}
