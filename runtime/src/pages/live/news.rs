//! What pages with `--live` are told, as the events of their stream.

use std::sync::Arc;

use serde_json::json;

use crate::pages::told::Told;
use crate::project::{Reporter, Trouble};

/// How much is shown of a fault, in bytes: one may come with each of many messages.
const LONGEST_FAULT: usize = 16 << 10;

/// What can keep pages from showing what is in the project's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemSource {
    ClientCode,
    CustomBuild,
    ServerCode,
}

const SOURCES: usize = 3;

/// What pages are told.
#[derive(Clone, Debug, Default)]
pub(super) struct News {
    pub version: u64,
    /// The text of each source's problem.
    problems: [Option<Arc<str>>; SOURCES],
    /// Changes whenever `problems` do: an error page knows by it whether what it shows still holds.
    pub problems_number: u64,
    /// The latest error of user code.
    fault: Option<Arc<Trouble>>,
    /// How many there have been.
    pub faults: u64,
}

impl News {
    pub fn since(version: u64) -> News {
        News {
            version,
            ..News::default()
        }
    }

    /// Notes what is wrong with `source`, or that nothing is. Returns whether that is new.
    pub fn set_problem(&mut self, source: ProblemSource, problem: Option<&str>) -> bool {
        let slot = &mut self.problems[source as usize];
        if slot.as_deref() == problem {
            return false;
        }
        *slot = problem.map(Arc::from);
        self.problems_number += 1;
        true
    }

    /// Notes an error of user code.
    pub fn add_fault(&mut self, mut trouble: Trouble) {
        let length = trouble.text.floor_char_boundary(LONGEST_FAULT);
        trouble.text.truncate(length);
        self.fault = Some(Arc::new(trouble));
        self.faults += 1;
    }

    /// All problems in one text; `None` when there is none.
    fn problem(&self) -> Option<String> {
        let texts: Vec<&str> = self.problems.iter().flatten().map(|text| &**text).collect();
        (!texts.is_empty()).then(|| texts.join("\n\n"))
    }

    pub fn version_event(&self) -> String {
        format!("data: {}\n\n", self.version)
    }

    pub fn problem_event(&self) -> String {
        let data = self
            .problem()
            .map(|text| json!({ "number": self.problems_number, "text": text }));
        format!("event: problem\ndata: {}\n\n", json!(data))
    }

    /// `reporter` has the names of files.
    pub fn fault_event(&self, reporter: &dyn Reporter) -> String {
        let mut data = json!({ "number": self.faults });
        if let Some(trouble) = &self.fault {
            let Told {
                title,
                place,
                excerpt,
                stack,
            } = Told::of(trouble, &|text| reporter.shorten(text));
            data["title"] = title.into();
            data["place"] = place.into();
            data["stack"] = stack.into();
            if let Some((name, frame)) = excerpt {
                data["excerpt"] = json!({ "place": name, "frame": frame });
            }
        }
        format!("event: fault\ndata: {data}\n\n")
    }
}

/// Words the faults for a page; `None` if it may not see them.
pub(super) type Faults = Option<Arc<dyn Reporter>>;

/// The events for a page that knows `told`. A version makes it reload, so that it comes last.
pub(super) fn difference(told: &News, news: &News, faults: &Faults) -> String {
    let mut text = String::new();
    if told.problems_number != news.problems_number {
        text += &news.problem_event();
    }
    if let Some(reporter) = faults
        && told.faults != news.faults
    {
        text += &news.fault_event(&**reporter);
    }
    if told.version != news.version {
        text += &news.version_event();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Names;

    impl Reporter for Names {
        fn report(&self, _: crate::project::Event) {}

        fn shorten(&self, text: &str) -> String {
            text.replace("/p/", "")
        }
    }

    fn trouble(text: &str) -> Trouble {
        Trouble {
            context: "onMessage error".to_owned(),
            text: text.to_owned(),
            room: None,
            place: None,
        }
    }

    #[test]
    fn problems_of_several_sources_are_one_text_until_each_is_solved() {
        let mut news = News::default();
        assert_eq!(news.problem(), None);
        news.set_problem(ProblemSource::ServerCode, Some("server"));
        news.set_problem(ProblemSource::ClientCode, Some("client"));
        assert_eq!(news.problem().as_deref(), Some("client\n\nserver"));
        news.set_problem(ProblemSource::ClientCode, None);
        assert_eq!(news.problem().as_deref(), Some("server"));
        news.set_problem(ProblemSource::ServerCode, None);
        assert_eq!(news.problem(), None);
    }

    #[test]
    fn pages_are_told_of_what_is_new_only() {
        let mut news = News::default();
        let before = news.clone();
        news.set_problem(ProblemSource::ClientCode, None);
        assert_eq!(difference(&before, &news, &None), "");
        news.set_problem(ProblemSource::ClientCode, Some("a\nb"));
        assert_eq!(
            difference(&before, &news, &None),
            "event: problem\ndata: {\"number\":1,\"text\":\"a\\nb\"}\n\n"
        );
        let failed = news.clone();
        news.set_problem(ProblemSource::ClientCode, None);
        news.version += 1;
        assert_eq!(
            difference(&failed, &news, &None),
            "event: problem\ndata: null\n\ndata: 1\n\n"
        );
    }

    #[test]
    fn the_latest_fault_is_told_with_its_number_to_those_who_may_see_it() {
        let mut news = News::default();
        let before = news.clone();
        news.add_fault(trouble("Error: a"));
        news.add_fault(trouble("Error: b\n    at /p/s.ts:1:2"));
        assert_eq!(difference(&before, &news, &None), "");
        let told = difference(&before, &news, &Some(Arc::new(Names)));
        let data = told
            .strip_prefix("event: fault\ndata: ")
            .expect("it is a fault");
        let data: serde_json::Value = serde_json::from_str(data).expect("it is JSON");
        let expected = json!({
            "number": 2,
            "place": "onMessage error",
            "stack": "Error: b\n    at s.ts:1:2",
            "title": "Error: b",
        });
        assert_eq!(data, expected);
    }

    #[test]
    fn of_a_long_fault_the_beginning_is_told() {
        let mut news = News::default();
        news.add_fault(trouble(&"ä".repeat(LONGEST_FAULT)));
        let fault = news.fault.expect("there is one");
        assert_eq!(fault.text.len(), LONGEST_FAULT);
    }
}
