// WebSocket frames of a client as bytes (RFC 6455, without extensions). Knows no socket and no message.
"use strict";

const { randomBytes } = require("node:crypto");

const CONTINUATION = 0;
const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

/** A whole frame, masked. */
function frame(opcode, payload) {
  const { length } = payload;
  const extended = length < 126 ? 0 : length < 65536 ? 2 : 8;
  const start = 2 + extended;
  const bytes = Buffer.allocUnsafe(start + 4 + length);
  bytes[0] = 0x80 | opcode;
  bytes[1] = 0x80 | (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended === 2) bytes.writeUInt16BE(length, 2);
  if (extended === 8) bytes.writeBigUInt64BE(BigInt(length), 2);
  const mask = randomBytes(4);
  mask.copy(bytes, start);
  for (let i = 0; i < length; i++) bytes[start + 4 + i] = payload[i] ^ mask[i & 3];
  return bytes;
}

/** The body of a Close frame; empty without a code. */
function closing(code, reason = "") {
  if (code === undefined) return Buffer.alloc(0);
  const body = Buffer.from(`  ${reason}`);
  body.writeUInt16BE(code, 0);
  return body;
}

/** Takes bytes as they come and hands out `{ opcode, isLast, payload }`. */
class FrameReader {
  #pieces = [];
  #length = 0;

  push(bytes) {
    this.#pieces.push(bytes);
    this.#length += bytes.length;
  }

  /** The next frame, if all of it has come. */
  next() {
    const head = this.#first(2);
    if (head === undefined) return undefined;
    const short = head[1] & 0x7f;
    const start = 2 + (short < 126 ? 0 : short === 126 ? 2 : 8);
    const whole = this.#first(start);
    if (whole === undefined) return undefined;
    const length = start === 2
      ? short
      : start === 4
      ? whole.readUInt16BE(2)
      : Number(whole.readBigUInt64BE(2));
    const bytes = this.#first(start + length);
    if (bytes === undefined) return undefined;
    this.#drop(start + length);
    const payload = bytes.subarray(start, start + length);
    return { opcode: bytes[0] & 15, isLast: (bytes[0] & 0x80) !== 0, payload };
  }

  /** A piece that has at least so many bytes. */
  #first(count) {
    if (this.#length < count) return undefined;
    if (this.#pieces[0].length < count) this.#pieces = [Buffer.concat(this.#pieces)];
    return this.#pieces[0];
  }

  #drop(count) {
    const rest = this.#pieces[0].subarray(count);
    if (rest.length === 0) this.#pieces.shift();
    else this.#pieces[0] = rest;
    this.#length -= count;
  }
}

module.exports = { BINARY, CLOSE, CONTINUATION, FrameReader, PING, PONG, TEXT, closing, frame };
