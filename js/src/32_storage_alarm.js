// Runs while the snapshot is made. The alarm's methods of `room.storage` and of transactions: their
// arguments and errors as the original has them (specification, section 7.1).
import { core, primordials } from "ext:core/mod.js";
import { ops } from "ext:partyrun/06_ops.js";
import { readOptions, wrongArgument } from "ext:partyrun/33_storage_calls.js";

const {
  DatePrototypeGetTime,
  MathMax,
  MathTrunc,
  NumberIsFinite,
  TypeError,
} = primordials;

// The original counts nanoseconds in 64 bits; its messages name years of their own.
const LIMIT_MS = 2 ** 63 / 1e6;

const OPTIONS = ["allowConcurrency", "allowUnconfirmed"];

function milliseconds(where, value) {
  let time = value;
  if (core.isDate(value)) time = DatePrototypeGetTime(value);
  else if (typeof value !== "number") throw wrongArgument("setAlarm", where, 1, "date");
  if (!NumberIsFinite(time)) {
    throw new TypeError("The value cannot be converted because it is not a valid Date.");
  }
  if (time >= LIMIT_MS) throw new TypeError("This API doesn't support dates after 2189.");
  if (time <= -LIMIT_MS) throw new TypeError("This API doesn't support dates before 1687.");
  return MathTrunc(time);
}

export function setAlarm(where, args) {
  const time = milliseconds(where, args[0]);
  readOptions("setAlarm", where, args[1], 2, "SetAlarmOptions", OPTIONS);
  if (time <= 0) throw new TypeError("setAlarm() cannot be called with an alarm time <= 0");
  // A time that has passed reads back as the present.
  ops.op_pr_alarm_set(MathMax(time, ops.op_pr_clock_now()));
}

export function getAlarm(where, args) {
  readOptions("getAlarm", where, args[0], 1, "GetAlarmOptions", ["allowConcurrency"]);
  return ops.op_pr_alarm_get() || null;
}

export function deleteAlarm(where, args) {
  readOptions("deleteAlarm", where, args[0], 1, "SetAlarmOptions", OPTIONS);
  ops.op_pr_alarm_set(0);
}
