// What the build knows of a project. The build writes a file of this name with the project's own values
// in the place of this one, which has those of a project without anything and says what they mean.

/**
 * @typedef {object} Settings
 * @property {Record<string, string>} parties Each party, and the binding of its namespace; `main` is last.
 * @property {string[]} variables The names of `room.env`, in their order.
 * @property {string[]} environment Those of them that are `process.env` too.
 * @property {Record<string, string>} crons Each cron and its expression.
 * @property {boolean} hasAssets Whether there are static files.
 * @property {boolean} singlePageApp Whether a page that is not there is `index.html`.
 * @property {Record<string, string>} kv Each store and its binding.
 * @property {Record<string, string>} r2 Each bucket and its binding.
 * @property {Record<string, string>} vectorize Each index and its binding.
 * @property {Record<string, unknown> | null} ai What the configuration says of `ai`, without its token.
 */

/** @type {Settings} */
export const settings = {
  parties: { main: "PARTY_MAIN" },
  variables: [],
  environment: [],
  crons: {},
  hasAssets: false,
  singlePageApp: false,
  kv: {},
  r2: {},
  vectorize: {},
  ai: null,
};
