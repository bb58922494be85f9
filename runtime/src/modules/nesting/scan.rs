//! How much stack a source takes, from its characters alone. Knows strings, comments, templates and most regular
//! expressions; where it cannot tell (text of JSX, a regular expression behind a parenthesis) it may miss some
//! levels.

/// Stack that one bracket takes at most, from the parser through the widest pass.
const BRACKET: usize = 16 << 10;
/// As [`BRACKET`], of one operator or operand of a chain.
const TOKEN: usize = 4 << 10;
/// Words that go on with what stands before them.
const CONTINUING: [&str; 12] = [
    "as",
    "catch",
    "else",
    "extends",
    "finally",
    "from",
    "implements",
    "in",
    "instanceof",
    "of",
    "satisfies",
    "while",
];
/// Words that an operand follows.
const LEADING: [&str; 36] = [
    "abstract",
    "asserts",
    "async",
    "await",
    "case",
    "const",
    "declare",
    "default",
    "delete",
    "do",
    "else",
    "export",
    "extends",
    "function",
    "get",
    "implements",
    "in",
    "infer",
    "instanceof",
    "is",
    "keyof",
    "let",
    "new",
    "of",
    "private",
    "protected",
    "public",
    "readonly",
    "return",
    "set",
    "static",
    "throw",
    "typeof",
    "unique",
    "void",
    "yield",
];

/// The bytes of stack that `source` may take, and the offset of its deepest place.
pub(super) fn need(source: &str) -> (usize, usize) {
    let mut scan = Scan {
        bytes: source.as_bytes(),
        at: 0,
        open: Vec::new(),
        outer: 0,
        run: 0,
        ends_operand: false,
        peak: (0, 0),
    };
    scan.run_to_end();
    scan.peak
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Of each bracket that is open: what its surroundings had taken, and whether it is a template's.
    open: Vec<(usize, bool)>,
    /// What the brackets that are open take.
    outer: usize,
    /// What the chain at hand takes.
    run: usize,
    /// What came last can be the end of an expression.
    ends_operand: bool,
    peak: (usize, usize),
}

