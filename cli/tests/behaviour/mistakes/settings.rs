//! Configurations, flags and environments that say what cannot be.

use std::net::TcpListener;

use serde_json::json;

use super::{Act, Group, Mistake, made, noted, refused};
use crate::harness::Project;

const SERVER: &str = "export default class {}\n";

fn server() -> Project {
    Project::inline(SERVER)
}

fn configured(text: &str) -> Project {
    Project::empty()
        .file("server.ts", SERVER)
        .file("partykit.json", text)
}

pub fn group() -> Group {
    let mut mistakes = of_the_file();
    mistakes.extend(of_the_command_line());
    Group {
        title: "Configuration and command line",
        mistakes,
    }
}

fn of_the_file() -> Vec<Mistake> {
    vec![
        refused("a folder without a project", Project::empty()),
        refused(
            "a project for Cloudflare Workers",
            Project::empty().file("wrangler.jsonc", "{}"),
        ),
        refused(
            "a `main` that is misspelled",
            server().config("main", json!("servr.ts")),
        ),
        refused(
            "a party whose file is missing",
            server().config("parties", json!({ "chat": "chat.ts" })),
        ),
        refused(
            "a party with a name that URLs cannot have",
            server().config("parties", json!({ "Chat Room": "server.ts" })),
        ),
        refused(
            "a second party named `main`",
            server().config("parties", json!({ "main": "server.ts" })),
        ),
        refused(
            "a field that is misspelled",
            server().config("prot", json!(1999)),
        ),
        refused(
            "a field of another type",
            server().config("port", json!("1999")),
        ),
        refused(
            "a name that URLs cannot have",
            server().config("name", json!("my project")),
        ),
        refused(
            "a comma that is missing",
            configured("{\n  \"main\": \"server.ts\"\n  \"port\": 1999\n}\n"),
        ),
        refused(
            "a cron that is none",
            server()
                .config("crons", json!({ "nightly": "0 25 * * *" }))
                .args(&["--cron"]),
        ),
        noted(
            "a field of `serve` that nothing reads",
            server()
                .config("serve", json!({ "path": "public", "minify": true }))
                .file("public/index.html", ""),
            "did you mean `serve.build.minify`?\n",
        ),
        noted(
            "a line of `.env` that sets nothing",
            server().file(".env", "KEY=value\nexport\n"),
            "not of the form NAME=value\n",
        ),
    ]
}

fn of_the_command_line() -> Vec<Mistake> {
    vec![
        refused(
            "a configuration that is not there",
            server().args(&["--config", "nowhere.json"]),
        ),
        refused(
            "a define without a value",
            server().args(&["--define", "DEBUG"]),
        ),
        refused(
            "a define that is no expression",
            server().args(&["--define", "GREETING=Hello there"]),
        ),
        refused(
            "a certificate without its key",
            server().args(&["--https-cert-path", "cert.pem"]),
        ),
        busy_port(),
        made(
            "a flag that is misspelled",
            server(),
            Act::Command(&["dev", "--prot", "1999"]),
        ),
        made(
            "a command of the cloud",
            server(),
            Act::Command(&["deploy"]),
        ),
    ]
}

/// The program that has the port is this one.
fn busy_port() -> Mistake {
    let busy = TcpListener::bind(("0.0.0.0", 0)).expect("there is a free port");
    let port = busy.local_addr().expect("it is bound").port();
    // Held for as long as the tests run.
    std::mem::forget(busy);
    let project = server().own_port().args(&["--port", &port.to_string()]);
    let mut mistake = refused("a port that is taken", project);
    mistake.varies = vec![(port.to_string(), "1999"), ((port + 1).to_string(), "2000")];
    mistake
}
