// What packages that bring `fetch` are replaced with: the platform has it. A CommonJS module, because these
// packages are functions when they are required.

/** @type {typeof fetch} */
const request = (input, init) => globalThis.fetch(input, init);

module.exports = Object.assign(request, {
  default: request,
  fetch: request,
  Headers,
  Request,
  Response,
  FormData,
  AbortController,
});
