// @ts-check
// Numbers, times and values as people read them. Touches no element.

const COUNT = new Intl.NumberFormat("en");
const UNITS = ["B", "KB", "MB", "GB"];

/** `12,345` */
export function count(number) {
  return COUNT.format(number);
}

/** `3 connections` */
export function counted(number, noun) {
  return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** `4.1 MB` */
export function bytes(number) {
  let unit = 0;
  while (number >= 1000 && unit < UNITS.length - 1) {
    number /= 1000;
    unit++;
  }
  return `${unit === 0 || number >= 100 ? Math.round(number) : number.toFixed(1)} ${UNITS[unit]}`;
}

/** `1,204`, `3.5`: so many a second. */
export function rate(number) {
  return number === 0 || number >= 10 ? count(Math.round(number)) : number.toFixed(1);
}

/** `14:03:22.118` */
export function clockTime(ms) {
  const date = new Date(ms);
  const two = (number) => String(number).padStart(2, "0");
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
  return `${time}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** `in 3 min`, `2 h ago` */
export function fromNow(ms, now) {
  const seconds = Math.round((ms - now) / 1000);
  const size = Math.abs(seconds);
  const [amount, unit] = size < 60
    ? [size, "s"]
    : size < 3600
    ? [Math.round(size / 60), "min"]
    : size < 172_800
    ? [Math.round(size / 3600), "h"]
    : [Math.round(size / 86_400), "days"];
  return seconds < 0 ? `${amount} ${unit} ago` : `in ${amount} ${unit}`;
}

/** `2026-11-30 14:03:22` */
export function dateTime(ms) {
  const date = new Date(ms);
  const two = (number) => String(number).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${clockTime(ms).slice(0, 8)}`;
}

/** A room's name as it was meant: URLs have it encoded. */
export function roomName(room) {
  try {
    return decodeURIComponent(room);
  } catch {
    return room;
  }
}

/** The bytes of base64. */
export function decoded(base64) {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

/** `48 65 6c 6c 6f`, the beginning of it. */
export function hex(base64, most) {
  const all = decoded(base64);
  const shown = Array.from(all.subarray(0, most), (byte) => byte.toString(16).padStart(2, "0"));
  return shown.join(" ") + (all.length > most ? " …" : "");
}

/** Text on one line, the beginning of it. */
export function oneLine(text, most = 300) {
  return text.slice(0, most).replace(/\s+/g, " ");
}
