// @ts-check
// Values as the control plane writes them: JSON, and objects with one `$` key for what JSON has not. Names their
// kinds, shows them on one line, and reads what was typed.

const KINDS = {
  $undefined: () => "undefined",
  $number: () => "number",
  $bigint: () => "bigint",
  $date: () => "Date",
  $regexp: () => "RegExp",
  $map: (pairs) => `Map(${pairs.length})`,
  $set: (items) => `Set(${items.length})`,
  $bytes: ({ type, base64 }) => `${type}(${Math.floor((base64.replace(/=+$/, "").length * 3) / 4)} bytes)`,
  $error: ({ name }) => name ?? "Error",
  $boxed: () => "boxed",
  $object: () => "object",
  $array: ({ length }) => `array(${length})`,
  $platform: (made) => String(made?.[0] ?? "platform"),
  $ref: () => "seen above",
};

/** The kind of a value, in a word. */
export function kindOf(value) {
  if (value === null) return "null";
  if (Array.isArray(value)) return `array(${value.length})`;
  if (typeof value !== "object") return typeof value;
  const keys = Object.keys(value);
  const kind = keys.length === 1 && Object.hasOwn(KINDS, keys[0]) ? KINDS[keys[0]] : null;
  try {
    return kind ? kind(value[keys[0]]) : "object";
  } catch {
    return "object";
  }
}

/** A value on one line, its beginning. */
export function brief(value, most = 200) {
  if (value !== null && typeof value === "object" && "$date" in value && typeof value.$date === "number") {
    const date = new Date(value.$date);
    return Number.isNaN(date.getTime()) ? "Invalid Date" : date.toISOString();
  }
  return JSON.stringify(value).slice(0, most);
}

/** A value as it is edited. */
export function pretty(value) {
  return JSON.stringify(value, null, 2);
}

/** What was typed, which must be JSON. Gives the text: numbers keep all their digits. */
export function checked(text) {
  try {
    JSON.parse(text);
  } catch (error) {
    throw new Error(`This is not JSON: ${error.message}. A text stands in double quotes`);
  }
  return text;
}

/** The forms of what JSON has not, for whoever edits. */
export const FORMS = [
  ["new Date(0)", '{"$date": 0}'],
  ["10n", '{"$bigint": "10"}'],
  ["undefined, NaN", '{"$undefined": true}, {"$number": "NaN"}'],
  ['new Map([["a", 1]])', '{"$map": [["a", 1]]}'],
  ["new Set([1])", '{"$set": [1]}'],
  ["new Uint8Array([1, 2])", '{"$bytes": {"type": "Uint8Array", "base64": "AQI="}}'],
  ["/a+/gi", '{"$regexp": ["a+", "gi"]}'],
];
