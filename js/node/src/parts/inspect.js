// `util.inspect` for errors that show a value: it is large, and most programs never see one.
exports.inspect = (...args) => require("node-inspect-extracted").inspect(...args);
