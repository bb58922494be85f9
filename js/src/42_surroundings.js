// Runs while the snapshot is made. What rooms and lobbies find around them besides other parties:
// assets, bindings, analytics, ai (specification, sections 2.5 and 2.7). Whatever the configuration
// does not ask for is not even loaded.
import { core, primordials } from "ext:core/mod.js";
import { ops } from "ext:partyrun/06_ops.js";
import { bodyParts, streamOf } from "ext:partyrun/10_http.js";
import { assets } from "ext:partyrun/43_assets.js";

const {
  ArrayBufferPrototype,
  JSONStringify,
  ObjectKeys,
  ObjectPrototypeIsPrototypeOf,
  SafeArrayIterator,
  Uint8Array,
} = primordials;

const LOG = 1;
const WARN = 2;

const ANALYTICS_NOTICE =
  "\u26A0\uFE0F  analytics.writeDataPoint is not implemented in local development. Data points are kept in the table `data_points` of the storage file.";

const AI_NOTICE =
  '`context.ai` is undefined: it needs `"ai": true` in partykit.json and the environment variable PARTYRUN_AI_URL, the address of an OpenAI-compatible server such as http://127.0.0.1:11434/v1';

const analytics = {
  writeDataPoint(point) {
    ops.op_pr_say_once(ANALYTICS_NOTICE, LOG);
    let text;
    try {
      text = JSONStringify(
        point,
        (_, value) =>
          ObjectPrototypeIsPrototypeOf(ArrayBufferPrototype, value)
            ? core.decode(new Uint8Array(value))
            : value,
      );
    } catch {
      return;
    }
    if (text !== undefined) ops.op_pr_data_point(text);
  },
};

// An object with one binding for each name, made by a script that is loaded only for this.
function bind(names, script, settings) {
  const bound = {};
  if (names.length === 0) return bound;
  const make = core.loadExtScript(script)({ bodyParts, streamOf });
  for (const name of new SafeArrayIterator(names)) bound[name] = make(name, settings?.[name]);
  return bound;
}

/** What the settings ask for. Called once in an isolate, before user code is loaded. */
export function createSurroundings({ bindings: { r2, kv, vectorize, ai } }) {
  return {
    ai: ai === null ? undefined : core.loadExtScript("ext:partyrun/73_ai.js")(ai),
    analytics,
    assets,
    bindings: {
      r2: bind(r2, "ext:partyrun/71_r2.js"),
      kv: bind(kv, "ext:partyrun/70_kv.js"),
    },
    vectorize: bind(ObjectKeys(vectorize), "ext:partyrun/72_vectorize.js", vectorize),
  };
}

/** The value of `ai`. When there is none, the first look in the life of the process is told so. */
export function aiOf({ ai }) {
  if (ai === undefined) ops.op_pr_say_once(AI_NOTICE, WARN);
  return ai;
}
