//! From a name that a module asks for to where it comes from, through all that only pass it on.
//!
//! Never decides whether somebody needs it.

use super::graph::{Graph, Id, Nature, Place};

/// Where a name comes from in the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// A variable, a function, a class.
    Own(Place),
    /// The namespace of an ES module.
    Namespace(Id),
    /// What this module binds from a module whose names are not known: CommonJS, JSON, a builtin.
    Foreign(Place),
    /// Behind an `export *` of this module that is settled when it runs, under this name.
    Open(Id, String),
    /// Nowhere, or from two places at once.
    Nowhere,
}

/// A name's origin, and the statements that take part in leading there.
#[derive(Debug, Clone)]
pub(super) struct Bound {
    pub origin: Origin,
    pub through: Vec<(Id, u32)>,
}

impl Graph<'_> {
    /// Follows what module `id` binds or declares as `symbol`.
    pub(super) fn follow(&self, (id, symbol): Place) -> Bound {
        self.follow_from((id, symbol), &mut Vec::new())
    }

    /// Follows an export of module `id`. `None` where there is none of this name.
    pub(super) fn follow_export(&self, id: Id, name: &str) -> Option<Bound> {
        let exported = self.get(id).exports.get(name)?;
        let bound = self.follow(exported.place);
        let is_rival = |place: &Place| self.follow(*place).origin != bound.origin;
        let is_ambiguous = exported.rivals.iter().any(is_rival);
        (!is_ambiguous).then_some(bound)
    }

    fn follow_from(&self, start: Place, seen: &mut Vec<Place>) -> Bound {
        let mut through = Vec::new();
        let mut place = start;
        let origin = loop {
            let (id, symbol) = place;
            if seen.contains(&place) {
                break Origin::Nowhere;
            }
            seen.push(place);
            let module = self.get(id);
            let declared = &module.facts.declared[symbol as usize];
            through.extend(declared.iter().map(|part| (id, *part)));
            let Some((_, binding)) = module.facts.binding(symbol) else {
                break Origin::Own(place);
            };
            let Some(target) = module.targets[binding.import as usize] else {
                break Origin::Nowhere;
            };
            if self.get(target).nature != Nature::Es {
                break Origin::Foreign(place);
            }
            if binding.name == "*" {
                break Origin::Namespace(target);
            }
            let Some(exported) = self.get(target).exports.get(binding.name.as_str()) else {
                break match self.get(target).is_dynamic {
                    true => Origin::Open(target, binding.name.clone()),
                    false => Origin::Nowhere,
                };
            };
            let rivals = exported.rivals.iter();
            let mut rivals = rivals.map(|rival| self.follow_from(*rival, &mut seen.clone()).origin);
            if !exported.rivals.is_empty() {
                let own = self.follow_from(exported.place, &mut seen.clone()).origin;
                if rivals.any(|rival| rival != own) {
                    break Origin::Nowhere;
                }
            }
            place = exported.place;
        };
        Bound { origin, through }
    }
}
