// Streams of Node.js, by the copy that its maintainers publish, and their bridges to web streams.
const stream = require("readable-stream");
const { Duplex, Readable, Stream, Writable } = stream;

module.exports = stream;
