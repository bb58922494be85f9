// Runs while the snapshot is made. The alarm as an event of a room (specification, section 7.1).
import { isPending, whenSettled } from "ext:partyrun/05_promises.js";
import { ops } from "ext:partyrun/06_ops.js";
import { report } from "ext:partyrun/12_console.js";
import { wakeRoom } from "ext:partyrun/40_room.js";

function succeeded() {
  ops.op_pr_alarm_end(true);
}

function failed(error) {
  report("onAlarm error", error);
  ops.op_pr_alarm_end(false);
}

// While onStart runs, too, the alarm counts as gone.
export function onAlarm(at) {
  if (!ops.op_pr_alarm_begin(at)) return;
  wakeRoom((instance) => {
    let result;
    try {
      result = instance.onAlarm?.();
    } catch (error) {
      return failed(error);
    }
    if (isPending(result)) whenSettled(result, succeeded, failed);
    else succeeded();
  }, failed);
}
