//! The modules of Node.js that need no computer: events, streams, paths, contexts and the like.

use serde_json::json;

use crate::node_builtins::answer;

/// Row 213.
#[test]
fn context_follows_asynchronous_work() {
    let value = answer(
        "import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'; import { EventEmitter } from 'events'; import { setTimeout as wait } from 'timers/promises';",
        "const one = new AsyncLocalStorage(), two = new AsyncLocalStorage(); const log = []; const see = () => log.push([one.getStore() ?? null, two.getStore() ?? null]);
         await one.run(1, async () => {
           see(); await null; see();
           await two.run(2, async () => { await wait(1); see(); });
           await new Promise((done) => setTimeout(() => { see(); done(); }, 1));
           await new Promise((done) => queueMicrotask(() => { see(); done(); }));
           await new Promise((done) => setImmediate(() => { see(); done(); }));
           await new Promise((done) => process.nextTick(() => { see(); done(); }));
           await Promise.resolve().then(see); await fetch('data:,x'); see(); one.exit(see);
           const emitter = new EventEmitter(); emitter.on('now', see); two.run(3, () => emitter.emit('now'));
         });
         see();
         const restored = [one.run(4, () => AsyncLocalStorage.snapshot())(() => one.getStore()), one.run(5, () => AsyncLocalStorage.bind(() => one.getStore()))(),
           one.run(6, () => new AsyncResource('MINE')).runInAsyncScope(() => one.getStore())];
         try { one.run(7, () => { throw 1 }); } catch {} see();
         return [log, restored]",
    );
    assert_eq!(
        value,
        json!([
            [
                [1, null],
                [1, null],
                [1, 2],
                [1, null],
                [1, null],
                [1, null],
                [1, null],
                [1, null],
                [1, null],
                [null, null],
                [1, 3],
                [null, null],
                [null, null]
            ],
            [4, 5, 6]
        ])
    );
}

/// Row 213.
#[test]
fn context_ends_with_its_event() {
    let dev = crate::harness::Project::inline(
        "import { AsyncLocalStorage } from 'async_hooks'; const storage = new AsyncLocalStorage();
         export default class { async onRequest(request) { const before = storage.getStore() ?? null; storage.enterWith(request.url.slice(-1)); await null; return Response.json([before, storage.getStore()]); } }",
    )
    .dev();
    for name in ["a", "b"] {
        let path = format!("{}?{name}", crate::harness::ROOM);
        assert_eq!(dev.json(&path), json!([null, name]));
    }
}

/// Row 213.
#[test]
fn events_are_those_of_node() {
    let value = answer(
        "import EventEmitter, { once, on, errorMonitor, getEventListeners } from 'events'; import { inherits } from 'util';",
        "const log = []; const emitter = new EventEmitter();
         emitter.once('a', () => log.push('once')); emitter.prependListener('a', () => log.push('first')); emitter.emit('a'); emitter.emit('a');
         emitter.on(errorMonitor, (error) => log.push('seen ' + error.message)); try { emitter.emit('error', new Error('bad')); } catch (error) { log.push(error.message); }
         try { emitter.on('a', 5); } catch (error) { log.push(error.code); }
         function Old() { EventEmitter.call(this); } inherits(Old, EventEmitter); const old = new Old(); old.on('x', (value) => log.push(value)).emit('x', 'old');
         class New extends EventEmitter {} setTimeout(() => emitter.emit('later', 1, 2), 1); log.push(await once(emitter, 'later'));
         const abort = new AbortController(); setTimeout(() => { emitter.emit('many', 1); emitter.emit('many', 2); abort.abort(); }, 1);
         try { for await (const [value] of on(emitter, 'many', { signal: abort.signal })) log.push(value); } catch (error) { log.push(error.name); }
         const target = new EventTarget(); setTimeout(() => target.dispatchEvent(new Event('web')), 1); log.push((await once(target, 'web'))[0].type);
         const captures = new EventEmitter({ captureRejections: true }); captures.on('x', async () => { throw new Error('rejected'); }); const failed = once(captures, 'never').catch((error) => error.message); captures.emit('x'); log.push(await failed);
         return [log, emitter.listenerCount('a'), getEventListeners(emitter, 'a').length, new New() instanceof EventEmitter, Array.prototype.length]",
    );
    assert_eq!(
        value,
        json!([
            [
                "first",
                "once",
                "first",
                "seen bad",
                "bad",
                "ERR_INVALID_ARG_TYPE",
                "old",
                [1, 2],
                1,
                2,
                "AbortError",
                "web",
                "rejected"
            ],
            1,
            1,
            true,
            0
        ])
    );
}

