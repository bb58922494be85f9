//! When two graphs are the same code.

use crate::modules::testing::Project;

const SERVER: &str = "import { one } from './one';\nimport text from './a.txt';\n\
    import data from './a.json';\nexport default { one, text, data };";

fn project() -> Project {
    Project::new(&[
        ("s.ts", SERVER),
        ("one.ts", "export const one = 1;"),
        ("a.txt", "a text"),
        ("a.json", "{ \"a\": 1 }"),
    ])
}

/// Whether the graph is the same code after `change`.
fn is_same_after(mut project: Project, change: impl FnOnce(&mut Project)) -> bool {
    let before = project.graph();
    change(&mut project);
    let after = project.graph();
    let same = before.is_same_code(&after);
    assert_eq!(same, after.is_same_code(&before));
    same
}

#[test]
fn files_that_are_written_as_they_were_are_the_same_code() {
    assert!(is_same_after(project(), |_| ()));
    assert!(is_same_after(project(), |project| project.write("s.ts", SERVER)));
    // A file that nobody imports.
    assert!(is_same_after(project(), |project| project.write("other.ts", "1")));
}

#[test]
fn change_of_a_file_is_other_code_whatever_the_file_is() {
    for (name, text) in [
        ("one.ts", "export const one = 2;"),
        ("a.txt", "another text"),
        ("a.json", "{ \"a\": 2 }"),
        // Stacks name other lines.
        ("one.ts", "// a comment\nexport const one = 1;"),
        // Types have no code.
        ("one.ts", "type A = 1;\nexport const one = 1;"),
    ] {
        let same = is_same_after(project(), |project| project.write(name, text));
        assert!(!same, "{name}: {text}");
    }
}

#[test]
fn definition_is_part_of_the_code() {
    let define = |project: &mut Project| {
        let name = "one".to_owned();
        project.options.define.insert(name, "3".to_owned());
    };
    let used = Project::new(&[("s.ts", "export default { one };")]);
    assert!(!is_same_after(used, define));
}

#[test]
fn party_with_another_file_is_other_code() {
    let files = [
        ("s.ts", "import './t'; export default {}"),
        ("t.ts", "export default {}"),
    ];
    let swap = |project: &mut Project| {
        let entries = [("main", "t.ts"), ("other", "s.ts")];
        project.options.entries = entries
            .map(|(name, file)| (name.into(), file.into()))
            .into();
    };
    let mut project = Project::new(&files);
    let entries = [("main", "s.ts"), ("other", "t.ts")];
    project.options.entries = entries
        .map(|(name, file)| (name.into(), file.into()))
        .into();
    assert!(!is_same_after(project, swap));
}

#[test]
fn import_that_leads_elsewhere_is_other_code_although_no_text_has_changed() {
    let project = Project::new(&[
        (
            "s.ts",
            "import a from 'which'; import b from './b'; import c from './c'; export default [a, b, c];",
        ),
        ("b.ts", "export default 'b';"),
        ("c.ts", "export default 'c';"),
        (
            "tsconfig.json",
            r#"{ "compilerOptions": { "paths": { "which": ["./b.ts"] } } }"#,
        ),
    ]);
    let turn = |project: &mut Project| {
        let paths = r#"{ "compilerOptions": { "paths": { "which": ["./c.ts"] } } }"#;
        project.write("tsconfig.json", paths);
    };
    assert!(!is_same_after(project, turn));
}
