// PEM around keys (RFC 7468), and the older encryption of it (RFC 1421, as OpenSSL has it).
const { coded } = require("../parts/errors.js");

const forms = {
  "PUBLIC KEY": "spki",
  "RSA PUBLIC KEY": "pkcs1-public",
  "PRIVATE KEY": "pkcs8",
  "RSA PRIVATE KEY": "pkcs1-private",
  "EC PRIVATE KEY": "sec1",
  CERTIFICATE: "x509",
};
const labels = Object.fromEntries(Object.entries(forms).map(([label, form]) => [form, label]));
const WIDTH = 64;

const unsupported = () =>
  coded(Error, "ERR_OSSL_UNSUPPORTED", "error:1E08010C:DECODER routines::unsupported");

// The first block of a text that is a key or a certificate: its form and its DER, or nothing.
function unwrap(text) {
  for (const [, label, body] of text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g)) {
    if (label === "ENCRYPTED PRIVATE KEY" || /Proc-Type:.*ENCRYPTED/.test(body)) {
      throw coded(
        Error,
        "ERR_METHOD_NOT_IMPLEMENTED",
        "Encrypted private keys are not implemented: store the key without a passphrase",
      );
    }
    const form = forms[label];
    if (form !== undefined) return { form, der: Buffer.from(body, "base64") };
  }
  return undefined;
}

function wrap(der, form) {
  const lines = Buffer.from(der).toString("base64").match(new RegExp(`.{1,${WIDTH}}`, "g")).join("\n");
  return `-----BEGIN ${labels[form]}-----\n${lines}\n-----END ${labels[form]}-----\n`;
}

module.exports = { unsupported, unwrap, wrap };
