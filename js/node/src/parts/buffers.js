// Buffers over bytes that an op has made.
exports.asBuffer = ({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength);

// What a function answers that takes an encoding for its output.
exports.encoded = (bytes, encoding) => {
  const buffer = exports.asBuffer(bytes);
  return encoding && encoding !== "buffer" ? buffer.toString(encoding) : buffer;
};
