//! A small program that proves a V8 library: it links, says its version, and runs a script. Compiled by
//! `verify` with rustc alone, so it declares what it needs of the `v8` crate's C functions itself. Each
//! step's result is a line of its own: what the last one was tells where a wrong library failed.

#![allow(non_snake_case)]

use std::ffi::{CStr, c_char, c_int};
use std::mem::MaybeUninit;
use std::ptr::null;

type Pointer = *const u8;

#[link(name = "rusty_v8", kind = "static")]
unsafe extern "C" {
    fn simdutf__validate_utf8(text: *const u8, length: usize) -> bool;
    fn v8__V8__GetVersion() -> *const c_char;
    fn v8__Platform__NewDefaultPlatform(threads: c_int, idle_tasks: bool) -> Pointer;
    fn v8__V8__InitializePlatform(platform: Pointer);
    fn v8__V8__Initialize();
    fn v8__ArrayBuffer__Allocator__NewDefaultAllocator() -> Pointer;
    fn v8__Isolate__CreateParams__SIZEOF() -> usize;
    fn v8__Isolate__CreateParams__CONSTRUCT(params: *mut [usize; PARAMS]);
    fn v8__Isolate__New(params: *const [usize; PARAMS]) -> Pointer;
    fn v8__Isolate__Enter(isolate: Pointer);
    fn v8__HandleScope__CONSTRUCT(scope: *mut MaybeUninit<[usize; 8]>, isolate: Pointer);
    fn v8__Context__New(
        isolate: Pointer,
        template: Pointer,
        global: Pointer,
        queue: Pointer,
    ) -> Pointer;
    fn v8__Context__Enter(context: Pointer);
    fn v8__String__NewFromUtf8(
        isolate: Pointer,
        text: *const u8,
        kind: c_int,
        length: c_int,
    ) -> Pointer;
    fn v8__ScriptOrigin__CONSTRUCT(
        origin: *mut MaybeUninit<[usize; 16]>,
        name: Pointer,
        line: c_int,
        column: c_int,
        shared: bool,
        script: c_int,
        source_map: Pointer,
        is_opaque: bool,
        is_wasm: bool,
        is_module: bool,
        options: Pointer,
    );
    fn v8__Script__Compile(
        context: Pointer,
        source: Pointer,
        origin: *const MaybeUninit<[usize; 16]>,
    ) -> Pointer;
    fn v8__Script__Run(script: Pointer, context: Pointer) -> Pointer;
    fn v8__Integer__Value(integer: Pointer) -> i64;
}

/// `v8::Isolate::CreateParams` in words, and which of them is the allocator of array buffers, without
/// which no isolate starts: the layout that the `v8` crate declares.
const PARAMS: usize = 20;
const ALLOCATOR: usize = 12;

/// Needs the compiler, the garbage collector, and ICU with its data.
const SCRIPT: &str =
    "new Array(1000).fill({}).length * 42 + Intl.NumberFormat('de').format(1234.5).length";
const RESULT: i64 = 42_007;

fn main() {
    // SAFETY: the functions of the library that this is linked with, called in the order V8 asks for.
    unsafe {
        println!("{}", CStr::from_ptr(v8__V8__GetVersion()).to_string_lossy());
        assert!(simdutf__validate_utf8(SCRIPT.as_ptr(), SCRIPT.len()));
        v8__V8__InitializePlatform(v8__Platform__NewDefaultPlatform(1, false));
        v8__V8__Initialize();
        println!("initialized");

        assert_eq!(
            v8__Isolate__CreateParams__SIZEOF(),
            size_of::<[usize; PARAMS]>()
        );
        let mut params = [0; PARAMS];
        v8__Isolate__CreateParams__CONSTRUCT(&mut params);
        params[ALLOCATOR] = v8__ArrayBuffer__Allocator__NewDefaultAllocator() as usize;
        let isolate = v8__Isolate__New(&params);
        v8__Isolate__Enter(isolate);
        let mut scope = MaybeUninit::uninit();
        v8__HandleScope__CONSTRUCT(&mut scope, isolate);
        let context = v8__Context__New(isolate, null(), null(), null());
        v8__Context__Enter(context);
        println!("isolate started");

        let text =
            |text: &str| v8__String__NewFromUtf8(isolate, text.as_ptr(), 0, text.len() as c_int);
        let mut origin = MaybeUninit::uninit();
        v8__ScriptOrigin__CONSTRUCT(
            &mut origin,
            text("probe"),
            0,
            0,
            false,
            -1,
            null(),
            false,
            false,
            false,
            null(),
        );
        let script = v8__Script__Compile(context, text(SCRIPT), &origin);
        let value = v8__Integer__Value(v8__Script__Run(script, context));
        assert_eq!(value, RESULT);
        println!("script ran");
    }
    // Isolates that are not disposed of would be complained about by destructors.
    std::process::exit(0);
}
