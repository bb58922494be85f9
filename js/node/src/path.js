// Paths: by the package that copies Node.js, which knows POSIX; Windows' by an older copy.
const posix = require("path-browserify");
const { win32 } = require("path/path.js");
const { notImplemented } = require("./parts/refuse.js");

const toNamespacedPath = (path) => path;
for (const each of [posix, win32]) {
  Object.assign(each, {
    _makeLong: toNamespacedPath,
    matchesGlob: notImplemented("path.matchesGlob"),
    posix,
    toNamespacedPath,
    win32,
  });
}
module.exports = posix;
