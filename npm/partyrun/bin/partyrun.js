#!/usr/bin/env node
// The command `partyrun` as npm installs it. Owns the way from here to the native program: it finds it, has
// the link in `node_modules/.bin` lead there from the second run on, and becomes it.
//
// There is no install script, because package managers do not run them any more than they have to.
"use strict";

const { explain, findProgram } = require("../lib/program.js");
const { relink } = require("../lib/relink.js");

const found = findProgram();
if (found.problem !== undefined) {
  process.stderr.write(`${explain(found)}\n`);
  process.exit(1);
}
// A program that was named for this run, or that is only on PATH, is not what the link should lead to.
if (found.from === "package") relink(process.argv[1], __filename, found.file);
run(found.file, process.argv.slice(2));

function run(file, words) {
  if (typeof process.execve === "function") {
    try {
      process.execve(file, [file, ...words], process.env);
    } catch {
      // A system or a permission model that has no such call: a child does as well.
    }
  }
  const child = require("node:child_process").spawn(file, words, { stdio: "inherit" });
  const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];
  const forward = (signal) => child.kill(signal);
  for (const signal of signals) process.on(signal, forward);
  require("../lib/sole-shell.js").whenGone(() => forward("SIGTERM"));
  child.on("error", (error) => {
    process.stderr.write(`${explain({ problem: "start", file, error })}\n`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code);
    for (const name of signals) process.off(name, forward);
    process.kill(process.pid, signal);
    // A signal that this process ignores, or that has not arrived yet.
    setTimeout(() => process.exit(128 + (require("node:os").constants.signals[signal] ?? 0)), 100);
  });
}
