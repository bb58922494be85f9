//! What is known of each file from the builds before: its text and what it was transpiled to.
//!
//! A file is transpiled again when its content, its settings, the defines or the types it passes
//! on have changed. Never decides which files belong to a graph.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use deno_core::ModuleSpecifier;
use partyrun_ops::modules_interface::Wasm;

use super::compiled::Compiled;
use super::disk;
use super::inline::{Inline, is_inline};
use super::liveness::{Facts, Variant};
use super::outcome::{Failure, Output, TypeName};
use super::settings::Settings;
use super::shape::Shape;
use super::transpile::{Goal, Input, transpile};

/// Modules by file. One version of each file is kept.
#[derive(Default)]
pub(super) struct FileCache {
    scripts: HashMap<PathBuf, Script>,
    /// Texts that were written by this program, by URL.
    synthetic: HashMap<String, Arc<Compiled>>,
    /// Files without their unused statements.
    variants: HashMap<PathBuf, Variant>,
    wasm: HashMap<PathBuf, Arc<Wasm>>,
    transpiled: usize,
}

/// A transpiled file and what decided its output.
#[derive(Clone)]
pub(super) struct Script {
    pub path: PathBuf,
    pub module: Arc<Compiled>,
    /// What `module` says about its statements.
    pub facts: Arc<Facts>,
    pub settings: Settings,
    pub types: BTreeSet<TypeName>,
    define: Arc<BTreeMap<String, String>>,
}

impl FileCache {
    /// How many times a file was transpiled, over all builds.
    #[cfg(test)]
    pub(super) fn transpiled(&self) -> usize {
        self.transpiled
    }

    /// A file's text without a byte order mark. Bytes that are not UTF-8 become U+FFFD, as every
    /// JavaScript tool reads them.
    ///
    /// # Errors
    /// The operating system's.
    pub(super) fn read(path: &Path) -> io::Result<Arc<str>> {
        read(path, None)
    }

    /// A file's text as it is.
    ///
    /// # Errors
    /// The operating system's.
    pub(super) fn read_whole(path: &Path) -> io::Result<Arc<str>> {
        let bytes = disk::read(path)?;
        Ok(String::from_utf8_lossy(&bytes).into())
    }

    /// A WebAssembly file; unchanged, it keeps the code it was compiled to.
    ///
    /// # Errors
    /// The operating system's.
    pub(super) fn wasm(&mut self, path: &Path) -> io::Result<Arc<Wasm>> {
        let bytes = disk::read(path)?;
        if let Some(known) = self.wasm.get(path)
            && known.bytes == bytes
        {
            return Ok(known.clone());
        }
        let wasm = Arc::new(Wasm {
            bytes,
            ..Wasm::default()
        });
        self.wasm.insert(path.to_owned(), wasm.clone());
        Ok(wasm)
    }

    /// What is to be done to have the module of a file.
    pub(super) fn job(
        &self,
        path: &Path,
        settings: Settings,
        define: Arc<BTreeMap<String, String>>,
    ) -> Job {
        Job {
            known: self.scripts.get(path).cloned(),
            path: path.to_owned(),
            source: None,
            settings,
            define,
        }
    }

    /// What is to be done to have a module that its specifier holds.
    pub(super) fn inline_job(
        &self,
        inline: &Inline,
        settings: Settings,
        define: Arc<BTreeMap<String, String>>,
    ) -> Job {
        Job {
            source: Some(inline.text.clone()),
            ..self.job(&inline.path(), settings, define)
        }
    }

    /// Keeps what a job has made.
    pub(super) fn keep(&mut self, script: &Script) {
        let known = self.scripts.insert(script.path.clone(), script.clone());
        let is_known = known.is_some_and(|known| Arc::ptr_eq(&known.module, &script.module));
        self.transpiled += usize::from(!is_known);
    }

    /// The same file with another set of types that it must not pass on.
    pub(super) fn again(
        &mut self,
        script: &Script,
        types: BTreeSet<TypeName>,
    ) -> Result<Script, Failure> {
        let Compiled { url, source, .. } = &*script.module;
        let (module, facts) = compile(
            url,
            source.clone(),
            &script.settings,
            &script.define,
            &types,
        )?;
        let script = Script {
            module,
            facts,
            types,
            ..script.clone()
        };
        self.keep(&script);
        Ok(script)
    }

