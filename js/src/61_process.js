// The global `process` (specification 10.3): what programs look at while they load. The rest is in
// js/node/src/process.js and comes with its first use. Versions and platform are empty, so that
// programs do not take the place for Node.js.
import { primordials } from "ext:core/mod.js";
import { builtin } from "ext:partyrun/60_builtins.js";

const {
  ObjectSetPrototypeOf,
  ReflectDefineProperty,
  ReflectGet,
  SafeArrayIterator,
  String,
  StringPrototypeIncludes,
  TypeError,
  queueMicrotask,
} = primordials;

let folder = "/";

// The members that are not here.
const REST =
  " _events _eventsCount _maxListeners abort addListener availableMemory binding config connected" +
  " constrainedMemory cpuUsage debugPort disconnect dlopen emit emitWarning eventNames exit exitCode" +
  " features finalization getActiveResourcesInfo getBuiltinModule getMaxListeners getegid geteuid getgid" +
  " getgroups getuid hasUncaughtExceptionCaptureCallback hrtime initgroups kill listenerCount listeners" +
  " loadEnvFile mainModule memoryUsage off on once openStdin permission prependListener prependOnceListener" +
  " rawListeners reallyExit release removeAllListeners removeListener report resourceUsage" +
  " setMaxListeners setSourceMapsEnabled setUncaughtExceptionCaptureCallback stderr stdin stdout umask uptime ";

const isRest = (name) => typeof name === "string" && StringPrototypeIncludes(REST, ` ${name} `);

function complete() {
  ObjectSetPrototypeOf(process, Object.prototype);
  return builtin("node:process");
}

const rest = new Proxy({}, {
  __proto__: null,
  get: (target, name) => isRest(name) ? complete()[name] : ReflectGet(Object.prototype, name, process),
  has: (target, name) => isRest(name) || name in Object.prototype,
  set: (target, name, value) =>
    ReflectDefineProperty(process, name, {
      __proto__: null,
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    }),
  getPrototypeOf: () => Object.prototype,
});

export const process = Object.setPrototypeOf({
  title: "partyrun",
  env: {},
  argv: [],
  argv0: "",
  execArgv: [],
  execPath: "",
  pid: 1000,
  ppid: 1000,
  arch: "",
  platform: "",
  version: "",
  versions: {
    node: "",
    v8: "",
    uv: "",
    zlib: "",
    ares: "",
    modules: "",
    http_parser: "",
    icu: "",
    openssl: "",
  },
  cwd: () => folder,
  chdir(to) {
    folder = String(to);
  },
  nextTick(callback, ...args) {
    if (typeof callback !== "function") {
      throw new TypeError('The "callback" argument must be of type function.');
    }
    queueMicrotask(args.length === 0 ? () => callback() : () => callback(...new SafeArrayIterator(args)));
  },
}, rest);
