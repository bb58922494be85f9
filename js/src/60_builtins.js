// Loads the modules of Node.js and `cloudflare:`, which the snapshot does not hold: each is compiled
// when it is first asked for. Knows none of them; they are made in js/node.
import { core, internals, primordials } from "ext:core/mod.js";

const {
  ObjectDefineProperty,
  SymbolFor,
  globalThis,
} = primordials;

// What a room shares with its builtin modules and not with its users.
export const shared = { core, internals, load: core.loadExtScript };
const loaded = { __proto__: null };

// The exports of a module by its URL. Modules may import one another in circles, as in Node.js.
export function builtin(id) {
  const known = loaded[id];
  if (known !== undefined) return known.exports;
  const make = core.loadExtScript(`ext:partyrun/builtin/${id}`);
  const module = loaded[id] = { exports: {} };
  make(module, module.exports, builtin, shared);
  return module.exports;
}

// How the module graph's text for a builtin module reaches it. Nothing that users change can be
// between the two.
export function installBuiltins() {
  internals.builtin = builtin;
  ObjectDefineProperty(globalThis, SymbolFor("partyrun.builtin"), { __proto__: null, value: builtin });
}
