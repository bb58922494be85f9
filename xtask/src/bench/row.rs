//! One line of a table: what was measured for each subject, how they compare, and the budgets that partyrun is held
//! against. Never measures, and knows no units.

use serde::Serialize;

use super::cell::{Cell, Outcome, Unit, short};

/// What partyrun promises of a value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Budget {
    /// At least so many times better than the best of the others.
    Times(f64),
    /// At most this value, in the row's unit, whatever the others do.
    AtMost(f64),
}

/// Why a subject is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// partyrun.
    Ours,
    /// partyrun with other flags.
    Also,
    /// What it is compared with.
    Rival,
    /// What nobody can be better than.
    Limit,
}

/// What a row is about, before anything is measured.
#[derive(Clone, Debug, Serialize)]
pub struct Topic {
    /// Stable name, for programs that compare reports.
    pub id: String,
    pub label: String,
    pub unit: Unit,
    pub budgets: Vec<Budget>,
}

impl Topic {
    pub fn new(id: impl Into<String>, label: impl Into<String>, unit: Unit) -> Topic {
        Topic {
            id: id.into(),
            label: label.into(),
            unit,
            budgets: Vec::new(),
        }
    }

    pub fn budget(mut self, budget: Budget) -> Topic {
        self.budgets.push(budget);
        self
    }
}

/// A measured topic; one outcome for each subject, `None` if it has nothing of the kind.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    #[serde(flatten)]
    pub topic: Topic,
    pub outcomes: Vec<Option<Outcome>>,
}

impl Row {
    /// How many times better partyrun is than the best of the others; below 1 it is worse. `None` if there is nothing
    /// to compare, and for counts of failures, of which a ratio says nothing.
    pub fn times_better(&self, roles: &[Role]) -> Option<f64> {
        let ratios = self
            .cells(roles, Role::Rival)
            .filter_map(|theirs| self.times(roles, theirs));
        ratios.min_by(f64::total_cmp)
    }

    /// Which part of what can be reached partyrun reaches.
    pub fn of_limit(&self, roles: &[Role]) -> Option<f64> {
        let limit = self.cells(roles, Role::Limit).next()?;
        self.times(roles, limit)
    }

    fn times(&self, roles: &[Role], other: &Cell) -> Option<f64> {
        let ours = self.cells(roles, Role::Ours).next()?.value;
        let (better, worse) = match self.topic.unit.higher_is_better() {
            true => (ours, other.value),
            false => (other.value, ours),
        };
        (self.topic.unit != Unit::Count && better > 0.0 && worse > 0.0).then(|| better / worse)
    }

    fn cells(&self, roles: &[Role], role: Role) -> impl Iterator<Item = &Cell> {
        let outcomes = self.outcomes.iter().zip(roles);
        outcomes.filter_map(move |(outcome, known)| match outcome {
            Some(Ok(cell)) if *known == role => Some(cell),
            _ => None,
        })
    }

    /// Whether the subject with this index gave a number and nothing of it failed.
    pub fn is_sound(&self, subject: usize) -> bool {
        matches!(self.outcomes.get(subject), Some(Some(Ok(cell))) if cell.errors == 0)
    }

    /// Whether a budget is met; `None` if that cannot be told.
    pub fn is_met(&self, budget: Budget, roles: &[Role]) -> Option<bool> {
        match budget {
            Budget::Times(times) => self.times_better(roles).map(|ratio| ratio >= times),
            Budget::AtMost(limit) => {
                let ours = self.cells(roles, Role::Ours).next()?;
                Some(ours.value <= limit)
            }
        }
    }

    /// The row's columns: label, one for each subject, the comparisons for which there are subjects, budgets.
    pub fn columns(&self, roles: &[Role]) -> Vec<String> {
        let times =
            |ratio: Option<f64>| ratio.map_or("-".to_owned(), |ratio| format!("{}x", short(ratio)));
        let mut columns = vec![self.topic.label.clone()];
        columns.extend(
            self.outcomes
                .iter()
                .map(|outcome| self.shown(outcome.as_ref())),
        );
        if roles.contains(&Role::Rival) {
            columns.push(times(self.times_better(roles)));
        }
        if roles.contains(&Role::Limit) {
            columns.push(times(self.of_limit(roles)));
        }
        columns.push(self.budget_text(roles));
        columns
    }

    fn shown(&self, outcome: Option<&Outcome>) -> String {
        match outcome {
            None => "-".to_owned(),
            Some(Ok(cell)) if cell.note.is_empty() => self.topic.unit.show(cell.value),
            Some(Ok(cell)) => format!("{} ({})", self.topic.unit.show(cell.value), cell.note),
            Some(Err(reason)) => format!("failed: {}", reason.replace(['\n', '|'], " ")),
        }
    }

