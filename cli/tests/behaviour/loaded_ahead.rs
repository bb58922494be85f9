//! Rooms whose code was loaded before anybody asked for them: nothing tells it.

use serde_json::json;

use crate::harness::Project;

/// More than are kept ready, so that most of them were.
const ROOMS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

#[test]
fn what_modules_print_is_told_once_for_each_room() {
    let source = "console.log('evaluated');
         export default class { onRequest() { return new Response('served'); } }";
    let dev = Project::inline(source).dev();
    for (before, room) in ROOMS.iter().enumerate() {
        dev.answers(&format!("/party/{room}"), "served");
        dev.stdout_has(&format!("GET /party/{room} 200"));
        // Once when the project was loaded, and for each room.
        let told = dev.stdout().matches("evaluated").count();
        assert_eq!(told, before + 2, "{}", dev.stdout());
    }
}

#[test]
fn every_room_has_module_variables_and_an_environment_of_its_own() {
    let source = "let asked = 0; process.env.SET = process.env.GIVEN + '!';
         export default class { onRequest() { return Response.json([++asked, process.env.SET]); } }";
    let dev = Project::inline(source).file(".env", "GIVEN=given").dev();
    for room in ROOMS {
        let path = format!("/party/{room}");
        assert_eq!(dev.json(&path), json!([1, "given!"]), "{room}");
        assert_eq!(dev.json(&path), json!([2, "given!"]), "{room}");
    }
}

#[test]
fn rooms_of_several_parties_get_their_own_server() {
    let server = |name: &str| {
        format!("export default class {{ onRequest() {{ return new Response('{name}'); }} }}")
    };
    let dev = Project::inline(&server("main"))
        .party("other", &server("other"))
        .dev();
    for room in ROOMS {
        dev.answers(&format!("/party/{room}"), "main");
        dev.answers(&format!("/parties/other/{room}"), "other");
    }
}

#[test]
fn rooms_made_after_a_save_run_the_new_code() {
    let source = |word: &str| {
        format!("export default class {{ onRequest() {{ return new Response('{word}'); }} }}")
    };
    let dev = Project::inline(&source("old")).dev();
    for room in ROOMS {
        dev.answers(&format!("/party/{room}"), "old");
    }
    dev.edit("server.ts", &source("new"));
    dev.stdout_has("Reloaded");
    for room in ROOMS {
        assert_eq!(dev.get(&format!("/party/new-{room}")).text(), "new");
    }
}

/// What `text` says behind the first `made `, up to the end of the line.
fn made(text: &str) -> &str {
    let (_, made) = text.split_once("made ").expect("the module prints it");
    made.lines().next().unwrap_or_default()
}

/// Of its module, which is evaluated anew in each isolate.
const MARKED: &str = "const id = crypto.randomUUID(); console.log('made ' + id);";

#[test]
fn first_room_has_the_isolate_in_which_the_code_was_checked() {
    let source = |word: &str| {
        format!(
            "{MARKED} export default class {{
                onRequest() {{ return new Response('{word} ' + id); }}
            }}"
        )
    };
    let dev = Project::inline(&source("old")).dev();
    dev.stdout_has("made ");
    let checked = made(&dev.stdout()).to_owned();
    dev.answers("/party/a", &format!("old {checked}"));
    dev.stdout_has("GET /party/a 200");
    let told = dev.stdout().matches(&checked).count();
    assert_eq!(told, 2, "when it was checked, and of the room");
    let second = dev.get("/party/b").text();
    assert_ne!(second, format!("old {checked}"), "a room has its own");
    // What it has printed stands before this.
    dev.stdout_has("GET /party/b 200");

    let before = dev.stdout().len();
    dev.edit("server.ts", &source("new"));
    dev.stdout_has("Reloaded");
    let checked = made(&dev.stdout()[before..]).to_owned();
    // Not `a`, which may have the new code on its own thread.
    dev.answers("/party/c", &format!("new {checked}"));
}

#[test]
fn static_handlers_and_rooms_never_share_an_isolate() {
    let source = format!(
        "{MARKED} export default class {{
            static onFetch() {{ return new Response(id); }}
            onRequest() {{ return new Response(id); }}
        }}"
    );
    let dev = Project::inline(&source).dev();
    let of_static = dev.get("/").text();
    for room in ROOMS {
        assert_ne!(dev.get(&format!("/party/{room}")).text(), of_static);
    }
    assert_eq!(dev.get("/").text(), of_static);
}
