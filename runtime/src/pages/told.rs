//! What pages show of an error of user code, as plain texts. Decides neither who is shown it nor how it looks.

use anstream::adapter::strip_str;

use crate::project::Trouble;

/// How much of a message is a title.
const TITLE: usize = 300;

/// An error in the parts that are shown.
#[derive(Debug, PartialEq, Eq)]
pub struct Told {
    /// The beginning of its message.
    pub title: String,
    /// In what it happened, and in which room.
    pub place: String,
    /// A place in the user's code, and the lines around it.
    pub excerpt: Option<(String, String)>,
    /// All that was thrown.
    pub stack: String,
}

impl Told {
    /// `short` shortens the names of files.
    pub fn of(trouble: &Trouble, short: &dyn Fn(&str) -> String) -> Told {
        let stack = short(&strip_str(&trouble.text).to_string());
        Told {
            title: message(&stack).chars().take(TITLE).collect(),
            place: match &trouble.room {
                Some(room) => format!("{} in room {room}", trouble.context),
                None => trouble.context.clone(),
            },
            excerpt: trouble
                .place
                .as_ref()
                .map(|place| (short(&place.to_string()), place.frame().to_owned())),
            stack,
        }
    }
}

/// What was thrown, without its stack.
fn message(text: &str) -> &str {
    let stack = text.find("\n    at ").unwrap_or(text.len());
    text[..stack].trim()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::RoomAddress;

    #[test]
    fn an_error_is_told_by_its_message_its_room_and_its_stack() {
        let mut trouble = Trouble {
            context: "onMessage error".to_owned(),
            text: "Error: \x1b[31ma\x1b[0m\nb\n    at f (/p/s.ts:1:2)".to_owned(),
            room: Some(RoomAddress {
                party: "main".to_owned(),
                room: "r".to_owned(),
            }),
            place: None,
        };
        let short = |text: &str| text.replace("/p/", "");
        let told = Told::of(&trouble, &short);
        assert_eq!(told.title, "Error: a\nb");
        assert_eq!(told.place, "onMessage error in room main/r");
        assert_eq!(told.stack, "Error: a\nb\n    at f (s.ts:1:2)");
        trouble.room = None;
        trouble.text = "x".repeat(TITLE + 1);
        let told = Told::of(&trouble, &short);
        assert_eq!((told.title.len(), &*told.place), (TITLE, "onMessage error"));
    }
}
