//! Memory outside of V8's heap that a script accounts for.

use deno_core::op2;
use deno_core::v8;

/// Adds `bytes`, which may be negative, to the memory outside of the heap that V8 does not count itself.
/// Not a fast op, as V8 may collect garbage.
#[op2(nofast)]
pub fn op_pr_outside_memory(scope: &mut v8::PinScope<'_, '_>, #[number] bytes: i64) {
    scope.adjust_amount_of_external_allocated_memory(bytes);
}
