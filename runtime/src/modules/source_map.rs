//! Source maps: from the positions swc recorded to version 3 JSON, and back from a position in the
//! emitted text to the user's own line and column.
//!
//! Never reads files.

use serde_json::{Map, Value};
use sourcemap::{SourceMap, SourceMapBuilder, Token};
use swc_core::common::{BytePos, LineCol};

use super::function_names::FunctionName;

/// The map of one file as JSON, without the file's content: whoever shows a line has the file.
///
/// `base` is the position of the first byte of `source` in swc's numbering.
pub(super) fn encode(
    url: &str,
    source: &str,
    base: BytePos,
    mappings: &[(BytePos, LineCol)],
) -> Vec<u8> {
    let lines = LineIndex::new(source);
    let mut builder = SourceMapBuilder::new(None);
    let source_id = builder.add_source(url);
    let mut previous = None;
    for (position, generated) in mappings {
        let Some(offset) = position.0.checked_sub(base.0) else {
            continue;
        };
        // Generated code (helpers, JSX imports) carries positions outside of the file.
        if offset as usize > source.len() || position.is_reserved_for_comments() {
            continue;
        }
        let target = (generated.line, generated.col);
        if previous == Some(target) {
            continue;
        }
        previous = Some(target);
        let (line, column) = lines.locate(offset as usize);
        builder.add_raw(
            target.0,
            target.1,
            line,
            column,
            Some(source_id),
            None,
            false,
        );
    }
    let mut json = Vec::new();
    builder
        .into_sourcemap()
        .to_writer(&mut json)
        .expect("writing JSON to memory cannot fail");
    json
}

/// The map `json` with the file's content and names of functions in it. Without a map, the text is the file's but
/// for what was made blank in place: each line is its own.
pub(super) fn complete(url: &str, source: &str, json: &[u8], names: &[FunctionName]) -> String {
    let mut map: Map<String, Value> = serde_json::from_slice(json).unwrap_or_default();
    if !map.contains_key("mappings") {
        let lines = source.matches('\n').count();
        let mappings = format!("AAAA{}", ";AACA".repeat(lines));
        map.insert("version".to_owned(), 3.into());
        map.insert("sources".to_owned(), vec![url].into());
        map.insert("names".to_owned(), Value::Array(Vec::new()));
        map.insert("mappings".to_owned(), mappings.into());
    }
    if !names.is_empty()
        && let Some(named) = with_names(&Value::Object(map.clone()).to_string(), names)
    {
        map = named;
    }
    map.insert("sources".to_owned(), vec![url].into());
    map.insert("sourcesContent".to_owned(), vec![source].into());
    Value::Object(map).to_string()
}

/// The map with `names` in it. What had no position of its own gets that of what it is in, so that no place moves.
fn with_names(json: &str, names: &[FunctionName]) -> Option<Map<String, Value>> {
    let map = SourceMap::from_slice(json.as_bytes()).ok()?;
    let mut builder = SourceMapBuilder::new(None);
    let source = builder.add_source("");
    let add = |builder: &mut SourceMapBuilder, line, column, token: Token<'_>, name| {
        let source = token.get_source().map(|_| source);
        let (src_line, src_column) = token.get_src();
        builder.add_raw(line, column, src_line, src_column, source, name, false);
    };
    let mut names = names.iter().peekable();
    for token in map.tokens() {
        let (line, column) = token.get_dst();
        while let Some(name) = names.next_if(|name| (name.line, name.column) < (line, column)) {
            name_in(&map, name, &mut builder, add);
        }
        if names
            .peek()
            .is_none_or(|name| (name.line, name.column) != (line, column))
        {
            add(&mut builder, line, column, token, None);
        }
    }
    for name in names {
        name_in(&map, name, &mut builder, add);
    }
    let mut json = Vec::new();
    builder.into_sourcemap().to_writer(&mut json).ok()?;
    serde_json::from_slice(&json).ok()
}

