//! The `Content-Type` of a file, by the end of its name.

use std::path::Path;

const UNKNOWN: &str = "application/octet-stream";

/// What the original says, where it knows the kind of file, charset included.
const ORIGINAL: &[(&str, &str)] = &[
    ("avif", "image/avif"),
    ("css", "text/css; charset=utf-8"),
    ("eot", "application/vnd.ms-fontobject"),
    ("gif", "image/gif"),
    ("htm", "text/html; charset=utf-8"),
    ("html", "text/html; charset=utf-8"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("js", "text/javascript; charset=utf-8"),
    ("json", "application/json; charset=utf-8"),
    ("markdown", "text/markdown; charset=utf-8"),
    ("md", "text/markdown; charset=utf-8"),
    ("mjs", "text/javascript; charset=utf-8"),
    ("otf", "font/otf"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("sfnt", "font/sfnt"),
    ("svg", "image/svg+xml"),
    ("ttf", "font/ttf"),
    ("wasm", "application/wasm"),
    ("webmanifest", "application/manifest+json"),
    ("webp", "image/webp"),
    ("woff", "font/woff"),
    ("woff2", "font/woff2"),
    ("xhtml", "application/xhtml+xml; charset=utf-8"),
    ("xml", "text/xml; charset=utf-8"),
];

/// Where the registry means something else, or says nothing: TypeScript is no MPEG stream.
const OURS: &[(&str, &str)] = &[
    ("cjs", "text/javascript; charset=utf-8"),
    ("cts", UNKNOWN),
    ("map", "application/json; charset=utf-8"),
    ("mts", UNKNOWN),
    ("ts", UNKNOWN),
    ("tsx", UNKNOWN),
];

/// The `Content-Type` of `file`.
pub fn of(file: &Path) -> String {
    known(file).unwrap_or_else(|| UNKNOWN.to_owned())
}

/// Whether the name's end stands for a kind of file.
pub fn is_known(file: &Path) -> bool {
    known(file).is_some()
}

fn known(file: &Path) -> Option<String> {
    let extension = file.extension()?.to_str()?.to_ascii_lowercase();
    let ours = ORIGINAL
        .iter()
        .chain(OURS)
        .find(|(name, _)| *name == extension);
    if let Some((_, media_type)) = ours {
        return Some((*media_type).to_owned());
    }
    let guess = mime_guess::from_ext(&extension).first_raw()?;
    Some(match guess.starts_with("text/") {
        true => format!("{guess}; charset=utf-8"),
        false => guess.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_their_charset() {
        for (file, expected) in [
            ("index.html", "text/html; charset=utf-8"),
            ("A.JS", "text/javascript; charset=utf-8"),
            ("a.min.css", "text/css; charset=utf-8"),
            ("m.wasm", "application/wasm"),
            ("i.svg", "image/svg+xml"),
            ("i.ico", "image/x-icon"),
            ("v.mp4", "video/mp4"),
            ("a.txt", "text/plain; charset=utf-8"),
            ("a.ts", UNKNOWN),
            ("noext", UNKNOWN),
            ("file.zzz", UNKNOWN),
        ] {
            assert_eq!(of(Path::new(file)), expected, "{file}");
        }
    }
}
