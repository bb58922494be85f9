// Runs while the snapshot is made. What rooms and lobbies find around them besides other parties:
// assets, bindings, analytics, ai (specification, sections 2.5 and 2.7).
import { assets } from "ext:partyrun/43_assets.js";

let analyticsNoticed = false;

const analytics = {
  writeDataPoint() {
    if (analyticsNoticed) return;
    analyticsNoticed = true;
    console.log("\u26A0\uFE0F  analytics.writeDataPoint is not implemented in local development.");
  },
};

export function createSurroundings() {
  return { ai: undefined, analytics, assets, bindings: { r2: {}, kv: {} }, vectorize: {} };
}
