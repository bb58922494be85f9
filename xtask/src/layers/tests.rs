//! A small tree with one of each.

use std::collections::BTreeMap;

use super::paths::{Kind, paths};
use super::table::Table;
use super::tokens::tokens;

const TABLE: &str = "
[crates]
lower:
upper: lower
[upper]
largest circle of files: 2
ground:
middle: ground
top: ground, middle # and nothing else
";

/// A workspace of the files, in a folder that goes away with the value.
struct Fake(tempfile::TempDir);

impl Fake {
    fn new(files: &[(&str, &str)]) -> Fake {
        let fake = Fake(tempfile::tempdir().expect("a scratch folder"));
        let manifest = "[dependencies]\npartyrun_lower.workspace = true\nserde = \"1\"\n";
        fake.write("upper/Cargo.toml", manifest);
        fake.write("lower/Cargo.toml", "[dependencies]\n");
        fake.write(
            "upper/src/lib.rs",
            "mod ground; mod middle; pub use top::Top;",
        );
        for (name, text) in files {
            fake.write(&format!("upper/src/{name}"), text);
        }
        fake
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.path().join(name);
        let folder = path.parent().expect("it is in the scratch folder");
        std::fs::create_dir_all(folder).expect("writable");
        std::fs::write(path, text).expect("writable");
    }

    fn report(&self) -> Vec<String> {
        self.report_with(&[])
    }

    fn report_with(&self, moves: &[(&str, &str)]) -> Vec<String> {
        let table = Table::parse(TABLE).expect("the table is right");
        let moves: BTreeMap<_, _> = moves
            .iter()
            .map(|(from, to)| ((*from).to_owned(), (*to).to_owned()))
            .collect();
        let report = super::check(self.0.path(), &table, &moves).expect("readable");
        report.lines().map(str::to_owned).collect()
    }
}

const GOOD: [(&str, &str); 4] = [
    ("ground.rs", "pub struct Ground;"),
    (
        "middle/mod.rs",
        "mod part;\npub use part::Part;\nuse crate::ground::Ground;",
    ),
    (
        "middle/part.rs",
        "use super::super::ground::Ground;\npub struct Part;",
    ),
    (
        "top.rs",
        "use crate::{ground::Ground, middle::{self, Part}};\npub struct Top;",
    ),
];

#[test]
fn tree_whose_folders_import_what_is_below_passes() {
    assert!(Fake::new(&GOOD).report().is_empty());
}

#[test]
fn import_that_is_turned_around_is_found_however_it_is_written() {
    for text in [
        "use crate::top::Top;",
        "use crate::{top::{Top as T}};",
        "fn f() -> crate::top::Top { todo!() }",
        "fn f() { crate::top::make() }",
        "use super::top;",
        "pub(crate) use super::{top::Top};",
        "use crate::Top;",
        "fn f(text: &'static str) { '\"'; crate::top::make() }",
    ] {
        let fake = Fake::new(&GOOD);
        fake.write("upper/src/ground.rs", text);
        let report = fake.report();
        assert_eq!(report.len(), 1, "{text}: {report:?}");
        let begin = "upper: `ground` imports `top`, which is not below it: ground.rs names";
        assert!(report[0].starts_with(begin), "{text}: {report:?}");
    }
}

#[test]
fn comments_texts_and_tests_import_nothing() {
    let fake = Fake::new(&GOOD);
    let text = "// use crate::top::Top;\n/* crate::top /* */ crate::top::Top */\n\
        const A: &str = \"crate::top::Top\"; const B: &str = r#\"\"crate::top::Top\"#;\n\
        #[cfg(test)]\nuse crate::top::Top;\n#[cfg(test)]\nmod tests { use crate::top::Top; }\n\
        struct S { #[cfg(test)] a: crate::top::Top, b: u8 }";
    fake.write("upper/src/ground.rs", text);
    fake.write("upper/src/ground/tests.rs", "use crate::top::Top;");
    assert_eq!(fake.report(), Vec::<String>::new());
}

#[test]
fn name_that_is_passed_on_leads_to_where_it_came_from() {
    let fake = Fake::new(&GOOD);
    fake.write(
        "upper/src/top.rs",
        "use crate::middle::Top2; pub struct Top;",
    );
    fake.write(
        "upper/src/middle/mod.rs",
        "mod part; pub use part::Part; pub use crate::ground::Ground as Top2;",
    );
    assert_eq!(fake.report(), Vec::<String>::new());
}

