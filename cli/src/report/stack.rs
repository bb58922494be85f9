//! How stacks look: files by the names that the project has for them, frames of packages dimmed, and below the
//! text the lines of the place that it tells of. Never decides which place that is.

use std::borrow::Cow;

use anstyle::Style;
use partyrun_runtime::modules::Place;

use crate::ui::Styles;

/// A text whose stacks name files as the project in the folder `root`, a URL, does.
pub fn with_short_frames<'a>(text: &'a str, root: &str) -> Cow<'a, str> {
    if !text.contains(root) {
        return Cow::Borrowed(text);
    }
    let lines = text.split('\n').map(|line| match is_frame(line) {
        true => line.replace(root, ""),
        false => line.to_owned(),
    });
    Cow::Owned(lines.collect::<Vec<_>>().join("\n"))
}

/// The text in `style`, the frames of packages aside from it. A text with colours of its own keeps them.
pub fn styled(text: &str, style: Style, styles: Styles) -> String {
    let aside = styles.aside;
    if !styles.are_coloured() {
        return text.to_owned();
    }
    let style = match text.contains('\x1b') {
        true => Style::new(),
        false => style,
    };
    if !text.split('\n').any(is_frame_of_package) {
        return format!("{style}{text}{style:#}");
    }
    let lines = text
        .split('\n')
        .map(|line| match is_frame_of_package(line) {
            true => format!("{aside}{}{aside:#}", anstream::adapter::strip_str(line)),
            false => format!("{style}{line}{style:#}"),
        });
    lines.collect::<Vec<_>>().join("\n")
}

/// What goes below a text: the place, and its lines, underlined by `mark`.
pub fn excerpt(place: &Place, root: &str, mark: Style, aside: Style) -> String {
    let mut lines = vec![format!("  {}", place.to_string().replace(root, ""))];
    for line in place.frame().split('\n') {
        let style = match line.split('|').next().unwrap_or_default().trim() {
            "" => mark,
            number if number.starts_with('>') => Style::new(),
            _ => aside,
        };
        lines.push(format!("{style}{line}{style:#}"));
    }
    lines.join("\n")
}

/// Whether a line is one of a stack; it may be dimmed.
fn is_frame(line: &str) -> bool {
    let line = line.trim_start();
    let line = line.strip_prefix("\x1b[90m").unwrap_or(line);
    line.trim_start().starts_with("at ")
}

/// Whether it is one of code that somebody else has written.
fn is_frame_of_package(line: &str) -> bool {
    is_frame(line)
        && [
            "/node_modules/",
            "(node_modules/",
            "at node_modules/",
            "node:",
        ]
        .iter()
        .any(|mark| line.contains(mark))
}

#[cfg(test)]
mod tests {
    use anstyle::{AnsiColor, Effects};

    use super::*;

    fn styles() -> Styles {
        Styles {
            failure: AnsiColor::Red.on_default(),
            caution: AnsiColor::Yellow.on_default(),
            aside: Style::new().effects(Effects::DIMMED),
            ..Styles::default()
        }
    }

    const STACK: &str = "Error: x\n    at f (node_modules/p/i.js:1:2)\n    at src/s.ts:1:2";

    #[test]
    fn frames_of_packages_are_dimmed_where_there_are_colours() {
        let failure = styles().failure;
        assert_eq!(styled(STACK, failure, Styles::default()), STACK);
        assert_eq!(
            styled(STACK, failure, styles()),
            "\x1b[31mError: x\x1b[0m\n\x1b[2m    at f (node_modules/p/i.js:1:2)\x1b[0m\n\
             \x1b[31m    at src/s.ts:1:2\x1b[0m"
        );
        assert_eq!(styled("a\nb", failure, styles()), "\x1b[31ma\nb\x1b[0m");
        let own = "\x1b[36mtext\x1b[39m\n    at \x1b[4mf\x1b[24m (file:///n/node_modules/p.js:1:2)";
        assert_eq!(
            styled(own, failure, styles()),
            "\x1b[36mtext\x1b[39m\n\x1b[2m    at f (file:///n/node_modules/p.js:1:2)\x1b[0m"
        );
    }

    #[test]
    fn only_frames_are_shortened() {
        let text = "see file:///p/a.ts\n    at f (file:///p/a.ts:1:2)";
        assert_eq!(
            with_short_frames(text, "file:///p/"),
            "see file:///p/a.ts\n    at f (a.ts:1:2)"
        );
    }
}
