// Where spaces come from: the server that the environment names, or one that this process starts. Owns how a test
// begins; what it does then is `space`'s.
"use strict";

const { PartyrunError } = require("./failure.js");
const { startServer } = require("./process.js");

/** What is needed once there is a server: loaded while it starts. */
const parts = () => ({ ...require("./control.js"), ...require("./space.js") });

/** Options that only a server of our own can follow. */
const OWN = ["cwd", "script", "config", "persist", "port", "define", "env", "args"];

/**
 * A space of its own, on the server of `PARTYRUN_CONTROL` if the environment names one, as `partyrun test` does, else on
 * a server that ends with it.
 */
async function start({ vars, clock, outbound = "refuse", sanitize, restore, ...options } = {}) {
  const { PARTYRUN_CONTROL: url, PARTYRUN_TOKEN: token } = process.env;
  const space = { vars, clock, outbound, sanitize, restore };
  const asksForOwn = OWN.find((name) => options[name] !== undefined);
  if (url && asksForOwn === undefined) {
    const { Control, Space } = parts();
    return Space.isolate(new Control(url, token), space);
  }
  if (!["refuse", "network"].includes(outbound)) {
    throw new PartyrunError("options", `\`outbound\` is "network" or "refuse", got: \`${outbound}\``);
  }

  // Only the first space keeps what it stores, and has the port that was asked for. Another takes 5 ms to open, which its
  // resets give back: the first request after one takes 4 ms there, and 11 in the first space.
  const isFirst = options.port !== undefined || options.persist !== undefined;
  const other = Object.entries(vars ?? {}).find(([, value]) => typeof value !== "string");
  if (isFirst && other !== undefined) {
    const [name, value] = other;
    const found = JSON.stringify(value);
    const text = `With \`port\` or \`persist\`, values of \`vars\` are texts; \`${name}\` is: ${found}`;
    throw new PartyrunError("options", text);
  }
  const starting = startServer(isFirst ? { ...options, vars, outbound } : options);
  const { Control, Space } = parts();
  const server = await starting;
  const { ready } = server;
  const control = new Control(ready.control, ready.token, server.ended);
  try {
    if (!isFirst) return await Space.isolate(control, space, server.stop);
    const first = new Space({ url: ready.url, control, sanitize, end: server.stop });
    await first.begin({ clock, restore });
    return first;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** The first space of a server that runs. Disposing leaves it as it is. */
async function connect({ control, token, sanitize } = {}) {
  if (!control || !token) {
    const text = "`connect` needs `control` and `token`: the server's ready line and its terminal have both";
    throw new PartyrunError("options", text);
  }
  const { Control, Space } = parts();
  const plane = new Control(control, token);
  const { url } = await plane.call("GET", "/");
  return new Space({ url, control: plane, sanitize, end: () => {} });
}

module.exports = { connect, start };
