//! Libraries for the linker alone. A program is bound to the versions that a symbol has in the library
//! it is linked with, and those are the newest there are. glibc keeps its old versions for programs
//! that were linked long ago, so stub libraries that offer each symbol in the newest version up to a
//! limit make a program that runs since then. Nothing is downloaded: the versions are read from the
//! libraries of this machine. Whatever has no version that is old enough is missing in the stubs, and
//! fails the link by its name, unless `old_glibc.c` has it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::super::elf::{self, Symbol};
use super::Version;
use crate::error::Failure;
use crate::workspace::{output, run};

/// The libraries that glibc 2.34 and later have in `libc.so.6`, and that a program for older ones needs
/// by their own names.
const MERGED: [(&str, &str); 3] = [
    ("pthread", "libpthread.so.0"),
    ("dl", "libdl.so.2"),
    ("rt", "librt.so.1"),
];
const MATH: (&str, &str) = ("m", "libm.so.6");
const LIBC: &str = "libc.so.6";
/// What every program has of its own in old systems.
const START: &str = include_str!("old_glibc.c");
/// The program's name begins like this; what else is linked runs on this machine only.
const PROGRAM: &str = "partyrun";

/// A linker that links `partyrun` against an old glibc.
pub struct Linker {
    /// What cargo is told to link with. By the end of its name rustc knows that it takes gcc's flags.
    pub program: PathBuf,
}

impl Linker {
    /// Makes it, with its stubs, in `folder`.
    pub fn make(folder: &Path, limit: Version, machine: &str) -> Result<Linker, Failure> {
        fs::create_dir_all(folder).map_err(|source| Failure::Unwritable {
            file: folder.to_owned(),
            source,
        })?;
        let loader = match machine {
            "aarch64" => "ld-linux-aarch64.so.1",
            _ => "ld-linux-x86-64.so.2",
        };
        for soname in MERGED.iter().chain([&MATH]).map(|(_, soname)| *soname) {
            stub(folder, soname, limit)?;
        }
        stub(folder, LIBC, limit)?;
        stub(folder, loader, limit)?;
        for (name, soname) in MERGED.iter().chain([&MATH]) {
            link(folder, soname, &format!("lib{name}.so"))?;
        }
        // As the system's own: the rest of libc that is linked into each program.
        let rest = of_system("libc_nonshared.a")?;
        let shown = |file: &Path| file.display().to_string();
        let group = format!(
            "GROUP ( {} {} AS_NEEDED ( {} ) )\n",
            shown(&folder.join(LIBC)),
            shown(&rest),
            shown(&folder.join(loader)),
        );
        write(&folder.join("libc.so"), &group)?;
        write(&folder.join("old_glibc.c"), START)?;
        let object = folder.join("old_glibc.o");
        run(Command::new("cc")
            .args(["-O2", "-fPIC", "-fno-stack-protector", "-c", "-o"])
            .arg(&object)
            .arg(folder.join("old_glibc.c")))?;
        let program = folder.join("old-glibc-gcc");
        write(&program, &script(folder))?;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).map_err(|source| {
            Failure::Unwritable {
                file: program.clone(),
                source,
            }
        })?;
        Ok(Linker { program })
    }
}

/// The linker: `cc` with the stubs before the system's libraries, for the program only.
///
/// The libraries of threads are named also if nothing needs them: their symbols are offered by the stub
/// of libc, as they are on this machine, and by themselves on old ones. What libraries of this machine
/// need of each other (libgcc's, of the newest glibc) is none of the program's concern.
///
/// Functions of V8 that came out the same are one, where the linker can do that: 4 MB less. `safe` leaves
/// alone those whose addresses are taken.
fn script(folder: &Path) -> String {
    let folder = folder.display();
    let merged: String = MERGED
        .iter()
        .map(|(name, _)| format!(" -l{name}"))
        .collect();
    format!(
        r#"#!/bin/sh
case "$*" in
  *-fuse-ld=lld*) fold=-Wl,--icf=safe ;;
  *) fold= ;;
esac
before=
for word in "$@"; do
  case "$before$word" in
    -o*/{PROGRAM}-*|@*)
      exec cc "-L{folder}" "$@" "{folder}/old_glibc.o" -Wl,--wrap=__libc_start_main -Wl,--allow-shlib-undefined \
        -Wl,--no-as-needed{merged} -Wl,--as-needed $fold ;;
  esac
  before=
  [ "$word" = -o ] && before=-o
done
exec cc "$@"
"#
    )
}

/// Writes a library that has the symbols of this machine's, in versions up to `limit`, and no code.
fn stub(folder: &Path, soname: &str, limit: Version) -> Result<(), Failure> {
    let offered = offered(elf::symbols(&of_system(soname)?)?, limit);
    let (assembly, map) = (
        folder.join(format!("{soname}.s")),
        folder.join(format!("{soname}.map")),
    );
    write(
        &assembly,
        &assembler(offered.values().map(|(_, symbol)| symbol)),
    )?;
    write(&map, &versions(&offered))?;
    let mut command = Command::new("cc");
    command
        .args(["-shared", "-nostdlib", "-o"])
        .arg(folder.join(soname))
        .arg(format!("-Wl,-soname,{soname}"));
    if !offered.is_empty() {
        command.arg(format!("-Wl,--version-script={}", map.display()));
    }
    run(command.arg(&assembly))
}

