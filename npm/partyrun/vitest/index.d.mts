import type { Space } from "../test/index.mjs";

declare module "vitest" {
  interface TestContext {
    /** The space of this test file. */
    party: Space;
  }
}
