//! What each path of the control plane means. Decides by method and path alone; does nothing.

use hyper::Method;
use percent_encoding::percent_decode_str;

use super::refusal::Refusal;
use crate::call::RoomKey;

/// Where the WebSocket of events is opened.
pub const EVENTS: &str = "/events";

/// What is asked for, and of which space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// All spaces.
    Spaces,
    Open,
    Close(String),
    /// `None` is the space with which the server started.
    Of(Option<String>, Route),
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// The server and its project.
    Server,
    /// All rooms, or those of a party.
    Rooms(Option<String>),
    Room(RoomKey, Action),
    /// The rooms in numbers.
    Figures,
    /// Runs a cron.
    Cron(String),
    /// The crons, and when each is due.
    Crons,
    /// What the project is bound to.
    Bindings,
    /// Has everything begin anew.
    Reset,
    /// Deletes all that is stored.
    ResetStorage,
    /// Waits until nothing is under way.
    Settle,
    /// What a test should not leave.
    Leaks,
    /// What everybody waits for.
    Why,
    Snapshot,
    Restore,
    Faults,
    AddFault,
    Mend,
    /// What has been said.
    Logs,
    ForgetLogs,
    /// What the clock shows.
    Clock,
    SetClock,
}

/// What is asked of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    Describe,
    /// A request for its handler; the rest of its path.
    Fetch(String),
    List,
    PutMany,
    Clear,
    Get(String),
    Put(String),
    Delete(String),
    Alarm,
    SetAlarm,
    DeleteAlarm,
    RunAlarm,
    Connections,
    /// Of a connection, by its id.
    Send(String),
    Close(String),
    Cut(String),
    SetLine(String),
    Evict,
    Restart,
    /// Deletes what it has stored.
    Reset,
    Run,
}

impl Asked {
    /// What `path` means. It is as it was sent: names of rooms are not decoded, as on the public port.
    pub fn of(method: &Method, path: &str) -> Result<Asked, Refusal> {
        let (space, rest) = split(path);
        let Some(id) = space else {
            return Ok(Asked::Of(None, Route::of(method, path)?));
        };
        match (id, rest) {
            ("", "") => match *method {
                Method::POST => Ok(Asked::Open),
                _ => allow(method, &[(Method::GET, Asked::Spaces)]),
            },
            (id, "") if *method == Method::DELETE => Ok(Asked::Close(id.to_owned())),
            (id, rest) => {
                let rest = if rest.is_empty() { "/" } else { rest };
                Ok(Asked::Of(Some(id.to_owned()), Route::of(method, rest)?))
            }
        }
    }
}

/// The id of a space that `path` begins with, and what follows.
pub fn split(path: &str) -> (Option<&str>, &str) {
    match path.strip_prefix("/spaces") {
        Some("") => (Some(""), ""),
        Some(rest) if rest.starts_with('/') => {
            let rest = &rest[1..];
            let end = rest.find('/').unwrap_or(rest.len());
            (Some(&rest[..end]), &rest[end..])
        }
        _ => (None, path),
    }
}

impl Route {
    /// The path is as it was sent: names of rooms are not decoded, as on the public port.
    pub fn of(method: &Method, path: &str) -> Result<Route, Refusal> {
        let mut parts = path.split('/').skip(1);
        match parts.next().unwrap_or_default() {
            "" => allow(method, &[(Method::GET, Route::Server)]),
            "rooms" => rooms(method, parts.collect()),
            "figures" => allow(method, &[(Method::GET, Route::Figures)]),
            "bindings" => allow(method, &[(Method::GET, Route::Bindings)]),
            "crons" => {
                let name = decoded(&parts.collect::<Vec<_>>().join("/"))?;
                match name.is_empty() {
                    true => allow(method, &[(Method::GET, Route::Crons)]),
                    false => allow(method, &[(Method::POST, Route::Cron(name))]),
                }
            }
            "logs" => allow(
                method,
                &[
                    (Method::GET, Route::Logs),
                    (Method::DELETE, Route::ForgetLogs),
                ],
            ),
            "snapshot" => allow(method, &[(Method::POST, Route::Snapshot)]),
            "restore" => allow(method, &[(Method::POST, Route::Restore)]),
            "faults" => allow(
                method,
                &[
                    (Method::GET, Route::Faults),
                    (Method::POST, Route::AddFault),
                    (Method::DELETE, Route::Mend),
                ],
            ),
            "settle" => allow(method, &[(Method::POST, Route::Settle)]),
            "leaks" => allow(method, &[(Method::GET, Route::Leaks)]),
            "why" => allow(method, &[(Method::GET, Route::Why)]),
            "clock" => allow(
                method,
                &[(Method::GET, Route::Clock), (Method::POST, Route::SetClock)],
            ),
            "reset" => allow(method, &[(Method::POST, Route::Reset)]),
            "storage" => allow(method, &[(Method::DELETE, Route::ResetStorage)]),
            _ => Err(unknown(path)),
        }
    }

