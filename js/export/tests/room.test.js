import assert from "node:assert/strict";
import { test } from "node:test";

import { FakeSocket, fakeNamespace, fakeState, pairs } from "./platform.js";
import { roomClass } from "../room.js";

console.error = () => {};
console.warn = () => {};

const upgrade = (path) => new Request(`http://h${path}`, { headers: { upgrade: "websocket" } });

function room(server, name = "lobby", env = {}) {
  const Room = roomClass("main", server, () => Promise.reject(new Error("no door")));
  const state = fakeState(name);
  return { object: new Room(state, env), state };
}

const ask = async (object, path = "/parties/main/lobby") => {
  const response = await object.fetch(new Request(`http://h${path}`));
  return `${response.status} ${await response.text()}`;
};

test("room has its id from the url, and from its name when an alarm wakes it", async () => {
  const ids = [];
  class Server {
    constructor(room) {
      this.room = room;
    }
    onRequest() {
      return new Response(this.room.id);
    }
    onAlarm() {
      ids.push(this.room.id, Object.keys(this.room.context.parties));
    }
  }
  assert.equal(await ask(room(Server).object, "/party/a%20b/below"), "200 a%20b");
  await room(Server, "a b").object.alarm();
  assert.deepEqual(ids, ["a%20b", ["main"]]);
  assert.equal(await ask(room(Server).object, "/parties/main/"), "500 No room id found in request url");
});

test("room whose object does not know its name keeps it for its alarm", async () => {
  const ids = [];
  class Server {
    constructor(room) {
      this.room = room;
    }
    onRequest() {
      return new Response("ok");
    }
    onAlarm() {
      ids.push(this.room.id);
    }
  }
  const Room = roomClass("main", Server, () => Promise.reject(new Error("no door")));
  const state = { ...fakeState(), id: { toString: () => "x" } };
  await ask(new Room(state, {}), "/parties/main/lobby");
  await new Room(state, {}).alarm();
  assert.deepEqual(ids, ["lobby"]);
});

test("what a handler throws decides status and text", async () => {
  const thrown = [
    [new Error("boom"), "500 boom"],
    [new Error(""), "500 Uncaught exception when making a request"],
    [Object.assign(new Error("teapot"), { code: 418 }), "418 teapot"],
    [Object.assign(new Error("odd"), { code: "ENOENT" }), "500 odd"],
    [Object.assign(new Error("low"), { code: 101 }), "500 low"],
    [Object.assign(new Error("half"), { code: 404.5 }), "500 half"],
    ["text", "500 text"],
    [null, "500 null"],
    [undefined, "500 undefined"],
    [Symbol("s"), "500 Symbol(s)"],
    [Object.assign({}, { code: 404 }), "404 [object Object]"],
  ];
  for (const [value, expected] of thrown) {
    const { object } = room({
      onRequest() {
        throw value;
      },
    });
    assert.equal(await ask(object), expected);
  }
  const wrong = "500 Incorrect type for Promise: the Promise did not resolve to 'Response'.";
  assert.equal(await ask(room({ onRequest: () => "text" }).object), wrong);
  assert.equal(await ask(room({}).object), "500 Invalid onRequest handler");
});

test("events wait until the room has started, once", async () => {
  let starts = 0;
  let go;
  class Server {
    async onStart() {
      starts += 1;
      await new Promise((resolve) => (go = resolve));
    }
    onRequest() {
      return new Response(`started ${starts}`);
    }
  }
  const { object } = room(Server);
  const both = [ask(object), ask(object)];
  await new Promise((resolve) => setTimeout(resolve, 5));
  go();
  assert.deepEqual(await Promise.all(both), ["200 started 1", "200 started 1"]);
});

test("a start that failed is tried again", async () => {
  let starts = 0;
  class Server {
    onStart() {
      starts += 1;
      if (starts === 1) throw new Error("first");
    }
    onRequest() {
      return new Response("fine");
    }
  }
  const { object } = room(Server);
  assert.equal(await ask(object), "500 first");
  assert.equal(await ask(object), "200 fine");
});

