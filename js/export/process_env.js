// Fills `process.env` before any code of the project runs: what the project's environment files name.
// It is imported for that effect, before everything else.

import { env } from "cloudflare:workers";
import process from "node:process";

import { settings } from "./settings.js";

const values = /** @type {Record<string, unknown>} */ (env);
for (const name of settings.environment) {
  const value = values[name];
  if (value !== undefined && process.env[name] === undefined) process.env[name] = String(value);
}