impl Scan<'_> {
    fn run_to_end(&mut self) {
        let mut new_line = false;
        while let Some(&byte) = self.bytes.get(self.at) {
            let start = self.at;
            self.at += 1;
            let next = self.bytes.get(self.at).copied().unwrap_or(0);
            match byte {
                b'\n' => {
                    new_line = true;
                    continue;
                }
                b' ' | b'\t' | b'\r' => continue,
                b'/' if next == b'/' => {
                    self.skip_to(|bytes| bytes[0] == b'\n');
                    continue;
                }
                b'/' if next == b'*' => {
                    self.at += 1;
                    self.skip_to(|bytes| bytes.starts_with(b"*/"));
                    self.at += 2;
                    continue;
                }
                b'/' if !self.ends_operand && self.regex() => self.operand(start),
                b'/' if next == b'>' => {
                    self.at += 1;
                    self.run = self.run.saturating_sub(BRACKET);
                    self.ends_operand = false;
                }
                b'<' if next == b'/' => {
                    self.at += 1;
                    self.run = self.run.saturating_sub(BRACKET);
                    self.ends_operand = false;
                }
                // A tag, type arguments, or a comparison.
                b'<' if next == b'>' || is_word(next) => self.take(BRACKET, start, false),
                b'"' | b'\'' => {
                    self.string(byte);
                    self.operand(start);
                }
                b'`' => self.template(start),
                b'(' | b'[' | b'{' => self.enter(start, false),
                b')' | b']' | b'}' => {
                    if self.leave() {
                        self.template(start);
                    } else {
                        self.ends_operand = true;
                    }
                }
                b';' | b',' => {
                    self.run = 0;
                    self.ends_operand = false;
                }
                _ if is_word(byte) => self.word(start, new_line),
                _ => self.take(TOKEN, start, false),
            }
            new_line = false;
        }
    }

    fn take(&mut self, cost: usize, start: usize, ends_operand: bool) {
        self.run += cost;
        self.ends_operand = ends_operand;
        if self.outer + self.run > self.peak.0 {
            self.peak = (self.outer + self.run, start);
        }
    }

    fn operand(&mut self, start: usize) {
        self.take(TOKEN, start, true);
    }

    fn enter(&mut self, start: usize, template: bool) {
        self.take(BRACKET, start, false);
        self.open.push((self.run, template));
        self.outer += self.run;
        self.run = 0;
    }

    /// Returns whether it was a place in a template.
    fn leave(&mut self) -> bool {
        let Some((run, template)) = self.open.pop() else {
            return false;
        };
        self.outer -= run;
        // A call or an index is one more link of its chain.
        self.run = run - BRACKET + TOKEN;
        template
    }

    fn word(&mut self, start: usize, new_line: bool) {
        let end = self.bytes[self.at..].iter().position(|&b| !is_word(b));
        self.at = end.map_or(self.bytes.len(), |length| self.at + length);
        let word = std::str::from_utf8(&self.bytes[start..self.at]).unwrap_or_default();
        let behind_block = start > 0 && self.bytes[start - 1] == b'}';
        // Two operands in a row are two statements.
        if self.ends_operand && (new_line || behind_block) && !CONTINUING.contains(&word) {
            self.run = 0;
        }
        self.take(TOKEN, start, !LEADING.contains(&word));
    }

    fn skip_to(&mut self, is_end: impl Fn(&[u8]) -> bool) {
        while self.at < self.bytes.len() && !is_end(&self.bytes[self.at..]) {
            self.at += 1;
        }
    }

    /// To the end of a string; to the end of the line, if it was none.
    fn string(&mut self, quote: u8) {
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'\n' => return,
                _ if byte == quote => return,
                _ => {}
            }
        }
    }

    /// To the end of a template, or to its next place.
    fn template(&mut self, start: usize) {
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'`' => return self.operand(start),
                b'$' if self.bytes.get(self.at) == Some(&b'{') => {
                    self.at += 1;
                    return self.enter(start, true);
                }
                _ => {}
            }
        }
    }

    /// Skips a regular expression, if it is one.
    fn regex(&mut self) -> bool {
        let mut in_class = false;
        let mut at = self.at;
        while let Some(&byte) = self.bytes.get(at) {
            at += 1;
            match byte {
                b'\\' => at += 1,
                b'\n' => return false,
                b'[' => in_class = true,
                b']' => in_class = false,
                b'/' if !in_class => {
                    self.at = at;
                    return true;
                }
                _ => {}
            }
        }
        false
    }
}

/// Of a name, a keyword or a number; no other character nests.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'#') || !byte.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::super::USUAL;
    use super::*;

    fn of(text: &str) -> usize {
        need(text).0
    }

    #[test]
    fn every_way_to_nest_is_seen() {
        let repeated = [
            ("(", ")"),
            ("[", "]"),
            ("{", "}"),
            ("f(", ")"),
            ("`${", "}`"),
            ("<a>", "</a>"),
            ("!", ""),
            ("typeof ", ""),
            ("keyof\n", ""),
            ("a=>", ""),
            ("a=", ""),
            ("a?b:", ""),
            ("a+", ""),
            ("a||\n", ""),
            ("a.", ""),
            ("a\n.b", ""),
            ("a[0]", ""),
            ("f()", ""),
            ("if(a)", ""),
            ("if(a){}\nelse ", ""),
            ("a:", ""),
            ("A<", ">"),
            ("function f(){", "}"),
            ("class A{b=", "}"),
            ("/[(]/.test(", ")"),
            ("')'+(", ")"),
            ("/*)*/(", ")"),
        ];
        for (open, close) in repeated {
            let text = open.repeat(10_000) + "1" + &close.repeat(10_000);
            assert!(of(&text) >= 10_000 * TOKEN, "{open}: {}", of(&text));
        }
    }

    #[test]
    fn long_code_that_does_not_nest_needs_little() {
        for line in [
            "f(a, [b], { c: `${d}` });",
            "const x = a < b ? c : d;",
            "function f() { return g(/[(]/, ')', \"(\") }",
            "let a = b + c\n",
            "export const f = (x: Array<string>) => x\n",
            "if (a < b) { c() } else { d() }\n",
            "// it's (\n",
            "/* ( */ a()\n",
            "<p>it's one</p>;",
        ] {
            let text = line.repeat(10_000);
            assert!(of(&text) < USUAL, "{line}: {}", of(&text));
        }
    }
}
