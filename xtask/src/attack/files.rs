//! A project whose files were changed at random: its configuration, its code, its `.env`, what npm wrote,
//! and the storage with the values in it. Owns the changes and the verdict: the server serves, or ends by
//! itself and says why.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::chance::Chance;
use super::client::Client;
use super::server::{Site, Start};
use super::{Findings, Plan};
use crate::error::Failure;

const PATIENCE: Duration = Duration::from_secs(10);
/// Rust's own code for a panic.
const PANICKED: i32 = 101;
const ROOMS: [&str; 2] = ["/parties/main/a", "/parties/main/b"];

/// Files that are read before a room runs, with texts that have something of everything.
const FILES: [(&str, &str); 8] = [
    (
        "partykit.json",
        "{ \"name\": \"files\", /* a */ main: 'server.ts', \"compatibilityDate\": \"2023-10-01\",\n\
         \"parties\": { \"other\": \"other.js\" }, \"vars\": { \"A\": \"1\", \"B\": { \"c\": [1, 2.5e3, null] } },\n\
         \"define\": { \"X\": \"'1'\" }, \"serve\": { \"path\": \"public\" }, \"crons\": {} }\n",
    ),
    (".env", "A=1\nexport B = \"two\\n\" # c\n'C'='3'\nD: `4`\n"),
    (
        "tsconfig.json",
        "{ // a\n \"compilerOptions\": { \"paths\": { \"@/*\": [\"./lib/*\"] }, \"jsx\": \"react\" }, }\n",
    ),
    (
        "package.json",
        "{ \"name\": \"files\", \"type\": \"module\", \"sideEffects\": [\"*.css\"], \"imports\": { \"#a\": \"./lib/a.ts\" } }\n",
    ),
    (
        "other.js",
        "const { b } = require('./lib/b.cjs');\nmodule.exports = class { onRequest() { return new Response(b) } };\n\
         //# sourceMappingURL=data:application/json;base64,eyJ2ZXJzaW9uIjozLCJzb3VyY2VzIjpbImEiXSwibWFwcGluZ3MiOiJBQUFBIn0=\n",
    ),
    (
        "lib/b.cjs",
        "exports.b = [1, `two ${3}`, /4/g].map((x) => String(x)).join();\n",
    ),
    (
        "lib/a.ts",
        "export enum E { A = 'a', B = 1 << 2 }\nexport const f = async <T,>(x: T) => { for await (const y of [x]) yield_(y) };\n\
         function yield_(x: unknown) { return x as E satisfies unknown }\nexport type * from './c';\n",
    ),
    (
        "lib/c.ts",
        "export type C = { readonly [K in 'a']?: K };\nnamespace N { export const x = 1 }\n",
    ),
];

pub fn run(plan: &Plan<'_>) -> Result<Findings, Failure> {
    let folder = plan.workspace.target.join("attack/files");
    let project = plan.workspace.root.join("fixtures/kills");
    let site = Site::new(&plan.program, &project, &folder)?;
    let server = fs::read_to_string(site.folder.join("server.ts")).unwrap_or_default();
    let server = format!("import * as a from './lib/a';\nimport '@/c';\nconsole.log(a);\n{server}");
    write_all(&site.folder, &server)?;
    let state = site.folder.join(".partykit/state");
    let storage = filled(&site, &state)?;
    let mut chance = Chance::new(plan.seed, 2);
    let mut findings = Findings::default();
    let (mut starts, mut served, mut refused) = (0_u64, 0_u64, 0_u64);
    let begun = Instant::now();
    while begun.elapsed() < plan.lasts {
        starts += 1;
        write_all(&site.folder, &server)?;
        let _ = fs::remove_dir_all(&state);
        put(&state.join("partyrun.sqlite"), &storage)?;
        let changed = change_one(&site.folder, &mut chance)?;
        match site.begin()?.outcome() {
            Start::Ready(mut server) => {
                served += 1;
                for room in ROOMS {
                    // What it says of itself is what the file says.
                    let client = Client::connect(server.port, PATIENCE);
                    let _ = client.and_then(|mut client| client.get(&format!("{room}?check")));
                }
                if let Some(status) = server.ended() {
                    let kept = keep(&site.folder, &folder, starts);
                    findings.fault(format!(
                        "`{changed}` ended the server later: {status}, {kept}"
                    ));
                }
            }
            Start::Ended(status) => {
                refused += 1;
                if status.signal().is_some() || status.code() == Some(PANICKED) {
                    let kept = keep(&site.folder, &folder, starts);
                    let words = site.last_words();
                    findings.fault(format!(
                        "`{changed}` ended the server: {status}, {kept}\n{words}"
                    ));
                }
            }
            Start::Silent => {
                let kept = keep(&site.folder, &folder, starts);
                findings.fault(format!("`{changed}` kept the server from starting, {kept}"));
            }
        }
    }
    findings.figure(format!(
        "{starts} starts with one changed file, {served} served, {refused} said why not"
    ));
    Ok(findings)
}

