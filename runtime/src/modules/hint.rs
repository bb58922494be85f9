//! What a person can do about an import that leads nowhere. Looks at folders, never resolves.

use std::path::{Path, PathBuf};

use oxc_resolver::{ResolveError, TsConfig};

use super::error::{ProblemKind, shorten};
use super::installed::Installed;
use super::question::Question;
use super::schemes;
use super::similar::{nearest, similar_import};
use super::specifier::is_bare;

pub(super) use names::of_name;

/// Extensions that an import may leave out.
const OPTIONAL: [&str; 9] = [
    "", ".ts", ".tsx", ".js", ".jsx", ".json", ".mts", ".mjs", ".cjs",
];

/// What is wrong with an import that leads nowhere. `root` is the folder by which messages shorten
/// paths.
pub(super) fn problem(error: &ResolveError, question: &Question<'_>, root: &Path) -> ProblemKind {
    match of(error, question, root) {
        Err(kind) => kind,
        Ok(hint) => ProblemKind::Unresolved {
            specifier: question.specifier.to_owned(),
            hint,
        },
    }
}

/// A problem of its own, or what to add to the message.
fn of(error: &ResolveError, question: &Question<'_>, root: &Path) -> Result<String, ProblemKind> {
    let specifier = question.specifier;
    let hint = schemes::advice(specifier)
        .or_else(|| alias(question, root))
        .or_else(|| unnameable(specifier));
    if let Some(hint) = hint {
        return Ok(hint);
    }
    let is_missing = matches!(
        error,
        ResolveError::NotFound(_)
            | ResolveError::ExtensionAlias(..)
            | ResolveError::MatchedAliasNotFound(..)
            | ResolveError::PackagePathNotExported { .. }
    );
    let hint = match () {
        () if specifier.starts_with('#') => {
            ", names with `#` are those that `imports` in package.json declares".to_owned()
        }
        () if !is_missing => unreadable(error, root),
        () if is_bare(specifier) => match near(question.importer, specifier, root) {
            Some(near) => did_you_mean(Some(&near)),
            None => return Installed::new(question, root).problem(error),
        },
        () => file(question, root),
    };
    Ok(hint)
}

/// What neither a file nor a package can be called.
fn unnameable(specifier: &str) -> Option<String> {
    let hint = match specifier {
        "" => ", it names nothing",
        "bun" => ", modules of bun do not exist in PartyKit",
        _ if specifier.contains('!') => {
            ", `!` is for a bundler like webpack and means nothing here"
        }
        _ if specifier.starts_with(char::is_whitespace) => ", it begins with a space",
        _ => return None,
    };
    Some(hint.to_owned())
}

/// What is wrong with what would say where the file is.
fn unreadable(error: &ResolveError, root: &Path) -> String {
    match error {
        ResolveError::Json(json) => format!(
            ", `{}:{}:{}` is not valid JSON: {}",
            shorten(root, &json.path),
            json.line,
            json.column,
            json.message
        ),
        _ => format!(", {error}"),
    }
}

/// What to add about a name that may be a slip for another.
pub(super) fn did_you_mean(name: Option<&str>) -> String {
    name.map_or_else(String::new, |name| format!(", did you mean `{name}`?"))
}

/// What to add about an import in a module that has no file.
pub(super) fn of_inline(specifier: &str) -> String {
    schemes::advice(specifier).unwrap_or_else(|| {
        ", a `data:` URL is in no folder where it could be looked for".to_owned()
    })
}

/// What to add about a file of a type that cannot be imported, when the specifier has a suffix that its
/// name lacks.
pub(super) fn of_suffix(specifier: &str, name: &str) -> String {
    let suffix = &specifier[without_suffix(specifier).len()..];
    match suffix.is_empty() || name.ends_with(suffix) {
        true => String::new(),
        false => format!(", `{suffix}` is for a bundler like Vite and means nothing here"),
    }
}

/// What is wrong with the path of a file.
fn file(question: &Question<'_>, root: &Path) -> String {
    let (importer, specifier) = (question.importer, question.specifier);
    if specifier.contains('\\') {
        return format!(
            ", paths are written with slashes: `{}`",
            specifier.replace('\\', "/")
        );
    }
    if let Some(name) = other_case(importer, specifier) {
        return format!(", capital letters matter and the file is `{name}`");
    }
    let path = without_suffix(specifier);
    let Some(wanted) = importer.parent().map(|folder| folder.join(path)) else {
        return String::new();
    };
    if let Some(similar) = similar_import(&wanted) {
        let folder = path.rfind('/').map_or("", |slash| &path[..=slash]);
        return did_you_mean(Some(&format!("{folder}{similar}")));
    }
    if wanted.is_dir() {
        return ", it is a folder without an `index` file".to_owned();
    }
    let from_here = path.trim_start_matches(['.', '/']);
    let elsewhere = by_similar_folder(importer, path).or_else(|| near(importer, from_here, root));
    match elsewhere {
        Some(elsewhere) => did_you_mean(Some(&elsewhere)),
        None => ", there is no such file".to_owned(),
    }
}

