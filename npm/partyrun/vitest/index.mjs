// `partyrun/vitest`: a setup file. Each test file has a space of its own, each test finds it as `party` in its context,
// and fails if it leaves connections open or if rooms throw what nobody expected.
//
// The server is the one of `partyrun test` if vitest runs below it, else one that ends with the file.
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import harness from "../test/index.js";

let party;

beforeAll(async () => {
  party = await harness.start();
});

beforeEach((context) => {
  context.party = party;
  party?.mark();
});

afterEach(() => party?.check());

afterAll(() => party?.dispose());
