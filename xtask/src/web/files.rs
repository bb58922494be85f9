//! The suite's files over HTTP, for scripts that fetch what is beside them. Serves nothing but GETs of files
//! below one folder, to this machine, until the command ends.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::local_server::LocalServer;

/// Serves `folder`; returns the URL to put before paths.
///
/// # Errors
/// When no port is free.
pub fn serve(folder: PathBuf) -> io::Result<String> {
    let server = LocalServer::bind()?;
    let base = server.base.clone();
    server.answer_with(move |path| {
        let bytes = fs::read(below(&folder, path)?).ok()?;
        Some((media_type(path), bytes))
    });
    Ok(base)
}

/// The file of a path that does not leave the folder.
fn below(folder: &Path, path: &str) -> Option<PathBuf> {
    let path = Path::new(path.trim_start_matches('/'));
    let stays = path
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    stays.then(|| folder.join(path))
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("json") => "application/json",
        Some("js") => "text/javascript",
        Some("html") => "text/html",
        _ => "text/plain",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_outside_are_not_served() {
        let folder = Path::new("/suite");
        assert_eq!(
            below(folder, "/url/a.json"),
            Some(folder.join("url/a.json"))
        );
        assert_eq!(below(folder, "/../secret"), None);
    }
}
