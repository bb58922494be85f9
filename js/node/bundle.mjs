// Bundles each builtin module of rooms into one script: `node bundle.mjs <folder for the output>`.
// Runs in a copy of this folder in which the npm packages are installed. Writes `<name>.js`, with
// `/` as `__`, and `licenses.txt`. Never decides what a module does: that is in `src`.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2]);
const lists = JSON.parse(readFileSync(join(here, "builtins.json"), "utf8"));
const node = [...lists.both, ...lists.prefixed];
// Modules that users cannot name: what several modules are made of, and what is large and seldom used,
// so that it is evaluated once, and only when it is needed.
const inside = {
  errors: "./src/parts/errors.js",
  inspect: "node-inspect-extracted",
  mime: "unenv/node/internal/util/mime",
  parse_args: "@pkgjs/parseargs",
};
for (
  const file of ["certificate", "cipher", "derive", "encrypt", "exchange", "generate", "hash", "keys", "sign"]
) {
  inside[`crypto/${file}`] = `./src/crypto/${file}.js`;
}
const insideOf = new Map(
  Object.entries(inside).map(([name, path]) => [
    path.startsWith(".") ? join(here, path) : path,
    `inside:${name}`,
  ]),
);
const modules = [
  ...node.map((name) => ({ name, id: `node:${name}` })),
  ...lists.bare.map((name) => ({ name, id: `npm:${name}` })),
  ...lists.cloudflare.map((name) => ({ name, id: `cloudflare:${name}` })),
  ...Object.keys(inside).map((name) => ({ name, id: `inside:${name}` })),
];
const nodeNames = new Set(node);
const ENTRY = "entry:";

// Names under which parts of other builtins can be had.
const parts = {
  _http_agent: 'require("http")',
  _http_client: 'require("http")',
  _http_common: 'require("http")',
  _http_incoming: 'require("http")',
  _http_outgoing: 'require("http")',
  _http_server: 'require("http")',
  _stream_duplex: 'require("stream").Duplex',
  _stream_passthrough: 'require("stream").PassThrough',
  _stream_readable: 'require("stream").Readable',
  _stream_transform: 'require("stream").Transform',
  _stream_wrap: 'require("stream").Duplex',
  _stream_writable: 'require("stream").Writable',
  "npm:cross-fetch": 'require("partyrun:fetch")',
  "npm:cross-fetch/polyfill": "{}",
  "npm:inherits": 'require("util").inherits',
  "npm:isomorphic-fetch": 'require("partyrun:fetch")',
  "npm:node-fetch": 'require("partyrun:fetch")',
  "npm:node-fetch-native": 'require("partyrun:fetch")',
  "npm:node-fetch-native/polyfill": "{}",
  _tls_common: 'require("tls")',
  _tls_wrap: 'require("tls")',
  "assert/strict": 'require("assert").strict',
  "path/posix": 'require("path").posix',
  "path/win32": 'require("path").win32',
  "stream/promises": 'require("stream").promises',
  sys: 'require("util")',
  "timers/promises": 'require("timers").promises',
  "util/types": 'require("util").types',
};

// Packages that are copies of what is here, or of what older engines lack.
const copies = {
  "abort-controller": "module.exports = { AbortController, AbortSignal };",
  "call-bind/callBound":
    "module.exports = () => (pattern, text) => RegExp.prototype.test.call(pattern, text);",
  "is-nan": "module.exports = Number.isNaN;",
  "object-is": "module.exports = Object.is;",
  "object-is/polyfill": "module.exports = () => Object.is;",
  "object.assign/polyfill": "module.exports = () => Object.assign;",
  "process/": 'module.exports = require("process");',
  "string_decoder/": 'module.exports = require("string_decoder");',
  "util/": 'module.exports = require("util");',
};

// What unenv's copies lack of Node.js 20.
const missing = {
  constants: ["defaultCipherList"],
  fs: ["lchmod", "lchmodSync"],
  repl: ["isValidSyntax"],
};

