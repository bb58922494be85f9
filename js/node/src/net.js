// `net` of Node.js: what tells addresses apart. Its sockets are `cloudflare:sockets`'.
const { default: refusing } = require("unenv/node/net");

const BYTE = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const FOUR = new RegExp(`^(?:${BYTE}\\.){3}${BYTE}$`);
const SIX = /^[\da-fA-F:.]+$/;
const ZONE = /%[\w.:-]+$/;

const isIPv4 = (host) => FOUR.test(`${host}`);

function isIPv6(host) {
  const address = `${host}`.replace(ZONE, "");
  return SIX.test(address) && URL.canParse(`http://[${address}]/`);
}

const isIP = (host) => isIPv4(host) ? 4 : isIPv6(host) ? 6 : 0;

module.exports = { ...refusing, isIP, isIPv4, isIPv6 };
