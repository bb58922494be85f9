// A server of our own: `partyrun dev` as a child that ends with this process, whatever happens to it. Owns the
// child, its start and its end; what is asked of it is `control`'s.
"use strict";

const { spawn } = require("node:child_process");
const { createInterface } = require("node:readline");

const { PartyrunError } = require("./failure.js");
const { explain, findProgram } = require("./program.js");
const { clearTimeout, fetch, setTimeout } = require("./real.js");

/** What is kept of what it prints, for the message of a start that fails. */
const KEPT_LINES = 50;
/** How long a server that was asked to end may take. */
const END_PATIENCE = 5_000;

/**
 * Starts a server and waits until it serves.
 *
 * @returns `{ ready, stop, ended }`: its ready line, how to end it, and why it has ended, if it has.
 */
async function startServer(options) {
  const found = findProgram();
  if (found.problem !== undefined) {
    throw new PartyrunError("program", explain(found).replace(/^partyrun: /, ""));
  }
  const child = spawn(found.file, wordsOf(options), {
    cwd: options.cwd ?? process.cwd(),
    env: { ...process.env, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  // The first `fetch` of a process loads its implementation, which can be done while the server starts.
  fetch("data:,").catch(() => {});
  const kept = [];
  const keep = (line) => {
    kept.push(line);
    if (kept.length > KEPT_LINES) kept.shift();
  };
  let end;
  const ended = new Promise((resolve) => {
    child.once("error", (error) => resolve(end = explain({ problem: "start", file: found.file, error })));
    child.once("close", (code, signal) => {
      resolve(end ??= signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`);
    });
  });
  // A child that has ended cannot be told of the end.
  child.stdin.on("error", () => {});
  const ready = await readiness(child, {
    keep,
    kept,
    ended,
    timeout: options.timeout ?? 30_000,
    log: options.log,
  });
  // From here on nothing of the child keeps this process alive; when it ends, so does the child's standard input.
  for (const handle of [child, child.stdin, child.stdout, child.stderr]) handle.unref?.();
  const stop = async () => {
    child.ref?.();
    child.stdin.end();
    const timer = setTimeout(() => child.kill("SIGKILL"), END_PATIENCE);
    await ended;
    clearTimeout(timer);
  };
  return { ready, stop, ended: () => end && `${end}${tail(kept)}` };
}

function readiness(child, { keep, kept, ended, timeout, log }) {
  return new Promise((resolve, reject) => {
    const fail = (code, message) => {
      clearTimeout(timer);
      child.kill("SIGKILL");
      reject(new PartyrunError(code, message));
    };
    const timer = setTimeout(
      () => fail("timeout", `partyrun does not serve the project within ${timeout} ms${tail(kept)}`),
      timeout,
    );
    ended.then((why) => fail("start", `partyrun does not serve the project: ${why}${tail(kept)}`));
    createInterface({ input: child.stderr }).on("line", (line) => {
      keep(line);
      if (log) process.stderr.write(`${line}\n`);
    });
    createInterface({ input: child.stdout }).on("line", (line) => {
      const event = parse(line);
      if (event?.event === "ready") {
        clearTimeout(timer);
        resolve(event);
        return;
      }
      const text = event === undefined ? line : described(event);
      if (text === undefined) return;
      keep(text);
      if (log) process.stderr.write(`${text}\n`);
    });
  });
}

function parse(line) {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** An event as a line for people. */
function described(event) {
  const place = event.room === undefined ? "" : `[${event.party}/${event.room}] `;
  switch (event.event) {
    case "request":
      return `${event.method} ${event.path} ${event.status}`;
    case "console":
      return `${place}${event.text}`;
    case "error":
    case "note":
      return `${place}${event.context === undefined ? "" : `${event.context}: `}${event.text}`;
    case "reload":
      return event.ok ? undefined : event.text;
    default:
      return undefined;
  }
}

const tail = (kept) => kept.length === 0 ? "" : `\n${kept.join("\n")}`;

function wordsOf({ script, config, port = 0, persist = false, vars = {}, outbound, define = {}, args = [] }) {
  const words = ["dev"];
  if (script !== undefined) words.push(script);
  words.push("--port", `${port}`, "--host", "127.0.0.1", "--persist", `${persist}`);
  words.push("--control", "--exit-with-stdin", "--no-hotkeys", "--log-format", "json");
  if (config !== undefined) words.push("--config", config);
  if (outbound === "refuse") words.push("--refuse-net");
  for (const [name, value] of Object.entries(vars)) words.push("--var", `${name}=${value}`);
  for (const [name, value] of Object.entries(define)) words.push("--define", `${name}=${value}`);
  return [...words, ...args];
}

module.exports = { startServer };
