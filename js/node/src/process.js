// Completes the global `process`, whose first part is in every room (js/src/61_process.js).
const EventEmitter = require("events");
const { notImplemented } = require("./parts/refuse.js");

const { process } = partyrun;
const start = performance.timeOrigin;
const SECOND = 1e9;

function hrtime(before = undefined) {
  const now = hrtime.bigint();
  let seconds = Number(now / BigInt(SECOND));
  let nanos = Number(now % BigInt(SECOND));
  if (before !== undefined) {
    seconds -= before[0];
    nanos -= before[1];
    if (nanos < 0) {
      seconds -= 1;
      nanos += SECOND;
    }
  }
  return [seconds, nanos];
}
hrtime.bigint = () => BigInt(Math.round((start + performance.now()) * 1e6));

// Warnings are printed once by their code, as Node.js prints deprecations.
const warned = new Set();
function emitWarning(warning, type, code) {
  let detail;
  if (type !== null && typeof type === "object" && !Array.isArray(type)) ({ type, code, detail } = type);
  if (typeof type === "function") type = undefined;
  if (typeof code === "function") code = undefined;
  if (!(warning instanceof Error)) {
    warning = Object.assign(new Error(warning), { name: type || "Warning" });
    if (code !== undefined) warning.code = code;
    if (typeof detail === "string") warning.detail = detail;
  }
  if (warning.name === "DeprecationWarning") {
    if (process.noDeprecation) return;
    const key = warning.code ?? warning.message;
    if (warned.has(key)) return;
    warned.add(key);
  }
  process.nextTick(() => {
    process.emit("warning", warning);
    const shown = warning.code ? `[${warning.code}] ` : "";
    console.warn(`${shown}${warning.name}: ${warning.message}${warning.detail ? `\n${warning.detail}` : ""}`);
  });
}

const lazily = (target, name, make) =>
  Object.defineProperty(target, name, {
    get: () => {
      const value = make();
      Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
      return value;
    },
    set: (value) =>
      Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true }),
    enumerable: true,
    configurable: true,
  });

// Whole lines go to the console; what has no end yet waits for it.
function output(fd, print) {
  const { Writable } = require("stream");
  let line = "";
  const stream = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      const lines = (line + String(chunk)).split("\n");
      line = lines.pop();
      for (const each of lines) print(each);
      if (line.length > 65_536) {
        print(line);
        line = "";
      }
      done();
    },
  });
  const { WriteStream } = require("tty");
  for (
    const name of [
      "clearLine",
      "clearScreenDown",
      "cursorTo",
      "getColorDepth",
      "getWindowSize",
      "hasColors",
      "moveCursor",
    ]
  ) {
    stream[name] = WriteStream.prototype[name];
  }
  return Object.assign(stream, { fd, columns: 80, rows: 24, isTTY: false, _type: "pipe" });
}

function input() {
  const { Readable } = require("stream");
  return Object.assign(
    new Readable({
      read() {
        this.push(null);
      },
    }),
    { fd: 0, isTTY: false },
  );
}

class Process extends EventEmitter {}
Object.defineProperty(Process.prototype, "constructor", {
  value: Object,
  writable: true,
  configurable: true,
});

const memoryUsage = () => ({ rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 });
memoryUsage.rss = () => 0;

const members = {
  abort: notImplemented("process.abort"),
  allowedNodeEnvironmentFlags: new Set(),
  availableMemory: () => 0,
  binding: notImplemented("process.binding"),
  config: Object.freeze({ target_defaults: {}, variables: {} }),
  connected: false,
  constrainedMemory: () => 0,
  cpuUsage: notImplemented("process.cpuUsage"),
  debugPort: 0,
  disconnect: () => {},
  dlopen: notImplemented("process.dlopen"),
  emitWarning,
  exit: notImplemented("process.exit"),
  exitCode: undefined,
  features: {},
  finalization: { register() {}, registerBeforeExit() {}, unregister() {} },
  getActiveResourcesInfo: () => [],
  getBuiltinModule(id) {
    try {
      return require(`node:${String(id).replace(/^node:/, "")}`);
    } catch {
      return undefined;
    }
  },
  getegid: () => 1000,
  geteuid: () => 1000,
  getgid: () => 1000,
  getgroups: () => [],
  getuid: () => 1000,
  hasUncaughtExceptionCaptureCallback: () => false,
  hrtime,
  initgroups: notImplemented("process.initgroups"),
  kill: notImplemented("process.kill"),
  loadEnvFile: notImplemented("process.loadEnvFile"),
  mainModule: undefined,
  memoryUsage,
  moduleLoadList: [],
  openStdin: () => process.stdin,
  permission: { has: () => true },
  reallyExit: notImplemented("process.reallyExit"),
  release: { name: "" },
  report: {
    compact: false,
    directory: "",
    filename: "",
    getReport: notImplemented("process.report.getReport"),
    writeReport: notImplemented("process.report.writeReport"),
  },
  resourceUsage: notImplemented("process.resourceUsage"),
  setegid: notImplemented("process.setegid"),
  seteuid: notImplemented("process.seteuid"),
  setgid: notImplemented("process.setgid"),
  setgroups: notImplemented("process.setgroups"),
  setuid: notImplemented("process.setuid"),
  setSourceMapsEnabled: () => {},
  setUncaughtExceptionCaptureCallback: () => {},
  sourceMapsEnabled: true,
  throwDeprecation: false,
  traceDeprecation: false,
  umask: () => 0,
  uptime: () => performance.now() / 1000,
};

// What a program has set before stays.
for (const [name, value] of Object.entries(members)) {
  if (!Object.hasOwn(process, name)) process[name] = value;
}
for (
  const [name, make] of Object.entries({
    stdin: input,
    stdout: () => output(1, (line) => console.log(line)),
    stderr: () => output(2, (line) => console.error(line)),
  })
) {
  if (!Object.hasOwn(process, name)) lazily(process, name, make);
}
Object.setPrototypeOf(process, Process.prototype);
EventEmitter.call(process);
// Many pass the methods on without their object.
for (
  const name of [
    "addListener",
    "emit",
    "listenerCount",
    "listeners",
    "off",
    "on",
    "once",
    "prependListener",
    "prependOnceListener",
    "removeAllListeners",
    "removeListener",
  ]
) {
  process[name] = EventEmitter.prototype[name].bind(process);
}
module.exports = process;