    /// Whether it only concerns what is stored, and which rooms there are.
    pub fn is_about_storage(&self) -> bool {
        match self {
            Route::Server | Route::Rooms(_) | Route::ResetStorage => true,
            Route::Room(_, action) => matches!(
                action,
                Action::Describe
                    | Action::List
                    | Action::PutMany
                    | Action::Clear
                    | Action::Get(_)
                    | Action::Put(_)
                    | Action::Delete(_)
                    | Action::Alarm
                    | Action::SetAlarm
                    | Action::DeleteAlarm
                    | Action::Evict
                    | Action::Reset
            ),
            _ => false,
        }
    }
}

fn unknown(path: &str) -> Refusal {
    let text = format!("There is nothing at `{path}`: docs/control.md lists the routes");
    Refusal::new(404, "route", text)
}

/// The route of this method.
fn allow<T: Clone>(method: &Method, routes: &[(Method, T)]) -> Result<T, Refusal> {
    let is_asked = |allowed: &Method| {
        allowed == method || (*allowed == Method::GET && *method == Method::HEAD)
    };
    match routes.iter().find(|(allowed, _)| is_asked(allowed)) {
        Some((_, route)) => Ok(route.clone()),
        None => {
            let allowed: Vec<_> = routes.iter().map(|(method, _)| method.as_str()).collect();
            let text = format!("This route takes {}, not {method}", allowed.join(", "));
            Err(Refusal::new(405, "method", text))
        }
    }
}

fn rooms(method: &Method, parts: Vec<&str>) -> Result<Route, Refusal> {
    let (party, room, rest) = match parts.as_slice() {
        [] | [""] => return allow(method, &[(Method::GET, Route::Rooms(None))]),
        [party] | [party, ""] => {
            let party = Some(decoded(party)?);
            return allow(method, &[(Method::GET, Route::Rooms(party))]);
        }
        [party, room, rest @ ..] => (decoded(party)?, *room, rest),
    };
    let key = RoomKey::new(&party, room);
    let to = |action| Route::Room(key.clone(), action);
    let (first, rest) = rest
        .split_first()
        .map_or(("", &[][..]), |(first, rest)| (*first, rest));
    let one = |allowed: Method, action| allow(method, &[(allowed, to(action))]);
    match (first, rest) {
        ("", []) => one(Method::GET, Action::Describe),
        ("fetch", rest) => {
            let rest: String = rest.iter().flat_map(|part| ["/", *part]).collect();
            Ok(to(Action::Fetch(rest)))
        }
        ("storage", []) => allow(
            method,
            &[
                (Method::GET, to(Action::List)),
                (Method::PUT, to(Action::PutMany)),
                (Method::DELETE, to(Action::Clear)),
            ],
        ),
        ("storage", rest) => {
            let key = decoded(&rest.join("/"))?;
            allow(
                method,
                &[
                    (Method::GET, to(Action::Get(key.clone()))),
                    (Method::PUT, to(Action::Put(key.clone()))),
                    (Method::DELETE, to(Action::Delete(key))),
                ],
            )
        }
        ("alarm", []) => allow(
            method,
            &[
                (Method::GET, to(Action::Alarm)),
                (Method::PUT, to(Action::SetAlarm)),
                (Method::DELETE, to(Action::DeleteAlarm)),
            ],
        ),
        ("alarm", ["run"]) => one(Method::POST, Action::RunAlarm),
        ("connections", []) => one(Method::GET, Action::Connections),
        ("connections", [id, what]) => {
            let id = decoded(id)?;
            match *what {
                "send" => one(Method::POST, Action::Send(id)),
                "close" => one(Method::POST, Action::Close(id)),
                "cut" => one(Method::POST, Action::Cut(id)),
                "fault" => one(Method::PUT, Action::SetLine(id)),
                _ => Err(unknown(&format!("/rooms/{}", parts.join("/")))),
            }
        }
        ("evict", []) => one(Method::POST, Action::Evict),
        ("restart", []) => one(Method::POST, Action::Restart),
        ("reset", []) => one(Method::POST, Action::Reset),
        ("run", []) => one(Method::POST, Action::Run),
        _ => Err(unknown(&format!("/rooms/{}", parts.join("/")))),
    }
}

