// Tests that must never fail by chance: `node flakes.mjs <tests>` runs so many, several at the same time, each in a space
// of its own. No test waits for a time to pass.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { start } from "partyrun/test";

const DAY = 24 * 60 * 60 * 1000;
const NOON = Date.UTC(2030, 0, 1, 12);
const AT_ONCE = 8;

const kinds = { counts, rings, talks, survives, forgets };
const count = Number(process.argv[2]);

describe("side by side", { concurrency: AT_ONCE }, () => {
  let server;
  before(async () => {
    server = await start();
  });
  after(() => server.dispose());

  const names = Object.keys(kinds);
  for (let number = 0; number < count; number++) {
    const name = names[number % names.length];
    test(`${name} ${number}`, () => kinds[name](server));
  }
});

/** Requests at the same time are handled one after the other. */
async function counts(server) {
  const party = await server.isolate();
  const rooms = [party.room("a"), party.room("b")];
  const asked = rooms.flatMap((room) => Array.from({ length: 5 }, () => room.fetch()));
  await Promise.all(asked);
  for (const room of rooms) assert.equal(await room.storage.get("hits"), 5);
  await party.dispose();
}

/** An alarm a day away rings once. */
async function rings(server) {
  const party = await server.isolate({ clock: NOON });
  const room = party.room("clock");
  await room.fetch("?alarm");
  await party.advance(DAY - 1);
  assert.equal(await room.storage.get("rang"), undefined);
  await party.advance(1);
  assert.equal(await room.storage.get("rang"), 1);
  await party.advance(3 * DAY);
  assert.equal(await room.storage.get("rang"), 1);
  await party.dispose();
}

/** What one says everybody hears, in its order, and nobody else does. */
async function talks(server) {
  const party = await server.isolate();
  const [ada, bob] = await Promise.all([party.room("talk").connect(), party.room("talk").connect()]);
  const stranger = await party.room("elsewhere").connect();
  const said = Array.from({ length: 10 }, (_, number) => `${number}`);
  for (const word of said) ada.send(word);
  await party.settle();
  assert.deepEqual(ada.take(), said);
  assert.deepEqual(bob.take(), said);
  assert.deepEqual(stranger.take(), []);
  await Promise.all([ada.close(), bob.close(), stranger.close()]);
  await party.dispose();
}

/** What a room has stored outlives its isolate, and its sockets do not. */
async function survives(server) {
  const party = await server.isolate();
  const room = party.room("evicted");
  await room.storage.put("hits", 41);
  const ada = await room.connect();
  await room.fetch();
  assert.equal(await room.evict(), true);
  assert.equal((await ada.closed).code, 1012);
  assert.deepEqual(await (await room.fetch()).json(), { hits: 43, rang: 0 });
  await party.dispose();
}

/** A space begins anew in place, and goes back to what it was. */
async function forgets(server) {
  const party = await server.isolate();
  const room = party.room("anew");
  await room.fetch();
  const kept = await party.snapshot();
  await room.fetch();
  await party.reset();
  assert.deepEqual(await (await room.fetch()).json(), { hits: 1, rang: 0 });
  await party.restore(kept);
  assert.deepEqual(await (await room.fetch()).json(), { hits: 2, rang: 0 });
  await party.dispose();
}
