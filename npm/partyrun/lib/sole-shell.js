// A shell that has been started for the launcher alone, as `npx` and `npm run` have one between npm and what they run:
// a signal to npm ends npm and its shell, and nobody tells the launcher. The native program sees to that itself; this is
// for the launcher that stays between the two.
"use strict";

const fs = require("node:fs");

/** Calls `end` once such a shell is gone. Where the system does not show its command line, nothing is watched. */
function whenGone(end) {
  const parent = process.ppid;
  let words;
  try {
    words = fs.readFileSync(`/proc/${parent}/cmdline`, "utf8").split("\0");
  } catch {
    return;
  }
  const waits = /sh$/.test(words[0]) && words[1] === "-c" &&
    /^\S*partyrun\b[^&;|\n(`]*$/.test(words[2] ?? "");
  if (!waits) return;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    end();
  }, 250);
  timer.unref();
}

module.exports = { whenGone };
