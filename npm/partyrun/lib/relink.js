// Has a link in `node_modules/.bin` lead to the native program instead of the launcher. Changes nothing else:
// the packages' own files stay what their checksums say.
"use strict";

const fs = require("node:fs");
const path = require("node:path");

/**
 * `link` is how the launcher was started. Whatever goes wrong is no reason not to run: a read-only folder, a
 * package manager that writes a shell script there, two runs at the same time.
 */
function relink(link, launcher, file) {
  try {
    const folder = path.dirname(link);
    // A link of a global installation is the package manager's: it refuses to replace one that leads elsewhere.
    const isLocal = path.basename(folder) === ".bin" &&
      path.basename(path.dirname(folder)) === "node_modules";
    if (!isLocal || !fs.lstatSync(link).isSymbolicLink() || fs.realpathSync(link) !== launcher) return;
    // `npm ci` of a project in another place must not leave a link that leads back here.
    const target = path.relative(fs.realpathSync(folder), file);
    const scratch = `${link}.${process.pid}`;
    fs.symlinkSync(target, scratch);
    try {
      fs.renameSync(scratch, link);
    } catch {
      fs.unlinkSync(scratch);
    }
  } catch {
    // The launcher stays.
  }
}

module.exports = { relink };
