//! `room.storage` as ops: checks keys, values and numbers against the limits (specification, section 6)
//! and turns JavaScript values into bytes and back. Options and overloads are JavaScript's work, the
//! data is [`RoomStorage`](crate::storage_interface::RoomStorage)'s.

#![allow(
    clippy::too_many_arguments,
    reason = "`list` has one for each of its options"
)]

use std::cell::RefCell;
use std::rc::Rc;

use deno_core::OpState;
use deno_core::op2;
use deno_core::v8;

use crate::interface::SharedConsole;
use crate::storage_interface::Entry;
use crate::storage_interface::ListRange;
use crate::storage_interface::SharedStorage;
use crate::storage_interface::StorageFailure;
use crate::storage_interface::TransactionId;
use crate::storage_value::CloneHooks;
use crate::storage_value::deserialize;
use crate::storage_value::serialize;

/// Greatest size of a key in UTF-8 bytes.
const MAX_KEY_BYTES: usize = 2048;

/// Greatest size of a value as the error message tells it.
const MAX_VALUE_BYTES: usize = 128 * 1024;

/// How much greater a value may be in the serialised form, so that 128 KiB of payload always fit.
const VALUE_SLACK: usize = 34;

/// How many characters of a key are shown.
const SHOWN_OF_KEY: usize = 60;

/// How many keys one `get` may name.
const MAX_KEYS: usize = 128;

#[derive(Debug, thiserror::Error, deno_error::JsError)]
pub enum StorageOpError {
    #[class(range)]
    #[error("Keys cannot be larger than {MAX_KEY_BYTES} bytes. A key of size {0} was provided.")]
    KeyTooLarge(usize),
    #[class(range)]
    #[error(
        "Values cannot be larger than {MAX_VALUE_BYTES} bytes. A value of size {0} was provided."
    )]
    ValueTooLarge(usize),
    #[class(range)]
    #[error("Maximum number of key value pairs is {MAX_KEYS}. {0} pairs were provided.")]
    TooManyKeys(usize),
    #[class(range)]
    #[error("Too much is written at once: await some of the writes")]
    TooMuch,
    #[class(generic)]
    #[error(transparent)]
    Failure(#[from] StorageFailure),
}

/// Takes the hooks that cloning needs. Once in each isolate, before any other op here.
#[op2(fast)]
pub fn op_pr_storage_init(
    state: &mut OpState,
    scope: &mut v8::PinScope<'_, '_>,
    brand: v8::Local<v8::Symbol>,
    describe: v8::Local<v8::Function>,
    revive: v8::Local<v8::Function>,
    refusal: v8::Local<v8::Function>,
) {
    state.put(Rc::new(CloneHooks {
        brand: v8::Global::new(scope, brand),
        describe: v8::Global::new(scope, describe),
        revive: v8::Global::new(scope, revive),
        refusal: v8::Global::new(scope, refusal),
    }));
}

// Cloning runs user code (getters), which may call these ops again: `OpState` is never held borrowed
// meanwhile, and an exception of that code is left pending, with a return value that nobody sees.

#[op2(reentrant)]
pub fn op_pr_storage_get<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: Rc<RefCell<OpState>>,
    #[string] key: String,
) -> Result<v8::Local<'s, v8::Value>, StorageOpError> {
    let key = checked_key(key)?;
    let undefined = v8::undefined(scope).into();
    let Some(bytes) = storage(&state).get(&key)? else {
        return Ok(undefined);
    };
    Ok(deserialize(scope, &hooks(&state), &bytes).unwrap_or(undefined))
}

#[op2(reentrant)]
pub fn op_pr_storage_get_many<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: Rc<RefCell<OpState>>,
    keys: v8::Local<'s, v8::Array>,
) -> Result<v8::Local<'s, v8::Map>, StorageOpError> {
    let count = keys.length() as usize;
    if count > MAX_KEYS {
        return Err(StorageOpError::TooManyKeys(count));
    }
    // One that is too long cannot be there, and is no error.
    let keys = texts(scope, keys)
        .into_iter()
        .filter(|key| key.len() <= MAX_KEY_BYTES)
        .collect();
    let entries = storage(&state).get_many(keys)?;
    Ok(map(scope, &hooks(&state), entries))
}

/// `limit` 0 stands for none.
#[op2(reentrant)]
pub fn op_pr_storage_list<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: Rc<RefCell<OpState>>,
    #[string] start: Option<String>,
    #[string] start_after: Option<String>,
    #[string] end: Option<String>,
    #[string] prefix: Option<String>,
    reverse: bool,
    #[smi] limit: u32,
) -> Result<v8::Local<'s, v8::Map>, StorageOpError> {
    let mut range = ListRange {
        reverse,
        limit: (limit != 0).then_some(limit as usize),
        ..ListRange::default()
    };
    if let Some(start) = start {
        range = range.starting_at(&start);
    }
    if let Some(start_after) = start_after {
        range = range.starting_after(&start_after);
    }
    if let Some(end) = end {
        range = range.ending_before(&end);
    }
    if let Some(prefix) = prefix {
        range = range.with_prefix(&prefix);
    }
    let entries = storage(&state).list(&range)?;
    Ok(map(scope, &hooks(&state), entries))
}

#[op2(nofast, reentrant)]
pub fn op_pr_storage_put<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: Rc<RefCell<OpState>>,
    #[string] key: String,
    value: v8::Local<'s, v8::Value>,
) -> Result<bool, StorageOpError> {
    let key = checked_key(key)?;
    let Some(bytes) = serialize(scope, &hooks(&state), value) else {
        return Ok(false);
    };
    check_value(&state, &key, bytes.len())?;
    write(&storage(&state), vec![(key, bytes)])
}

