//! Which handler of a party is meant by a name that is none. Knows names only.

use deno_core::op2;

/// All that a party may have.
const HANDLERS: [&str; 13] = [
    "onConnect",
    "onRequest",
    "onMessage",
    "onClose",
    "onError",
    "onAlarm",
    "onStart",
    "onFetch",
    "unstable_onFetch",
    "onBeforeConnect",
    "onBeforeRequest",
    "onSocket",
    "onCron",
];

/// What they are called in other programs.
const ELSEWHERE: [(&str, &str); 12] = [
    ("onOpen", "onConnect"),
    ("onConnection", "onConnect"),
    ("onJoin", "onConnect"),
    ("onWebSocket", "onConnect"),
    ("onDisconnect", "onClose"),
    ("onDisconnected", "onClose"),
    ("onDisconnection", "onClose"),
    ("onLeave", "onClose"),
    ("onHttp", "onRequest"),
    ("onScheduled", "onCron"),
    ("onSchedule", "onCron"),
    ("onInit", "onStart"),
];

/// A longer name may have a second slip.
const LONG: usize = 12;

#[op2]
#[string]
pub fn op_pr_handler_meant(#[string] name: &str) -> Option<String> {
    meant(name).map(str::to_owned)
}

fn meant(name: &str) -> Option<&'static str> {
    let is_same = |known: &str| known.eq_ignore_ascii_case(name);
    if let Some((_, handler)) = ELSEWHERE.iter().find(|(known, _)| is_same(known)) {
        return Some(handler);
    }
    let lower = name.to_lowercase();
    let most = if name.chars().count() < LONG { 1 } else { 2 };
    let nearest = HANDLERS
        .iter()
        .map(|handler| {
            let known = handler.to_lowercase();
            // The same letters in another order are one slip, however far they have moved.
            let distance = match letters(&known) == letters(&lower) {
                true => 1,
                false => strsim::damerau_levenshtein(&known, &lower),
            };
            (distance, *handler)
        })
        .filter(|(distance, _)| *distance <= most)
        .min();
    nearest.map(|(_, handler)| handler).or_else(|| {
        // `onConnected`, `onMessages`.
        let longer = |handler: &&&str| {
            let rest = name.strip_prefix(**handler);
            rest.is_some_and(|rest| matches!(rest, "s" | "ed" | "d" | "ing" | "ion" | "Event"))
        };
        HANDLERS.iter().find(longer).copied()
    })
}

fn letters(name: &str) -> Vec<char> {
    let mut letters: Vec<char> = name.chars().collect();
    letters.sort_unstable();
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_and_names_of_elsewhere_lead_to_handlers() {
        for (name, handler) in [
            ("onRequst", "onRequest"),
            ("onRequset", "onRequest"),
            ("onmessage", "onMessage"),
            ("onMesage", "onMessage"),
            ("onMessages", "onMessage"),
            ("onConect", "onConnect"),
            ("onConnection", "onConnect"),
            ("onConnected", "onConnect"),
            ("onopen", "onConnect"),
            ("onDisconnect", "onClose"),
            ("onClosed", "onClose"),
            ("onBeforConect", "onBeforeConnect"),
            ("onStrat", "onStart"),
            ("onErorr", "onError"),
        ] {
            assert_eq!(meant(name), Some(handler), "{name}");
        }
    }

    #[test]
    fn names_of_the_users_own_lead_nowhere() {
        for name in [
            "onOther",
            "onClear",
            "onPlayerMoved",
            "onAlert",
            "only",
            "on",
            "onRoomRequest",
            "onCursor",
        ] {
            assert_eq!(meant(name), None, "{name}");
        }
    }
}