/// `path` with a folder in it that is there in the place of one that is not, if that leads to a file.
fn by_similar_folder(importer: &Path, path: &str) -> Option<String> {
    let mut folder = importer.parent()?.to_owned();
    let parts: Vec<&str> = path.split('/').collect();
    let (_, folders) = parts.split_last()?;
    let mut folders = folders.iter().enumerate();
    let (at, missing) = folders.find(|(_, part)| {
        let next = folder.join(part);
        let is_there = next.is_dir();
        if is_there {
            folder = next;
        }
        !is_there
    })?;
    let entries = std::fs::read_dir(&folder).ok()?.flatten();
    let names: Vec<String> = entries
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    let meant = nearest(missing, names.iter().map(String::as_str))?;
    let rest = parts[at + 1..].join("/");
    is_import(&folder.join(meant).join(&rest))
        .then(|| [&parts[..at], &[meant, &rest]].concat().join("/"))
}

/// Whether an import of `path` finds a file, with an extension or without.
fn is_import(path: &Path) -> bool {
    OPTIONAL.iter().any(|extension| {
        let mut name = path.as_os_str().to_owned();
        name.push(extension);
        Path::new(&name).is_file()
    })
}

/// `specifier` without what tools write behind a `?` or `#`.
fn without_suffix(specifier: &str) -> &str {
    let suffix = specifier
        .char_indices()
        .skip(1)
        .find(|(_, c)| matches!(c, '?' | '#'));
    suffix.map_or(specifier, |(at, _)| &specifier[..at])
}

/// A name that only an alias can have: which one, and who would have to declare it.
fn alias(question: &Question<'_>, root: &Path) -> Option<String> {
    let specifier = question.specifier;
    if let Some(target) = question
        .tsconfig
        .and_then(|config| led_to(config, specifier))
    {
        return Some(format!(
            ", `paths` in tsconfig.json leads to `{}`, and there is no such file",
            shorten(root, &target)
        ));
    }
    if ["$app/", "$env/", "$service-worker"]
        .iter()
        .any(|made| specifier.starts_with(made))
    {
        return Some(", SvelteKit makes this module for the code that it builds itself".to_owned());
    }
    let name = ["@/", "@@/", "~/", "~~/"]
        .into_iter()
        .find(|prefix| specifier.starts_with(prefix))
        .map(str::to_owned)
        .or_else(|| {
            let is_alias = specifier.starts_with(['~', '$'])
                || specifier.starts_with("#/")
                || specifier.starts_with('@') && !specifier.contains('/');
            let first = specifier
                .split_once('/')
                .map(|(first, _)| format!("{first}/"));
            is_alias.then(|| first.unwrap_or_else(|| specifier.to_owned()))
        })?;
    let folder = match name.as_str() {
        "$lib/" => "./src/lib/",
        _ if root.join("src").is_dir() => "./src/",
        _ => "./",
    };
    let pattern = match name.ends_with('/') {
        true => format!("\"{name}*\": [\"{folder}*\"]"),
        false => format!("\"{name}\": [\"{folder}file.ts\"]"),
    };
    let file = match question.tsconfig {
        Some(config) => format!("`{}` does not declare", shorten(root, config.path())),
        None => "no tsconfig.json declares".to_owned(),
    };
    Some(format!(
        ", `{name}` is an alias that {file}: `\"paths\": {{ {pattern} }}` in its `compilerOptions` would"
    ))
}

/// The file that `paths` makes of `specifier`.
fn led_to(config: &TsConfig, specifier: &str) -> Option<PathBuf> {
    let paths = config.compiler_options.paths.as_ref()?;
    let fits = |pattern: &str| match pattern.split_once('*') {
        None => (pattern == specifier).then(String::new),
        // A pattern for everything declares nothing.
        Some(("", "")) => None,
        Some((before, after)) => specifier
            .strip_prefix(before)?
            .strip_suffix(after)
            .map(str::to_owned),
    };
    let longest = paths
        .iter()
        .filter_map(|(pattern, targets)| Some((pattern.len(), fits(pattern)?, targets.first()?)))
        .max_by_key(|(length, ..)| *length);
    let (_, gap, target) = longest?;
    Some(PathBuf::from(target.to_str()?.replace('*', &gap)))
}

/// How the file `path` beside the importer, or below the project's folder, is imported, which was named
/// like a package or from another folder.
fn near(importer: &Path, path: &str, root: &Path) -> Option<String> {
    let here = importer.parent()?;
    let folder = [here, root]
        .into_iter()
        .find(|folder| !path.is_empty() && is_import(&folder.join(path)))?;
    let wanted = folder.join(path);
    let above = here
        .ancestors()
        .position(|folder| wanted.starts_with(folder))?;
    let inside = wanted.strip_prefix(here.ancestors().nth(above)?).ok()?;
    let up = match above {
        0 => "./".to_owned(),
        folders => "../".repeat(folders),
    };
    Some(format!("{up}{}", inside.display()))
}

/// The name of a file that the specifier would mean if letters had no case.
fn other_case(importer: &Path, specifier: &str) -> Option<String> {
    let wanted = importer.parent()?.join(specifier);
    let written = wanted.file_name()?.to_str()?;
    let name = written.to_lowercase();
    let folder = std::fs::read_dir(wanted.parent()?).ok()?;
    let mut fits: Vec<String> = folder
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|found| !found.starts_with(written))
        .filter(|found| {
            let found = found.to_lowercase();
            let rest = found.strip_prefix(&name);
            rest.is_some_and(|rest| OPTIONAL.contains(&rest))
        })
        .collect();
    fits.sort();
    fits.into_iter().next()
}

mod names;
#[cfg(test)]
mod tests;
