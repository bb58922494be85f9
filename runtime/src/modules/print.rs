//! A tree to text, with the mappings back and the place of each outermost statement.
//!
//! Never changes the tree.

use std::cell::Cell;
use std::io;
use std::ops::Range;
use std::rc::Rc;

use swc_core::common::sync::Lrc;
use swc_core::common::{BytePos, LineCol, SourceMap};
use swc_core::ecma::ast::*;
use swc_core::ecma::codegen::text_writer::JsWriter;
use swc_core::ecma::codegen::{Config, Emitter, Node};

/// What was printed.
pub(super) struct Printed {
    pub text: String,
    pub mappings: Vec<(BytePos, LineCol)>,
    /// Where each outermost statement stands, in bytes.
    pub items: Vec<Range<usize>>,
}

/// Prints a module or a script.
pub(super) fn print(program: &Program, map: &Lrc<SourceMap>, is_ascii: bool) -> Printed {
    let mut text = Vec::new();
    let mut mappings = Vec::new();
    let mut items = Vec::new();
    let written = Rc::new(Cell::new(0));
    let writer = Counting {
        text: &mut text,
        written: written.clone(),
    };
    let mut printer = Emitter {
        cfg: Config::default()
            .with_target(EsVersion::EsNext)
            .with_ascii_only(is_ascii),
        cm: map.clone(),
        comments: None,
        wr: JsWriter::new(map.clone(), "\n", writer, Some(&mut mappings)),
    };
    match program {
        Program::Module(module) => {
            for item in &module.body {
                let start = written.get();
                item.emit_with(&mut printer).expect(INFALLIBLE);
                items.push(start..written.get());
            }
        }
        Program::Script(script) => {
            for statement in &script.body {
                let start = written.get();
                statement.emit_with(&mut printer).expect(INFALLIBLE);
                items.push(start..written.get());
            }
        }
    }
    drop(printer);
    let text = String::from_utf8(text).expect("the printer writes UTF-8");
    Printed {
        text,
        mappings,
        items,
    }
}

const INFALLIBLE: &str = "printing to memory cannot fail";

/// Counts what it passes on.
struct Counting<'a> {
    text: &'a mut Vec<u8>,
    written: Rc<Cell<usize>>,
}

impl io::Write for Counting<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        self.written.set(self.text.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
