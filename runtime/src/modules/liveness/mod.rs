//! Which modules run, and which of their statements: those that would be in the bundle of the
//! original, whose bundler leaves out what nobody uses and what has no side effects. `package.json`
//! says of whole files that they have none (`sideEffects`); of statements, their text tells.
//!
//! Owns the rules and the texts without the unused statements, in which all others keep their lines
//! and columns. Never decides what is an error: an unused file must be there and be correct, too.
//!
//! - `facts`, `parts`, `read`, `uses`, `judge`, `pure`, `classes`, `operators`, `primitive`, `annotations`, `globals`: what
//!   one file says, read when it is transpiled.
//! - `places`: where its statements stand in the text that V8 gets.
//! - `graph`, `binding`, `mark`: how the files of a project hang together, and what runs.
//! - `plan`, `names`, `order`: what becomes of each module; `text`, `linkage`: its new text;
//!   `variant`: what is kept of it.

mod annotations;
mod binding;
mod classes;
mod facts;
mod globals;
mod graph;
mod judge;
mod linkage;
mod mark;
mod names;
mod operators;
mod order;
mod parts;
mod places;
mod plan;
mod primitive;
mod prune;
mod pure;
mod read;
mod text;
mod uses;
mod variant;

#[cfg(test)]
mod tests;

pub(super) use facts::Facts;
pub(super) use parts::{Piece, pieces, split};
pub(super) use places::{in_source, in_tree, printed};
pub(super) use prune::prune;
pub(super) use read::Source;
pub(super) use variant::Variant;
