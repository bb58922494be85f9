// File events of macOS; what watches files does without.
module.exports = {
  watch: () => Promise.resolve(),
  getInfo: (path, flags) => ({
    event: "mock",
    path,
    type: "file",
    flags: flags ?? 2 ** 32,
    changes: { inode: false, finder: false, access: false, xattrs: false },
  }),
};
module.exports.default = module.exports;