    /// The module of a file without some of its statements; `make` makes it if the last one was
    /// another: `key` is what was asked for.
    pub(super) fn variant(
        &mut self,
        script: &Script,
        key: u64,
        make: impl FnOnce() -> Compiled,
    ) -> Arc<Compiled> {
        if let Some(known) = self.variants.get(&script.path)
            && known.key == key
            && Arc::ptr_eq(&known.of, &script.module)
        {
            return known.module.clone();
        }
        let module = Arc::new(make());
        let variant = Variant {
            of: script.module.clone(),
            key,
            module: module.clone(),
        };
        self.variants.insert(script.path.clone(), variant);
        module
    }

    /// A module whose text was written by this program.
    pub(super) fn synthetic(&mut self, url: &str, text: String) -> Arc<Compiled> {
        if let Some(known) = self.synthetic.get(url)
            && known.text == text
        {
            return known.clone();
        }
        let specifier = ModuleSpecifier::parse(url).expect("the URL was printed from a URL");
        let module = Compiled::new(specifier, text, "".into(), Vec::new(), Shape::default());
        let module = Arc::new(module);
        self.synthetic.insert(url.to_owned(), module.clone());
        module
    }
}

/// One file to read and, when its content or what decides its output has changed, to transpile.
pub(super) struct Job {
    known: Option<Script>,
    path: PathBuf,
    /// The text, when it is in no file.
    source: Option<Arc<str>>,
    settings: Settings,
    define: Arc<BTreeMap<String, String>>,
}

/// What became of a [`Job`].
pub(super) enum Finished {
    Ready(Script),
    Unreadable(io::Error),
    /// With the file's text.
    Refused(Arc<str>, Failure),
}

impl Job {
    pub(super) fn run(self) -> Finished {
        let known_source = self.known.as_ref().map(|known| &known.module.source);
        let source = match self.source {
            Some(source) => source,
            None => match read(&self.path, known_source) {
                Ok(source) => source,
                Err(error) => return Finished::Unreadable(error),
            },
        };
        if let Some(known) = self.known
            && known.module.source == source
            && known.settings == self.settings
            && known.define == self.define
        {
            return Finished::Ready(known);
        }
        let url = file_url(&self.path);
        let types = BTreeSet::new();
        match compile(&url, source.clone(), &self.settings, &self.define, &types) {
            Ok((module, facts)) => Finished::Ready(Script {
                path: self.path,
                module,
                facts,
                settings: self.settings,
                types,
                define: self.define,
            }),
            Err(failure) => Finished::Refused(source, failure),
        }
    }
}

/// The URL of a file, or of what stands for one.
pub(super) fn file_url(path: &Path) -> ModuleSpecifier {
    if is_inline(path)
        && let Some(Ok(url)) = path.to_str().map(ModuleSpecifier::parse)
    {
        return url;
    }
    ModuleSpecifier::from_file_path(path)
        .expect("the resolver and `canonicalize` give absolute paths")
}

fn read(path: &Path, known: Option<&Arc<str>>) -> io::Result<Arc<str>> {
    let bytes = disk::read(path)?;
    let text = String::from_utf8_lossy(&bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    match known {
        Some(known) if **known == *text => Ok(known.clone()),
        _ => Ok(text.into()),
    }
}

fn compile(
    url: &ModuleSpecifier,
    source: Arc<str>,
    settings: &Settings,
    define: &BTreeMap<String, String>,
    types: &BTreeSet<TypeName>,
) -> Result<(Arc<Compiled>, Arc<Facts>), Failure> {
    let input = Input {
        url: url.as_str(),
        source: &source,
        settings,
        define,
        types,
        goal: Goal::File,
    };
    let Output {
        text,
        map,
        shape,
        facts,
    } = without_panic(|| transpile(&input))?;
    let module = Compiled::new(url.clone(), text, source, map, shape);
    Ok((Arc::new(module), Arc::new(facts)))
}

/// The transpiler asserts what it believes of its input. Somebody's odd file must end as a message and
/// leave the old code serving.
fn without_panic(transpile: impl FnOnce() -> Result<Output, Failure>) -> Result<Output, Failure> {
    catch_unwind(AssertUnwindSafe(transpile)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        let text = text.unwrap_or("no reason given");
        Err(Failure::Crashed(text.to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_failure_with_its_words() {
        let number = 7;
        for (failure, words) in [
            (without_panic(|| panic!("never {number}")), "never 7"),
            (without_panic(|| panic!("plain")), "plain"),
        ] {
            assert!(matches!(failure, Err(Failure::Crashed(text)) if text == words));
        }
    }
}