/// Puts all or, when one of them is refused, none.
#[op2(nofast, reentrant)]
pub fn op_pr_storage_put_many<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: Rc<RefCell<OpState>>,
    keys: v8::Local<'s, v8::Array>,
    values: v8::Local<'s, v8::Array>,
) -> Result<bool, StorageOpError> {
    let keys = checked_keys(scope, keys)?;
    let hooks = hooks(&state);
    let mut entries = Vec::with_capacity(keys.len());
    for (index, key) in (0..).zip(keys) {
        let Some(value) = values.get_index(scope, index) else {
            return Ok(false);
        };
        let Some(bytes) = serialize(scope, &hooks, value) else {
            return Ok(false);
        };
        check_value(&state, &key, bytes.len())?;
        entries.push((key, bytes));
    }
    write(&storage(&state), entries)
}

/// Whether those who write should [wait](op_pr_storage_settled).
fn write(storage: &SharedStorage, entries: Vec<Entry>) -> Result<bool, StorageOpError> {
    let bytes = entries
        .iter()
        .map(|(key, value)| key.len() + value.len())
        .sum();
    if !storage.has_memory_for(bytes) {
        return Err(StorageOpError::TooMuch);
    }
    for (key, value) in entries {
        storage.put(key, value);
    }
    Ok(storage.is_crowded())
}

/// Returns how many of the keys existed.
#[op2(nofast)]
#[smi]
pub fn op_pr_storage_delete<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: Rc<RefCell<OpState>>,
    keys: v8::Local<'s, v8::Array>,
) -> Result<u32, StorageOpError> {
    let keys = checked_keys(scope, keys)?;
    Ok(storage(&state).delete(keys)?)
}

#[op2(fast)]
pub fn op_pr_storage_delete_all(state: Rc<RefCell<OpState>>) {
    storage(&state).delete_all();
}

#[op2(fast)]
#[smi]
pub fn op_pr_storage_begin(state: Rc<RefCell<OpState>>) -> u32 {
    let TransactionId(transaction) = storage(&state).begin();
    transaction
}

#[op2(fast)]
pub fn op_pr_storage_commit(state: Rc<RefCell<OpState>>, #[smi] transaction: u32) {
    storage(&state).commit(TransactionId(transaction));
}

#[op2(fast)]
pub fn op_pr_storage_rollback(state: Rc<RefCell<OpState>>, #[smi] transaction: u32) {
    storage(&state).rollback(TransactionId(transaction));
}

#[op2]
pub async fn op_pr_storage_sync(state: Rc<RefCell<OpState>>) -> Result<(), StorageOpError> {
    let synced = storage(&state).sync();
    Ok(synced.await?)
}

#[op2]
pub async fn op_pr_storage_settled(state: Rc<RefCell<OpState>>) -> Result<(), StorageOpError> {
    let settled = storage(&state).settled();
    Ok(settled.await?)
}

fn storage(state: &RefCell<OpState>) -> SharedStorage {
    state.borrow().borrow::<SharedStorage>().clone()
}

fn hooks(state: &RefCell<OpState>) -> Rc<CloneHooks> {
    state.borrow().borrow::<Rc<CloneHooks>>().clone()
}

fn checked_key(key: String) -> Result<String, StorageOpError> {
    match key.len() {
        0..=MAX_KEY_BYTES => Ok(key),
        length => Err(StorageOpError::KeyTooLarge(length)),
    }
}

/// The strings in `keys`, which JavaScript has made sure of.
fn checked_keys(
    scope: &mut v8::PinScope<'_, '_>,
    keys: v8::Local<'_, v8::Array>,
) -> Result<Vec<String>, StorageOpError> {
    texts(scope, keys).into_iter().map(checked_key).collect()
}

fn texts(scope: &mut v8::PinScope<'_, '_>, keys: v8::Local<'_, v8::Array>) -> Vec<String> {
    (0..keys.length())
        .filter_map(|index| {
            keys.get_index(scope, index)
                .map(|key| key.to_rust_string_lossy(scope))
        })
        .collect()
}

/// The error has the platform's words, which do not say whose value it is.
fn check_value(state: &RefCell<OpState>, key: &str, length: usize) -> Result<(), StorageOpError> {
    if length <= MAX_VALUE_BYTES + VALUE_SLACK {
        return Ok(());
    }
    if let Some(console) = state.borrow().try_borrow::<SharedConsole>() {
        let key: String = key.escape_debug().take(SHOWN_OF_KEY).collect();
        let text = format!(
            "cannot store the value of `{key}`: {length} bytes, the limit is {MAX_VALUE_BYTES}"
        );
        // Keys that differ in a number alone are of one kind.
        let kind: String = key.chars().filter(|c| !c.is_numeric()).collect();
        console.tell_once(&format!("value too large: {kind}"), &text);
    }
    Err(StorageOpError::ValueTooLarge(length))
}

/// A JavaScript `Map` of the entries, in their order. Incomplete when an exception is pending.
fn map<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    hooks: &Rc<CloneHooks>,
    entries: Vec<Entry>,
) -> v8::Local<'s, v8::Map> {
    let map = v8::Map::new(scope);
    for (key, bytes) in entries {
        let Some(value) = deserialize(scope, hooks, &bytes) else {
            break;
        };
        let key =
            v8::String::new(scope, &key).expect("a key is far shorter than V8's longest string");
        map.set(scope, key.into(), value);
    }
    map
}
