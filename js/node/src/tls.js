// `tls` of Node.js: classes that packages extend and look into while they load. Its connections are
// `cloudflare:sockets`'.
const { Duplex } = require("stream");
const { default: refusing } = require("unenv/node/tls");
const { createNotImplementedError, notImplemented } = require("./parts/refuse.js");

// What `got` takes the class of from a socket that it makes over any stream.
class JSStreamSocket extends Duplex {
  constructor() {
    super();
    throw createNotImplementedError("tls.TLSSocket");
  }
}

class TLSSocket extends refusing.TLSSocket {
  _handle = { _parentWrap: Object.create(JSStreamSocket.prototype) };
  authorizationError = null;
}

module.exports = {
  ...refusing,
  SecureContext: refusing.SecureContext ?? notImplemented("tls.SecureContext"),
  TLSSocket,
  connect: notImplemented("tls.connect"),
  createSecureContext: refusing.createSecureContext ?? notImplemented("tls.createSecureContext"),
  createServer: notImplemented("tls.createServer"),
};