test("a room may call itself while it starts, directly and through another one", async () => {
  class Server {
    constructor(room) {
      this.room = room;
    }
    async onStart() {
      if (this.room.id !== "a") return;
      const { main } = this.room.context.parties;
      this.direct = await (await main.get("a").fetch("/self")).text();
      this.around = await (await main.get("b").fetch("/around")).text();
    }
    async onRequest(request) {
      const path = new URL(request.url).pathname;
      assert.equal(request.headers.get("x-partyrun-starts"), null);
      if (path.endsWith("/around")) return this.room.context.parties.main.get("a").fetch("/self");
      if (path.endsWith("/self")) return new Response("self");
      return new Response(`${this.direct} ${this.around}`);
    }
  }
  const env = {};
  const Room = roomClass("main", Server, () => Promise.reject(new Error("no door")));
  env.PARTY_MAIN = fakeNamespace((name) => new Room(fakeState(name), env));
  const object = env.PARTY_MAIN.get({ name: "a" });
  assert.equal(await ask(object, "/parties/main/a"), "200 self self");
});

test("connection is listed, heard and gone, in a room that stays awake", async () => {
  const log = [];
  class Server {
    constructor(room) {
      this.room = room;
    }
    getConnectionTags() {
      return ["red"];
    }
    onConnect(connection, { request }) {
      log.push(["connect", connection.id, connection.state, request.url]);
      connection.send("welcome");
    }
    onMessage(message, connection) {
      log.push([message, connection.setState((before) => ({ n: (before?.n ?? 0) + 1 }))]);
      this.room.broadcast("all");
    }
    onClose(connection) {
      log.push(["close", connection.id, [...this.room.getConnections()].length]);
    }
  }
  const { object } = room(Server);
  const response = await object.fetch(upgrade("/parties/main/lobby?_pk=me"));
  assert.equal(response.status, 101);
  const socket = pairs.at(-1)[1];
  const own = Object.keys(socket);
  assert.deepEqual(own.slice(own.indexOf("id")), ["id", "socket", "uri", "state", "setState"]);
  socket.hear("hi");
  socket.end(4000, "bye");
  assert.deepEqual(log, [
    ["connect", "me", null, "http://h/parties/main/lobby?_pk=me"],
    ["hi", { n: 1 }],
    ["close", "me", 0],
  ]);
  assert.deepEqual(socket.sent, ["welcome", "all"]);
  assert.deepEqual(socket.closed, { code: 4000, reason: "bye" });
});

test("the end of a connection is told once", async () => {
  const log = [];
  class Server {
    onClose = () => log.push("close");
    onError = () => log.push("error");
  }
  const awake = room(Server);
  await awake.object.fetch(upgrade("/parties/main/lobby"));
  const socket = pairs.at(-1)[1];
  socket.end(1006);
  socket.dispatchEvent(Object.assign(new Event("error"), { error: new Error("lost") }));
  class Sleeper extends Server {
    options = { hibernate: true };
  }
  const asleep = room(Sleeper);
  await asleep.object.fetch(upgrade("/parties/main/lobby"));
  const [{ socket: sleeping }] = asleep.state.sockets;
  await asleep.object.webSocketClose(sleeping, 1006, "");
  await asleep.object.webSocketError(sleeping, new Error("lost"));
  assert.deepEqual(log, ["close", "close"]);
});

test("of two connections with one id the newest stays when the older one goes", async () => {
  let own;
  class Server {
    constructor(room) {
      own = room;
    }
  }
  const { object } = room(Server);
  await object.fetch(upgrade("/parties/main/lobby?_pk=x"));
  const older = pairs.at(-1)[1];
  await object.fetch(upgrade("/parties/main/lobby?_pk=x"));
  const newer = pairs.at(-1)[1];
  older.end(1000);
  assert.equal(own.getConnection("x"), newer);
  assert.deepEqual([...own.getConnections("x")], [newer]);
});

test("a handshake that fails ends with 1011 and a reason that fits", async () => {
  let own;
  class Server {
    constructor(room) {
      own = room;
    }
    onConnect(connection) {
      connection.send("before");
      throw new Error("é".repeat(100));
    }
  }
  const { object } = room(Server);
  assert.equal((await object.fetch(upgrade("/parties/main/lobby"))).status, 101);
  const socket = pairs.at(-1)[1];
  assert.deepEqual(socket.sent, ["before"]);
  assert.deepEqual(socket.closed, { code: 1011, reason: "é".repeat(61) });
  assert.deepEqual([...own.getConnections()], []);
});

