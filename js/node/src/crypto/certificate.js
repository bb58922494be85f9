// `X509Certificate`: what a certificate says, and who signed it. Never a chain: nothing is trusted here.
const { core } = partyrun;
const { asBuffer } = require("../parts/buffers.js");
const bytes = require("../parts/bytes.js");
const { coded } = require("../parts/errors.js");
const { createHash } = require("./hash.js");
const { KeyObject, createPublicKey, inside: { privateHandle } } = require("./keys.js");
const pem = require("./pem.js");
const { verify } = require("./sign.js");

const { op_pr_certificate, op_pr_key_public, op_pr_key_write } = core.ops;
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const DIGESTS = {
  "1.2.840.113549.1.1.5": "sha1",
  "1.2.840.113549.1.1.11": "sha256",
  "1.2.840.113549.1.1.12": "sha384",
  "1.2.840.113549.1.1.13": "sha512",
  "1.2.840.10045.4.3.2": "sha256",
  "1.2.840.10045.4.3.3": "sha384",
  "1.2.840.10045.4.3.4": "sha512",
  "1.3.101.112": null,
};

// As OpenSSL prints times.
function shown(seconds) {
  const time = new Date(seconds * 1000);
  const two = (number, fill = "0") => String(number).padStart(2, fill);
  const clock = [time.getUTCHours(), time.getUTCMinutes(), time.getUTCSeconds()].map((part) => two(part))
    .join(":");
  return `${MONTHS[time.getUTCMonth()]} ${two(time.getUTCDate(), " ")} ${clock} ${time.getUTCFullYear()} GMT`;
}

class X509Certificate {
  #der;
  #said;

  constructor(buffer) {
    const given = bytes(buffer, "buffer");
    const text = Buffer.from(given.buffer, given.byteOffset, given.length).toString("latin1");
    const found = text.includes("-----BEGIN") ? pem.unwrap(text) : { form: "x509", der: Buffer.from(given) };
    if (found?.form !== "x509") {
      throw coded(Error, "ERR_OSSL_PEM_NO_START_LINE", "error:0480006C:PEM routines::no start line");
    }
    this.#der = found.der;
    this.#said = op_pr_certificate(found.der);
  }

  #fingerprint(digest) {
    return createHash(digest).update(this.#der).digest("hex").toUpperCase().match(/../g).join(":");
  }

  get ca() {
    return this.#said.ca;
  }

  get fingerprint() {
    return this.#fingerprint("sha1");
  }

  get fingerprint256() {
    return this.#fingerprint("sha256");
  }

  get fingerprint512() {
    return this.#fingerprint("sha512");
  }

  get issuer() {
    return this.#said.issuer;
  }

  get issuerCertificate() {
    return undefined;
  }

  get publicKey() {
    return createPublicKey({ key: Buffer.from(this.#said.publicKey), format: "der", type: "spki" });
  }

  get raw() {
    return Buffer.from(this.#der);
  }

  get serialNumber() {
    return this.#said.serialNumber;
  }

  get subject() {
    return this.#said.subject;
  }

  get subjectAltName() {
    return this.#said.names.length === 0 ? undefined : this.#said.names.join(", ");
  }

  get validFrom() {
    return shown(this.#said.validFrom);
  }

  get validFromDate() {
    return new Date(this.#said.validFrom * 1000);
  }

  get validTo() {
    return shown(this.#said.validTo);
  }

  get validToDate() {
    return new Date(this.#said.validTo * 1000);
  }

  #named(kind, name) {
    const wanted = String(name).toLowerCase();
    return this.#said.names.some((each) => {
      if (!each.startsWith(`${kind}:`)) return false;
      const known = each.slice(kind.length + 1).toLowerCase();
      if (known === wanted) return true;
      return kind === "DNS" && known.startsWith("*.") && wanted.slice(wanted.indexOf(".")) === known.slice(1);
    });
  }

  checkEmail(email) {
    return this.#named("email", email) ? email : undefined;
  }

  checkHost(name) {
    return this.#named("DNS", name) ? name : undefined;
  }

  checkIP(ip) {
    return this.#named("IP Address", ip) ? ip : undefined;
  }

  checkIssued(other) {
    return this.#said.issuer === other.subject;
  }

  checkPrivateKey(key) {
    const ours = asBuffer(op_pr_key_write(op_pr_key_public(privateHandle(key)), "spki"));
    return ours.equals(Buffer.from(this.#said.publicKey));
  }

  toJSON() {
    return this.toString();
  }

  toLegacyObject() {
    const { fingerprint, fingerprint256, fingerprint512, raw, serialNumber, subjectAltName: subjectaltname } =
      this;
    const parts = (lines) => Object.fromEntries(lines.split("\n").map((line) => line.split("=", 2)));
    return {
      subject: parts(this.subject),
      issuer: parts(this.issuer),
      subjectaltname,
      ca: this.ca,
      valid_from: this.validFrom,
      valid_to: this.validTo,
      fingerprint,
      fingerprint256,
      fingerprint512,
      serialNumber,
      raw,
    };
  }

  toString() {
    return pem.wrap(this.#der, "x509");
  }

  verify(publicKey) {
    if (!(publicKey instanceof KeyObject)) publicKey = createPublicKey(publicKey);
    const digest = DIGESTS[this.#said.signatureAlgorithm];
    if (digest === undefined) {
      throw coded(
        Error,
        "ERR_METHOD_NOT_IMPLEMENTED",
        `Certificates signed with this algorithm are not verified: ${this.#said.signatureAlgorithm}`,
      );
    }
    return verify(digest, Buffer.from(this.#said.signed), publicKey, Buffer.from(this.#said.signature));
  }
}

module.exports = { X509Certificate };
