//! The proof that a library is the right one: a small program is linked with it and run. Never changes
//! the library.

use std::fs::{self, File};
use std::io::{self, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::UNIX_EPOCH;

use flate2::read::GzDecoder;

use super::cache::Cache;
use super::error::Problem;
use super::pin::Pin;
use crate::ui;
use crate::workspace::Workspace;

/// The program's source; its last line of output is [`SUCCESS`].
const PROBE: &str = include_str!("verify/probe.rs");
const SUCCESS: &str = "script ran";
/// Bytes of a file that the build script takes for compressed.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Proves the library that the environment names, once: what was proved is noted in the cache.
pub fn named(workspace: &Workspace, pin: &Pin, cache: &Cache, file: &Path) -> Result<(), Problem> {
    // The build script also takes a URL there, which only it downloads.
    if is_url(file) {
        return Ok(());
    }
    let unreadable = || Problem::Unreadable(file.to_owned());
    let mark = mark(file).ok_or_else(unreadable)?;
    let notes = cache.folder.join("proved.txt");
    let noted = fs::read_to_string(&notes).unwrap_or_default();
    if noted.lines().any(|line| line == mark) {
        return Ok(());
    }
    ui::step("V8: linking and running a small program with the library of `RUSTY_V8_ARCHIVE`");
    prove(workspace, pin, cache, file)?;
    fs::write(&notes, noted + &mark + "\n").map_err(Problem::file("write", &notes))
}

fn is_url(file: &Path) -> bool {
    file.to_str()
        .is_some_and(|text| text.starts_with("http://") || text.starts_with("https://"))
}

/// Tells a file from what it was before, without reading it.
fn mark(file: &Path) -> Option<String> {
    let about = fs::metadata(file).ok().filter(fs::Metadata::is_file)?;
    let changed = about.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(format!(
        "{} {} {}",
        about.len(),
        changed.as_nanos(),
        file.display()
    ))
}

/// Links and runs the small program.
///
/// # Errors
/// [`Problem::OtherVersion`] and [`Problem::Broken`] say what is wrong with the library.
pub fn prove(workspace: &Workspace, pin: &Pin, cache: &Cache, file: &Path) -> Result<(), Problem> {
    let folder = cache.folder.join("probe");
    fs::create_dir_all(&folder).map_err(Problem::file("create", &folder))?;
    let outcome = prove_in(&folder, workspace, pin, file);
    // It is in the way of nothing but the disk's room.
    let _ = fs::remove_dir_all(&folder);
    outcome
}

fn prove_in(folder: &Path, workspace: &Workspace, pin: &Pin, file: &Path) -> Result<(), Problem> {
    let broken = |reason: String| Problem::Broken {
        file: file.to_owned(),
        name: pin.file_name(),
        reason,
    };
    let library = folder.join("librusty_v8.a");
    unpack(file, &library).map_err(|error| broken(format!("it cannot be unpacked: {error}")))?;
    let source = folder.join("probe.rs");
    fs::write(&source, PROBE).map_err(Problem::file("write", &source))?;
    let program = folder.join("probe");
    let linked = Command::new("rustc")
        .args(["--edition", "2024", "-L"])
        .arg(folder)
        .arg("-o")
        .arg(&program)
        .arg(&source)
        .output()
        .map_err(Problem::file("start", Path::new("rustc")))?;
    if !linked.status.success() {
        let text = String::from_utf8_lossy(&linked.stderr);
        return Err(broken(format!(
            "nothing can be linked with it: {}",
            complaint(&text)
        )));
    }
    let ran = Command::new(&program)
        .output()
        .map_err(Problem::file("start", &program))?;
    let sources: PathBuf = pin.sources(workspace)?;
    judge(
        &String::from_utf8_lossy(&ran.stdout),
        &pin.v8_version(&sources)?,
    )
    .map_err(|wrong| match wrong {
        Wrong::Version(found) => Problem::OtherVersion {
            file: file.to_owned(),
            crate_version: pin.version.clone(),
            wanted: pin.v8_version(&sources).unwrap_or_default(),
            found,
        },
        Wrong::Stopped(after) => broken(format!(
            "a program stopped with {} after the line `{after}`",
            ran.status
        )),
    })
}

fn unpack(file: &Path, library: &Path) -> io::Result<()> {
    let mut reader = BufReader::new(File::open(file)?);
    let mut start = [0; 2];
    reader.read_exact(&mut start)?;
    let whole = start.as_slice().chain(reader);
    let mut target = File::create(library)?;
    if start == GZIP {
        io::copy(&mut GzDecoder::new(whole), &mut target)?;
    } else {
        let mut whole = whole;
        io::copy(&mut whole, &mut target)?;
    }
    Ok(())
}

/// The first complaint of the linker itself, or else of rustc.
fn complaint(text: &str) -> &str {
    let has = |word: &'static str| move |line: &&str| line.contains(word);
    text.lines()
        .find(has("undefined"))
        .or_else(|| text.lines().find(has("ld: error: ")))
        .or_else(|| text.lines().next())
        .unwrap_or("the linker said nothing")
        .trim_start_matches([' ', '=', '|'])
        .trim_start_matches("note: ")
}

#[derive(Debug, PartialEq)]
enum Wrong {
    Version(String),
    Stopped(String),
}

/// Reads what the program printed: the version first, which upstream's builds end with `-rusty`.
fn judge(output: &str, wanted: &str) -> Result<(), Wrong> {
    let found = output.lines().next().unwrap_or_default();
    if !found.is_empty() && found.split('-').next() != Some(wanted) {
        return Err(Wrong::Version(found.to_owned()));
    }
    match output.lines().last() {
        Some(SUCCESS) => Ok(()),
        last => Err(Wrong::Stopped(last.unwrap_or_default().to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_must_say_the_version_and_reach_its_end() {
        let good = "15.0.245.2-rusty\ninitialized\nisolate started\nscript ran\n";
        assert_eq!(judge(good, "15.0.245.2"), Ok(()));
        assert_eq!(
            judge(good, "15.0.245.3"),
            Err(Wrong::Version("15.0.245.2-rusty".to_owned()))
        );
        assert_eq!(
            judge("15.0.245.2-rusty\ninitialized\n", "15.0.245.2"),
            Err(Wrong::Stopped("initialized".to_owned()))
        );
        assert_eq!(judge("", "15.0.245.2"), Err(Wrong::Stopped(String::new())));
    }

    #[test]
    fn what_cannot_be_linked_is_told_by_the_linkers_first_complaint() {
        let text = |line: &str| format!("error: linking with `cc` failed\n  |\n  = note: {line}\n");
        let missing = "rust-lld: error: undefined symbol: simdutf__validate_utf8";
        assert_eq!(complaint(&text(missing)), missing);
        let cut = "rust-lld: error: could not get the member: truncated or malformed archive";
        assert_eq!(complaint(&text(cut)), cut);
        assert_eq!(complaint(""), "the linker said nothing");
    }

    #[test]
    fn a_changed_file_is_proved_again() {
        let file = std::env::temp_dir().join(format!("xtask-mark-{}", std::process::id()));
        fs::write(&file, "a").expect("writable");
        let before = mark(&file);
        fs::write(&file, "ab").expect("writable");
        assert_ne!(before, mark(&file));
        fs::remove_file(&file).expect("removable");
        assert_eq!(mark(&file), None);
        assert_eq!(mark(&std::env::temp_dir()), None, "a folder is no library");
    }

    #[test]
    fn compressed_and_plain_libraries_unpack_to_the_same() {
        let folder = std::env::temp_dir().join(format!("xtask-unpack-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a temporary folder");
        let (plain, packed, out) = (folder.join("a"), folder.join("a.gz"), folder.join("out"));
        fs::write(&plain, "!<arch>\n").expect("writable");
        let file = File::create(&packed).expect("writable");
        let mut encoder = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
        io::Write::write_all(&mut encoder, b"!<arch>\n").expect("writable");
        encoder.finish().expect("writable");
        for file in [&plain, &packed] {
            unpack(file, &out).expect("readable");
            assert_eq!(fs::read(&out).expect("readable"), b"!<arch>\n");
        }
        fs::write(&packed, [0x1f, 0x8b, 8, 0, 1, 2]).expect("writable");
        assert!(unpack(&packed, &out).is_err(), "a cut archive");
        fs::remove_dir_all(&folder).expect("removable");
    }
}
