//! The project for an engine of workers: decides every value that is written, collects all that is wrong, and
//! writes nothing unless all is right.

use std::fs;

use serde_json::{Map, Value, json};

use super::bindings::{self, Bindings};
use super::failure::Failure;
use super::output::{ASSETS, CODE, Output};
use super::parties::Party;
use super::scratch::scratch;
use super::source::Source;
use super::wrangler::{Configuration, Elsewhere};
use super::{check, files, glue, migrations, node, parties, readme};
use crate::client;

/// The token of `ai`, which is a secret.
const AI_TOKEN: &str = "PARTYKIT_AI_TOKEN";

/// Builds the project, and checks it when told to.
pub fn build(source: &Source<'_>) -> Result<(), Failure> {
    let Source {
        args,
        printer,
        settings,
        raw,
        ..
    } = source;
    let names = settings.entries.iter().map(|(name, _)| name.as_str());
    let mut faults = Vec::new();
    let parties = parties::named(names, raw).unwrap_or_else(|found| {
        faults.extend(found);
        Vec::new()
    });
    let bindings = Bindings::of(raw).unwrap_or_else(|found| {
        faults.extend(found);
        Bindings::default()
    });
    let secrets = secrets(source, &bindings);
    let vars = vars(source, &secrets);
    faults.extend(clashes(source, &parties, &bindings));
    if !faults.is_empty() {
        return Err(Failure(faults));
    }
    let classes: Vec<&str> = parties.iter().map(|party| party.class.as_str()).collect();
    let migrations = migrations::load(&settings.root, &classes, args.storage)?;

    let scratch = scratch()?;
    let own = own_settings(source, &parties, &bindings);
    glue::write(scratch.path(), &parties, &settings.entries, &own).map_err(Failure::of)?;
    let bundle = source.bundle(scratch.path(), true)?;
    let configuration = Configuration {
        name: project_name(&settings.name),
        date: node::DATE.to_owned(),
        flags: node::flags(&bundle.node_modules, &wanted_flags(source)),
        classes: parties
            .iter()
            .map(|party| (party.binding.clone(), party.class.clone()))
            .collect(),
        migrations: migrations.list.clone(),
        vars,
        crons: crons(source),
        kv: bindings::ids(&bindings.kv),
        has_assets: settings.serve.folder.is_some(),
        elsewhere: Elsewhere {
            r2: bindings::ids(&bindings.r2),
            vectorize: bindings::ids(&bindings.vectorize),
            secrets: secrets.clone(),
        },
    };

    let output = Output::open(&source.out, &source.cwd)?;
    for (name, bytes) in &bundle.files {
        output.write(&format!("{CODE}/{name}"), bytes)?;
    }
    output.write("wrangler.jsonc", configuration.wrangler().as_bytes())?;
    output.write("celld.jsonc", configuration.celld().as_bytes())?;
    output.write(".dev.vars.example", readme::example(&secrets).as_bytes())?;
    output.write("README.md", readme::text(&configuration).as_bytes())?;
    static_files(source, &output)?;
    if migrations::save(&settings.root, &migrations)? {
        let file = migrations::FILE;
        printer.out(format!(
            "Wrote the names of the parties to `{file}`: commit it with the project"
        ));
    }
    notes(source, &parties, &configuration);
    output.said(printer);
    match args.check {
        true => check::run(source, &configuration),
        false => {
            printer.status(format!(
                "How to run it is in `{}/README.md`",
                output.shown()
            ));
            Ok(())
        }
    }
}

/// Names whose values come from environment files: they may be secret. A flag that gives one makes it plain.
fn secrets(source: &Source<'_>, bindings: &Bindings) -> Vec<String> {
    if source.args.with_secrets {
        return Vec::new();
    }
    let given = |name: &str| {
        let typed = source.args.var.iter();
        typed
            .map(|pair| pair.split_once('=').map_or(pair.as_str(), |(name, _)| name))
            .any(|typed| typed == name)
    };
    let names = source
        .settings
        .process_env
        .keys()
        .filter(|name| !given(name))
        .cloned();
    names
        .chain(bindings.ai.is_some().then(|| AI_TOKEN.to_owned()))
        .collect()
}

