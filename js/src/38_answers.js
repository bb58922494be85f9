// Runs while the snapshot is made; it keeps no state. What a client hears of what a handler has returned or
// thrown (specification, section 4.2).
import { primordials } from "ext:core/mod.js";
import { ops } from "ext:partyrun/06_ops.js";
import {
  dropBody,
  isResponse,
  respond,
  respondFailure,
  responseHeaders,
  responseSocket,
  textOf,
} from "ext:partyrun/10_http.js";
import { report, reportResult } from "ext:partyrun/12_console.js";
import { passOn } from "ext:partyrun/20_websocket.js";

const { MathTrunc, Number, TypeError } = primordials;

const NO_BODY = "Response with null body status (101, 204, 205, or 304) cannot have a body.";

// The status that a `code` names. Those of databases and of the system, and whatever is no number, are none.
function statusOf(code) {
  try {
    const status = MathTrunc(Number(code));
    return status >= 200 && status <= 599 ? status : undefined;
  } catch {
    return undefined;
  }
}

// Section 4.2: what the client of a failed request gets. A thrown primitive is its own text.
function failure(error, nothing) {
  const isObject = typeof error === "function" || (typeof error === "object" && error !== null);
  let status;
  try {
    status = isObject ? statusOf(error.code) : undefined;
  } catch (thrown) {
    return [500, textOf(thrown)];
  }
  if (status === 204 || status === 205 || status === 304) return [500, NO_BODY];
  return [status ?? 500, textOf(error) || nothing];
}

/** Answers a request whose handler failed, and reports why. */
export function failRequest(id, error, request) {
  report("onRequest error", error);
  const { 0: status, 1: text } = failure(error, "Uncaught exception when making a request");
  respondFailure(id, status, text);
  dropBody(request);
}

/** Answers a request with what `handler` of `server` has returned. */
export function answer(id, response, handler, party, server) {
  if (!isResponse(response)) {
    reportResult(handler, party, response, "a Response", server);
    throw new TypeError("Incorrect type for Promise: the Promise did not resolve to 'Response'.");
  }
  const webSocket = responseSocket(response);
  if (webSocket === undefined) respond(id, response);
  else ops.op_pr_accept_with(id, passOn(webSocket), responseHeaders(response));
}