fn decoded(part: &str) -> Result<String, Refusal> {
    let text = percent_decode_str(part).decode_utf8();
    let text = text.map_err(|_| Refusal::new(400, "path", format!("It is not UTF-8: `{part}`")))?;
    Ok(text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(method: &str, path: &str) -> Result<Route, u16> {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        Route::of(&method, path).map_err(|refusal| refusal.status)
    }

    fn room(room: &str, action: Action) -> Result<Route, u16> {
        Ok(Route::Room(RoomKey::new("main", room), action))
    }

    #[test]
    fn names_of_rooms_are_raw_and_keys_are_decoded() {
        assert_eq!(
            route("GET", "/rooms/main/a%20b/storage/x%2Fy%20/z"),
            room("a%20b", Action::Get("x/y /z".to_owned()))
        );
        assert_eq!(
            route("PUT", "/rooms/main/r/storage/"),
            room("r", Action::Put(String::new()))
        );
        assert_eq!(
            route("PUT", "/rooms/main/r/storage"),
            room("r", Action::PutMany)
        );
        assert_eq!(route("GET", "/rooms/main/r/storage/%FF"), Err(400));
    }

    #[test]
    fn what_follows_a_space_is_asked_of_it() {
        let asked = |method: &str, path: &str| {
            let method = Method::from_bytes(method.as_bytes()).expect("a method");
            Asked::of(&method, path).map_err(|refusal| refusal.status)
        };
        let of = |space: Option<&str>, route| Ok(Asked::Of(space.map(str::to_owned), route));
        assert_eq!(asked("GET", "/spaces"), Ok(Asked::Spaces));
        assert_eq!(asked("POST", "/spaces"), Ok(Asked::Open));
        assert_eq!(asked("PUT", "/spaces"), Err(405));
        assert_eq!(asked("DELETE", "/spaces/s1"), Ok(Asked::Close("s1".into())));
        assert_eq!(asked("GET", "/spaces/s1"), of(Some("s1"), Route::Server));
        assert_eq!(
            asked("GET", "/spaces/s1/rooms"),
            of(Some("s1"), Route::Rooms(None))
        );
        assert_eq!(asked("POST", "/reset"), of(None, Route::Reset));
        assert_eq!(asked("GET", "/spacesuit"), Err(404));
    }

    #[test]
    fn nothing_that_runs_code_is_about_storage() {
        let is_about_storage =
            |method: &str, path: &str| route(method, path).map(|route| route.is_about_storage());
        for (method, path) in [
            ("GET", "/rooms"),
            ("GET", "/rooms/main/r/storage"),
            ("POST", "/rooms/main/r/reset"),
            ("DELETE", "/storage"),
        ] {
            assert_eq!(is_about_storage(method, path), Ok(true), "{path}");
        }
        for (method, path) in [
            ("POST", "/rooms/main/r/run"),
            ("GET", "/rooms/main/r/fetch"),
            ("POST", "/rooms/main/r/alarm/run"),
            ("POST", "/crons/nightly"),
            ("POST", "/clock"),
        ] {
            assert_eq!(is_about_storage(method, path), Ok(false), "{path}");
        }
    }

    #[test]
    fn requests_for_a_room_have_any_method_and_path() {
        assert_eq!(
            route("PATCH", "/rooms/main/r/fetch/a//b%2F"),
            room("r", Action::Fetch("/a//b%2F".to_owned()))
        );
        assert_eq!(
            route("GET", "/rooms/main/r/fetch"),
            room("r", Action::Fetch(String::new()))
        );
    }

    #[test]
    fn what_is_not_there_is_told_from_what_is_asked_wrongly() {
        assert_eq!(route("GET", "/rooms/main/r/nothing"), Err(404));
        assert_eq!(route("GET", "/nothing"), Err(404));
        assert_eq!(route("GET", "/rooms/main/r/evict"), Err(405));
        assert_eq!(route("POST", "/"), Err(405));
        assert_eq!(route("HEAD", "/rooms"), Ok(Route::Rooms(None)));
        assert_eq!(
            route("GET", "/rooms/chat"),
            Ok(Route::Rooms(Some("chat".to_owned())))
        );
        assert_eq!(
            route("POST", "/crons/a%20b"),
            Ok(Route::Cron("a b".to_owned()))
        );
    }
}
