//! Which modules must have run before a module. Modules that are left out still say in which order
//! the others run, as they would if they ran.
//!
//! Never decides what runs.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::graph::{Graph, Id, Nature};
use super::mark::Live;

/// What lies behind a module that does not run.
#[derive(Clone, Copy)]
enum Behind {
    Nothing,
    One(Id),
    /// The module itself stands for their order.
    Several,
}

pub(super) struct Order<'a> {
    graph: &'a Graph<'a>,
    live: &'a Live,
    behind: HashMap<Id, Behind>,
}

impl<'a> Order<'a> {
    pub(super) fn new(graph: &'a Graph<'a>, live: &'a Live) -> Self {
        Self {
            graph,
            live,
            behind: HashMap::new(),
        }
    }

    /// In order. Adds to `shells` the modules that are needed only for it.
    pub(super) fn before(&mut self, id: Id, shells: &mut BTreeSet<Id>) -> Vec<Id> {
        let mut seen = HashSet::from([id]);
        let mut before = Vec::new();
        for part in 0..self.graph.get(id).facts.parts.len() {
            let is_live = self.live.parts[id][part];
            for target in self.graph.static_targets(id, part) {
                let module = self.graph.get(target);
                let first = match module.nature {
                    Nature::Foreign { has_side_effects } => {
                        (is_live && has_side_effects).then_some(target)
                    }
                    _ if module.is_lazy => (is_live && self.live.files[target]).then_some(target),
                    _ if self.live.files[target] => Some(target),
                    _ => match self.behind(target) {
                        Behind::Nothing => None,
                        Behind::One(only) => Some(only),
                        Behind::Several => {
                            shells.insert(target);
                            Some(target)
                        }
                    },
                };
                before.extend(first.filter(|first| seen.insert(*first)));
            }
        }
        before
    }

    fn behind(&mut self, id: Id) -> Behind {
        if let Some(known) = self.behind.get(&id) {
            return *known;
        }
        let mut seen = HashSet::from([id]);
        let mut rest = vec![id];
        let mut found: Option<Id> = None;
        let mut behind = Behind::Nothing;
        while let Some(id) = rest.pop() {
            for part in 0..self.graph.get(id).facts.parts.len() {
                for target in self.graph.static_targets(id, part) {
                    let module = self.graph.get(target);
                    if module.is_lazy || !module.is_script() || !seen.insert(target) {
                        continue;
                    }
                    if !self.live.files[target] {
                        rest.push(target);
                    } else if found.replace(target).is_some() {
                        behind = Behind::Several;
                    } else {
                        behind = Behind::One(target);
                    }
                }
            }
            if matches!(behind, Behind::Several) {
                break;
            }
        }
        self.behind.insert(id, behind);
        behind
    }
}
