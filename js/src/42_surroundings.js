// Runs while the snapshot is made. What rooms and lobbies find around them besides other parties:
// assets, bindings, analytics, ai (specification, sections 2.5 and 2.7).
let analyticsNoticed = false;

const analytics = {
  writeDataPoint() {
    if (analyticsNoticed) return;
    analyticsNoticed = true;
    console.log("\u26A0\uFE0F  analytics.writeDataPoint is not implemented in local development.");
  },
};

const assets = {
  fetch(path) {
    if (typeof path !== "string" || !path.startsWith("/")) {
      return Promise.reject(new Error("Path must start with /"));
    }
    return Promise.reject(
      new Error("assets.fetch() is not supported by this version of partyrun yet"),
    );
  },
};

export function createSurroundings() {
  return { ai: undefined, analytics, assets, bindings: { r2: {}, kv: {} }, vectorize: {} };
}