test("state and id of a hibernating connection are there in the next instance", async () => {
  const log = [];
  class Server {
    options = { hibernate: true };
    constructor(room) {
      this.room = room;
    }
    getConnectionTags(connection) {
      connection.setState({ seat: 7 });
      return ["red"];
    }
    onMessage(message, connection) {
      log.push([message, connection.id, connection.uri, connection.state, this.room.id]);
      log.push([...this.room.getConnections("red")].map(({ id }) => id));
    }
  }
  const { object, state } = room(Server);
  await object.fetch(upgrade("/parties/main/lobby?_pk=me"));
  const [{ socket, tags }] = state.sockets;
  assert.deepEqual(tags, ["me", "red"]);
  assert.throws(() => "use strict" && (socket.state = 1), TypeError);
  // The platform makes another socket of it when the room wakes.
  const woken = new FakeSocket();
  woken.serializeAttachment({ __pk: { id: "me", uri: socket.uri }, __user: { seat: 7 } });
  state.sockets[0] = { socket: woken, tags };
  const Room = object.constructor;
  await new Room(state, {}).webSocketMessage(woken, "hi");
  assert.deepEqual(log, [["hi", "me", "http://h/parties/main/lobby?_pk=me", { seat: 7 }, "lobby"], ["me"]]);
});

test("tags of hibernating connections are checked", async () => {
  const reasons = [];
  for (const tags of [Array.from({ length: 10 }, (_, i) => `t${i}`), [5], [""], ["x".repeat(257)], undefined]) {
    class Server {
      options = { hibernate: true };
      getConnectionTags = () => tags;
    }
    await room(Server).object.fetch(upgrade("/parties/main/lobby"));
    reasons.push(pairs.at(-1)[1].closed.reason);
  }
  assert.deepEqual(reasons, [
    "A connection can only have 10 tags, including the default id tag.",
    "A connection tag must be a string. Received: 5",
    "A connection tag must not be an empty string.",
    "A connection tag must not exceed 256 characters",
    "Cannot read properties of undefined (reading 'filter')",
  ]);
});

test("the end of a hibernating connection is answered before its handler is done", async () => {
  const log = [];
  class Server {
    options = { hibernate: true };
    async onClose() {
      log.push("heard");
      await new Promise((resolve) => setTimeout(resolve, 5));
      log.push("done");
    }
  }
  const { object, state } = room(Server);
  await object.fetch(upgrade("/parties/main/lobby"));
  const [{ socket }] = state.sockets;
  socket.close = (code, reason) => log.push([code, reason]);
  await object.webSocketClose(socket, 3001, "bye");
  assert.deepEqual(log, ["heard", [3001, "bye"], "done"]);
});

test("an object with handlers is given the room, and hibernates when it takes messages", async () => {
  const log = [];
  const server = {
    onConnect: (connection, room, { request }) => log.push(["connect", room.name, request.url]),
    onMessage: (message, connection, room) => log.push([message, room.id]),
    onClose: (connection, room) => log.push(["close", room.id]),
    onError: (connection, error, room) => log.push([error.message, room.id]),
    onAlarm: (room) => log.push(["alarm", room.id]),
    onRequest: (request, room) => new Response(room.id),
  };
  const { object, state } = room(server);
  await object.fetch(upgrade("/parties/main/lobby"));
  const [{ socket }] = state.sockets;
  await object.webSocketMessage(socket, "hi");
  await object.webSocketError(socket, new Error("lost"));
  await object.webSocketClose(socket, 1006, "");
  await object.alarm();
  assert.equal(await ask(object), "200 lobby");
  assert.equal(socket.closed, null);
  assert.deepEqual(log, [
    ["connect", "main", "http://h/parties/main/lobby"],
    ["hi", "lobby"],
    ["lost", "lobby"],
    ["close", "lobby"],
    ["alarm", "lobby"],
  ]);
  const awake = room({ onConnect() {} });
  await awake.object.fetch(upgrade("/parties/main/lobby"));
  assert.deepEqual(awake.state.sockets, []);
});
