//! What an ELF file needs of the system's libraries, and what those offer: dynamic symbols with their
//! versions. Reads 64-bit files; never decides which version is too new.

use std::fs;
use std::path::Path;

use object::read::elf::{FileHeader as _, Sym as _};
use object::{Endianness, elf};

use crate::error::Failure;

/// One dynamic symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    pub name: String,
    /// `GLIBC_2.17`; none where the library has no versions.
    pub version: Option<String>,
    /// Whether the file has it, or needs it of another.
    pub is_defined: bool,
    /// A variable, and its size; otherwise a function.
    pub variable: Option<u64>,
}

/// The dynamic symbols of a program or a shared library.
pub fn symbols(file: &Path) -> Result<Vec<Symbol>, Failure> {
    let unreadable = |reason: String| Failure::Unreadable {
        file: file.to_owned(),
        reason,
    };
    let data = fs::read(file).map_err(|error| unreadable(error.to_string()))?;
    parse(&data).map_err(|error| unreadable(error.to_string()))
}

fn parse(data: &[u8]) -> Result<Vec<Symbol>, object::read::Error> {
    let header = elf::FileHeader64::<Endianness>::parse(data)?;
    let endian = header.endian()?;
    let sections = header.sections(endian, data)?;
    let table = sections.symbols(endian, data, elf::SHT_DYNSYM)?;
    let versions = sections.versions(endian, data)?;
    let mut symbols = Vec::new();
    for (index, symbol) in table.enumerate() {
        let name = table.symbol_name(endian, symbol)?;
        if name.is_empty() || symbol.st_bind() == elf::STB_LOCAL {
            continue;
        }
        let version = match &versions {
            Some(versions) => versions.version(versions.version_index(endian, index))?,
            None => None,
        };
        let is_variable = matches!(symbol.st_type(), elf::STT_OBJECT | elf::STT_COMMON);
        symbols.push(Symbol {
            name: String::from_utf8_lossy(name).into_owned(),
            version: version.map(|it| String::from_utf8_lossy(it.name()).into_owned()),
            is_defined: symbol.st_shndx(endian) != elf::SHN_UNDEF,
            variable: is_variable.then(|| symbol.st_size(endian)),
        });
    }
    Ok(symbols)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn this_program_needs_its_libc() {
        let own = std::env::current_exe().expect("it has a path");
        let symbols = symbols(&own).expect("it is an ELF file");
        let start = symbols.iter().find(|it| it.name == "__libc_start_main");
        let start = start.expect("every program of glibc needs it");
        assert!(!start.is_defined);
        let version = start.version.as_deref().expect("glibc has versions");
        assert!(version.starts_with("GLIBC_2."), "{version}");
    }

    #[test]
    fn other_files_are_named() {
        let failure = symbols(Path::new("/etc/passwd")).expect_err("it is text");
        assert!(failure.to_string().contains("`/etc/passwd`"), "{failure}");
    }
}
