// Finds the native program: `PARTYRUN_BINARY`, the package of this platform, PATH, in this order. Owns what is
// said when there is none; starts nothing.
"use strict";

const fs = require("node:fs");
const path = require("node:path");

const PLATFORMS = ["linux-x64", "linux-arm64", "darwin-arm64", "darwin-x64"];
/** What the programs of the packages are linked against. */
const OLDEST_GLIBC = "2.28";

/** `{ file, from }`, or `{ problem }` and what `explain` makes a sentence of. */
function findProgram(env = process.env) {
  const named = env.PARTYRUN_BINARY;
  if (named) {
    const file = path.resolve(named);
    return isProgram(file) ? { file, from: "variable" } : { problem: "variable", file };
  }
  const packaged = packagedProgram();
  if (packaged !== undefined) {
    return isServed() ? { file: packaged, from: "package" } : { problem: "libc", env };
  }
  const file = onPath(env.PATH);
  return file === undefined ? { problem: "missing", env } : { file, from: "PATH" };
}

const platform = () => `${process.platform}-${process.arch}`;

function packagedProgram() {
  try {
    const name = `@partyrun/${platform()}/package.json`;
    const file = path.join(path.dirname(require.resolve(name)), "partyrun");
    return isProgram(file) ? fs.realpathSync(file) : undefined;
  } catch {
    return undefined;
  }
}

/** The first `partyrun` of PATH that is none of the launchers that npm has put there. */
function onPath(folders = "") {
  for (const folder of folders.split(path.delimiter)) {
    const file = path.resolve(folder || ".", "partyrun");
    if (isProgram(file) && !isScript(file)) return file;
  }
  return undefined;
}

function isProgram(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

function isScript(file) {
  const start = Buffer.alloc(2);
  const descriptor = fs.openSync(file, "r");
  try {
    fs.readSync(descriptor, start, 0, 2, 0);
  } finally {
    fs.closeSync(descriptor);
  }
  return start.toString("latin1") === "#!";
}

/** Whether the package's program runs with this system's C library; its loader's own words help nobody. */
function isServed() {
  return process.platform !== "linux" || !isOlder(glibc(), OLDEST_GLIBC);
}

/** One line that says what was found and what to do. */
function explain({ problem, file, error, env = process.env }) {
  if (problem === "variable") {
    return `partyrun: \`PARTYRUN_BINARY\` names no program that can be run: ${file}`;
  }
  if (problem === "start") return `partyrun: ${file} does not start: ${error.message}`;
  const here = platform();
  const source = "build it (`cargo install --locked --path cli` in a clone) and name it in `PARTYRUN_BINARY`";
  if (process.platform === "win32") {
    return "partyrun: There is no program for Windows: use it in WSL";
  }
  if (!PLATFORMS.includes(here)) {
    return `partyrun: There is no program for ${here} (there is for ${PLATFORMS.join(", ")}): ${source}`;
  }
  if (!isServed()) {
    const version = glibc();
    const system = version === undefined ? "musl" : `glibc ${version}`;
    return `partyrun: The program for ${here} needs glibc ${OLDEST_GLIBC}, and this system has ${system}: ${source}`;
  }
  const { version } = require("../package.json");
  const install = `${installer(env)} @partyrun/${here}@${version}`;
  return `partyrun: The package \`@partyrun/${here}\` is not installed (optional dependencies were left out, or ` +
    `node_modules come from another system). Install it: ${install}`;
}

/** The version of glibc, on Linux; `undefined` where the C library is another. */
function glibc() {
  // Without this, the report looks up names in the network.
  process.report.excludeNetwork = true;
  return process.report.getReport().header.glibcVersionRuntime;
}

function isOlder(version = "0.0", than) {
  const [major, minor] = version.split(".").map(Number);
  const [oldMajor, oldMinor] = than.split(".").map(Number);
  return major < oldMajor || (major === oldMajor && minor < oldMinor);
}

/** How the package manager that runs this adds a package for development. */
function installer(env) {
  const name = /^(npm|pnpm|yarn|bun)\//.exec(env.npm_config_user_agent ?? "")?.[1];
  return { pnpm: "pnpm add -D", yarn: "yarn add -D", bun: "bun add -d" }[name] ?? "npm install -D";
}

module.exports = { explain, findProgram };
