//! The name of each party on the platform: a class and the binding of its namespace. Owns the rules of
//! these names; knows nothing of what a class has stored.

use crate::config::{Part, RawConfig};

/// A party as the platform knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    pub name: String,
    pub class: String,
    pub binding: String,
}

/// The parties called `names`, in their order, or one message for each name that cannot be used.
pub fn named<'a>(
    names: impl Iterator<Item = &'a str>,
    config: &RawConfig,
) -> Result<Vec<Party>, Vec<String>> {
    let mut parties: Vec<Party> = Vec::new();
    let mut faults = Vec::new();
    for name in names {
        let class = class(name);
        let place = || config.place(&["parties", name], Part::Key);
        if !class.starts_with(|c: char| c.is_ascii_alphabetic()) {
            faults.push(format!(
                "{}: A party is a class on this platform, and no class can be called `{class}`; begin the name with a letter: `{name}`",
                place()
            ));
            continue;
        }
        // Engines keep the rooms of a class in a folder of its name, and some disks see no case.
        let same = |party: &&Party| party.class.eq_ignore_ascii_case(&class);
        if let Some(other) = parties.iter().find(same) {
            faults.push(format!(
                "{}: Two parties would be the classes `{}` and `{class}`, which differ by case at most; rename `{}` or `{name}`",
                place(),
                other.class,
                other.name,
            ));
            continue;
        }
        parties.push(Party {
            binding: binding(name),
            name: name.to_owned(),
            class,
        });
    }
    match faults.is_empty() {
        true => Ok(parties),
        false => Err(faults),
    }
}

/// `my-party_2` is `MyParty2`.
fn class(party: &str) -> String {
    let words = party.split(['-', '_']).filter(|word| !word.is_empty());
    words
        .map(|word| {
            let (first, rest) = word.split_at(1);
            first.to_ascii_uppercase() + rest
        })
        .collect()
}

fn binding(party: &str) -> String {
    format!("PARTY_{}", party.to_ascii_uppercase().replace('-', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named_of(names: &[&str]) -> Result<Vec<(String, String)>, Vec<String>> {
        let folder = tempfile::tempdir().expect("a scratch folder");
        std::fs::write(
            folder.path().join("partykit.json"),
            "{\"parties\": {\"a-b\": \"x\"}}",
        )
        .expect("writable");
        let config = RawConfig::load(folder.path(), None).expect("a configuration");
        named(names.iter().copied(), &config).map(|parties| {
            let pair = |party: Party| (party.class, party.binding);
            parties.into_iter().map(pair).collect()
        })
    }

    #[test]
    fn parties_become_classes() {
        let pair = |class: &str, binding: &str| (class.to_owned(), binding.to_owned());
        assert_eq!(
            named_of(&["main", "my-party_2", "stats"]),
            Ok(vec![
                pair("Main", "PARTY_MAIN"),
                pair("MyParty2", "PARTY_MY_PARTY_2"),
                pair("Stats", "PARTY_STATS"),
            ])
        );
    }

    #[test]
    fn what_cannot_be_a_class_is_named_with_its_place() {
        for name in ["2fast", "-", "__", "-9"] {
            let faults = named_of(&[name]).expect_err("refused");
            assert!(faults[0].contains(&format!("`{name}`")), "{}", faults[0]);
        }
        let faults = named_of(&["ab", "a-b", "a_b", "fine"]).expect_err("refused");
        assert_eq!(faults.len(), 2, "{faults:?}");
        assert!(
            faults[0].starts_with("partykit.json:1:14: "),
            "{}",
            faults[0]
        );
        assert!(faults[0].contains("`Ab` and `AB`"), "{}", faults[0]);
    }
}
