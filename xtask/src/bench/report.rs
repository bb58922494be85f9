//! Everything one run found, as a Markdown table and as JSON. Never measures.

use serde::Serialize;

use super::machine::Machine;
use super::row::{Outcome, Row, Topic};
use super::subject::Subject;
use crate::args::Bench;
use crate::ui;

/// A run's results.
#[derive(Serialize)]
pub struct Report {
    machine: Machine,
    secs: f64,
    rounds: u32,
    /// Names and versions, in the order of each row's outcomes.
    subjects: Vec<(&'static str, String)>,
    rows: Vec<Row>,
}

impl Report {
    pub fn new(subjects: &[Subject], machine: Machine, args: &Bench) -> Report {
        Report {
            machine,
            secs: args.secs,
            rounds: args.rounds,
            subjects: subjects
                .iter()
                .map(|subject| (subject.name, subject.version.clone()))
                .collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row and shows it as progress.
    pub fn add(&mut self, topic: Topic, outcomes: Vec<Outcome>) {
        let row = Row { topic, outcomes };
        ui::step(&row.columns().join(" | "));
        self.rows.push(row);
    }

    /// Calibrates the machine once more, after everything was measured.
    pub fn close(&mut self) {
        self.machine.observe_end();
    }

    /// Rows in which partyrun, the first subject, gave no number or failed at part of the load.
    pub fn failures(&self) -> usize {
        self.rows.iter().filter(|row| !row.is_sound(0)).count()
    }

    pub fn json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a report is plain data");
        text.push('\n');
        text
    }

    /// The table for people, ready to be pasted into a document.
    pub fn table(&self) -> String {
        let mut heads = vec!["what".to_owned()];
        heads.extend(
            self.subjects
                .iter()
                .map(|(name, version)| format!("{name} {version}")),
        );
        if self.subjects.len() > 1 {
            heads.push("times better".to_owned());
        }
        heads.push("budget".to_owned());
        let mut lines = vec![heads];
        lines.extend(self.rows.iter().map(Row::columns));
        let mut text = align(&lines);
        text.push_str(&format!("\n{}", self.circumstances()));
        for warning in self.machine.warnings() {
            text.push_str(&format!("\n{warning}"));
        }
        text
    }

    fn circumstances(&self) -> String {
        let Machine {
            cpu,
            cores,
            system,
            speed_before,
            ..
        } = &self.machine;
        format!(
            "{cores} cores of {cpu}, {system}; load generator on the same machine; rounds of {} s in turns, medians of {}; core speed {speed_before:.0}.",
            self.secs, self.rounds
        )
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
    use crate::bench::row::{Cell, Unit};

    fn report() -> Report {
        let machine = Machine {
            at: 0,
            cpu: "Test".to_owned(),
            cores: 2,
            system: "linux 6".to_owned(),
            busy_before: None,
            speed_before: 800.0,
            speed_after: None,
        };
        let subjects = vec![
            ("partyrun", "0.1.0".to_owned()),
            ("partykit dev", "0.0.115".to_owned()),
        ];
        Report {
            machine,
            secs: 1.0,
            rounds: 3,
            subjects,
            rows: Vec::new(),
        }
    }

    #[test]
    fn the_table_is_markdown_with_aligned_columns() {
        let mut report = report();
        let topic = Topic::new("http-1", "HTTP", Unit::PerSecond);
        report.add(topic, vec![Ok(Cell::value(10.0)), Ok(Cell::value(5.0))]);
        let table = report.table();
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(
            lines[0],
            "| what | partyrun 0.1.0 | partykit dev 0.0.115 | times better | budget |"
        );
        assert_eq!(
            lines[1],
            "|------|----------------|----------------------|--------------|--------|"
        );
        assert_eq!(
            lines[2],
            "| HTTP | 10/s           | 5/s                  | 2.00x        | -      |"
        );
        assert!(
            lines[4].starts_with("2 cores of Test, linux 6;"),
            "{}",
            lines[4]
        );
    }

    #[test]
    fn only_failures_of_partyrun_count() {
        let mut report = report();
        let topic = || Topic::new("echo-1", "Echo", Unit::PerSecond);
        report.add(
            topic(),
            vec![Ok(Cell::value(1.0)), Err("it stopped".to_owned())],
        );
        assert_eq!(report.failures(), 0);
        report.add(
            topic(),
            vec![Err("it stopped".to_owned()), Ok(Cell::value(1.0))],
        );
        assert_eq!(report.failures(), 1);
        assert!(report.json().contains("\"Err\": \"it stopped\""));
        let partly = Cell {
            errors: 3,
            ..Cell::value(1.0)
        };
        report.add(topic(), vec![Ok(partly)]);
        assert_eq!(report.failures(), 2);
    }
}
