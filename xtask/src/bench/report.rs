//! Everything one run found, as Markdown tables and as JSON. Never measures.

use serde::Serialize;

use super::machine::Machine;
use super::table::{Column, Table};
use crate::args::Bench;

/// A run's results.
#[derive(Serialize)]
pub struct Report {
    machine: Machine,
    secs: f64,
    rounds: u32,
    /// What the servers did.
    #[serde(flatten)]
    pub servers: Table,
    /// Processor time that they took for each message or request, which other work on the machine disturbs less.
    pub costs: Table,
    /// What test harnesses did.
    pub testing: Table,
}

impl Report {
    pub fn new(subjects: Vec<Column>, machine: Machine, args: &Bench) -> Report {
        Report {
            machine,
            secs: args.secs,
            rounds: args.rounds,
            servers: Table::new(subjects.clone()),
            costs: Table::new(subjects),
            testing: Table::new(Vec::new()),
        }
    }

    /// Calibrates the machine once more, after everything was measured.
    pub fn close(&mut self) {
        self.machine.observe_end();
    }

    /// Rows in which partyrun gave no number or failed at part of the load.
    pub fn failures(&self) -> usize {
        self.tables().map(Table::failures).sum()
    }

    pub fn json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a report is plain data");
        text.push('\n');
        text
    }

    /// The tables for people, ready to be pasted into a document.
    pub fn text(&self) -> String {
        let tables = self.tables().map(Table::text);
        let mut parts: Vec<String> = tables.filter(|text| !text.is_empty()).collect();
        parts.push(self.circumstances());
        let mut text = parts.join("\n");
        for warning in self.machine.warnings() {
            text.push_str(&format!("\n{warning}"));
        }
        text
    }

    fn tables(&self) -> impl Iterator<Item = &Table> {
        [&self.servers, &self.costs, &self.testing].into_iter()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::cell::{Cell, Unit};
    use crate::bench::row::{Role, Topic};

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
        let table = || {
            Table::new(vec![Column {
                name: "partyrun".to_owned(),
                version: "0.1.0".to_owned(),
                role: Role::Ours,
            }])
        };
        Report {
            machine,
            secs: 1.0,
            rounds: 3,
            servers: table(),
            costs: table(),
            testing: table(),
        }
    }

    #[test]
    fn tables_with_rows_are_shown_and_then_the_machine() {
        let mut report = report();
        let topic = Topic::new("testing-reset", "Reset", Unit::Milliseconds);
        report.testing.add(topic, vec![Ok(Cell::value(2.0))]);
        let text = report.text();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 5, "{text}");
        assert!(lines[2].starts_with("| Reset | 2.00 ms"), "{text}");
        assert!(lines[4].starts_with("2 cores of Test, linux 6;"), "{text}");
    }

    #[test]
    fn programs_find_the_rows_of_servers_at_the_top() {
        let mut report = report();
        let topic = Topic::new("http-1", "HTTP", Unit::PerSecond);
        report
            .servers
            .add(topic, vec![Err("it stopped".to_owned())]);
        assert_eq!(report.failures(), 1);
        let json: serde_json::Value = serde_json::from_str(&report.json()).expect("valid");
        assert_eq!(json["rows"][0]["outcomes"][0]["Err"], "it stopped");
        assert_eq!(json["costs"]["rows"], serde_json::json!([]));
    }
}
