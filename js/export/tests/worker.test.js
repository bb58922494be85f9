import assert from "node:assert/strict";
import { test } from "node:test";

import { fakeNamespace, pairs } from "./platform.js";
import { settings } from "../settings.js";
import { project } from "../index.js";
import { addressOf } from "../worker.js";

console.error = () => {};
console.warn = () => {};

const context = { waitUntil() {}, passThroughOnException() {} };

/** A room that says what it is asked. */
const echo = (name) => ({
  fetch: async (request) => new Response(`${name} ${request.method} ${request.url} ${request.headers.get("x-a") ?? ""}`),
});

function worker(main, more = {}) {
  const env = { PARTY_MAIN: fakeNamespace(echo), ...more };
  const { handlers } = project({ main });
  return async (path, init) => {
    const response = await handlers.fetch(new Request(`http://h${path}`, init), env, context);
    return response.status === 101 ? response : `${response.status} ${await response.text()}`;
  };
}

const upgrade = { headers: { upgrade: "websocket" } };

test("urls name parties and rooms as they stand", () => {
  const addresses = {
    "/party/a": { party: "main", room: "a" },
    "/party/a/b": { party: "main", room: "a" },
    "/parties/x/a%20b/c": { party: "x", room: "a%20b" },
    "/parties//a": { party: "", room: "a" },
    "/parties/x/": null,
    "/parties/x": null,
    "/party/": null,
    "/party": null,
    "/Party/a": null,
    "/x/parties/a": null,
  };
  for (const [path, expected] of Object.entries(addresses)) assert.deepEqual(addressOf(path), expected, path);
});

test("requests go to rooms, and unknown parties are not found", async () => {
  const ask = worker({ onRequest() {} });
  assert.equal(await ask("/party/a/b?c=1"), "200 a GET http://h/party/a/b?c=1 ");
  assert.equal(await ask("/parties/nope/a"), "404 Party nope not found");
  assert.equal(await ask("/parties/constructor/a"), "404 Party constructor not found");
  assert.equal(await ask("/parties//a"), "500 No party found in request url");
  assert.equal(await ask("/elsewhere"), "404 Not found");
  assert.equal(await worker({})("/party/a"), "500 No onRequest handler");
});

test("onBeforeRequest may answer, change, replace and refuse", async () => {
  const before = (onBeforeRequest) => worker({ onRequest() {}, onBeforeRequest })("/party/a");
  assert.equal(await before(() => new Response("own", { status: 403 })), "403 own");
  const changed = (request) => {
    request.headers.set("x-a", "1");
    return request;
  };
  assert.equal(await before(changed), "200 a GET http://h/party/a 1");
  assert.equal(await before(() => new Request("http://h/party/b")), "200 a GET http://h/party/b ");
  const throwing = (value) => () => {
    throw value;
  };
  assert.equal(await before(throwing(new Error("no"))), "401 no");
  assert.equal(await before(throwing("text")), "401 text");
  assert.equal(await before(throwing("")), "401 Unauthorised");
  assert.equal(await before(throwing(new Error(""))), "401 ");
  class Late {
    onRequest() {}
    static onBeforeRequest = 5;
  }
  assert.equal(await worker(Late)("/party/a"), "500 .onBeforeRequest must be a function");
});

test("lobby of a request has its members in order", async () => {
  let keys;
  const ask = worker({
    onRequest() {},
    onBeforeRequest(request, lobby) {
      keys = [Object.keys(lobby), lobby.id, Object.keys(lobby.parties), Object.keys(lobby.parties.main.get("x"))];
      return request;
    },
    onFetch(request, lobby) {
      return Response.json(Object.keys(lobby));
    },
  });
  await ask("/party/a");
  assert.deepEqual(keys, [
    ["id", "env", "ai", "parties", "assets", "vectorize", "analytics", "bindings"],
    "a",
    ["main"],
    ["fetch", "connect", "socket"],
  ]);
  assert.equal(await ask("/x"), '200 ["env","ai","parties","vectorize","analytics","assets","bindings"]');
});