// The text of a module: ours, or unenv's, whose functions are there and say that they do not work.
function entryOf({ name, id }) {
  if (id.startsWith("inside:")) return `module.exports = require(${JSON.stringify(inside[name])});`;
  const own = join(here, "src", `${id.replace("node:", "").replaceAll(/[:/]/g, "_")}.js`);
  const part = parts[id.replace("node:", "")];
  if (part) return `module.exports = ${part};`;
  if (existsSync(own)) return `module.exports = require(${JSON.stringify(own)});`;
  const more = (missing[name] ?? []).map((each) =>
    `module.exports.${each} = refuse.notImplemented("${name}.${each}");`
  );
  return `const whole = require("unenv/node/${name}");
    const refuse = require("partyrun:refuse");
    module.exports = { ...whole, ...whole.default };
    delete module.exports.default;
    ${more.join("\n")}`;
}

// Where a package pretends or errs: file, its words, ours. Each must be found, or the bundle is refused.
const corrections = [
  [
    "events/events.mjs",
    /const inspect = [\s\S]*const genericNodeError = Error;/,
    `import * as errors from "partyrun:errors";
     import { inspect } from "partyrun:inspect";
     const { validateFunction, ERR_INVALID_THIS, ERR_UNHANDLED_ERROR, ERR_INVALID_ARG_TYPE, AbortError } = errors;
     const genericNodeError = (message, properties) => Object.assign(new Error(message), properties);`,
  ],
  ["events/events.mjs", "Array.prototype.push(listeners, [", "Array.prototype.push.call(listeners, ["],
  [
    "events/events.mjs",
    "Array.prototype.unshift(args, super.emit, this, event)",
    "args.unshift(super.emit, this, event)",
  ],
  [
    "events/events.mjs",
    '// validateFunction(listener, "listener");\n}',
    'validateFunction(listener, "listener");\n}',
  ],
  // Buffer's refusals have Node.js's codes.
  [
    "buffer/index.js",
    "const K_MAX_LENGTH = 0x7fffffff",
    'const bounds = require("partyrun:bounds");\nconst K_MAX_LENGTH = 0x7fffffff;',
  ],
  [
    "buffer/index.js",
    /if \(typeof size !== 'number'\) \{[\s\S]*?is invalid for option "size"'\)\n {2}\}/,
    "bounds.size(size);",
  ],
  ["buffer/index.js", /if \(!Array\.isArray\(list\)\) \{[\s\S]*?\n {2}\}/, "bounds.list(list);"],
  [
    "buffer/index.js",
    "throw new TypeError('\"list\" argument must be an Array of Buffers')",
    "bounds.item(list, i);",
  ],
  [
    "buffer/index.js",
    /if \(\(offset % 1\) !== 0[\s\S]*?beyond buffer length'\)/,
    "bounds.place(offset, ext, length);",
  ],
  [
    "buffer/index.js",
    /if \(value > max \|\| value < min\) throw.*\n.*'Index out of range'\)/,
    "bounds.value(value, min, max);\n  bounds.place(offset, ext, buf.length);",
  ],
  [
    "buffer/index.js",
    /if \(offset \+ ext > buf\.length\) throw.*\n.*'Index out of range'\)/,
    "bounds.place(offset, ext, buf.length);",
  ],
  [
    "path-browserify/index.js",
    "throw new TypeError('Path must be a string. Received ' + JSON.stringify(path));",
    'throw new (require("partyrun:errors").ERR_INVALID_ARG_TYPE)("path", "string", path);',
  ],
  [
    "string_decoder/lib/string_decoder.js",
    "throw new Error('Unknown encoding: ' + enc);",
    'throw require("partyrun:errors").coded(TypeError, "ERR_UNKNOWN_ENCODING", "Unknown encoding: " + enc);',
  ],
  ["node/url.mjs", /if \(!urlParseWarned\) \{[\s\S]*?\n\t\}/, ""],
  // The engine knows how a promise stands, and what a proxy is of.
  [
    "dist/inspect.js",
    "getProxyDetails:y.getProxyDetails",
    "getProxyDetails:(t,e=!0)=>{const n=partyrun.core.getProxyDetails(t);return null==n?void 0:e?n:n[0]}",
  ],
  [
    "dist/inspect.js",
    "getPromiseDetails:()=>[g,void 0]",
    "getPromiseDetails:t=>{const[e,n]=partyrun.core.getPromiseDetails(t);return 0===e?[g]:[2===e?h:e,n]}",
  ],
];

