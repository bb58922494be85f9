// `npm test` serves the project with empty storage, and runs this.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "partyrun/test";

let party;
before(async () => {
  party = await start();
});
after(() => party.dispose());

test("what one says, the others hear", async () => {
  const room = party.room("lobby");
  const ada = await room.connect({ id: "ada" });
  const bob = await room.connect({ id: "bob" });
  assert.equal(await bob.nextMessage(), "hello from server");

  ada.send("hi");
  assert.equal(await bob.nextMessage(), "ada: hi");

  await ada.close();
  await bob.close();
});

test("a room counts who is connected", async () => {
  const response = await party.fetch("/parties/main/empty");
  assert.equal(await response.text(), "Connected to empty: 0\n");
});
