//! A project of 1,000 modules, as npm packages are: how soon it answers, how soon a save is live, and
//! what a room takes of memory. Makes the project itself.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use super::Meter;
use super::cell::{Cell, Unit};
use super::measure::{SETTLE, millis};
use super::reload;
use super::rooms;
use super::row::{Budget, Topic};
use super::server::Server;
use crate::error::Failure;
use crate::ui;

/// Half of the packages are CommonJS.
const PACKAGES: usize = 20;

/// Modules of a package, one of which imports the others.
const MODULES: usize = 50;

/// Functions of a module; together some four kilobytes of text.
const FUNCTIONS: usize = 20;

const SAVES: u32 = 3;
const ROOMS: u32 = 50;

/// Measures on fresh servers.
pub fn run(meter: &mut Meter) -> Result<(), Failure> {
    ui::step("A graph of 1,000 modules");
    let Some(first) = meter.subjects.first() else {
        return Ok(());
    };
    let folder = first.folder.join("graph");
    write_project(&meter.project, &folder).map_err(|source| Failure::Unwritable {
        file: folder.clone(),
        source,
    })?;
    let mut starts = vec![Vec::new(); meter.subjects.len()];
    let mut saves = Vec::new();
    let mut memories = Vec::new();
    let mut room_memories = Vec::new();
    for round in 0..=meter.rounds {
        for (subject, starts) in meter.subjects.iter().zip(&mut starts) {
            let server = Server::start(subject, &folder)?;
            // The first turn reads the programs from the disk: it does not count.
            if round > 0 {
                starts.push(millis(server.first_response));
            }
            if round == meter.rounds {
                std::thread::sleep(SETTLE);
                memories.push(server.memory().map(|memory| {
                    let note = format!("at most {}", Unit::Mebibytes.show(memory.peak_mib));
                    Cell::value(memory.rss_mib).noted(note).detailed(memory)
                }));
                room_memories.push(rooms::create(meter, &server, ROOMS).1);
                saves.push(reload::median_of(&server, SAVES));
            }
        }
    }
    let starts = starts.into_iter().map(|times| Ok(Cell::median(times)));
    let starts = starts.collect();
    let label = "1,000 modules: start to first response";
    let topic = Topic::new("graph-start", label, Unit::Milliseconds);
    meter
        .report
        .servers
        .add(topic.budget(Budget::Times(1.0)), starts);
    let label = "1,000 modules: save to new code";
    let topic = Topic::new("graph-reload", label, Unit::Milliseconds);
    meter
        .report
        .servers
        .add(topic.budget(Budget::Times(1.0)), saves);
    let label = "1,000 modules: idle memory, one room";
    let topic = Topic::new("graph-idle", label, Unit::Mebibytes);
    meter
        .report
        .servers
        .add(topic.budget(Budget::Times(1.0)), memories);
    let label = "1,000 modules: memory of a live room";
    let topic = Topic::new("graph-room-memory", label, Unit::Mebibytes);
    meter.report.servers.add(topic, room_memories);
    Ok(())
}

fn write_project(base: &Path, folder: &Path) -> io::Result<()> {
    let mut server = fs::read_to_string(base.join("server.ts"))?;
    for package in 0..PACKAGES {
        let name = format!("package-{package}");
        let path = folder.join("node_modules").join(&name);
        fs::create_dir_all(&path)?;
        let is_es = package % 2 == 0;
        let kind = if is_es { "module" } else { "commonjs" };
        fs::write(
            path.join("package.json"),
            format!("{{ \"name\": \"{name}\", \"main\": \"index.js\", \"type\": \"{kind}\" }}\n"),
        )?;
        for module in 1..MODULES {
            fs::write(path.join(format!("m{module}.js")), leaf(is_es, module))?;
        }
        fs::write(path.join("index.js"), index(is_es))?;
        write!(
            server,
            "\nimport {{ all as all{package} }} from \"{name}\";\nexport const sum{package} = all{package}(1);\n"
        )
        .expect("writing to a string cannot fail");
    }
    fs::write(folder.join("server.ts"), server)?;
    fs::copy(base.join("partykit.json"), folder.join("partykit.json"))?;
    Ok(())
}

fn leaf(is_es: bool, module: usize) -> String {
    let mut text = String::new();
    for function in 0..FUNCTIONS {
        let head = match is_es {
            true => format!("export function f{function}(value)"),
            false => format!("exports.f{function} = function (value)"),
        };
        writeln!(
            text,
            "{head} {{\n  // Adds what the module and the function are numbered.\n  const table = [value, {module}, {function}];\n  \
             return table.reduce((sum, entry) => sum + entry, 0);\n}};"
        )
        .expect("writing to a string cannot fail");
    }
    text
}

fn index(is_es: bool) -> String {
    let mut text = String::new();
    for module in 1..MODULES {
        match is_es {
            true => writeln!(
                text,
                "import {{ f1 as f{module} }} from \"./m{module}.js\";"
            ),
            false => writeln!(text, "const f{module} = require(\"./m{module}\").f1;"),
        }
        .expect("writing to a string cannot fail");
    }
    let names: Vec<String> = (1..MODULES).map(|module| format!("f{module}")).collect();
    let export = if is_es { "export const" } else { "exports." };
    let space = if is_es { " " } else { "" };
    let list = names.join(", ");
    writeln!(
        text,
        "{export}{space}all = (value) => [{list}].reduce((sum, f) => sum + f(value), 0);"
    )
    .expect("writing to a string cannot fail");
    text
}
