//! The folder with the sources: a copy of the crate's, with the data of ICU and the patches. Never
//! changes cargo's own copy.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::error::Problem;
use super::super::pin::package_folder;
use super::patch::PATCHES;
use crate::ui;
use crate::workspace::Workspace;

/// The crate that has ICU's data, which the `v8` crate leaves out. Its version is that of ICU: V8 150
/// has ICU 77.
const ICU: (&str, &str) = ("deno_core_icudata", "0.77.0");
/// Where V8's build files look for the data.
const ICU_DATA: &str = "third_party/icu/common/icudtl.dat";
/// Says that all files were copied.
const COPIED: &str = "copied";
/// The script that V8's build files call to make clusters of its files, which the crate leaves out.
const CLUSTERS: (&str, &str) = (
    "v8/tools/cluster_files.py",
    include_str!("cluster_files.py"),
);
/// Of the crate: has rustup install another toolchain wherever a script calls Rust.
const TOOLCHAIN: &str = "rust-toolchain.toml";

/// Lays out the sources below `folder` and returns where.
pub fn lay(workspace: &Workspace, sources: &Path, folder: &Path) -> Result<PathBuf, Problem> {
    let tree = folder.join("crate");
    let copied = folder.join(COPIED);
    if !copied.exists() {
        ui::step("V8: copying the sources");
        copy(sources, &tree)?;
        let toolchain = tree.join(TOOLCHAIN);
        if toolchain.exists() {
            fs::remove_file(&toolchain).map_err(Problem::file("remove", &toolchain))?;
        }
        fs::write(&copied, "").map_err(Problem::file("write", &copied))?;
    }
    for patch in PATCHES {
        let original = sources.join(patch.file);
        let text = fs::read_to_string(&original).map_err(Problem::file("read", &original))?;
        write_if_other(&tree.join(patch.file), patch.apply(&text)?.as_bytes())?;
    }
    let (script, text) = CLUSTERS;
    write_if_other(&tree.join(script), text.as_bytes())?;
    let data = icu_data(workspace, folder)?;
    let bytes = fs::read(&data).map_err(Problem::file("read", &data))?;
    write_if_other(&tree.join(ICU_DATA), &bytes)?;
    Ok(tree)
}

/// A file that is written again is one that ninja builds again.
fn write_if_other(file: &Path, bytes: &[u8]) -> Result<(), Problem> {
    if fs::read(file).is_ok_and(|found| found == bytes) {
        return Ok(());
    }
    if let Some(parent) = file.parent() {
        fs::create_dir_all(parent).map_err(Problem::file("create", parent))?;
    }
    fs::write(file, bytes).map_err(Problem::file("write", file))
}

/// Has cargo fetch the crate with the data, through a package that depends on nothing else.
fn icu_data(workspace: &Workspace, folder: &Path) -> Result<PathBuf, Problem> {
    let (name, version) = ICU;
    let package = folder.join("icu");
    let manifest = format!(
        "[package]\nname = \"icu-data\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{name} = \"={version}\"\n"
    );
    write_if_other(&package.join("src/lib.rs"), b"")?;
    write_if_other(&package.join("Cargo.toml"), manifest.as_bytes())?;
    let mut command = workspace.cargo(["metadata", "--format-version", "1", "--manifest-path"]);
    command.arg(package.join("Cargo.toml"));
    Ok(package_folder(command, name, version)?.join("src/icudtl.dat"))
}

fn copy(from: &Path, to: &Path) -> Result<(), Problem> {
    fs::create_dir_all(to).map_err(Problem::file("create", to))?;
    for entry in fs::read_dir(from).map_err(Problem::file("read", from))? {
        let entry = entry.map_err(Problem::file("read", from))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy(&source, &target)?;
        } else {
            fs::copy(&source, &target).map_err(Problem::file("copy", &source))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::workspace::output;

    fn clusters(words: &[&str]) -> String {
        let mut command = Command::new("python3");
        command.arg("-c").arg(CLUSTERS.1).args(words);
        output(&mut command).expect("the script runs")
    }

    #[test]
    fn a_cluster_has_files_of_one_folder_and_kind() {
        let folder = std::env::temp_dir().join(format!("xtask-clusters-{}", std::process::id()));
        let common = [
            "--prefix",
            "base",
            "--cluster-size",
            "2",
            "--small-cluster-size",
            "1",
        ];
        let files = [
            "src/a/1.cc",
            "src/a/2-tsa.cc",
            "src/b/3.cc",
            "src/a/4.cc",
            "src/a/5.cc",
        ];
        let small = ["--small-cluster-dirs", "src/b"];
        let words = [&common[..], &small, &files].concat();
        let names = clusters(&[&["--compute-filenames"], &words[..]].concat());
        assert_eq!(
            names,
            "base-src-a-0.cc\nbase-src-a-1.cc\nbase-src-a-tsa-0.cc\nbase-src-b-0.cc\n"
        );
        let out = folder.to_str().expect("temporary folders have plain names");
        let place = ["--generate", "--output-dir", out, "--include-prefix", "../"];
        clusters(&[&place, &words[..]].concat());
        let text = |name: &str| fs::read_to_string(folder.join(name)).expect("was written");
        assert_eq!(
            text("base-src-a-0.cc"),
            "#include \"../src/a/1.cc\"\n#include \"../src/a/4.cc\"\n"
        );
        assert_eq!(
            text("base-src-a-tsa-0.cc"),
            "#include \"../src/a/2-tsa.cc\"\n"
        );
        let place = ["--generate", "--output-dir", out, "--strip-prefix", "src/"];
        clusters(&[&place, &words[..]].concat());
        assert_eq!(text("base-src-b-0.cc"), "#include \"b/3.cc\"\n");
        fs::remove_dir_all(&folder).expect("removable");
    }

    #[test]
    fn an_equal_file_keeps_its_time() {
        let folder = std::env::temp_dir().join(format!("xtask-tree-{}", std::process::id()));
        let file = folder.join("deep/file");
        write_if_other(&file, b"a").expect("writable");
        let long_ago = std::time::SystemTime::UNIX_EPOCH;
        let opened = fs::File::options()
            .write(true)
            .open(&file)
            .expect("writable");
        opened.set_modified(long_ago).expect("settable");
        let changed = || {
            fs::metadata(&file)
                .and_then(|about| about.modified())
                .expect("there")
        };
        write_if_other(&file, b"a").expect("writable");
        assert_eq!(changed(), long_ago);
        write_if_other(&file, b"b").expect("writable");
        assert_ne!(changed(), long_ago);
        let copied = folder.join("copy");
        copy(&folder.join("deep"), &copied).expect("copyable");
        assert_eq!(fs::read(copied.join("file")).expect("copied"), b"b");
        fs::remove_dir_all(&folder).expect("removable");
    }
}
