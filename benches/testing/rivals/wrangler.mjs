// One operation of wrangler's `createTestHarness`, timed, as `partyrun/measure.mjs` times those of `partyrun/test`. It has
// no spaces and no clock: `reset` is how tests begin anew.
import assert from "node:assert/strict";

const OPTIONS = { workers: [{ configPath: "./wrangler.json" }] };

const operations = { first, reset, tests };
const [name, count] = process.argv.slice(2);
console.log(JSON.stringify(await operations[name](Number(count))));
// Its servers may leave something that keeps the process.
process.exit();

async function first() {
  const begun = performance.now();
  const { createTestHarness } = await import("wrangler");
  const party = createTestHarness(OPTIONS);
  await party.listen();
  await ask(party);
  const taken = performance.now() - begun;
  await party.close();
  return [taken];
}

async function reset(count) {
  return await withServer(async (party) => {
    const all = [];
    for (let time = 0; time < count; time++) {
      await ask(party);
      const begun = performance.now();
      await party.reset();
      await ask(party);
      all.push(performance.now() - begun);
      await party.reset();
    }
    return all;
  });
}

async function tests(count) {
  return await withServer(async (party) => {
    const begun = performance.now();
    for (let test = 0; test < count; test++) {
      await ask(party);
      await party.reset();
    }
    return [performance.now() - begun];
  });
}

async function withServer(measure) {
  const { createTestHarness } = await import("wrangler");
  const party = createTestHarness(OPTIONS);
  await party.listen();
  try {
    return await measure(party);
  } finally {
    await party.close();
  }
}

async function ask(party) {
  const response = await party.fetch("/first");
  assert.deepEqual(await response.json(), { hits: 1, rang: 0 });
}
