// What a client is told of an exception of the project's code. Never catches anything itself.

/** The longest reason that fits into a Close frame, in bytes. */
const LONGEST_REASON = 123;

/**
 * The text of whatever was thrown.
 * @param {unknown} thrown
 */
export function textOf(thrown) {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/**
 * A thrown object may say which status it is.
 * @param {unknown} thrown
 */
function statusOf(thrown) {
  const hasCode = typeof thrown === "object" && thrown !== null && "code" in thrown;
  const code = hasCode ? thrown.code : undefined;
  return typeof code === "number" && Number.isInteger(code) && code >= 200 && code <= 599 ? code : 500;
}

/**
 * The response of a room whose handler threw.
 * @param {unknown} thrown
 */
export function roomFailure(thrown) {
  const text = textOf(thrown) || "Uncaught exception when making a request";
  return plain(text, statusOf(thrown));
}

/**
 * The response of a static handler that threw.
 * @param {unknown} thrown
 */
export function workerFailure(thrown) {
  return plain(textOf(thrown), 500);
}

/**
 * The response of a static handler that keeps a client out by throwing.
 * @param {unknown} thrown
 */
export function refusal(thrown) {
  return plain(thrown instanceof Error ? thrown.message : String(thrown) || "Unauthorised", 401);
}

/**
 * @param {string} text
 * @param {number} status
 */
export function plain(text, status) {
  const hasBody = ![204, 205, 304].includes(status);
  return new Response(hasBody ? text : null, { status });
}

/**
 * A reason as long as a Close frame can hold, cut between characters.
 * @param {string} reason
 */
export function shortened(reason) {
  const bytes = new TextEncoder().encode(reason);
  if (bytes.length <= LONGEST_REASON) return reason;
  let end = LONGEST_REASON;
  while (end > 0 && (bytes[end] & 0xc0) === 0x80) end -= 1;
  return new TextDecoder().decode(bytes.subarray(0, end));
}
