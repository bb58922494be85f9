import type {
  PlaywrightTestArgs,
  PlaywrightTestOptions,
  PlaywrightWorkerArgs,
  PlaywrightWorkerOptions,
  TestType,
} from "@playwright/test";
import type { Space, SpaceOptions, StartOptions } from "../test/index.mjs";

export { expect } from "@playwright/test";

export interface PartyrunArgs {
  /** The space of this test. */
  party: Space;
}

export interface PartyrunWorkerArgs {
  /** How the server is started: `use: { partyrun: { config: "apps/party/partykit.json" } }`. */
  partyrun: StartOptions & SpaceOptions;
  /** The space of this worker. */
  partyServer: Space;
}

export const test: TestType<
  PlaywrightTestArgs & PlaywrightTestOptions & PartyrunArgs,
  PlaywrightWorkerArgs & PlaywrightWorkerOptions & PartyrunWorkerArgs
>;
