// What the build's entry file is made with: checks the parties, and makes of them the classes and the
// handlers that the platform calls.

import { roomClass } from "./room.js";
import { check } from "./server.js";
import { Front } from "./worker.js";

/**
 * @param {Record<string, any>} exports What the module of each party exports by default.
 */
export function project(exports) {
  for (const [party, exported] of Object.entries(exports)) check(party, exported);
  const front = new Front(exports);
  /** @type {(request: Request, env: Record<string, any>) => Promise<Response>} */
  const door = (request, env) => front.enter(request, env);
  return {
    /** @param {string} party */
    room: (party) => roomClass(party, exports[party], door),
    /** @type {ExportedHandler<Record<string, any>>} */
    handlers: {
      fetch: (request, env, context) => front.fetch(request, env, context),
      scheduled: (controller, env, context) => front.scheduled(controller, env, context),
    },
  };
}
