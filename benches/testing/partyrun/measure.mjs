// One operation of `partyrun/test`, timed: `node measure.mjs <operation> <count>`. Prints what it found as a JSON array:
// milliseconds, or KiB.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";

const DAY = 24 * 60 * 60 * 1000;
const NOON = Date.UTC(2030, 0, 1, 12);
/** Spare isolates are made meanwhile. */
const PAUSE = 50;

const operations = { first, isolate, reset, alarm, memory, tests };
const [name, count] = process.argv.slice(2);
console.log(JSON.stringify(await operations[name](Number(count))));

/** A whole test run: from before the harness is imported to the first assertion. */
async function first() {
  const begun = performance.now();
  const { start } = await import("partyrun/test");
  const party = await start();
  await ask(party, { hits: 1, rang: 0 });
  const taken = performance.now() - begun;
  await party.dispose();
  return [taken];
}

/** Another space. */
async function isolate(count) {
  return await withServer((server) =>
    times(count, async () => {
      const begun = performance.now();
      const party = await server.isolate();
      const taken = performance.now() - begun;
      await party.dispose();
      return taken;
    })
  );
}

/** A space that was used begins anew, and is asked. */
async function reset(count) {
  return await withServer(async (party) => {
    await ask(party, { hits: 1, rang: 0 });
    return await times(count, async () => {
      const begun = performance.now();
      await party.reset();
      await ask(party, { hits: 1, rang: 0 });
      return performance.now() - begun;
    });
  });
}

/** An alarm a day away is set, the day passes, and the alarm is seen to have rung. */
async function alarm(count) {
  return await withServer((server) =>
    times(count, async () => {
      const party = await server.isolate({ clock: NOON });
      const begun = performance.now();
      await ask(party, { hits: 1, rang: 0 }, "?alarm");
      await party.advance(DAY);
      await ask(party, { hits: 2, rang: 1 });
      const taken = performance.now() - begun;
      await party.dispose();
      return taken;
    })
  );
}

/** What the server's memory grows by, for each of so many spaces in which nothing happens, in KiB. */
async function memory(count) {
  return await withServer(async (server) => {
    await pause(500);
    const before = ownKib();
    const parties = [];
    for (let space = 0; space < count; space++) parties.push(await server.isolate());
    await pause(500);
    const grown = ownKib() - before;
    for (const party of parties) await party.dispose();
    return [grown / count];
  });
}

/** So many tests one after the other, each in a space of its own, from the first to the end of the last. */
async function tests(count) {
  return await withServer(async (server) => {
    const begun = performance.now();
    for (let test = 0; test < count; test++) {
      const party = await server.isolate();
      await ask(party, { hits: 1, rang: 0 });
      await party.dispose();
    }
    return [performance.now() - begun];
  });
}

async function ask(party, expected, query = "") {
  const response = await party.room("first").fetch(query);
  assert.deepEqual(await response.json(), expected);
}

/** With the server of a run that has begun a while ago. */
async function withServer(measure) {
  const { start } = await import("partyrun/test");
  const server = await start();
  await ask(server, { hits: 1, rang: 0 });
  await server.reset();
  await pause(500);
  try {
    return await measure(server);
  } finally {
    await server.dispose();
  }
}

async function times(count, once) {
  const all = [];
  for (let time = 0; time < count; time++) {
    await pause(PAUSE);
    all.push(await once());
  }
  return all;
}

/** What the server has in memory, without the pages of its program, which come and go. It is this process's only child. */
function ownKib() {
  for (const id of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const status = textOf(`/proc/${id}/status`);
    if (field(status, "PPid") === process.pid) return field(status, "RssAnon");
  }
  throw new Error("The server's process is not in /proc");
}

function textOf(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function field(status, name) {
  return Number(new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(status)?.[1]);
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
