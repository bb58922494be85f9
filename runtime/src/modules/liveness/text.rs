//! A module's text without some of its parts: what stays keeps its line and its column.
//!
//! Never decides what stays.

use std::ops::Range;

use super::facts::Part;

/// `text` without the parts for which `stays` is false.
pub(super) fn cut(text: &str, parts: &[Part], stays: &[bool]) -> String {
    let mut output = Output {
        text: String::with_capacity(text.len()),
        column: 0,
    };
    let mut done = 0;
    for (range, mark) in blanks(parts, stays) {
        output.keep(&text[done..range.start]);
        output.blank(&text[range.clone()], mark);
        done = range.end;
    }
    output.keep(&text[done..]);
    output.text
}

/// Whether what is left before and behind must be held apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    None,
    /// By the end of a statement.
    End,
}

/// What is to be blank, in order.
fn blanks(parts: &[Part], stays: &[bool]) -> Vec<(Range<usize>, Mark)> {
    let mut blanks = Vec::new();
    let mut index = 0;
    while index < parts.len() {
        let part = &parts[index];
        let Some(statement) = &part.of else {
            if !stays[index] {
                blanks.push((part.span.clone(), Mark::End));
            }
            index += 1;
            continue;
        };
        let count = parts[index..]
            .iter()
            .take_while(|other| other.of.as_ref() == Some(statement))
            .count();
        let group = index..index + count;
        variables(statement, &parts[group.clone()], &stays[group], &mut blanks);
        index += count;
    }
    blanks
}

/// Some variables of a statement go, each with one of the commas around it.
fn variables(
    statement: &Range<usize>,
    parts: &[Part],
    stays: &[bool],
    blanks: &mut Vec<(Range<usize>, Mark)>,
) {
    let Some(first) = stays.iter().position(|stays| *stays) else {
        blanks.push((statement.clone(), Mark::End));
        return;
    };
    if first > 0 {
        blanks.push((parts[0].span.start..parts[first].span.start, Mark::None));
    }
    let last = stays.iter().rposition(|stays| *stays).unwrap_or(first);
    for index in first + 1..parts.len() {
        if stays[index] || index > last + 1 {
            continue;
        }
        let from = parts[index - 1].span.end;
        match index > last {
            true => {
                let end = parts[parts.len() - 1].span.end;
                blanks.push((from..end, Mark::End));
            }
            false => blanks.push((from..parts[index].span.end, Mark::None)),
        }
    }
}

/// A text that grows, without spaces that nothing follows.
struct Output {
    text: String,
    /// Spaces to come before the next character of the line.
    column: usize,
}

impl Output {
    fn keep(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if !text.starts_with(['\n', '\r']) {
            self.pad();
        }
        self.column = 0;
        self.text.push_str(text);
    }

    fn pad(&mut self) {
        let spaces = std::mem::take(&mut self.column);
        self.text.extend(std::iter::repeat_n(' ', spaces));
    }

    fn blank(&mut self, text: &str, mark: Mark) {
        let is_open = !matches!(self.text.trim_end().as_bytes().last(), None | Some(b';'));
        let mut is_due = mark == Mark::End && is_open;
        for c in text.chars() {
            if matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}') {
                self.text.push(c);
                self.column = 0;
            } else if std::mem::take(&mut is_due) {
                self.pad();
                self.text.push(';');
                self.column = c.len_utf16() - 1;
            } else {
                self.column += c.len_utf16();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parts are what stands between bars; those that begin with `-` go.
    fn after(text: &str) -> String {
        let mut plain = String::new();
        let mut parts = Vec::new();
        let mut stays = Vec::new();
        for (index, piece) in text.split('|').enumerate() {
            let start = plain.len();
            plain.push_str(piece);
            if index % 2 == 1 {
                stays.push(!piece.starts_with('-'));
                parts.push(Part {
                    span: start..plain.len(),
                    ..Part::default()
                });
            }
        }
        cut(&plain, &parts, &stays)
    }

    fn of_variables(text: &str) -> String {
        let mut plain = String::new();
        let mut spans = Vec::new();
        for (index, piece) in text.split('|').enumerate() {
            let start = plain.len();
            plain.push_str(piece);
            if index % 2 == 1 {
                spans.push(start..plain.len());
            }
        }
        let part = |span: &Range<usize>| Part {
            span: span.clone(),
            of: Some(0..plain.len()),
            ..Part::default()
        };
        let parts: Vec<Part> = spans.iter().map(part).collect();
        let stays: Vec<bool> = spans
            .iter()
            .map(|span| !plain[span.clone()].starts_with('-'))
            .collect();
        cut(&plain, &parts, &stays)
    }

    #[test]
    fn lines_and_columns_stay() {
        assert_eq!(after("|a();| |-b(\n2);| |c();|"), "a(); \n    c();");
        assert_eq!(after("|-b();|\n\n|c();|"), "\n\nc();");
        assert_eq!(after("|c();|\n|-b();|\n"), "c();\n\n");
    }

    #[test]
    fn statements_without_a_semicolon_do_not_grow_together() {
        assert_eq!(after("|a|\n|-b|\n|(c)()|"), "a\n;\n(c)()");
    }

    #[test]
    fn a_variable_goes_with_one_comma() {
        assert_eq!(of_variables("var |-a|, |b|, |c|;"), "var     b, c;");
        assert_eq!(of_variables("var |a|, |-b|, |c|;"), "var a    , c;");
        assert_eq!(of_variables("var |a|, |-b|, |-c|;"), "var a;       ;");
        assert_eq!(of_variables("var |-a|, |-b|;"), "");
        assert_eq!(
            of_variables("var |-a|, |b|, |-c|, |d|;"),
            "var     b    , d;"
        );
    }
}
