// Runs while the snapshot is made. `context.assets` and `lobby.assets`: the project's static files
// for user code (specification, section 3.8).
import { primordials } from "ext:core/mod.js";
import { URL, URLPrototypeGetPathname } from "ext:partyrun/04_platform.js";
import { ops } from "ext:partyrun/06_ops.js";
import { makeResponse } from "ext:partyrun/10_http.js";

const {
  Error,
  StringPrototypeStartsWith,
  decodeURIComponent,
} = primordials;

export const assets = {
  async fetch(path) {
    if (!StringPrototypeStartsWith(path, "/")) throw new Error("Path must start with /");
    const pathname = URLPrototypeGetPathname(new URL(`http://host${path}`));
    const answer = ops.op_pr_asset(decodeURIComponent(pathname));
    return answer === null ? null : makeResponse(answer);
  },
};
