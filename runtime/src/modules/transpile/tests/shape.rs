//! What is read from a module besides its text: format, exports, requests.

use super::*;
use crate::modules::error::Position;

#[test]
fn the_shape_has_exports_and_positions() {
    let output = run_with(
        "import x, { y as z } from 'm';\nexport * from './star';\nexport * as ns from './ns';\n\
         export const { a, b: [c] } = x, d = z;\nexport { z as e };\nexport default class {}",
        &settings("a.js"),
        &[],
    );
    let exports: Vec<_> = output.shape.exports.iter().map(String::as_str).collect();
    assert_eq!(exports, ["a", "c", "d", "default", "e", "ns"]);
    assert_eq!(output.shape.stars, ["./star"]);
    let import = &output.shape.imports[0];
    assert_eq!(
        import.position,
        Some(Position {
            line: 1,
            column: 27
        })
    );
    assert_eq!(import.names[1].name, "y");
    assert!(!import.names[1].only_reexported);
}

#[test]
fn the_format_is_recognised_by_content() {
    let format = |source| run_with(source, &settings("a.js"), &[]).shape.format;
    for source in [
        "module.exports = 1",
        "exports.a = require('b')",
        "if (x) return; with (a) { exports.b = 010 }",
        "(function (root) { root.a = 1 })(this)",
    ] {
        assert_eq!(format(source), Format::CommonJs, "{source}");
    }
    for source in [
        "globalThis.x = 1",
        "function f(module) { return this, module.exports }",
        "class A { a = this }",
    ] {
        assert_eq!(format(source), Format::Plain, "{source}");
    }
    for source in [
        "export const a = typeof module",
        "import 'a'; require('b')",
        "await require('a')",
        "require(import.meta.url)",
    ] {
        assert_eq!(format(source), Format::Es, "{source}");
    }
}

#[test]
fn the_exports_of_common_js_are_guessed_from_its_text() {
    let names = |source| {
        let shape = run_with(source, &settings("a.js"), &[]).shape;
        let names: Vec<_> = shape.exports.into_iter().chain(shape.stars).collect();
        names.join(",")
    };
    for (source, expected) in [
        (
            "exports.a = exports['b-c'] = void 0; module.exports.d = 1",
            "a,b-c,d",
        ),
        (
            "Object.defineProperty(exports, '__esModule', {}); exports.default = 1",
            "default",
        ),
        (
            "Object.defineProperty(exports, 'x', { get() { return 1 } })",
            "x",
        ),
        (
            "module.exports = { a, b: 1, 'c': 2, get d() { return 1 }, e() {}, ...require('f') }",
            "a,b,c,d,e,f",
        ),
        ("exports = module.exports = { a }", "a"),
        (
            "module.exports = f; module.exports.g = 1; (module.exports = f).h = 1",
            "g,h",
        ),
        ("module.exports = require('./x')", "./x"),
        (
            "__exportStar(require('./y'), exports); tslib_1.__exportStar(require('./z'), exports)",
            "./y,./z",
        ),
        (
            "var _a = _interop(require('a')); Object.keys(_a).forEach(function (k) { exports[k] = _a[k] })",
            "a",
        ),
        (
            "__export(src_exports, { a: () => a }); module.exports = __toCommonJS(src_exports); 0 && (module.exports = { a })",
            "a",
        ),
        (
            "(function (g, f) { typeof exports === 'object' ? f(exports) : f(g) })(this, function (exports) { exports.umd = 1 })",
            "umd",
        ),
    ] {
        assert_eq!(names(source), expected, "{source}");
    }
}

#[test]
fn what_is_required_is_found_where_it_can_run() {
    let define = [("process.env.NODE_ENV", "\"development\"")];
    let source = "if (process.env.NODE_ENV === 'production') { require('min') } else { require('full') }\n\
                  try { module.require('maybe') } catch {}\n\
                  const later = () => require.resolve(`name`), not = (require) => require('own');\n\
                  'a' !== 'a' && require('dead'); require('x' + y);";
    let shape = run_with(source, &settings("a.js"), &define).shape;
    let found: Vec<_> = shape
        .imports
        .iter()
        .map(|import| (import.specifier.as_str(), import.guarded))
        .collect();
    assert_eq!(found, [("full", false), ("maybe", true), ("name", true)]);
}

#[test]
fn names_read_from_whole_modules_are_noted() {
    let source = "import * as ns from 'a';\n\
                  const { b, 'c': d } = await import('m'); (await import('m')).e;\n\
                  import('m').then(({ f }) => f); import('m').then((m) => m.g);\n\
                  export default () => ns.h + ns['i'] + d + b;";
    let shape = run_with(source, &settings("a.js"), &[]).shape;
    let hints = |specifier: &str| {
        let import = shape.imports.iter().find(|i| i.specifier == specifier);
        let hints = &import.expect("it is imported").hints;
        hints.iter().cloned().collect::<Vec<_>>().join(",")
    };
    assert_eq!(hints("a"), "h,i");
    assert_eq!(hints("m"), "b,c,e,f,g");
}