const builtins = {
  name: "builtins",
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^entry:/ }, ({ path }) => ({ path: path.slice(ENTRY.length), namespace: "entry" }));
    onLoad({ filter: /.*/, namespace: "entry" }, ({ path }) => ({
      contents: entryOf(modules.find(({ id }) => id === path)),
      resolveDir: here,
    }));
    onLoad({ filter: /.*/, namespace: "copy" }, ({ path }) => ({ contents: copies[path], resolveDir: here }));
    onResolve({ filter: /^\.\.?\/.*\.js$/ }, ({ namespace, path, resolveDir }) => {
      const id = insideOf.get(join(resolveDir, path));
      if (id && namespace !== "entry") return { path: id, external: true };
    });
    onResolve({ filter: /^[^./]/ }, ({ namespace, path }) => {
      if (copies[path]) return { path, namespace: "copy" };
      if (path.startsWith("partyrun:")) {
        const part = join(here, "src", "parts", `${path.slice("partyrun:".length)}.js`);
        const id = insideOf.get(part);
        return id ? { path: id, external: true } : { path: part };
      }
      if (insideOf.has(path) && namespace !== "entry") return { path: insideOf.get(path), external: true };
      const name = path.replace(/^node:/, "");
      if (nodeNames.has(name)) return { path: `node:${name}`, external: true };
    });
    onLoad({ filter: /node_modules.*\.m?js$/ }, ({ path }) => {
      const found = corrections.filter(([file]) => path.endsWith(`/${file}`));
      if (found.length === 0) return;
      let contents = readFileSync(path, "utf8");
      for (const [, theirs, ours] of found) {
        const corrected = contents.replace(theirs, () => ours);
        if (corrected === contents) {
          throw new Error(`There is nothing to correct in \`${path}\`: \`${theirs}\``);
        }
        contents = corrected;
      }
      return { contents, resolveDir: dirname(path) };
    });
    onResolve({ filter: /\/stream\/(readable|writable|duplex|transform)\.mjs$/ }, () => ({
      path: "node:stream",
      external: true,
    }));
    // How unenv refuses: in our words.
    onResolve(
      { filter: /_internal\/utils\.mjs$/ },
      () => ({ path: join(here, "src", "parts", "refuse.js") }),
    );
  },
};

mkdirSync(out, { recursive: true });
const packages = new Set();
await Promise.all(modules.map(async (module) => {
  const result = await build({
    absWorkingDir: here,
    entryPoints: [ENTRY + module.id],
    bundle: true,
    format: "cjs",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["import"],
    target: "esnext",
    charset: "ascii",
    legalComments: "none",
    minifySyntax: true,
    minifyWhitespace: true,
    treeShaking: true,
    define: { "process.env.NODE_ENV": '"production"', "process.browser": "false" },
    plugins: [builtins],
    metafile: true,
    write: false,
    logLevel: "error",
  });
  for (const file of Object.keys(result.metafile.inputs)) {
    const found = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file);
    if (found) packages.add(found[1]);
  }
  const text = result.outputFiles[0].text.trim();
  const file = module.id.replaceAll("/", "__").replace(":", "--") + ".js";
  writeFileSync(
    join(out, file),
    `(function () { return function (module, exports, require, partyrun) {${text}\n}; })()`,
  );
}));

// The words of the packages' licences, which ask to be passed on with every copy.
let licenses = "";
for (const name of [...packages].sort()) {
  const folder = join(here, "node_modules", name);
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  if (!file) throw new Error(`There is no licence text in the package \`${name}\``);
  licenses += `${"=".repeat(80)}\n${name} ${version}\n\n${
    readFileSync(join(folder, file), "utf8").trim()
  }\n\n`;
}
writeFileSync(join(out, "licenses.txt"), licenses);