/// Row 213.
#[test]
fn streams_flow_and_turn_into_web_streams() {
    let value = answer(
        "import { Readable, Writable, Transform, PassThrough, Duplex, pipeline, finished } from 'stream'; import { pipeline as piped } from 'node:stream/promises'; import { json, text } from 'stream/consumers'; import web from 'stream/web'; import { promisify } from 'util'; import { StringDecoder } from 'string_decoder';",
        "const upper = () => new Transform({ transform(chunk, _, done) { done(null, chunk.toString().toUpperCase()); } });
         const kept = []; const keep = () => new Writable({ write(chunk, _, done) { kept.push(chunk.toString()); done(); } });
         await piped(Readable.from(['a', 'b']), upper(), keep()); await promisify(pipeline)(Readable.from(['c']), keep());
         let failure; await piped(Readable.from(['x']), new Transform({ transform(_, __, done) { done(new Error('boom')); } }), keep()).catch((error) => failure = error.message);
         const full = new Writable({ highWaterMark: 2, write() {} }); const pressure = [full.write('a'), full.write('bc'), full.writableNeedDrain];
         const into = []; const writer = Writable.toWeb(new Writable({ write(chunk, _, done) { into.push(chunk.toString()); done(); } })).getWriter(); await writer.write('w'); await writer.close();
         const decoder = new StringDecoder('utf8'); const euro = Buffer.from('\\u20ac');
         return [kept, failure, pressure, await new Response(Readable.toWeb(Readable.from([Buffer.from('to '), Buffer.from('web')]))).text(),
           await text(Readable.fromWeb(new Response('from web').body)), into, await json(Readable.from(['{\"a\":', '1}'])),
           await Readable.from([1, 2, 3]).map((x) => x * 2).filter((x) => x > 2).toArray(), new Duplex() instanceof Readable, new PassThrough() instanceof Writable, web.ReadableStream === ReadableStream,
           [decoder.write(euro.subarray(0, 1)), decoder.write(euro.subarray(1))]]",
    );
    assert_eq!(
        value,
        json!([["A", "B", "c"], "boom", [true, false, true], "to web", "from web", ["w"], { "a": 1 }, [4, 6], true, true, true, ["", "\u{20ac}"]])
    );
}

/// Row 213.
#[test]
fn buffers_convert_between_encodings() {
    let value = answer(
        "import { Buffer as B, isUtf8 } from 'buffer'; import * as whole from 'node:buffer';",
        "const attempt = (call) => { try { return call(); } catch (error) { return error.code ?? error.name; } };
         return [Buffer === B && whole.Buffer === B, Buffer.from('h\\u00e9').toString('hex'), Buffer.from('aGk', 'base64').toString(), Buffer.from([255, 254]).toString('base64url'), Buffer.from('__4', 'base64url').toString('hex'),
           Buffer.concat([Buffer.from('a'), Buffer.alloc(2, 'xy')]).toString(), Buffer.byteLength('\\u20ac'), Buffer.from('abc').subarray(1) instanceof Buffer, Buffer.from('abc').slice(1).toString(), Buffer.from('01020304', 'hex').readUInt32LE(),
           Buffer.from('abcabc').indexOf('ca'), JSON.stringify(Buffer.from('a')), Buffer.from('ab', 'utf16le').length, Buffer.compare(Buffer.from('a'), Buffer.from('b')), Buffer.isBuffer(new Uint8Array(1)), new Uint8Array(Buffer.from('q'))[0],
           attempt(() => Buffer.from(5)), attempt(() => Buffer.from('a', 'nope')), isUtf8(Buffer.from([255])), `${Buffer.from('text')}`, structuredClone(Buffer.from('z'))[0]]",
    );
    assert_eq!(
        value,
        json!([
            true,
            "68c3a9",
            "hi",
            "__4",
            "fffe",
            "axy",
            3,
            true,
            "bc",
            67_305_985,
            2,
            "{\"type\":\"Buffer\",\"data\":[97]}",
            4,
            -1,
            false,
            113,
            "ERR_INVALID_ARG_TYPE",
            "ERR_UNKNOWN_ENCODING",
            false,
            "text",
            122
        ])
    );
}

/// Row 213.
#[test]
fn util_and_assert_are_those_of_node() {
    let value = answer(
        "import util, { callbackify, format, inspect, isDeepStrictEqual, parseArgs, promisify, stripVTControlCharacters, styleText, types } from 'util'; import assert, { AssertionError } from 'assert'; import strict from 'assert/strict';",
        "const attempt = async (call) => { try { return await call(); } catch (error) { return error.message; } };
         return [inspect({ a: 1, b: [1, { c: { d: {} } }], m: new Map([['k', 1]]), p: Promise.resolve(4), f() {} }), format('%s %d %j', 'a', 1.5, { x: 1 }, 'more'),
           await promisify((value, done) => done(null, value + 1))(1), await promisify(setTimeout)(1, 'slept'), await new Promise((done) => callbackify(async () => 'back')((_, value) => done(value))),
           types.isProxy(new Proxy({}, {})), types.isAsyncFunction(async () => {}), isDeepStrictEqual(new Map([[1, { a: 1 }]]), new Map([[1, { a: 1 }]])), parseArgs({ args: ['-v', '--n', '1'], options: { v: { type: 'boolean', short: 'v' }, n: { type: 'string' } } }).values,
           stripVTControlCharacters(styleText('red', 'x')), util.TextEncoder === TextEncoder,
           await attempt(() => assert.equal(1, 2)), await attempt(() => assert.deepStrictEqual({ a: 1 }, { a: 1 })) ?? 'same', await attempt(() => strict.equal(1, '1')), await attempt(() => assert(false, 'said')), await attempt(() => assert.rejects(Promise.resolve())),
           await attempt(() => assert.throws(() => { throw new TypeError('t') }, TypeError)) ?? 'thrown', new AssertionError({ message: 'm' }) instanceof Error]",
    );
    assert_eq!(
        value,
        json!([
            "{\n  a: 1,\n  b: [ 1, { c: [Object] } ],\n  m: Map(1) { 'k' => 1 },\n  p: Promise { 4 },\n  f: [Function: f]\n}",
            "a 1.5 {\"x\":1} more", 2, "slept", "back", true, true, true, { "v": true, "n": "1" }, "x", true,
            "1 == 2", "same", "Expected values to be strictly equal:\n\n1 !== '1'\n", "said", "Missing expected rejection.", "thrown", true
        ])
    );
}

