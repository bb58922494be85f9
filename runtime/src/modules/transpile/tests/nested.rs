//! Code that nests deeply, or is one long chain: an output or a refusal with its place, and a stack that
//! is large enough for either.

use std::time::{Duration, Instant};

use super::*;

/// An expression of `count` levels.
type Nested = fn(usize) -> String;

fn around(open: &str, inner: &str, close: &str, count: usize) -> String {
    open.repeat(count) + inner + &close.repeat(count)
}

const BRACKETS: [(&str, Nested); 14] = [
    ("negations", |n| around("!", "a", "", n)),
    ("words", |n| around("typeof ", "a", "", n)),
    ("parentheses", |n| around("(", "1", ")", n)),
    ("arrays", |n| around("[", "", "]", n)),
    ("objects", |n| around("{a:", "1", "}", n)),
    ("templates", |n| around("`${", "1", "}`", n)),
    ("elements", |n| around("<a>", "", "</a>", n)),
    ("fragments", |n| around("<>", "", "</>", n)),
    ("arrows", |n| around("a=>", "1", "", n)),
    ("conditions", |n| around("a?b:", "c", "", n)),
    ("blocks", |n| format!("()=>{}", around("{", "", "}", n))),
    ("functions", |n| around("function(){return ", "1", "}", n)),
    ("classes", |n| around("class{a=", "1", "}", n)),
    ("branches", |n| {
        format!("()=>{{{}b()}}", around("if(a){}else ", "", "", n))
    }),
];

const CHAINS: [(&str, Nested); 10] = [
    ("sums", |n| around("a+", "a", "", n)),
    ("alternatives", |n| around("a||", "a", "", n)),
    ("conjunctions", |n| around("", "a", "&&a", n)),
    ("defaults", |n| around("a??", "a", "", n)),
    ("members", |n| around("", "a", ".a", n)),
    ("calls", |n| around("", "a", "()", n)),
    ("indices", |n| around("", "a", "[0]", n)),
    ("powers", |n| around("a**", "a", "", n)),
    ("assignments", |n| around("globalThis.a=", "a", "", n)),
    ("sequences", |n| format!("({}a)", "a,".repeat(n))),
];

const TYPES: [(&str, Nested); 5] = [
    ("parentheses", |n| around("(", "A", ")", n)),
    ("arrays", |n| around("", "A", "[]", n)),
    ("arguments", |n| around("A<", "A", ">", n)),
    ("operators", |n| around("keyof ", "A", "", n)),
    ("objects", |n| around("{a:", "A", "}", n)),
];

fn made(source: &str) -> Result<Output, Failure> {
    let settings = settings("a.tsx");
    transpile(&Input {
        url: "file:///a.tsx",
        source,
        settings: &settings,
        define: &BTreeMap::new(),
        types: &BTreeSet::new(),
        goal: Goal::File,
    })
}

/// The refusal's message and line.
fn refusal(source: &str) -> (String, u32) {
    match made(source) {
        Err(Failure::Refused(refused)) => {
            let place = refused[0].position.expect("it has a place");
            (refused[0].message.clone(), place.line)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_nests_deeper_than_v8_takes_is_refused_with_its_line() {
    for (name, nested) in BRACKETS {
        let source = format!("const a = 1;\nexport const x = {};", nested(10_000));
        let (message, line) = refusal(&source);
        assert_eq!(
            (message.as_str(), line),
            ("This is nested too deeply", 2),
            "{name}"
        );
    }
}

#[test]
fn what_nests_deeper_than_any_stack_is_refused_before_it_is_parsed() {
    let (message, line) = refusal(&format!("const a = 1;\n{}", "(".repeat(400_000)));
    assert_eq!((message.as_str(), line), ("This is nested too deeply", 2));
}

#[test]
fn code_may_nest_as_no_person_nests_it() {
    for (name, nested) in BRACKETS {
        let source = format!("export const x = {};", nested(500));
        assert!(made(&source).is_ok(), "{name}");
    }
}

#[test]
fn long_chains_are_no_nesting() {
    for (name, nested) in CHAINS {
        let source = format!("export const x = {};", nested(16_000));
        assert!(made(&source).is_ok(), "{name}");
    }
}

#[test]
fn types_may_nest_and_leave_nothing() {
    for (name, nested) in TYPES {
        let source = format!("export let x: {} = 1;", nested(3_000));
        let output = made(&source).unwrap_or_else(|failure| panic!("{name}: {failure:?}"));
        assert!(output.text.len() < 100, "{name}");
    }
}

/// Sixteen times as many operands take sixteen times as long, or some more on a machine that is busy, and not
/// 256 times.
#[test]
fn chains_compile_in_time_that_grows_with_them() {
    for (name, nested) in CHAINS {
        let took = |count: usize| {
            let source = format!("export const x = {};", nested(count));
            let begun = Instant::now();
            assert!(made(&source).is_ok(), "{name}");
            begun.elapsed()
        };
        took(1_000);
        let (short, long) = (took(1_000), took(16_000));
        let most = short * 64 + Duration::from_millis(200);
        assert!(long < most, "{name}: {short:?}, {long:?}");
    }
}