    fn budget_text(&self, roles: &[Role]) -> String {
        let budgets = self.topic.budgets.iter().map(|budget| {
            let promise = match budget {
                Budget::Times(times) => format!(">= {times}x"),
                Budget::AtMost(limit) => format!("<= {}", self.topic.unit.show(*limit)),
            };
            match self.is_met(*budget, roles) {
                Some(true) => format!("{promise}: met"),
                Some(false) => format!("{promise}: missed"),
                None => promise,
            }
        });
        match budgets.collect::<Vec<_>>().join(", ") {
            text if text.is_empty() => "-".to_owned(),
            text => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAIR: [Role; 2] = [Role::Ours, Role::Rival];

    fn row(unit: Unit, budget: Budget, values: &[f64]) -> Row {
        let outcomes = values.iter().map(|value| Some(Ok(Cell::value(*value))));
        Row {
            topic: Topic::new("id", "label", unit).budget(budget),
            outcomes: outcomes.collect(),
        }
    }

    #[test]
    fn the_ratio_says_how_many_times_better_partyrun_is() {
        let ratio =
            |unit, values: &[f64]| row(unit, Budget::Times(3.0), values).times_better(&PAIR);
        assert_eq!(ratio(Unit::PerSecond, &[30.0, 10.0]), Some(3.0));
        assert_eq!(ratio(Unit::Milliseconds, &[10.0, 30.0]), Some(3.0));
        assert_eq!(ratio(Unit::Count, &[1.0, 30.0]), None);
        assert_eq!(ratio(Unit::PerSecond, &[30.0]), None);
    }

    #[test]
    fn the_best_of_the_others_counts_and_other_flags_do_not() {
        let roles = [
            Role::Ours,
            Role::Also,
            Role::Rival,
            Role::Rival,
            Role::Limit,
        ];
        let mut row = row(
            Unit::Milliseconds,
            Budget::Times(3.0),
            &[10.0, 1.0, 90.0, 40.0, 5.0],
        );
        assert_eq!(row.times_better(&roles), Some(4.0));
        assert_eq!(row.of_limit(&roles), Some(0.5));
        row.outcomes[3] = None;
        assert_eq!(row.times_better(&roles), Some(9.0));
        row.outcomes.truncate(4);
        assert_eq!(row.of_limit(&roles), None);
    }

    #[test]
    fn budgets_are_met_or_missed_or_open() {
        let is_met = |unit, budget, values: &[f64]| row(unit, budget, values).is_met(budget, &PAIR);
        let times = Budget::Times;
        assert_eq!(
            is_met(Unit::PerSecond, times(3.0), &[30.0, 10.0]),
            Some(true)
        );
        assert_eq!(
            is_met(Unit::PerSecond, times(3.1), &[30.0, 10.0]),
            Some(false)
        );
        assert_eq!(is_met(Unit::PerSecond, times(3.1), &[30.0]), None);
        assert_eq!(
            is_met(Unit::Count, Budget::AtMost(0.0), &[0.0, 9.0]),
            Some(true)
        );
        assert_eq!(
            is_met(Unit::Mebibytes, Budget::AtMost(3.0), &[3.5]),
            Some(false)
        );
    }

    #[test]
    fn columns_read_well() {
        let mut row = row(Unit::PerSecond, Budget::Times(20.0), &[35299.6, 815.0]);
        let expected = ["label", "35,300/s", "815/s", "43.3x", ">= 20x: met"];
        assert_eq!(row.columns(&PAIR), expected);
        row.outcomes[1] = Some(Err("Broken | pipe\nagain".to_owned()));
        let broken = "failed: Broken   pipe again";
        assert_eq!(
            row.columns(&PAIR),
            ["label", "35,300/s", broken, "-", ">= 20x"]
        );
    }

    #[test]
    fn several_budgets_are_told_one_by_one() {
        let mut row = row(Unit::Milliseconds, Budget::AtMost(60.0), &[50.0, 500.0]);
        row.topic = row.topic.budget(Budget::Times(15.0));
        let text = row.columns(&PAIR).pop();
        assert_eq!(text.as_deref(), Some("<= 60.0 ms: met, >= 15x: missed"));
    }

    #[test]
    fn the_limit_has_a_column_of_its_own() {
        let roles = [Role::Ours, Role::Limit];
        let row = row(Unit::PerSecond, Budget::AtMost(1.0), &[40.0, 160.0]);
        assert_eq!(row.columns(&roles)[1..4], ["40/s", "160/s", "0.25x"]);
    }
}
