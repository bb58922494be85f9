// The global `performance`, and the classes beside it.
const { default: refusing } = require("unenv/node/perf_hooks");

const { Performance, PerformanceEntry, PerformanceMark, PerformanceMeasure, performance } = globalThis;
if (performance.timerify === undefined) {
  Object.assign(performance, {
    eventLoopUtilization: () => ({ idle: 0, active: 0, utilization: 0 }),
    timerify: (callback) => callback,
  });
}
module.exports = {
  ...refusing,
  Performance,
  PerformanceEntry,
  PerformanceMark,
  PerformanceMeasure,
  performance,
};
