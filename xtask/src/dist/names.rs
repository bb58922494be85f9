//! What folders of this machine are called inside the program, where messages of panics and assertions name
//! source files: the same on every machine, so that the same sources make the same program. Never builds.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use crate::error::Failure;
use crate::workspace::{Workspace, output};

/// Folders with the names that are shown. One inside another comes after it, because compilers let the
/// last one win.
pub struct Names(Vec<(PathBuf, String)>);

impl Names {
    pub fn of(workspace: &Workspace) -> Result<Names, Failure> {
        let rustc = || Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
        let sysroot = output(rustc().args(["--print", "sysroot"]))?;
        let version = output(rustc().arg("-vV"))?;
        let home = env::var_os("CARGO_HOME").map(PathBuf::from);
        let home = home.or_else(|| Some(env::home_dir()?.join(".cargo")));
        let mut names = Vec::new();
        names.extend(home.map(|home| (home, "/cargo".to_owned())));
        names.push((workspace.root.clone(), "/partyrun".to_owned()));
        names.push((workspace.target.clone(), "/partyrun/target".to_owned()));
        // Where the component `rust-src` is installed, rustc names the standard library's files by it.
        if let Some(commit) = commit(&version) {
            let sources = PathBuf::from(sysroot.trim()).join("lib/rustlib/src/rust");
            names.push((sources, format!("/rustc/{commit}")));
        }
        Ok(Names(names))
    }

    /// Has a cargo command build with these names, what build scripts compile from C included.
    pub fn apply(&self, command: &mut Command) {
        command.env(
            "CARGO_ENCODED_RUSTFLAGS",
            self.flags("--remap-path-prefix=").join("\u{1f}"),
        );
        for variable in ["CFLAGS", "CXXFLAGS"] {
            let mut flags = env::var_os(variable).unwrap_or_default();
            // A blank would end the flag, so such a folder keeps its name.
            let has_blank = |flag: &String| flag.contains(char::is_whitespace);
            let mut maps = self.flags("-ffile-prefix-map=");
            maps.retain(|flag| !has_blank(flag));
            for flag in maps {
                flags.push(OsString::from(" "));
                flags.push(flag);
            }
            command.env(variable, flags);
        }
    }

    fn flags(&self, flag: &str) -> Vec<String> {
        let names = self.0.iter();
        names
            .map(|(folder, shown)| format!("{flag}{}={shown}", folder.display()))
            .collect()
    }
}

/// The commit that rustc was built from.
fn commit(version: &str) -> Option<&str> {
    version
        .lines()
        .find_map(|line| line.strip_prefix("commit-hash: "))
        .filter(|commit| *commit != "unknown")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_named_the_same_in_rust_and_in_c() {
        let names = Names(vec![
            ("/home/ada/partyrun".into(), "/partyrun".to_owned()),
            ("/scratch/target".into(), "/partyrun/target".to_owned()),
        ]);
        let mut command = Command::new("cargo");
        names.apply(&mut command);
        let value = |name: &str| {
            let mut all = command.get_envs();
            let found = all.find(|(key, _)| *key == name).and_then(|it| it.1);
            found.expect("it is set").to_string_lossy().into_owned()
        };
        assert_eq!(
            value("CARGO_ENCODED_RUSTFLAGS"),
            "--remap-path-prefix=/home/ada/partyrun=/partyrun\u{1f}\
             --remap-path-prefix=/scratch/target=/partyrun/target"
        );
        for variable in ["CFLAGS", "CXXFLAGS"] {
            assert!(
                value(variable).ends_with(
                    "-ffile-prefix-map=/home/ada/partyrun=/partyrun -ffile-prefix-map=/scratch/target=/partyrun/target"
                ),
                "{}",
                value(variable)
            );
        }
    }

    #[test]
    fn commit_is_read_from_what_rustc_says() {
        let said = "rustc 1.95.0 (abc 2026-04-14)\ncommit-hash: abcdef\nhost: x86_64\n";
        assert_eq!(commit(said), Some("abcdef"));
        assert_eq!(commit("commit-hash: unknown\n"), None);
    }
}
