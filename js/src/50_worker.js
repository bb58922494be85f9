// Runs while the snapshot is made; used by the one worker isolate of a project. The static handlers:
// onBeforeRequest, onBeforeConnect, onFetch, onSocket, onCron (specification, sections 2.3, 3.2-3.5).
import { primordials } from "ext:core/mod.js";
import { queryOf, URLCanParse } from "ext:partyrun/04_platform.js";
import { isPending } from "ext:partyrun/05_promises.js";
import { ops } from "ext:partyrun/06_ops.js";
import {
  dropBody,
  forward,
  isRequest,
  isResponse,
  makeRequest,
  Request,
  respondFailure,
  respondText,
  textOf,
} from "ext:partyrun/10_http.js";
import { passOn, WebSocketPair } from "ext:partyrun/20_websocket.js";
import { report, reportResult } from "ext:partyrun/12_console.js";
import { answer } from "ext:partyrun/38_answers.js";
import { isClass } from "ext:partyrun/40_room.js";
import { createParties, rememberHost } from "ext:partyrun/41_stub.js";
import { aiOf, createSurroundings } from "ext:partyrun/42_surroundings.js";
import { checkHandlers, warnOfHandlers } from "ext:partyrun/49_handlers.js";

const {
  ArrayPrototypeFind,
  Date,
  DatePrototypeGetTime,
  Error,
  ErrorPrototype,
  NumberIsNaN,
  NumberParseInt,
  ObjectPrototypeIsPrototypeOf,
  PromisePrototypeThen,
  PromiseResolve,
  SafeMap,
  TypeError,
} = primordials;

let config;
let surroundings;
let parties;
const servers = new SafeMap();

export function configure(settings) {
  config = settings;
  parties = createParties(config.parties);
  surroundings = createSurroundings(config);
}

export function forget() {
  config = undefined;
  parties = undefined;
  surroundings = undefined;
}

// ---- what a module exports ----

// Takes a party's default export in; answers what the router must know of it.
export function register(name, server) {
  checkHandlers(name, server);
  warnOfHandlers(server);
  servers.set(name, server);
  const rooms = isClass(server) ? server.prototype : server;
  return {
    onBeforeRequest: "onBeforeRequest" in server,
    onBeforeConnect: "onBeforeConnect" in server,
    onFetch: typeof (server.onFetch ?? server.unstable_onFetch) === "function",
    onSocket: typeof server.onSocket === "function",
    onCron: typeof server.onCron === "function",
    onRequest: "onRequest" in rooms,
    onStart: "onStart" in rooms,
    onConnect: "onConnect" in rooms,
    onMessage: "onMessage" in rooms,
    onClose: "onClose" in rooms,
    onError: "onError" in rooms,
    onAlarm: "onAlarm" in rooms,
  };
}

// ---- lobby and context ----

class ExecutionContext {
  waitUntil(promise) {
    if (!isPending(promise)) {
      throw new TypeError(
        "Failed to execute 'waitUntil' on 'ExecutionContext': parameter 1 is not of type 'Promise'.",
      );
    }
    ops.op_pr_work_started();
    PromisePrototypeThen(
      PromiseResolve(promise),
      () => ops.op_pr_work_finished(),
      (error) => {
        ops.op_pr_work_finished();
        report("waitUntil error", error);
      },
    );
  }

  passThroughOnException() {}
}

// The keys come in the order that each handler sees in the original.
function roomLobby(id, handler) {
  const { analytics, assets, bindings, vectorize } = surroundings;
  return {
    id,
    env: { ...config.env },
    get ai() {
      return aiOf(surroundings);
    },
    ...(handler === "onBeforeConnect" ? { assets, parties } : { parties, assets }),
    vectorize,
    analytics,
    bindings,
  };
}

function fetchLobby() {
  const { analytics, assets, bindings, vectorize } = surroundings;
  return {
    env: { ...config.env },
    get ai() {
      return aiOf(surroundings);
    },
    parties,
    vectorize,
    analytics,
    assets,
    bindings,
  };
}

// ---- errors (section 3.5) ----

function isError(value) {
  try {
    return ObjectPrototypeIsPrototypeOf(ErrorPrototype, value);
  } catch {
    return false;
  }
}

function failFetch(id, error) {
  report("fetch error", error);
  respondFailure(id, 500, textOf(error));
}

function refuse(id, context, error) {
  report(`${context} error`, error);
  // The message of an Error is sent as it is, also when it is empty.
  const body = textOf(error);
  respondText(id, 401, body || isError(error) ? body : "Unauthorised");
}

// Runs `handle`, which answers the event, or throws. A request that went on to a room took its body
// along.
async function guarded(id, request, handle) {
  try {
    if (await handle() === GONE_ON) return;
  } catch (error) {
    failFetch(id, error);
  }
  if (request !== null) dropBody(request);
}

