//! Computed paths of `import()` and `require()`: `./data/${name}.json` means every file that fits, as
//! in the original's bundler. Reads folders, never files.

use std::path::{Path, PathBuf};

use swc_core::ecma::ast::*;

use super::disk;

/// Deepest folder that is looked into, below the one that the pattern names.
const DEPTH: usize = 16;

/// A path with gaps. What is between two slashes may span folders, other gaps stay within a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    /// The known texts, with a gap between each two of them. At least two.
    parts: Vec<String>,
}

/// Files whose paths a program can compute.
#[derive(Debug, Default)]
pub(super) struct Fits {
    /// Written as the program will compute them.
    pub specifiers: Vec<String>,
    /// The folders they were looked for in; a new file there may fit too.
    pub folders: Vec<PathBuf>,
    /// A folder that is named and not there.
    pub missing: Vec<PathBuf>,
}

impl Pattern {
    /// The pattern of a computed argument. `None` for constant paths, and for those that do not start
    /// with `./` or `../`: they could be anything.
    pub(super) fn of(argument: &Expr) -> Option<Self> {
        let mut parts = vec![String::new()];
        collect(argument, &mut parts)?;
        let first = &parts[0];
        let is_near = first.starts_with("./") || first.starts_with("../");
        (is_near && parts.len() > 1).then_some(Self { parts })
    }

    /// What fits, beside the file that computes the path.
    pub(super) fn look_around(&self, importer: &Path) -> Fits {
        let first = &self.parts[0];
        let (folder, _) = first.split_at(first.rfind('/').map_or(0, |at| at + 1));
        let mut found = Fits::default();
        if let Some(start) = importer.parent() {
            self.look(&start.join(folder), folder, DEPTH, &mut found);
        }
        found.specifiers.sort();
        found
    }

    fn look(&self, folder: &Path, prefix: &str, depth: usize, found: &mut Fits) {
        let Ok(entries) = disk::entries(folder) else {
            found.missing.push(folder.to_owned());
            return;
        };
        // Without `..`, as the watcher will name it.
        found.folders.extend(folder.canonicalize());
        for (name, is_folder) in entries {
            let specifier = format!("{prefix}{name}");
            if !is_folder {
                if self.fits(&specifier) {
                    found.specifiers.push(specifier);
                }
            } else if depth > 0 && is_looked_into(&name) && self.has_folders_below() {
                let folder = folder.join(&name);
                self.look(&folder, &format!("{specifier}/"), depth - 1, found);
            }
        }
    }

    /// Whether files in deeper folders than the first can fit.
    fn has_folders_below(&self) -> bool {
        self.parts.iter().skip(1).any(|part| part.contains('/'))
    }

    fn fits(&self, path: &str) -> bool {
        match path.strip_prefix(self.parts[0].as_str()) {
            Some(rest) => fits(rest, self.parts[0].ends_with('/'), &self.parts[1..]),
            None => false,
        }
    }
}

/// Hidden folders hold what tools write, also this one's storage.
fn is_looked_into(folder: &str) -> bool {
    folder != "node_modules" && !folder.starts_with('.')
}

/// Whether `path` is a gap, the first of `parts`, and so on to the end.
fn fits(path: &str, after_slash: bool, parts: &[String]) -> bool {
    let Some((part, rest)) = parts.split_first() else {
        return path.is_empty();
    };
    let spans_folders = after_slash && part.starts_with('/');
    let ends = path.match_indices(part.as_str()).map(|(at, _)| at);
    // The last text must be at the end, also when it is empty.
    let last = rest.is_empty().then(|| path.len().checked_sub(part.len()));
    let ends: Vec<usize> = match last {
        Some(end) => end
            .into_iter()
            .filter(|end| path[*end..] == **part)
            .collect(),
        None => ends.collect(),
    };
    ends.into_iter().any(|end| {
        let gap = &path[..end];
        (spans_folders || !gap.contains('/'))
            && !gap.is_empty()
            && fits(&path[end + part.len()..], part.ends_with('/'), rest)
    })
}

fn collect(expr: &Expr, parts: &mut Vec<String>) -> Option<()> {
    match expr {
        Expr::Paren(inner) => collect(&inner.expr, parts)?,
        Expr::Lit(Lit::Str(text)) => parts.last_mut()?.push_str(text.value.as_str()?),
        Expr::Tpl(template) => {
            for (index, quasi) in template.quasis.iter().enumerate() {
                parts.last_mut()?.push_str(quasi.cooked.as_ref()?.as_str()?);
                if index < template.exprs.len() {
                    collect(&template.exprs[index], parts)?;
                }
            }
        }
        Expr::Bin(sum) if sum.op == BinaryOp::Add => {
            collect(&sum.left, parts)?;
            collect(&sum.right, parts)?;
        }
        // Two gaps without a text between them are one.
        _ if parts.len() > 1 && parts.last().is_some_and(String::is_empty) => {}
        _ => parts.push(String::new()),
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(parts: &[&str]) -> Pattern {
        let parts = parts.iter().map(|part| (*part).to_owned()).collect();
        Pattern { parts }
    }

    #[test]
    fn a_gap_stays_within_a_name() {
        let json = pattern(&["./data/", ".json"]);
        assert!(json.fits("./data/a.json"));
        assert!(json.fits("./data/a.b.json"));
        assert!(!json.fits("./data/.json"));
        assert!(!json.fits("./data/a/b.json"));
        assert!(!json.fits("./data/a.jsonc"));
        let two = pattern(&["./", "-", ".ts"]);
        assert!(two.fits("./a-b-c.ts"));
        assert!(!two.fits("./ab.ts"));
    }

    #[test]
    fn a_gap_between_slashes_spans_folders() {
        let pages = pattern(&["../pages/", "/page.ts"]);
        assert!(pages.fits("../pages/a/page.ts"));
        assert!(pages.fits("../pages/a/b/page.ts"));
        assert!(!pages.fits("../pages/page.ts"));
        assert!(!pages.fits("../pages/a/page.tsx"));
    }

    #[test]
    fn a_gap_may_be_the_end() {
        let any = pattern(&["./x/", ""]);
        assert!(any.fits("./x/a.ts"));
        assert!(!any.fits("./x/a/b.ts"));
    }
}
