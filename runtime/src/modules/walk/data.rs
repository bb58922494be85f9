//! Modules without JavaScript, and modules that their specifier holds.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Stop, Walk};
use crate::modules::ahead::Ahead;
use crate::modules::disk;
use crate::modules::draft::{Body, Draft};
use crate::modules::error::{Position, Problem, ProblemKind};
use crate::modules::files::FileCache;
use crate::modules::inline::{Inline, Media};
use crate::modules::question::Data;
use crate::modules::settings::Settings;
use crate::modules::synthetic::Json;

impl Walk<'_> {
    pub(super) fn stop_inline(&mut self, inline: Inline, ahead: &mut Ahead<'_, '_>) -> Stop {
        if inline.media != Media::JavaScript {
            return Stop::Inline(inline);
        }
        let settings = Settings::new(Path::new("inline.js"), None).with_javascript(self.javascript);
        let job = self
            .cache
            .inline_job(&inline, settings, self.define.clone());
        Stop::Script {
            path: inline.path(),
            tsconfig: None,
            ticket: ahead.ask(job),
        }
    }

    fn read(&mut self, path: &Path) -> Option<Arc<str>> {
        self.readable(path, FileCache::read(path))
    }

    pub(super) fn visit_data(&mut self, path: PathBuf, kind: Data) -> Option<Draft> {
        let body = match kind {
            Data::Json => return self.visit_json(path),
            Data::Text => {
                let text = FileCache::read_whole(&path);
                Body::Text(self.readable(&path, text)?)
            }
            Data::Wasm => {
                let read = self.cache.wasm(&path);
                Body::Wasm(self.readable(&path, read)?)
            }
            Data::Bytes => {
                let read = disk::read(&path);
                Body::Bytes(self.readable(&path, read)?.into())
            }
        };
        Some(Draft::leaf(body))
    }

    fn visit_json(&mut self, path: PathBuf) -> Option<Draft> {
        let source = self.read(&path)?;
        self.json_draft(&path, source)
    }

    pub(super) fn json_draft(&mut self, path: &Path, source: Arc<str>) -> Option<Draft> {
        match Json::parse(&source) {
            Ok(json) => Some(Draft::leaf(Body::Json { source, json })),
            Err((message, line, column)) => {
                let place = self.place(path, &source, Position { line, column }, 1);
                self.problems
                    .push(Problem::at(ProblemKind::Json(message), place));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::modules::testing::Project;

    fn error_of(import: &str) -> String {
        let server = format!("{import}\nexport default class {{}}");
        Project::new(&[("s.ts", &server)]).error()
    }

    #[test]
    fn modules_can_be_in_their_specifiers() {
        let mut project = Project::new(&[(
            "s.ts",
            "import a from 'data:text/javascript,export default 1';\n\
             import { b } from 'data:application/json;base64,eyJiIjoyfQ==';\n\
             import c from 'data:text/plain,c?d#e';\n\
             import d from 'data:text/javascript,module.exports = 4';\n\
             import e from 'data:text/javascript,export { default } from \"data:application/json,5\"';\n\
             const f = import('data:text/javascript,export {join} from \"node:path\"');\n\
             export default { a, b, c, d, e, f }",
        )]);
        let graph = project.graph();
        let text = |url: &str| graph.module(url).map(|module| module.text);
        assert_eq!(
            text("data:text/javascript,export default 1"),
            Some("export default 1")
        );
        assert!(text("data:application/json,5").is_some());
        assert!(text("data:text/plain,c%3Fd%23e").is_some_and(|text| text.contains("c?d#e")));
        assert!(text("node:path").is_some());
        let mut inline = graph.watched().filter(|path| !path.is_absolute());
        assert_eq!(inline.next(), None);
    }

    #[test]
    fn what_is_wrong_inside_of_a_specifier_is_said() {
        for (import, words) in [
            (
                "import 'data:text/css,a{}'",
                "not `text/css`: `data:text/css,a{}`",
            ),
            ("import 'data:text/javascript;base64,*'", "not base64"),
            (
                "import 'data:text/javascript,export default ('",
                "data:text/javascript,export default (:1:17",
            ),
            ("import 'data:application/json,{a}'", "not valid JSON"),
            (
                "import 'data:text/javascript,import \"./x\"'",
                "in no folder where it could be looked for: `./x`",
            ),
            (
                "import x from 'data:text/javascript,export const y = 1'; x()",
                "No export with this name",
            ),
        ] {
            let error = error_of(import);
            assert!(error.contains(words), "{import}: {error}");
        }
    }
}
