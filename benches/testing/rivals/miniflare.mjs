// One operation of Miniflare, timed, as `partyrun/measure.mjs` times those of `partyrun/test`. It has no spaces, no reset
// and no clock: tests that must not see each other's rooms start one each.
import assert from "node:assert/strict";

const OPTIONS = {
  modules: true,
  scriptPath: "worker.js",
  compatibilityDate: "2026-04-01",
  durableObjects: { ROOMS: { className: "Room", useSQLite: true } },
};

const operations = { first, tests };
const [name, count] = process.argv.slice(2);
console.log(JSON.stringify(await operations[name](Number(count))));

async function first() {
  const begun = performance.now();
  const { Miniflare } = await import("miniflare");
  const party = new Miniflare(OPTIONS);
  await ask(party);
  const taken = performance.now() - begun;
  await party.dispose();
  return [taken];
}

async function tests(count) {
  const { Miniflare } = await import("miniflare");
  const begun = performance.now();
  for (let test = 0; test < count; test++) {
    const party = new Miniflare(OPTIONS);
    await ask(party);
    await party.dispose();
  }
  return [performance.now() - begun];
}

async function ask(party) {
  const response = await party.dispatchFetch("http://localhost/first");
  assert.deepEqual(await response.json(), { hits: 1, rang: 0 });
}