/// Each symbol in its newest version up to `limit`.
fn offered(symbols: Vec<Symbol>, limit: Version) -> BTreeMap<String, (Version, Symbol)> {
    let mut offered: BTreeMap<String, (Version, Symbol)> = BTreeMap::new();
    for symbol in symbols.into_iter().filter(|symbol| symbol.is_defined) {
        let version = symbol.version.as_deref().and_then(Version::of_symbol);
        // Names of versions are symbols too.
        let Some(version) = version.filter(|it| *it <= limit && !symbol.name.contains('.')) else {
            continue;
        };
        let newest = offered.get(&symbol.name).map(|(version, _)| *version);
        if newest.is_none_or(|newest| newest < version) {
            offered.insert(symbol.name.clone(), (version, symbol));
        }
    }
    offered
}

fn assembler<'a>(symbols: impl Iterator<Item = &'a Symbol>) -> String {
    let mut text = String::new();
    for symbol in symbols {
        let name = &symbol.name;
        let written = match symbol.variable {
            None => writeln!(
                text,
                ".text\n.globl {name}\n.type {name},%function\n{name}:"
            ),
            Some(size) => writeln!(
                text,
                ".bss\n.globl {name}\n.type {name},%object\n.size {name},{size}\n.balign 32\n{name}:\n.zero {}",
                size.max(1)
            ),
        };
        written.expect("writing to a String");
    }
    text.push_str(".section .note.GNU-stack,\"\",%progbits\n");
    text
}

fn versions(offered: &BTreeMap<String, (Version, Symbol)>) -> String {
    let mut by_version: BTreeMap<Version, Vec<&str>> = BTreeMap::new();
    for (name, (version, _)) in offered {
        by_version.entry(*version).or_default().push(name);
    }
    by_version
        .into_iter()
        .map(|(version, names)| format!("GLIBC_{version} {{ {}; }};\n", names.join("; ")))
        .collect()
}

/// Where the compiler finds one of the system's files.
fn of_system(name: &str) -> Result<PathBuf, Failure> {
    let mut command = Command::new("cc");
    command.arg(format!("-print-file-name={name}"));
    let found = PathBuf::from(output(&mut command)?.trim());
    match found.is_absolute() {
        true => Ok(found),
        false => Err(Failure::Output {
            command: format!("cc -print-file-name={name}"),
            reason: "the compiler does not know where it is".to_owned(),
        }),
    }
}

fn link(folder: &Path, to: &str, name: &str) -> Result<(), Failure> {
    let link = folder.join(name);
    // From a run before.
    let _ = fs::remove_file(&link);
    std::os::unix::fs::symlink(to, &link)
        .map_err(|source| Failure::Unwritable { file: link, source })
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    fs::write(file, text).map_err(|source| Failure::Unwritable {
        file: file.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symbol(name: &str, version: &str) -> Symbol {
        Symbol {
            name: name.to_owned(),
            version: Some(version.to_owned()),
            is_defined: true,
            variable: None,
        }
    }

    #[test]
    fn the_newest_version_that_is_old_enough_is_offered() {
        let limit = "2.28".parse().expect("a version");
        let symbols = vec![
            symbol("hypot", "GLIBC_2.35"),
            symbol("hypot", "GLIBC_2.2.5"),
            symbol("memcpy", "GLIBC_2.2.5"),
            symbol("memcpy", "GLIBC_2.14"),
            symbol("stat", "GLIBC_2.33"),
            symbol("secret", "GLIBC_PRIVATE"),
            symbol("GLIBC_2.4", "GLIBC_2.4"),
        ];
        let offered = offered(symbols, limit);
        assert_eq!(
            versions(&offered),
            "GLIBC_2.2.5 { hypot; };\nGLIBC_2.14 { memcpy; };\n"
        );
    }

    /// The program uses what differs: threads, files' attributes, mathematics, and code before `main`.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_program_that_is_linked_with_the_stubs_needs_an_old_glibc_and_runs() {
        let scratch = tempfile::tempdir().expect("a temporary folder");
        let limit: Version = "2.28".parse().expect("a version");
        let linker = Linker::make(&scratch.path().join("stubs"), limit, std::env::consts::ARCH)
            .expect("the linker is made");
        let source = scratch.path().join("main.c");
        fs::write(&source, include_str!("probe.c")).expect("writable");
        let program = scratch.path().join("partyrun-probe");
        let built = Command::new(&linker.program)
            .arg("-o")
            .arg(&program)
            .args([source.as_os_str(), "-lm".as_ref()])
            .output()
            .expect("it runs");
        assert!(
            built.status.success(),
            "{}",
            String::from_utf8_lossy(&built.stderr)
        );
        let needed = super::super::newest(&program)
            .expect("readable")
            .expect("it needs glibc");
        assert!(needed <= limit, "{needed}");
        let ran = Command::new(&program).output().expect("it runs");
        assert_eq!(
            String::from_utf8_lossy(&ran.stdout),
            "before main\n5 file thread\n"
        );
        assert!(ran.status.success());
    }
}
