// `partyrun/playwright`: fixtures for `@playwright/test`. Each worker has a server, each test a space of its own; pages
// open relative to its URL.
import { expect, test as base } from "@playwright/test";
import harness from "../test/index.js";

export const test = base.extend({
  partyrun: [{}, { scope: "worker", option: true }],
  partyServer: [
    async ({ partyrun }, use) => {
      const server = await harness.start(partyrun);
      await use(server);
      await server.dispose();
    },
    { scope: "worker" },
  ],
  party: async ({ partyServer }, use) => {
    const party = await partyServer.isolate();
    await use(party);
    await party.dispose();
  },
  baseURL: async ({ party }, use) => {
    await use(party.url);
  },
});

export { expect };
