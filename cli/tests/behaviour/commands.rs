//! The commands other than `dev`, and what the command line teaches.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Exit, Project, ROOM, run, run_in};

fn folder() -> TempDir {
    TempDir::with_prefix("partyrun-test-").expect("the temporary folder is writable")
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn json(folder: &Path, name: &str) -> Value {
    serde_json::from_str(&read(folder, name)).expect("it is JSON")
}

fn succeeds(exit: Exit) -> Exit {
    assert_eq!(exit.code, Some(0), "{}{}", exit.stdout, exit.stderr);
    exit
}

/// Row 234.
#[test]
fn init_adds_a_project_to_a_package() {
    let folder = folder();
    let package = "{\n    \"name\": \"@me/My App\",\n    \"dependencies\": {}\n}\n";
    fs::write(folder.path().join("package.json"), package).expect("written");
    let exit = succeeds(run_in(folder.path(), &["init", "--yes"]));
    for name in ["partykit.json", "party/index.ts", "package.json"] {
        assert!(exit.stdout.contains(name), "{}", exit.stdout);
    }
    let config = json(folder.path(), "partykit.json");
    assert_eq!(
        config["$schema"],
        "./node_modules/partyrun/partykit.schema.json"
    );
    assert_eq!(
        config.get("serve"),
        None,
        "the package has pages of its own"
    );
    assert_eq!(config["name"], "me-my-app-party");
    assert_eq!(config["main"], "party/index.ts");
    let date = config["compatibilityDate"].as_str().expect("a text");
    assert!(date.len() == 10 && date.starts_with("20"), "{date}");
    let package = read(folder.path(), "package.json");
    assert!(package.starts_with("{\n    \"name\": \"@me/My App\",\n"));
    let package = json(folder.path(), "package.json");
    assert!(package["dependencies"]["partysocket"].is_string());
    assert!(package["devDependencies"]["partykit"].is_string());
    assert_eq!(package["scripts"]["dev"], "partyrun dev");
    assert_eq!(read(folder.path(), ".gitignore"), ".partykit\n");
    assert!(!folder.path().join("tsconfig.json").exists());
    for line in [
        "Added the script `dev`, `partysocket`, `partykit` and `partyrun` to package.json",
        "Added `.partykit` to .gitignore",
        "`npm run dev`",
    ] {
        assert!(exit.stdout.contains(line), "{line}: {}", exit.stdout);
    }
}

/// Row 234.
#[test]
fn init_leaves_the_scripts_and_lines_that_are_there() {
    let folder = folder();
    let package = "{\n  // ours\n  \"name\": \"x\",\n  \"scripts\": { \"dev\": \"vite\" }\n}\n";
    fs::write(folder.path().join("package.json"), package).expect("written");
    fs::write(folder.path().join(".gitignore"), "dist\n/.partykit/").expect("written");
    fs::write(folder.path().join("pnpm-lock.yaml"), "").expect("written");
    let dry = succeeds(run_in(folder.path(), &["init", "--dry-run"])).stdout;
    assert!(dry.contains("Would add the script `party`, "), "{dry}");
    assert_eq!(read(folder.path(), "package.json"), package);
    let exit = succeeds(run_in(folder.path(), &["init", "--yes"]));
    let told = "Keeping the script `dev`, which runs: `vite`";
    assert!(exit.stdout.contains(told), "{}", exit.stdout);
    for line in ["\n  pnpm install      the client", "`pnpm run party`"] {
        assert!(exit.stdout.contains(line), "{line}: {}", exit.stdout);
    }
    let package = read(folder.path(), "package.json");
    let scripts = "  // ours\n  \"name\": \"x\",\n  \"scripts\": {\n    \"dev\": \"vite\",\n    \"party\": \"partyrun dev\"\n  }";
    assert!(package.contains(scripts), "{package}");
    assert_eq!(read(folder.path(), ".gitignore"), "dist\n/.partykit/");
}

/// Row 234.
#[test]
fn init_without_a_package_extends_the_gitignore_that_is_there() {
    let folder = folder();
    fs::write(folder.path().join(".gitignore"), "# mine\nnode_modules/\n").expect("written");
    succeeds(run_in(folder.path(), &["init", "--yes"]));
    assert_eq!(
        read(folder.path(), ".gitignore"),
        "# mine\nnode_modules/\n.partykit\n.env.local\n"
    );
}

/// Row 234.
#[test]
fn what_init_writes_is_served() {
    for language in ["ts", "js"] {
        let project = Project::empty();
        let words = ["init", "--yes", "--language", language];
        succeeds(run_in(project.path(), &words));
        let dev = project.dev();
        let (mut first, mut second) = (
            dev.ws("/parties/main/r?_pk=a"),
            dev.ws("/parties/main/r?_pk=b"),
        );
        assert_eq!(first.text(), "hello from server");
        assert_eq!(second.text(), "hello from server");
        first.send("hi");
        assert_eq!(second.text(), "a: hi");
        assert!(dev.get(ROOM).text().contains('2'));
    }
}

#[test]
fn init_makes_a_folder_when_there_is_no_package() {
    let folder = folder();
    succeeds(run_in(folder.path(), &["init", "my-party"]));
    let inside = folder.path().join("my-party");
    assert_eq!(json(&inside, "partykit.json")["name"], "my-party");
    assert_eq!(
        json(&inside, "package.json")["scripts"]["dev"],
        "partyrun dev"
    );
    for name in [
        "party/index.ts",
        "public/index.html",
        "test/room.test.mjs",
        "tsconfig.json",
        ".gitignore",
    ] {
        assert!(inside.join(name).exists(), "{name}");
    }
}

#[test]
fn init_overwrites_nothing() {
    let folder = folder();
    fs::create_dir(folder.path().join("party")).expect("created");
    fs::write(folder.path().join("party/index.ts"), "mine").expect("written");
    let exit = succeeds(run_in(folder.path(), &["init"]));
    assert!(
        exit.stdout.contains("Keeping party/index.ts"),
        "{}",
        exit.stdout
    );
    assert_eq!(read(folder.path(), "party/index.ts"), "mine");
    let again = run_in(folder.path(), &["init"]);
    assert_eq!(again.code, Some(1));
    assert!(again.stderr.contains("partykit.json"), "{}", again.stderr);
}

#[test]
fn init_checks_before_it_writes() {
    let folder = folder();
    let dry = succeeds(run_in(folder.path(), &["init", "--dry-run"]));
    assert!(dry.stdout.contains("Would create"), "{}", dry.stdout);
    let bad = run_in(folder.path(), &["init", "Bad Name"]);
    assert_eq!(bad.code, Some(1));
    assert!(bad.stderr.contains("Bad Name"), "{}", bad.stderr);
    let left = fs::read_dir(folder.path()).expect("readable").count();
    assert_eq!(left, 0);
}

/// Row 234.
#[test]
fn whoami_says_that_nobody_is_logged_in() {
    let exit = succeeds(run(&["whoami"]));
    let first = exit.stdout.lines().next();
    assert_eq!(
        first,
        Some("Not logged in, run npx partykit login to get user details")
    );
}

/// Row 235.
#[test]
fn cloud_commands_say_what_to_use_instead() {
    for words in [
        &["deploy", "--preview", "x"][..],
        &["publish"],
        &["list"],
        &["delete"],
        &["tail"],
        &["env", "add", "KEY"],
        &["ai", "models"],
        &["vectorize", "list"],
        &["login"],
        &["logout"],
        &["token", "generate"],
        &["help", "deploy"],
    ] {
        let exit = run(words);
        assert_eq!(exit.code, Some(1), "{words:?}");
        let name = words.iter().find(|word| **word != "help").expect("a name");
        let instead = format!("npx partykit {name}");
        assert!(exit.stderr.contains(&instead), "{}", exit.stderr);
        assert_eq!(exit.stdout, "");
    }
}

/// Row 234.
#[test]
fn help_names_every_command_and_shows_examples() {
    for words in [&[][..], &["--help"], &["help"]] {
        let help = succeeds(run(words)).stdout;
        for text in ["dev", "init", "storage", "completions", "Examples:"] {
            assert!(help.contains(text), "{help}");
        }
    }
    for command in ["dev", "init", "storage", "completions"] {
        let help = succeeds(run(&["help", command])).stdout;
        assert!(help.contains("Examples:"), "{help}");
    }
}

#[test]
fn slips_of_the_fingers_are_recognised() {
    for (words, tip) in [
        (&["dve"][..], "'dev'"),
        (&["dev", "--prot", "1"], "'--port'"),
        (&["dev", "--confg", "x"], "'--config'"),
    ] {
        let exit = run(words);
        assert_eq!(exit.code, Some(2), "{words:?}");
        assert!(exit.stderr.contains(tip), "{}", exit.stderr);
    }
}

#[test]
fn file_in_the_place_of_a_command_is_explained() {
    let folder = folder();
    fs::write(folder.path().join("server.ts"), "").expect("written");
    let exit = run_in(folder.path(), &["server.ts"]);
    assert_eq!(exit.code, Some(2));
    assert!(
        exit.stderr.contains("partyrun dev server.ts"),
        "{}",
        exit.stderr
    );
}

#[test]
fn info_tells_what_a_report_needs_and_no_secrets() {
    let project = Project::inline("export default class {}")
        .party("chat", "export default class {}")
        .config("vars", json!({ "TOKEN": "secret" }))
        .file(".env", "KEY=secret");
    project.write_config();
    let text = succeeds(run_in(project.path(), &["info"])).stdout;
    for told in [
        concat!("partyrun:     ", env!("CARGO_PKG_VERSION"), " (V8 "),
        "System:",
        "cores",
        "Rooms:        at most ",
        "Project:      partykit.json\n",
        "main (server.ts), chat (chat.ts)\n",
        "Storage:      .partykit/state\n",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    assert!(!text.contains("secret"), "{text}");
    let empty = succeeds(run_in(folder().path(), &["info"])).stdout;
    assert!(empty.contains("none that can be served"), "{empty}");
}

#[test]
fn licences_of_packages_are_printed() {
    let text = succeeds(run(&["licenses"])).stdout;
    for name in ["readable-stream", "unenv", "Permission is hereby granted"] {
        assert!(text.contains(name), "{name}");
    }
}

#[test]
fn completions_know_the_flags() {
    for shell in ["bash", "zsh", "fish"] {
        let script = succeeds(run(&["completions", shell])).stdout;
        assert!(script.contains("with-env"), "{shell}");
        assert!(!script.contains("unstable_outdir"), "{shell}");
    }
    assert_eq!(run(&["completions", "dos"]).code, Some(2));
}

#[test]
fn less_is_printed_on_request() {
    let project = Project::inline(
        "export default class { onRequest() { console.log('user'); return new Response('x'); } }",
    );
    let dev = project.env("PARTYKIT_LOG", "info").dev();
    dev.get(ROOM);
    dev.stdout_has("[pk:inf] GET");
    let exit = Project::empty()
        .config("main", json!("nope.ts"))
        .env("PARTYKIT_LOG", "none")
        .fails();
    assert_eq!((exit.code, exit.stderr.as_str()), (Some(1), ""));
    // `--port 0` is of no use without this line.
    for level in ["none", "error", "warn", "info", "log", "debug"] {
        let dev = Project::inline("export default class {}")
            .env("PARTYKIT_LOG", level)
            .dev();
        let ready = format!("Ready on http://0.0.0.0:{}\n", dev.port());
        assert!(dev.stdout().contains(&ready), "{level}: {}", dev.stdout());
        let is_quiet = dev.stdout() == ready;
        assert_eq!(
            is_quiet,
            ["none", "error", "warn"].contains(&level),
            "{level}"
        );
    }
    let exit = Project::empty().env("PARTYKIT_LOG", "loud").fails();
    assert!(exit.stderr.contains("none, error, warn"), "{}", exit.stderr);
}
