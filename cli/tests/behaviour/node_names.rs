//! What the modules of Node.js export, name by name. `node_names.json` is what Node.js 20 lists.

use serde_json::json;

use crate::harness::{Project, ROOM};

const NAMES: &str = include_str!("node_names.json");

/// Rows 213, 214.
#[test]
fn modules_export_what_those_of_node_do() {
    let source = "import names from './names.json'; import { createRequire } from 'module';
         const require = createRequire('file:///server.js');
         export default class { onRequest() {
           const missing = [];
           for (const [module, all] of Object.entries(names)) { const found = require('node:' + module), bare = module.startsWith('test') || module === 'sea' ? found : require(module);
             if (found !== bare) missing.push(module);
             for (const name of all.split(' ').filter(Boolean)) if (!(name in found)) missing.push(module + '.' + name); }
           return Response.json(missing); } }";
    let project = Project::inline(source).file("names.json", NAMES);
    assert_eq!(project.dev().json(ROOM), json!([]));
}

/// Row 213: packages look at the code of an error, not at its words.
#[test]
fn refusals_have_the_codes_of_node() {
    let source = "import path from 'path'; import net from 'net'; import { StringDecoder } from 'string_decoder'; import util from 'util'; import { duplexPair, Stream } from 'stream'; import stream from 'node:stream'; import { lchmod } from 'fs'; import { createSecureContext } from 'tls';
         const code = (call) => { try { return call() ?? 'worked'; } catch (error) { return error.code; } };
         export default class { async onRequest() {
           const [one, other] = duplexPair(); one.write('over'); one.end(); let heard = ''; for await (const chunk of other) heard += chunk;
           return Response.json([code(() => path.join(1)), code(() => new StringDecoder('none')), code(() => Buffer.alloc(2).readUInt32LE(0)), code(() => Buffer.alloc(8).readUInt32LE(6)), code(() => Buffer.alloc(1).writeUInt8(300)), code(() => Buffer.alloc(-1)), code(() => Buffer.alloc('a')), code(() => Buffer.concat('a')),
             code(() => lchmod('a', 1)), code(() => createSecureContext()), ['1.2.3.4', '::1', '1.2.3.400', 'fe80::1%eth0', '::ffff:1.2.3.4', 'host', ''].map(net.isIP), util.inspect(new Proxy({ a: 1 }, {}), { showProxy: true }), heard, stream === Stream, new Stream().readable === undefined]); } }";
    let refused = "ERR_METHOD_NOT_IMPLEMENTED";
    assert_eq!(
        Project::inline(source).dev().json(ROOM),
        json!([
            "ERR_INVALID_ARG_TYPE",
            "ERR_UNKNOWN_ENCODING",
            "ERR_BUFFER_OUT_OF_BOUNDS",
            "ERR_OUT_OF_RANGE",
            "ERR_OUT_OF_RANGE",
            "ERR_OUT_OF_RANGE",
            "ERR_INVALID_ARG_TYPE",
            "ERR_INVALID_ARG_TYPE",
            refused,
            refused,
            [4, 6, 0, 6, 6, 0, 0],
            "Proxy [ { a: 1 }, {} ]",
            "over",
            true,
            true
        ])
    );
}

/// Row 214: what `got` does with HTTP/2 before its first request.
#[test]
fn classes_of_connections_can_be_extended_and_refuse_to_connect() {
    let source = "import http2 from 'http2'; import tls from 'tls'; import { PassThrough } from 'stream';
         const Inner = new tls.TLSSocket(new PassThrough())._handle._parentWrap.constructor; class Wrapped extends Inner {}
         const { HTTP2_HEADER_PATH, HTTP2_METHOD_CONNECT, NGHTTP2_CANCEL } = http2.constants;
         const message = (call) => { try { call(); return 'worked'; } catch (error) { return error.message.split(':')[0]; } };
         export default class { onRequest() { return Response.json([HTTP2_HEADER_PATH, HTTP2_METHOD_CONNECT, NGHTTP2_CANCEL, typeof Wrapped, message(() => new Wrapped()), message(() => http2.connect('https://example.com')), message(() => tls.connect(443))]); } }";
    assert_eq!(
        Project::inline(source).dev().json(ROOM),
        json!([
            ":path",
            "CONNECT",
            8,
            "function",
            "tls.TLSSocket is not implemented",
            "http2.connect is not implemented",
            "tls.connect is not implemented"
        ])
    );
}