fn name_in(
    map: &SourceMap,
    name: &FunctionName,
    builder: &mut SourceMapBuilder,
    add: impl Fn(&mut SourceMapBuilder, u32, u32, Token<'_>, Option<u32>),
) {
    let found = map.lookup_token(name.line, name.column);
    if let Some(token) = found.filter(|token| token.get_dst_line() == name.line) {
        let id = builder.add_name(&name.name);
        add(builder, name.line, name.column, token, Some(id));
    }
}

/// The original position of a 1-based line and column, or `None` when the map has none.
pub(super) fn lookup(map: &SourceMap, line: u32, column: u32) -> Option<(u32, u32)> {
    let token = map.lookup_token(line.checked_sub(1)?, column.checked_sub(1)?)?;
    token.get_source()?;
    Some((token.get_src_line() + 1, token.get_src_col() + 1))
}

/// Where lines start, and how far UTF-16 columns lag behind byte offsets.
///
/// Minified packages are one line of a megabyte: a column must not cost a walk along its line.
pub(super) struct LineIndex {
    starts: Vec<u32>,
    /// For each character of several bytes: the offset behind it, and by how much all bytes up to
    /// there outnumber their UTF-16 units.
    surplus: Vec<(u32, u32)>,
}

impl LineIndex {
    pub(super) fn new(source: &str) -> Self {
        let newlines = source
            .bytes()
            .enumerate()
            .filter(|(_, byte)| *byte == b'\n');
        let starts = std::iter::once(0)
            .chain(newlines.map(|(at, _)| at as u32 + 1))
            .collect();
        let wide = source.char_indices().filter(|(_, c)| !c.is_ascii());
        let surplus = wide
            .scan(0, |total, (at, c)| {
                *total += (c.len_utf8() - c.len_utf16()) as u32;
                Some(((at + c.len_utf8()) as u32, *total))
            })
            .collect();
        Self { starts, surplus }
    }

    /// 0-based line, and column in UTF-16 units as source maps count.
    pub(super) fn locate(&self, offset: usize) -> (u32, u32) {
        let offset = offset as u32;
        let line = self.starts.partition_point(|start| *start <= offset) - 1;
        let start = self.starts[line];
        let column = (offset - start) - (self.surplus_at(offset) - self.surplus_at(start));
        (line as u32, column)
    }

    fn surplus_at(&self, offset: u32) -> u32 {
        match self.surplus.partition_point(|(end, _)| *end <= offset) {
            0 => 0,
            behind => self.surplus[behind - 1].1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_counted_in_utf16_units() {
        let source = "a\n\"\u{1F388}\"; b";
        let lines = LineIndex::new(source);
        let offset = source.find('b').expect("b is in the text");
        assert_eq!(lines.locate(offset), (1, 6));
    }

    #[test]
    fn long_lines_do_not_cost_their_length_for_each_position() {
        let line = "\u{e4};".repeat(400_000);
        let lines = LineIndex::new(&line);
        for character in 0..400_000 {
            assert_eq!(lines.locate(character * 3), (0, character as u32 * 2));
        }
    }

    #[test]
    fn a_complete_map_has_the_file() {
        let at = LineCol { line: 3, col: 0 };
        let json = encode("file:///a.ts", "a\nb", BytePos(10), &[(BytePos(12), at)]);
        let read = |json: &[u8]| {
            let whole = complete("file:///a.ts", "a\nb", json, &[]);
            SourceMap::from_slice(whole.as_bytes()).expect("own map is valid")
        };
        let map = read(&json);
        assert_eq!(lookup(&map, 4, 1), Some((2, 1)));
        assert_eq!(map.get_source_contents(0), Some("a\nb"));
        let own = read(b"");
        assert_eq!(lookup(&own, 1, 1), Some((1, 1)));
        assert_eq!(lookup(&own, 2, 1), Some((2, 1)));
    }

    #[test]
    fn names_move_no_place() {
        let at = |line, col| LineCol { line, col };
        let mappings = [
            (BytePos(10), at(0, 0)),
            (BytePos(12), at(0, 4)),
            (BytePos(14), at(1, 0)),
        ];
        let json = encode("file:///a.ts", "a b c d", BytePos(10), &mappings);
        let name = |line, column| FunctionName {
            line,
            column,
            name: format!("n{column}"),
        };
        let names = [name(0, 2), name(0, 4), name(1, 3), name(5, 0)];
        let read = |names: &[FunctionName]| {
            let whole = complete("file:///a.ts", "a b c d", &json, names);
            SourceMap::from_slice(whole.as_bytes()).expect("own map is valid")
        };
        let (without, with) = (read(&[]), read(&names));
        for (line, column) in [
            (1, 1),
            (1, 2),
            (1, 3),
            (1, 5),
            (1, 9),
            (2, 1),
            (2, 4),
            (2, 9),
        ] {
            assert_eq!(lookup(&with, line, column), lookup(&without, line, column));
        }
        let named = |line, column| {
            let token = with.lookup_token(line, column).expect("it is there");
            token.get_name().map(str::to_owned)
        };
        assert_eq!(named(0, 2).as_deref(), Some("n2"));
        assert_eq!(named(0, 4).as_deref(), Some("n4"));
        assert_eq!(named(1, 3).as_deref(), Some("n3"));
        assert_eq!((named(0, 0), with.get_token_count()), (None, 5));
    }

    #[test]
    fn positions_outside_of_the_file_are_left_out() {
        let at = |line, col| LineCol { line, col };
        let mappings = [
            (BytePos(11), at(0, 0)),
            (BytePos(5), at(1, 0)),
            (BytePos(900), at(2, 0)),
        ];
        let json = encode("file:///a.ts", "ab\ncd", BytePos(10), &mappings);
        let map = SourceMap::from_slice(&json).expect("own map is valid");
        assert_eq!(map.get_token_count(), 1);
        assert_eq!(lookup(&map, 1, 1), Some((1, 2)));
    }

    /// Line and column as one would count them by hand.
    fn counted(source: &str, offset: usize) -> (u32, u32) {
        let before = &source[..offset];
        let line = before.matches('\n').count();
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before[start..].encode_utf16().count();
        (line as u32 + 1, column as u32 + 1)
    }

    proptest::proptest! {
        #![proptest_config(crate::chance::cases(300))]

        #[test]
        fn random_positions_come_back_as_one_would_count_them(
            source in "[a;\r\n\u{e9}\u{20ac}\u{1f388}]{1,40}",
            places in proptest::collection::vec(proptest::prelude::any::<proptest::sample::Index>(), 1..12),
        ) {
            let starts: Vec<usize> = source.char_indices().map(|(at, _)| at).collect();
            let offsets: Vec<usize> = places.iter().map(|place| *place.get(&starts)).collect();
            let mappings: Vec<_> = (0_u32..)
                .zip(&offsets)
                .map(|(col, offset)| (BytePos(10 + *offset as u32), LineCol { line: col / 4, col: 3 * (col % 4) }))
                .collect();
            let json = encode("file:///a.ts", &source, BytePos(10), &mappings);
            let map = SourceMap::from_slice(&json).expect("own map is valid");
            for ((_, place), offset) in mappings.iter().zip(&offsets) {
                let found = lookup(&map, place.line + 1, place.col + 1);
                proptest::prop_assert_eq!(found, Some(counted(&source, *offset)));
            }
        }

        #[test]
        fn random_maps_are_read_or_refused(
            mappings in "[A-Za-z0-9+/;,]{0,60}",
            line in 0_u32..5,
            column in 0_u32..100,
        ) {
            let json = format!(r#"{{"version":3,"sources":["a"],"names":[],"mappings":"{mappings}"}}"#);
            if let Ok(map) = SourceMap::from_slice(json.as_bytes()) {
                lookup(&map, line, column);
            }
        }
    }
}
