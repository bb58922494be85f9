// Runs while the snapshot is made. `context.assets` and `lobby.assets`: the project's static files
// for user code (specification, section 3.8).
import { makeResponse } from "ext:partyrun/10_http.js";

let ops;
export function useOps(fast) {
  ops = fast;
}

export const assets = {
  async fetch(path) {
    if (!path.startsWith("/")) throw new Error("Path must start with /");
    const { pathname } = new URL(`http://host${path}`);
    const answer = ops.op_pr_asset(decodeURIComponent(pathname));
    return answer === null ? null : makeResponse(answer);
  },
};
