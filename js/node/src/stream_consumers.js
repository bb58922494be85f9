// A stream's whole content.
const blob = async (stream) => {
  const parts = [];
  for await (const chunk of stream) parts.push(chunk);
  return new Blob(parts);
};
const buffer = async (stream) => Buffer.from(await arrayBuffer(stream));
const arrayBuffer = async (stream) => (await blob(stream)).arrayBuffer();

async function text(stream) {
  const decoder = new TextDecoder();
  let whole = "";
  for await (const chunk of stream) {
    whole += typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
  }
  return whole + decoder.decode();
}

module.exports = { arrayBuffer, blob, buffer, json: async (stream) => JSON.parse(await text(stream)), text };