/// Row 213.
#[test]
fn names_of_places_are_taken_apart() {
    let value = answer(
        "import path, { posix, win32 } from 'path'; import url, { fileURLToPath, pathToFileURL } from 'url'; import querystring from 'querystring'; import punycode from 'node:punycode'; import { createRequire, builtinModules, isBuiltin } from 'module'; import os from 'os';",
        "const load = createRequire('file:///server.js'); let missing; try { load('left-pad') } catch (error) { missing = error.code; }
         return [path.join('/a', '../b', './c.txt'), path.resolve('/x', 'y', '../z'), path.relative('/a/b/c', '/a/d'), path.parse('/u/f.txt').name, path.extname('a.b.c'), posix === path, win32.join('a', 'b'),
           url.parse('http://u:p@host.com:80/p/a?q=1#h').pathname, url.parse('/a?b=c', true).query.b, url.resolve('http://a.com/b/c', '../d'), fileURLToPath('file:///a/b%20c'), String(pathToFileURL('/a b')), url.URL === URL,
           querystring.parse('a=1&b=2&a=3'), querystring.stringify({ a: [1, 2], b: 'x y' }), punycode.toASCII('ma\\u00f1ana.com'), load('path').sep, missing, builtinModules.includes('fs'), isBuiltin('node:fs'), os.platform(), os.EOL]",
    );
    assert_eq!(
        value,
        json!([
            "/b/c.txt", "/x/z", "../../d", "f", ".c", true, "a\\b", "/p/a", "c", "http://a.com/d", "/a/b c", "file:///a%20b", true,
            { "a": ["1", "3"], "b": "2" }, "a=1&a=2&b=x%20y", "xn--maana-pta.com", "/", "MODULE_NOT_FOUND", true, true, "linux", "\n"
        ])
    );
}

/// Row 213.
#[test]
fn channels_and_timers_report() {
    let value = answer(
        "import channels from 'diagnostics_channel'; import timers, { setTimeout as later } from 'timers'; import { setInterval as every, setTimeout as wait, scheduler } from 'timers/promises'; import { Console } from 'console'; import { PassThrough } from 'stream'; import { performance as clock } from 'perf_hooks';",
        "const log = []; const hear = (message, name) => log.push(name, message); channels.channel('c').subscribe(hear); channels.channel('c').publish(1); channels.unsubscribe('c', hear); channels.channel('c').publish(2);
         const traced = channels.tracingChannel('t'); traced.subscribe({ start: () => log.push('start'), end: () => log.push('end') }); log.push(traced.traceSync((x) => x + 1, {}, null, 1));
         const timer = later(() => log.push('never'), 1); timer.unref().ref(); timers.clearTimeout(timer); clearTimeout(later(() => log.push('never'), 1));
         let ticks = 0; for await (const value of every(1, 'tick')) { if (++ticks === 3) break; }
         const abort = new AbortController(); const aborted = wait(1000, null, { signal: abort.signal }).catch((error) => error.name); abort.abort(); await scheduler.wait(1);
         const output = new PassThrough(); const own = new Console(output); own.log('a %d', 1); own.group(); own.log('in');
         return [log, ticks, await aborted, await wait(1, 'value'), output.read().toString(), clock === performance, typeof timer[Symbol.toPrimitive]()]",
    );
    assert_eq!(
        value,
        json!([
            ["c", 1, "start", "end", 2],
            3,
            "AbortError",
            "value",
            "a 1\n  in\n",
            true,
            "number"
        ])
    );
}

/// Row 213.
#[test]
fn only_typed_arrays_are_copied_into_buffers() {
    let value = answer(
        "import { Buffer } from 'node:buffer';",
        "const copy = Buffer.copyBytesFrom(new Uint16Array([1, 2, 3]), 1); let refused;
         try { Buffer.copyBytesFrom(new DataView(new ArrayBuffer(4))) } catch (error) { refused = error.code }
         return [copy.toString('hex'), refused]",
    );
    assert_eq!(value, json!(["02000300", "ERR_INVALID_ARG_TYPE"]));
}