/// The bytes of a storage with rooms in it.
fn filled(site: &Site, state: &Path) -> Result<Vec<u8>, Failure> {
    let server = site.start()?;
    for number in 1..20 {
        for room in ROOMS {
            let path = format!("{room}?write={number}&alarm={}", 1_000_000 * number);
            Client::connect(server.port, PATIENCE)
                .and_then(|mut client| client.get(&path))
                .map_err(|error| Failure::Measurement(error.to_string()))?;
        }
    }
    server.stop();
    let file = state.join("partyrun.sqlite");
    fs::read(&file).map_err(|error| Failure::Unreadable {
        file,
        reason: error.to_string(),
    })
}

fn put(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let folder = file.parent().unwrap_or(file);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(file, bytes))
        .map_err(|source| Failure::Unwritable {
            file: file.to_owned(),
            source,
        })
}

fn write_all(folder: &Path, server: &str) -> Result<(), Failure> {
    put(&folder.join("server.ts"), server.as_bytes())?;
    FILES
        .iter()
        .try_for_each(|(name, text)| put(&folder.join(name), text.as_bytes()))
}

/// Changes a file in a few places; gives its name.
fn change_one(folder: &Path, chance: &mut Chance) -> Result<String, Failure> {
    let mut names: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
    names.extend(["server.ts", ".partykit/state/partyrun.sqlite"]);
    // The storage has most to be changed in it.
    let name = match chance.one_in(3) {
        true => names[names.len() - 1],
        false => chance.of(&names),
    };
    let file = folder.join(name);
    let mut bytes = fs::read(&file).unwrap_or_default();
    for _ in 0..=chance.below(5) {
        change(&mut bytes, chance);
    }
    put(&file, &bytes)?;
    Ok(name.to_owned())
}

fn change(bytes: &mut Vec<u8>, chance: &mut Chance) {
    if bytes.is_empty() {
        return;
    }
    let at = chance.index(bytes.len());
    match chance.below(6) {
        0 => bytes[at] = chance.number() as u8,
        1 => bytes[at] ^= 1 << chance.below(8),
        2 if chance.one_in(4) => bytes.truncate(at),
        3 => {
            bytes.remove(at);
        }
        4 => {
            let end = (at + chance.index(30)).min(bytes.len());
            let piece = bytes[at..end].to_vec();
            let to = chance.index(bytes.len());
            bytes.splice(to..to, piece);
        }
        _ => {
            let word = *chance.of(&[
                &b"[[["[..],
                b"{\"a\":",
                b"(((",
                b"\0",
                b"\xff\xfe",
                b"/*",
                b"`${",
                b"-1e999",
                b"\\u{",
                b"<T>",
                b"#",
            ]);
            let many = word.repeat(1 + chance.index(200));
            bytes.splice(at..at, many);
        }
    }
}

/// Leaves the project as it is for whoever looks into it; says where.
fn keep(project: &Path, folder: &Path, number: u64) -> String {
    let kept: PathBuf = folder.join(format!("kept-{number}"));
    match crate::bench::server::copy_project(project, &kept) {
        Ok(()) => format!("kept in `{}`", kept.display()),
        Err(error) => format!("not kept: {error}"),
    }
}
