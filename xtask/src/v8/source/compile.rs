//! The compiler as ninja calls it: clang, with a precompiled header for the files that have one. Runs
//! in a process of its own for each file, in ninja's folder. Never fails where plain clang would not.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus, Stdio};

use super::headers::{Group, runs_only_in_build};

/// The name under which xtask is this compiler.
pub const NAME: &str = "clang-with-pch";

/// Where Torque writes its generators, in ninja's folder.
const GENERATED: &str = "gen/v8/torque-generated";

/// Beside the objects whose header could not be made, so that it is tried once only.
const FAILED: &str = "precompiled.failed";
/// In ninja's folder: objects that were made without the header that their group has.
const FALLBACKS: &str = "fallbacks.txt";

/// Has a build that goes on try again what failed in the one before, perhaps for want of room.
pub fn forget_failures(out: &Path) {
    let _ = fs::remove_file(out.join(FALLBACKS));
    for folder in fs::read_dir(out.join("obj/v8"))
        .into_iter()
        .flatten()
        .flatten()
    {
        let _ = fs::remove_file(folder.path().join(FAILED));
    }
}

/// How many files were compiled plainly although their group has a header: worth a look when builds are
/// slow.
pub fn fallbacks(out: &Path) -> usize {
    fs::read_to_string(out.join(FALLBACKS)).map_or(0, |text| text.lines().count())
}

/// Runs `words`, a compiler and its arguments.
pub fn run(words: &[OsString]) -> ExitCode {
    let Some((compiler, flags)) = words.split_first() else {
        return ExitCode::FAILURE;
    };
    let is_tool = after(flags, "-o").is_some_and(runs_only_in_build);
    let job = Job::read(flags);
    let mut flags = flags.to_vec();
    // V8's build files name warnings of a newer clang than any release.
    flags.push("-w".into());
    if is_tool {
        flags.push("-O1".into());
    }
    if let Some(job) = job
        && let Ok(header) = job.precompiled(compiler, &flags)
    {
        let outcome = Command::new(compiler)
            .arg("-include-pch")
            .arg(&header)
            .args(&flags)
            .stderr(Stdio::null())
            .status();
        if outcome.is_ok_and(|status| status.success()) {
            return ExitCode::SUCCESS;
        }
        note_fallback(&job.object);
    }
    match Command::new(compiler).args(&flags).status() {
        Ok(status) => code(status),
        Err(_) => ExitCode::FAILURE,
    }
}

/// The word after a flag.
fn after<'a>(flags: &'a [OsString], flag: &str) -> Option<&'a str> {
    let place = flags.iter().position(|word| word == flag)?;
    flags.get(place + 1)?.to_str()
}

fn note_fallback(object: &str) {
    if let Ok(mut file) = OpenOptions::new().create(true).append(true).open(FALLBACKS) {
        let _ = writeln!(file, "{object}");
    }
}

fn code(status: ExitStatus) -> ExitCode {
    if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The compilation of a C++ file whose group has a precompiled header.
struct Job {
    object: String,
    group: Group,
}

impl Job {
    fn read(flags: &[OsString]) -> Option<Job> {
        let object = after(flags, "-o")?.to_owned();
        let source = after(flags, "-c")?;
        let group = Group::of(&object).filter(|_| source.ends_with(".cc"))?;
        Some(Job { object, group })
    }

    /// The precompiled header, which the first job that needs it makes with its own flags while the
    /// others wait.
    fn precompiled(&self, compiler: &OsStr, flags: &[OsString]) -> io::Result<PathBuf> {
        let folder = Path::new(&self.object).parent().unwrap_or(Path::new(""));
        let header = folder.join("precompiled.h");
        let finished = folder.join("precompiled.h.pch");
        let lock = File::create(folder.join("precompiled.lock"))?;
        lock.lock()?;
        if !finished.exists() {
            let failed = folder.join(FAILED);
            if failed.exists() {
                return Err(io::ErrorKind::Unsupported.into());
            }
            let generated = match self.group {
                Group::Generators => generators(Path::new(GENERATED))?,
                Group::Base | Group::Compiler => Vec::new(),
            };
            fs::write(&header, self.group.header(&generated))?;
            let unfinished = folder.join("precompiled.h.pch.part");
            let log = File::create(folder.join("precompiled.log"))?;
            let outcome = Command::new(compiler)
                .args(header_flags(flags))
                .args(["-fpch-instantiate-templates", "-x", "c++-header"])
                .arg(&header)
                .arg("-o")
                .arg(&unfinished)
                .stderr(log)
                .status()?;
            if !outcome.success() {
                // A compiler that was killed says nothing about the header.
                if outcome.code().is_some() {
                    File::create(failed)?;
                }
                return Err(io::ErrorKind::Unsupported.into());
            }
            fs::rename(unfinished, &finished)?;
        }
        Ok(finished)
    }
}

/// The flags of a file without its own input and outputs.
fn header_flags(flags: &[OsString]) -> Vec<OsString> {
    let mut kept = Vec::with_capacity(flags.len());
    let mut flags = flags.iter();
    while let Some(flag) = flags.next() {
        match flag.to_str() {
            Some("-o" | "-c" | "-MF") => {
                flags.next();
            }
            Some("-MD" | "-MMD") => {}
            _ => kept.push(flag.clone()),
        }
    }
    kept
}

/// The texts of the generators that Torque wrote.
fn generators(folder: &Path) -> io::Result<Vec<String>> {
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            texts.extend(generators(&path)?);
        } else if path
            .to_str()
            .is_some_and(|name| name.ends_with("-tq-csa.cc"))
        {
            texts.push(fs::read_to_string(&path)?);
        }
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<OsString> {
        text.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn only_cxx_files_of_a_group_have_a_header() {
        let job = Job::read(&words(
            "-MD -O3 -c ../v8/src/a.cc -o obj/v8/v8_compiler/a.o",
        ));
        assert_eq!(job.map(|job| job.group), Some(Group::Compiler));
        assert!(Job::read(&words("-c ../a.S -o obj/v8/v8_compiler/a.o")).is_none());
        assert!(Job::read(&words("-c ../a.cc -o obj/third_party/icu/a.o")).is_none());
        assert!(Job::read(&words("--version")).is_none());
    }

    #[test]
    fn failures_are_forgotten_when_the_build_goes_on() {
        let out = std::env::temp_dir().join(format!("xtask-compile-{}", std::process::id()));
        let folder = out.join("obj/v8/v8_compiler");
        fs::create_dir_all(&folder).expect("a temporary folder");
        fs::write(folder.join(FAILED), "").expect("writable");
        fs::write(out.join(FALLBACKS), "a.o\nb.o\n").expect("writable");
        assert_eq!(fallbacks(&out), 2);
        forget_failures(&out);
        assert_eq!(fallbacks(&out), 0);
        assert!(!folder.join(FAILED).exists());
        fs::remove_dir_all(&out).expect("removable");
    }

    #[test]
    fn a_header_has_the_flags_of_its_files() {
        assert_eq!(
            header_flags(&words("-MD -MF a.o.d -DX=1 -O3 -c ../a.cc -o a.o -w")),
            words("-DX=1 -O3 -w")
        );
    }
}