const GONE_ON = Symbol("gone on");

// ---- before a room ----

// Runs the handler. Resolves undefined when it has answered for itself (by throwing).
async function runBefore(id, name, server, request, room) {
  const handler = server[name];
  if (typeof handler !== "function") throw new Error(`.${name} must be a function`);
  try {
    return { result: await server[name](request, roomLobby(room, name), new ExecutionContext()) };
  } catch (error) {
    refuse(id, name, error);
    return undefined;
  }
}

// What is no Request is the URL of one, as it is for fetch().
function asRequest(value, party) {
  if (isRequest(value)) return value;
  const url = `${value}`;
  if (!URLCanParse(url)) {
    reportResult("onBeforeRequest", party, value, "the Request or a Response", servers.get(party));
    throw new TypeError(`Invalid URL: ${url}`);
  }
  return new Request(url, { __proto__: null, redirect: "manual" });
}

export function onBeforeRequest(id, head, method, url, hasBody, party, room, hasOnRequest) {
  rememberHost(url);
  const request = makeRequest(head, method, url, hasBody, "request");
  guarded(id, request, async () => {
    const ran = await runBefore(id, "onBeforeRequest", servers.get(party), request, room);
    if (ran === undefined) return;
    const { result } = ran;
    if (isResponse(result)) return answer(id, result);
    const next = asRequest(result, party);
    if (!hasOnRequest) throw new Error("No onRequest handler");
    forward(id, party, room, next);
    return GONE_ON;
  });
}

export function onBeforeConnect(id, head, method, url, hasBody, party, room) {
  rememberHost(url);
  const request = makeRequest(head, method, url, hasBody, "request");
  guarded(id, request, async () => {
    const ran = await runBefore(id, "onBeforeConnect", servers.get(party), request, room);
    if (ran === undefined) return;
    if (isResponse(ran.result)) return answer(id, ran.result);
    // What the handler did to its copy counts only when it returns it (section 3.3).
    const next = isRequest(ran.result) ? ran.result : makeRequest(head, method, url, false, "immutable");
    forward(id, party, room, next);
    return GONE_ON;
  });
}

// ---- everything else ----

export function onFetch(id, head, method, url, hasBody) {
  rememberHost(url);
  const request = makeRequest(head, method, url, hasBody, "immutable");
  guarded(id, request, async () => {
    const server = servers.get("main");
    const name = server.onFetch == null ? "unstable_onFetch" : "onFetch";
    const response = await server[name](request, fetchLobby(), new ExecutionContext());
    if (response) answer(id, response, name, "main", server);
    else ops.op_pr_pass(id);
  });
}

export function onSocket(id, head, method, url) {
  rememberHost(url);
  const request = makeRequest(head, method, url, false, "immutable");
  guarded(id, request, async () => {
    const { 0: client, 1: socket } = new WebSocketPair();
    socket.request = request;
    socket.accept();
    await servers.get("main").onSocket(socket, fetchLobby(), new ExecutionContext());
    ops.op_pr_accept(id, passOn(client));
  });
}

export function onScheduled(id, url) {
  rememberHost(url);
  guarded(id, null, async () => {
    const name = queryOf(url, "cron") || "unknown";
    const cron = ArrayPrototypeFind(config.crons, (known) => known[0] === name)?.[1] || "* * * * *";
    const controller = {
      scheduledTime: ops.op_pr_clock_now(),
      cron,
      name,
      noRetry() {
        throw new Error("Not implemented");
      },
    };
    await servers.get("main").onCron(controller, fetchLobby(), new ExecutionContext());
    respondText(id, 200, `ran cron ${name}: ${cron}`);
  });
}

// What the platform gives to handlers; its own test endpoint does, too.
class ScheduledController {
  constructor(cron, scheduledTime, name) {
    this.cron = cron;
    this.scheduledTime = scheduledTime;
    this.name = name;
  }

  noRetry() {}
}

export async function onCron(id, name, cron, time) {
  try {
    const controller = new ScheduledController(cron, time, name);
    await servers.get("main").onCron(controller, fetchLobby(), new ExecutionContext());
    respondText(id, 200, "ok");
  } catch (error) {
    report("onCron error", error);
    respondText(id, 500, "exception");
  }
}

export function onCronRequest(id, url) {
  const time = queryOf(url, "time");
  const at = time ? NumberParseInt(time) : ops.op_pr_clock_now();
  if (NumberIsNaN(DatePrototypeGetTime(new Date(at)))) {
    const text = "TypeError: The value cannot be converted because it is not a valid Date.";
    return respondText(id, 500, text);
  }
  const cron = queryOf(url, "cron") ?? "";
  const name = ArrayPrototypeFind(config.crons, (known) => known[1] === cron)?.[0] || "unknown";
  onCron(id, name, cron, at);
}
