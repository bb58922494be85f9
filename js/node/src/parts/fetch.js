// The packages that bring `fetch` to Node.js: rooms have it (specification 10.2).
/** @param {[any, any?]} args */
const fetch = (...args) => globalThis.fetch(...args);
const redirects = new Set([301, 302, 303, 307, 308]);

fetch.Promise = Promise;
fetch.isRedirect = (code) => redirects.has(code);
module.exports = Object.assign(fetch, {
  AbortController,
  AbortError: Error,
  Blob,
  FetchError: Error,
  File,
  FormData,
  Headers,
  Request,
  Response,
  default: fetch,
  fetch,
});
