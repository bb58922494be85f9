//! The methods of `console` that do more than print values.

use crate::console::{between_marks, printed, running};
use crate::harness::ROOM;

/// Row 243.
#[test]
fn groups_indent_every_line() {
    assert_eq!(
        printed(
            "console.group('outer', 1);
    console.log('a\\nb');
    console.group();
    console.log({ a: 'x'.repeat(40), b: 'y'.repeat(30) });
    console.groupCollapsed('inner');
    console.table([{ a: 1 }]);
    console.groupEnd(); console.groupEnd(); console.groupEnd(); console.groupEnd();
    console.log('out');"
        ),
        format!(
            "outer 1\n  a\n  b\n    {{\n      a: '{}',\n      b: '{}'\n    }}\n    inner\n      \
             ┌─────────┬───┐\n      │ (index) │ a │\n      ├─────────┼───┤\n      │ 0       │ 1 │\n      \
             └─────────┴───┘\nout",
            "x".repeat(40),
            "y".repeat(30)
        )
    );
}

/// Row 243.
#[test]
fn tables_are_as_wide_as_their_text() {
    assert_eq!(
        printed(
            "console.table([{ name: '日本', on: true }, { name: 'x', off: { deep: 1 } }, 5]);
    console.table(new Map([['a', 1]]));
    console.table([{ a: 1, b: 2 }], ['b']);
    console.table(new Set(['one']));
    console.table('no table');"
        ),
        "\
┌─────────┬────────┬──────┬─────────────┬────────┐
│ (index) │ name   │ on   │ off         │ Values │
├─────────┼────────┼──────┼─────────────┼────────┤
│ 0       │ '日本' │ true │             │        │
│ 1       │ 'x'    │      │ { deep: 1 } │        │
│ 2       │        │      │             │ 5      │
└─────────┴────────┴──────┴─────────────┴────────┘
┌───────────────────┬─────┬────────┐
│ (iteration index) │ Key │ Values │
├───────────────────┼─────┼────────┤
│ 0                 │ 'a' │ 1      │
└───────────────────┴─────┴────────┘
┌─────────┬───┐
│ (index) │ b │
├─────────┼───┤
│ 0       │ 2 │
└─────────┴───┘
┌───────────────────┬────────┐
│ (iteration index) │ Values │
├───────────────────┼────────┤
│ 0                 │ 'one'  │
└───────────────────┴────────┘
no table"
    );
}

/// Row 243.
#[test]
fn counts_and_times_go_by_their_labels() {
    let dev = running(
        "console.count(); console.count('x'); console.count(); console.countReset(); console.count();
    console.time('t'); console.timeLog('t', { a: 1 }); console.timeEnd('t');
    console.countReset('never'); console.timeEnd('t'); console.time('u'); console.time('u');",
    );
    dev.get(ROOM);
    let text = between_marks(&dev);
    assert!(
        text.starts_with("default: 1\nx: 1\ndefault: 2\ndefault: 1\nt: "),
        "{text}"
    );
    assert!(text.contains("ms { a: 1 }\nt: "), "{text}");
    dev.stderr_has("Timer 'u' already exists");
    let errors = dev.stderr();
    assert!(errors.contains("Count for 'never' does not exist"));
    assert!(errors.contains("Timer 't' does not exist"));
}

/// Row 243.
#[test]
fn assertions_and_traces_go_to_stderr() {
    let dev = running(
        "console.assert(true, 'silent');
    console.assert(false);
    console.assert(0, 'not %d', 5, { a: 1 });
    console.assert(false, { b: 2 });
    console.trace('here', 7);",
    );
    dev.get(ROOM);
    dev.stderr_has("Trace: here 7\n    at default.onRequest (server.ts:9:");
    let text = dev.stderr();
    assert!(text.starts_with(
        "Assertion failed\nAssertion failed: not 5 { a: 1 }\nAssertion failed: { b: 2 }\n"
    ));
    assert!(!text.contains("ext:"), "{text}");
}

/// Row 243.
#[test]
fn dir_takes_options() {
    assert_eq!(
        printed(
            "const deep = { a: { b: { c: { d: 1 } } }, [Symbol.for('nodejs.util.inspect.custom')]: () => 'own' };
    console.dir({ a: { b: { c: { d: 1 } } } }, { depth: 0 });
    console.dir({ a: { b: { c: { d: 1 } } } }, { depth: null });
    console.dir('text');
    console.dirxml({ a: 1 }, [2]);"
        ),
        "{ a: [Object] }\n{\n  a: { b: { c: { d: 1 } } }\n}\n'text'\n{ a: 1 } [ 2 ]"
    );
}

/// Row 243.
#[test]
fn console_is_a_plain_object_whose_functions_stand_alone() {
    assert_eq!(
        printed(
            "const { log } = console;
    log('alone');
    ['a'].forEach(console.log);
    console.log(String(console), typeof console.createTask('t').run, console.group.name);
    const original = console.log;
    console.log = (...values) => original('wrapped', ...values);
    console.log('x');
    console.log = original;
    console.log();
    console.info('end');"
        ),
        "alone\na 0 [ 'a' ]\n[object console] function group\nwrapped x\n\nend"
    );
}
