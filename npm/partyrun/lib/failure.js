// The one class of errors that this package makes itself.
"use strict";

/** `code` is a word that stays; the message is for people. */
class PartyrunError extends Error {
  constructor(code, message, more) {
    super(message, more?.cause === undefined ? undefined : { cause: more.cause });
    this.name = "PartyrunError";
    this.code = code;
    if (more?.status !== undefined) this.status = more.status;
    if (more?.text !== undefined) Object.defineProperty(this, "text", { value: more.text });
    if (more?.pending !== undefined) this.pending = more.pending;
  }
}

module.exports = { PartyrunError };
