// What user code finds around it besides its room: variables, static files, bindings. Makes it of the
// platform's environment; never shows user code the bindings that are ours.

import { assetsOf } from "./assets.js";
import { settings } from "./settings.js";

/**
 * @typedef {import("./types").Environment} Environment
 * @typedef {import("./types").Surroundings} Surroundings
 */

/** The token of `ai`, which is a secret. */
const AI_TOKEN = "PARTYKIT_AI_TOKEN";

/** Names that are not the project's variables. */
const OURS = new Set([
  "ASSETS",
  AI_TOKEN,
  ...Object.values(settings.parties),
  ...Object.values(settings.kv),
  ...Object.values(settings.r2),
  ...Object.values(settings.vectorize),
]);

/**
 * @param {Environment} env
 * @returns {Surroundings}
 */
export function surroundingsOf(env) {
  return {
    env: variables(env),
    ai: settings.ai === null ? undefined : { ...settings.ai, apiToken: env[AI_TOKEN] },
    vectorize: named(env, settings.vectorize),
    assets: assetsOf(env),
    bindings: { r2: named(env, settings.r2), kv: named(env, settings.kv) },
    analytics: { writeDataPoint() {} },
  };
}

/**
 * The project's variables in their order, then those that were added on the platform.
 * @param {Environment} env
 */
function variables(env) {
  /** @type {Environment} */
  const found = {};
  for (const name of [...settings.variables, ...Object.keys(env)]) {
    if (!OURS.has(name) && env[name] !== undefined) found[name] = env[name];
  }
  return found;
}

/**
 * @param {Environment} env
 * @param {Record<string, string>} bindings
 */
function named(env, bindings) {
  const pairs = Object.entries(bindings);
  return Object.fromEntries(pairs.map(([name, binding]) => [name, env[binding]]));
}
