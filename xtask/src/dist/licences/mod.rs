//! `LICENSES.txt`: the licences of everything that is part of the program. Crates are those that cargo
//! would link into it, npm packages those that the program itself lists, V8's parts a list of ours.
//!
//! Errs by naming too much: a crate that only takes part in the build is listed too.

mod crates;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use crate::error::Failure;
use crate::workspace::Workspace;

use super::files;

/// What the `v8` crate brings beside its own Rust, whose texts are no part of it.
const V8: &str = include_str!("v8.txt");
/// Texts for crates that state a licence and come without one.
const STANDARD: [(&str, &str); 6] = [
    ("MIT", include_str!("MIT.txt")),
    ("Apache-2.0", include_str!("Apache-2.0.txt")),
    ("BSD-3-Clause", include_str!("BSD-3-Clause.txt")),
    ("ISC", include_str!("ISC.txt")),
    ("MPL-2.0", include_str!("MPL-2.0.txt")),
    ("Zlib", include_str!("Zlib.txt")),
];
const LINE: &str =
    "--------------------------------------------------------------------------------";

/// The whole text. `npm`: what the program says of the npm packages in it.
pub fn text(workspace: &Workspace, target: &str, npm: &str) -> Result<String, Failure> {
    let crates = crates::linked(workspace, target)?;
    let mut listed = Vec::new();
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for found in &crates {
        let name = format!("{} {}", found.name, found.version);
        listed.push(format!("{name}: {}", found.licence));
        for text in texts_of(found)?
            .into_iter()
            .chain(brought_texts(&found.folder)?)
        {
            texts.entry(text).or_default().insert(name.clone());
        }
    }
    let own = files::text(&workspace.root.join("LICENSE"))?;
    let mut all = format!("partyrun\n\n{own}\n");
    write!(
        all,
        "{LINE}\nV8, which is part of partyrun, and what it contains\n\n{V8}\n{LINE}\n\
         Apache License 2.0, which parts of V8 are under\n\n{}\n\
         {LINE}\nnpm packages, as `partyrun licenses` prints them\n\n{npm}\n\
         {LINE}\nRust crates\n\n{}\n",
        standard("Apache-2.0").unwrap_or_default(),
        listed.join("\n"),
    )
    .expect("writing to a String");
    for (text, names) in texts {
        let names = Vec::from_iter(names).join(", ");
        write!(all, "\n{LINE}\n{names}\n\n{text}\n").expect("writing to a String");
    }
    Ok(all)
}

/// What a crate says in its own files, else the usual text of the licence that it states.
fn texts_of(found: &crates::Crate) -> Result<Vec<String>, Failure> {
    let own = own_texts(&found.folder)?;
    if !own.is_empty() {
        return Ok(own);
    }
    let stated: Vec<_> = names(&found.licence).filter_map(standard).collect();
    if stated.is_empty() {
        return Err(Failure::NoLicence {
            name: found.name.clone(),
            licence: found.licence.clone(),
        });
    }
    let copyright = match found.authors.is_empty() {
        true => String::new(),
        false => format!("Copyright (c) {}\n\n", found.authors.join(", ")),
    };
    Ok(stated
        .into_iter()
        .map(|text| format!("{copyright}{text}"))
        .collect())
}

/// What is said in the folders right inside a crate, of what others have written and it brings in a folder of its own.
fn brought_texts(folder: &Path) -> Result<Vec<String>, Failure> {
    let folders = files::folders(folder)?.into_iter();
    let texts = folders.map(|name| own_texts(&folder.join(name)));
    Ok(texts.collect::<Result<Vec<_>, _>>()?.concat())
}

fn own_texts(folder: &Path) -> Result<Vec<String>, Failure> {
    let beginnings = [
        "LICENSE",
        "LICENCE",
        "COPYING",
        "NOTICE",
        "UNLICENSE",
        "COPYRIGHT",
    ];
    let is_licence = |name: &str| {
        let name = name.to_ascii_uppercase();
        beginnings.iter().any(|it| name.starts_with(it)) && !name.ends_with(".RS")
    };
    let mut texts = Vec::new();
    for name in files::names(folder)?.iter().filter(|name| is_licence(name)) {
        let text = String::from_utf8_lossy(&files::read(&folder.join(name))?).into_owned();
        texts.push(tidy(&text));
    }
    Ok(texts)
}

/// Without what differs between copies of one text: ends of lines, and blanks there.
fn tidy(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

/// The licences that an expression names, `MIT OR Apache-2.0`.
fn names(expression: &str) -> impl Iterator<Item = &str> {
    let between = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '/' | ',');
    let words = expression.split(between);
    words.filter(|word| !word.is_empty() && !matches!(*word, "OR" | "AND" | "WITH"))
}

fn standard(name: &str) -> Option<String> {
    let (_, text) = STANDARD.iter().find(|(it, _)| *it == name)?;
    Some(tidy(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(licence: &str, folder: &Path) -> crates::Crate {
        crates::Crate {
            name: "one".to_owned(),
            version: "1.0.0".to_owned(),
            licence: licence.to_owned(),
            authors: vec!["Ann".to_owned()],
            folder: folder.to_owned(),
        }
    }

    #[test]
    fn a_crates_own_texts_come_before_the_usual_ones() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let usual = texts_of(&found("MIT OR Apache-2.0", folder.path())).expect("both are known");
        assert_eq!(usual.len(), 2);
        assert!(
            usual[0].starts_with("Copyright (c) Ann\n\n"),
            "{}",
            usual[0]
        );
        std::fs::write(folder.path().join("LICENSE-MIT"), "own\r\n\r\ntext \n\n")
            .expect("writable");
        let own = texts_of(&found("MIT", folder.path())).expect("it has one");
        assert_eq!(own, ["own\n\ntext"]);
    }

    #[test]
    fn what_a_crate_brings_in_a_folder_is_named_too() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let inner = folder.path().join("brought");
        std::fs::create_dir_all(inner.join("licenses")).expect("writable");
        std::fs::write(inner.join("COPYING"), "theirs\n").expect("writable");
        let texts = brought_texts(folder.path()).expect("readable");
        assert_eq!(texts, ["theirs"]);
    }

    #[test]
    fn a_licence_without_a_text_is_an_error() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let failure = texts_of(&found("Odd-1.0", folder.path())).expect_err("nobody has its text");
        let text = failure.to_string();
        assert!(
            text.contains("`one`") && text.contains("`Odd-1.0`"),
            "{text}"
        );
    }

    #[test]
    fn expressions_name_licences() {
        let all = |text| Vec::from_iter(names(text));
        assert_eq!(
            all("(MIT OR Apache-2.0) AND Zlib"),
            ["MIT", "Apache-2.0", "Zlib"]
        );
        assert_eq!(all("MIT/Apache-2.0"), ["MIT", "Apache-2.0"]);
    }
}
