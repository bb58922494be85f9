//! One table of a report: its subjects, its rows, and how they are written. Never measures.

use serde::Serialize;

use super::cell::Outcome;
use super::row::{Role, Row, Topic};
use crate::ui;

/// A subject as its column is headed.
#[derive(Clone, Debug, Serialize)]
pub struct Column {
    pub name: String,
    pub version: String,
    pub role: Role,
}

impl Column {
    fn head(&self) -> String {
        format!("{} {}", self.name, self.version)
            .trim_end()
            .to_owned()
    }
}

/// Rows about the same subjects.
#[derive(Serialize)]
pub struct Table {
    /// Names and versions, in the order of each row's outcomes; partyrun first.
    pub subjects: Vec<Column>,
    pub rows: Vec<Row>,
}

impl Table {
    pub fn new(subjects: Vec<Column>) -> Table {
        let rows = Vec::new();
        Table { subjects, rows }
    }

    /// Adds a row and shows it as progress. Subjects without an outcome come last.
    pub fn add(&mut self, topic: Topic, outcomes: Vec<Outcome>) {
        self.add_some(topic, outcomes.into_iter().map(Some).collect());
    }

    /// The same, if any of the subjects may have nothing of the kind.
    pub fn add_some(&mut self, topic: Topic, mut outcomes: Vec<Option<Outcome>>) {
        outcomes.resize(self.subjects.len(), None);
        let row = Row { topic, outcomes };
        ui::step(&row.columns(&self.roles()).join(" | "));
        self.rows.push(row);
    }

    /// Rows in which partyrun gave no number or failed at part of the load.
    pub fn failures(&self) -> usize {
        self.rows.iter().filter(|row| !row.is_sound(0)).count()
    }

    /// In Markdown, for people and documents; empty without rows.
    pub fn text(&self) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let roles = self.roles();
        let mut heads = vec!["what".to_owned()];
        heads.extend(self.subjects.iter().map(Column::head));
        if roles.contains(&Role::Rival) {
            heads.push("times better".to_owned());
        }
        if roles.contains(&Role::Limit) {
            heads.push("of the limit".to_owned());
        }
        heads.push("budget".to_owned());
        let mut lines = vec![heads];
        lines.extend(self.rows.iter().map(|row| row.columns(&roles)));
        align(&lines)
    }

    fn roles(&self) -> Vec<Role> {
        self.subjects.iter().map(|subject| subject.role).collect()
    }
}

/// A Markdown table whose columns are aligned for a terminal too; the first line is the head.
fn align(lines: &[Vec<String>]) -> String {
    let columns = lines.first().map_or(0, Vec::len);
    let width = |column: usize| {
        lines
            .iter()
            .map(|line| line[column].chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for (index, line) in lines.iter().enumerate() {
        for (cell, width) in line.iter().zip(&widths) {
            text.push_str(&format!("| {cell:<width$} "));
        }
        text.push_str("|\n");
        if index == 0 {
            widths
                .iter()
                .for_each(|width| text.push_str(&format!("|{:-<1$}", "", width + 2)));
            text.push_str("|\n");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::cell::{Cell, Unit};

    fn table() -> Table {
        let column = |name: &str, version: &str, role| Column {
            name: name.to_owned(),
            version: version.to_owned(),
            role,
        };
        Table::new(vec![
            column("partyrun", "0.1.0", Role::Ours),
            column("partykit dev", "0.0.115", Role::Rival),
            column("bare server", "", Role::Limit),
        ])
    }

    fn topic() -> Topic {
        Topic::new("http-1", "HTTP", Unit::PerSecond)
    }

    #[test]
    fn the_table_is_markdown_with_aligned_columns() {
        let mut table = table();
        assert_eq!(table.text(), "");
        let values = [10.0, 5.0, 40.0];
        table.add(topic(), values.map(|value| Ok(Cell::value(value))).to_vec());
        let text = table.text();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[0],
            "| what | partyrun 0.1.0 | partykit dev 0.0.115 | bare server | times better | of the limit | budget |"
        );
        assert_eq!(
            lines[1],
            "|------|----------------|----------------------|-------------|--------------|--------------|--------|"
        );
        assert_eq!(
            lines[2],
            "| HTTP | 10/s           | 5/s                  | 40/s        | 2.00x        | 0.25x        | -      |"
        );
    }

    #[test]
    fn who_cannot_do_it_has_an_empty_place() {
        let mut table = table();
        table.add(topic(), vec![Ok(Cell::value(10.0)), Ok(Cell::value(5.0))]);
        let columns = table.rows[0].columns(&table.roles());
        assert_eq!(columns, ["HTTP", "10/s", "5/s", "-", "2.00x", "-", "-"]);
    }

    #[test]
    fn only_failures_of_partyrun_count() {
        let mut table = table();
        let stopped = || Err("it stopped".to_owned());
        table.add(topic(), vec![Ok(Cell::value(1.0)), stopped()]);
        assert_eq!(table.failures(), 0);
        table.add(topic(), vec![stopped(), Ok(Cell::value(1.0))]);
        assert_eq!(table.failures(), 1);
        table.add(topic(), vec![Ok(Cell::value(1.0).failed(3))]);
        assert_eq!(table.failures(), 2);
    }
}