fn vars(source: &Source<'_>, secrets: &[String]) -> Map<String, Value> {
    let vars = source.settings.vars.iter();
    let plain = vars.filter(|(name, _)| !secrets.contains(name));
    plain
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Variables that have the name of a binding.
fn clashes(source: &Source<'_>, parties: &[Party], bindings: &Bindings) -> Vec<String> {
    let Bindings {
        kv, r2, vectorize, ..
    } = bindings;
    let ours = parties.iter().map(|party| party.binding.as_str());
    let theirs = kv
        .iter()
        .chain(r2)
        .chain(vectorize)
        .map(|one| one.binding.as_str());
    let all: Vec<&str> = ours.chain(theirs).chain(["ASSETS"]).collect();
    let names = source
        .settings
        .vars
        .keys()
        .filter(|name| all.contains(&name.as_str()));
    names
        .map(|name| {
            let place = source.raw.place(&["vars", name], crate::config::Part::Key);
            format!("{place}: A variable cannot have the name of a binding that the export makes: `{name}`")
        })
        .collect()
}

/// What the modules of `js/export` are told.
fn own_settings(source: &Source<'_>, parties: &[Party], bindings: &Bindings) -> Value {
    let settings = &source.settings;
    let names: Vec<&String> = settings.vars.keys().collect();
    let environment: Vec<&String> = settings.process_env.keys().collect();
    let crons: Map<String, Value> = settings
        .crons
        .iter()
        .map(|(name, expression)| (name.clone(), json!(expression)))
        .collect();
    json!({
        "parties": glue::namespaces(parties),
        "variables": names,
        "environment": environment,
        "crons": crons,
        "hasAssets": settings.serve.folder.is_some(),
        "singlePageApp": settings.serve.single_page_app,
        "kv": bindings::named(&bindings.kv),
        "r2": bindings::named(&bindings.r2),
        "vectorize": bindings::named(&bindings.vectorize),
        "ai": bindings.ai,
    })
}

fn wanted_flags(source: &Source<'_>) -> Vec<String> {
    let flags = source
        .raw
        .fields
        .get("compatibilityFlags")
        .and_then(Value::as_array);
    let flags = flags.into_iter().flatten().filter_map(Value::as_str);
    flags.map(str::to_owned).collect()
}

/// Each expression once: two crons may share one.
fn crons(source: &Source<'_>) -> Vec<String> {
    let mut crons = Vec::new();
    for (_, expression) in &source.settings.crons {
        if !crons.contains(expression) {
            crons.push(expression.clone());
        }
    }
    crons
}

/// As platforms want names: lower case, digits, hyphens.
fn project_name(name: &str) -> String {
    let lower = name.to_lowercase();
    let words = lower
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let name = words.collect::<Vec<_>>().join("-");
    match name.is_empty() {
        true => "party".to_owned(),
        false => name,
    }
}

fn static_files(source: &Source<'_>, output: &Output) -> Result<(), Failure> {
    let serve = &source.settings.serve;
    let Some(folder) = &serve.folder else {
        return Ok(());
    };
    let assets = output.path(ASSETS);
    let built = serve.client.as_ref().map(|client| client.outdir.clone());
    output.claim(ASSETS)?;
    fs::create_dir_all(&assets).map_err(|error| Failure::unwritable(&assets, &error))?;
    if folder.is_dir() {
        // What `dev` built is for its own address.
        let skipped = built.clone().unwrap_or_default();
        let copied = files::copy(folder, &assets, &skipped)?;
        for note in &copied.notes {
            source.printer.note(note);
        }
    }
    let Some(client) = &serve.client else {
        return Ok(());
    };
    let inside = client.outdir.strip_prefix(folder).map_err(|_| {
        Failure::of(format!(
            "Client code is built outside of `serve.path`, where nothing serves it: `{}`",
            client.outdir.display()
        ))
    })?;
    // Beside the folder that `dev` builds into: names of chunks and sources in maps follow from where that is.
    let parent = client.outdir.parent().unwrap_or(folder);
    fs::create_dir_all(parent).map_err(|error| Failure::unwritable(parent, &error))?;
    let scratch = tempfile::Builder::new()
        .prefix(".partyrun-")
        .tempdir_in(parent)
        .map_err(|error| Failure::unwritable(parent, &error))?;
    let mut options = client.clone();
    scratch.path().clone_into(&mut options.outdir);
    // Pages talk to the host that they are from.
    options
        .define
        .entry("PARTYKIT_HOST".to_owned())
        .or_insert_with(|| "globalThis.location.host".to_owned());
    options
        .define
        .insert("PARTYKIT_PROCESS_ENV".to_owned(), "undefined".to_owned());
    options.minify |= source.minify();
    let warnings = client::build_once(&source.esbuild, &options, source.printer.has_colors())
        .map_err(|messages| Failure::of(format!("The client code does not build:\n{messages}")))?;
    if !warnings.is_empty() {
        source.printer.err(warnings);
    }
    files::copy_all(scratch.path(), &assets.join(inside))
}

/// What the user should know and can live with.
fn notes(source: &Source<'_>, parties: &[Party], configuration: &Configuration) {
    let awake: Vec<String> = source
        .settings
        .entries
        .iter()
        .zip(parties)
        .filter(|((_, file), _)| fs::read_to_string(file).is_ok_and(|text| stays_awake(&text)))
        .map(|((name, _), _)| format!("`{name}`"))
        .collect();
    if !awake.is_empty() {
        source.printer.note(&format!(
            "Rooms without `options.hibernate` stay in memory while a socket is open, and Cloudflare bills that time: {}",
            awake.join(", ")
        ));
    }
    let Elsewhere { r2, vectorize, .. } = &configuration.elsewhere;
    if !r2.is_empty() || !vectorize.is_empty() {
        source.printer.note(
            "Buckets and indexes are there on Cloudflare only: their keys stand in `wrangler.jsonc` as comments",
        );
    }
}

/// Whether a party's text looks like one that takes sockets and does not hibernate.
fn stays_awake(text: &str) -> bool {
    let takes_sockets = text.contains("onConnect") || text.contains("onMessage");
    let is_object = !text.contains("class ");
    takes_sockets && !text.contains("hibernate") && !(is_object && text.contains("onMessage"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_platforms_allow() {
        assert_eq!(project_name("My Party!"), "my-party");
        assert_eq!(project_name("chat_2"), "chat-2");
        assert_eq!(project_name("日本"), "party");
    }

    #[test]
    fn rooms_that_cost_are_told_apart() {
        assert!(stays_awake("export default class { onConnect() {} }"));
        assert!(!stays_awake(
            "export default class { options = { hibernate: true }; onMessage() {} }"
        ));
        assert!(!stays_awake("export default { onMessage() {} }"));
        assert!(stays_awake("export default { onConnect() {} }"));
        assert!(!stays_awake("export default class { onRequest() {} }"));
    }
}