#[test]
fn module_inside_a_file_means_the_file_by_super() {
    let fake = Fake::new(&GOOD);
    let text = "use std::process::Top;\nfn f() { { } }\n\
        mod inner { use super::Top; fn f() -> super::Top { } mod more { use super::super::Top; } }";
    fake.write("upper/src/ground.rs", text);
    assert_eq!(fake.report(), Vec::<String>::new());
    for text in [
        "mod inner { use super::super::Top; }",
        "mod inner { mod more { fn f() { super::super::super::top::make() } } }",
        "mod inner { } use super::Top;",
        "mod inner { use crate::Top; }",
    ] {
        fake.write("upper/src/ground.rs", text);
        let report = fake.report();
        assert_eq!(report.len(), 1, "{text}: {report:?}");
        assert!(
            report[0].contains("`ground` imports `top`"),
            "{text}: {report:?}"
        );
    }
}

#[test]
fn module_that_is_declared_for_tests_only_is_left_out() {
    let fake = Fake::new(&GOOD);
    let root = "mod ground; mod middle; #[cfg(test)] pub(crate) mod luck; pub use top::Top;";
    fake.write("upper/src/lib.rs", root);
    fake.write("upper/src/luck.rs", "use crate::top::Top;");
    fake.write("upper/src/luck/part.rs", "use crate::top::Top;");
    assert_eq!(fake.report(), Vec::<String>::new());
}

#[test]
fn folder_that_the_table_does_not_have_is_named() {
    let fake = Fake::new(&GOOD);
    fake.write("upper/src/attic.rs", "");
    assert_eq!(fake.report(), ["upper: not in the table: `attic`"]);
}

#[test]
fn file_can_be_looked_at_as_if_it_were_elsewhere() {
    let fake = Fake::new(&GOOD);
    fake.write("upper/src/attic.rs", "use crate::ground::Ground;");
    let moved = [("upper/attic.rs", "top/attic.rs")];
    assert_eq!(fake.report_with(&moved), Vec::<String>::new());
    let moved = [
        ("upper/attic.rs", "ground/attic.rs"),
        ("upper/ground.rs", "top/ground.rs"),
    ];
    assert!(
        fake.report_with(&moved)
            .iter()
            .any(|line| line.contains("`ground` imports `top`"))
    );
}

#[test]
fn files_in_a_circle_are_named_when_they_are_too_many() {
    let fake = Fake::new(&GOOD);
    fake.write("upper/src/middle/a.rs", "use super::b::B;");
    fake.write("upper/src/middle/b.rs", "use super::a::A;");
    assert_eq!(fake.report(), Vec::<String>::new(), "two are few");
    fake.write("upper/src/middle/b.rs", "use super::c::C;");
    fake.write("upper/src/middle/c.rs", "use crate::middle::a::A;");
    let circle = "upper: files in a circle: middle/a.rs, middle/b.rs, middle/c.rs: \
        middle/a.rs names `super::b::B` of middle/b.rs; middle/b.rs names `super::c::C` of middle/c.rs; \
        middle/c.rs names `crate::middle::a::A` of middle/a.rs";
    assert_eq!(fake.report(), [circle]);
}

#[test]
fn crate_that_depends_on_one_above_it_is_named() {
    let fake = Fake::new(&GOOD);
    fake.write(
        "lower/Cargo.toml",
        "[dependencies]\npartyrun_upper = { path = \"x\" }\n",
    );
    assert_eq!(
        fake.report(),
        ["crates: `lower` depends on `upper`, which is not below it"]
    );
}

#[test]
fn table_with_a_circle_is_refused() {
    let fake = Fake::new(&GOOD);
    let table = TABLE.replace("ground:\n", "ground: top\n");
    let table = Table::parse(&table).expect("it can be read");
    let report = super::check(fake.0.path(), &table, &BTreeMap::new()).expect("readable");
    assert!(
        report.contains("the table has a circle: `ground` and `top`"),
        "{report}"
    );
    assert!(Table::parse("[upper]\nground\n").is_err());
}

#[test]
fn paths_of_a_use_are_told_apart() {
    let text = "pub(crate) use a::{b::{self, C as D}, e}; use f::*; g::h::<i::J>::k();";
    let named = paths(&tokens(text));
    let shown: Vec<_> = named
        .iter()
        .map(|it| (it.segments.join("::"), it.name.as_str(), it.kind))
        .collect();
    let expected = [
        ("a::b", "b", Kind::PublicUse),
        ("a::b::C", "D", Kind::PublicUse),
        ("a::e", "e", Kind::PublicUse),
        ("f::*", "*", Kind::Use),
        ("g::h", "h", Kind::Elsewhere),
        ("i::J", "J", Kind::Elsewhere),
    ];
    let expected = expected.map(|(path, name, kind)| (path.to_owned(), name, kind));
    assert_eq!(shown, expected);
}