test("stub calls go to the room with the url that the original makes", async () => {
  const forms = [
    [(stub) => stub.fetch(), "GET http://h/parties/main/r "],
    [(stub) => stub.fetch("/a?b=1"), "GET http://h/parties/main/r/a?b=1 "],
    [(stub) => stub.fetch({ method: "PUT", headers: { "x-a": "1" } }), "PUT http://h/parties/main/r 1"],
    [(stub) => stub.fetch("/a", { method: "POST" }), "POST http://h/parties/main/r/a "],
    [(stub) => stub.fetch(new Request("http://other/x?y", { method: "DELETE" })), "DELETE http://h/parties/main/r "],
  ];
  for (const [form, expected] of forms) {
    const ask = worker({ onFetch: (request, lobby) => form(lobby.parties.main.get("r")) });
    assert.equal(await ask("/x"), `200 r ${expected}`);
  }
  const bad = (path) => worker({ onFetch: (request, lobby) => lobby.parties.main.get("r").fetch(path) })("/x");
  assert.equal(await bad("a"), "500 Path must start with /");
  assert.equal(await bad(""), "500 Path must start with /");
});

test("onSocket has its request and is awaited before the handshake", async () => {
  const log = [];
  const ask = worker({
    async onSocket(socket) {
      await Promise.resolve();
      socket.send(new URL(socket.request.url).pathname);
      log.push("done");
    },
  });
  const response = await ask("/any", upgrade);
  log.push(response.status);
  assert.deepEqual(log, ["done", 101]);
  assert.deepEqual(pairs.at(-1)[1].sent, ["/any"]);
  const throwing = worker({
    onSocket() {
      throw new Error("socket boom");
    },
  });
  assert.equal(await throwing("/any", upgrade), "500 socket boom");
});

test("onFetch may decline, fail, and return what is no response", async () => {
  assert.equal(await worker({ onFetch: () => null })("/x"), "404 Not found");
  assert.equal(await worker({ unstable_onFetch: () => new Response("old") })("/x"), "200 old");
  const failing = worker({
    onFetch() {
      throw new Error("boom");
    },
  });
  assert.equal(await failing("/x"), "500 boom");
  assert.match(await worker({ onFetch: () => "text" })("/x"), /^500 Incorrect type for Promise/);
});

test("files come before onFetch, and never before rooms", async () => {
  const files = { "/a.txt": "file", "/index.html": "index", "/sub/index.html": "sub", "/404.html": "gone" };
  const ASSETS = {
    async fetch(request) {
      const text = files[decodeURIComponent(new URL(request.url).pathname)];
      return text === undefined ? new Response(null, { status: 404 }) : new Response(text);
    },
  };
  Object.assign(settings, { hasAssets: true });
  const ask = worker({ onRequest() {}, onFetch: (request) => (request.url.endsWith("/f") ? new Response("f") : null) }, { ASSETS });
  const expected = {
    "/a.txt": "200 file",
    "/": "200 index",
    "/sub/": "200 sub",
    "/sub": "404 gone",
    "//a.txt": "404 gone",
    "/f": "200 f",
    "/nothing": "404 gone",
    "/%E0": "500 URI malformed",
  };
  for (const [path, answer] of Object.entries(expected)) assert.equal(await ask(path), answer, path);
  assert.equal(await ask("/a.txt", { method: "POST" }), "404 gone");
  Object.assign(settings, { singlePageApp: true });
  assert.equal(await ask("/nothing", { headers: { "sec-fetch-mode": "navigate" } }), "200 index");
  assert.equal(await ask("/nothing"), "404 gone");
  Object.assign(settings, { hasAssets: false, singlePageApp: false });
});

test("crons are told apart by their expression", async () => {
  Object.assign(settings, { crons: { a: "1 * * * *", b: "1 * * * *", c: "2 * * * *" } });
  const ran = [];
  const { handlers } = project({
    main: {
      onCron(controller, lobby) {
        ran.push([Object.keys(controller), controller.name, controller.cron, "id" in lobby]);
        if (controller.name === "c") throw new Error("cron boom");
      },
    },
  });
  const cron = (expression) => ({ scheduledTime: 1, cron: expression, noRetry() {} });
  await handlers.scheduled(cron("1 * * * *"), {}, context);
  const keys = ["scheduledTime", "cron", "name", "noRetry"];
  assert.deepEqual(ran, [[keys, "a", "1 * * * *", false], [keys, "b", "1 * * * *", false]]);
  await assert.rejects(handlers.scheduled(cron("2 * * * *"), {}, context), /cron boom/);
  await project({ main: {} }).handlers.scheduled(cron("2 * * * *"), {}, context);
  Object.assign(settings, { crons: {} });
});

test("what cannot be a party is refused when its module is loaded", () => {
  const refused = [
    [undefined, /`main` has no default export/],
    [{ onConnect: 1 }, /\.onConnect should be a function/],
    [class { static onMessage = 1 }, /\.onMessage should be a function/],
    [{ onFetch: "x" }, /\.onFetch should be a function/],
  ];
  for (const [exported, reason] of refused) assert.throws(() => project({ main: exported }), reason);
});
