// The same as a module.
import harness from "./index.js";

export const { PartyrunError, connect, start } = harness;
