// The room of `partyrun/server.ts` as a Durable Object.
import { DurableObject } from "cloudflare:workers";

const DAY = 24 * 60 * 60 * 1000;

export class Room extends DurableObject {
  async fetch(request) {
    const { storage } = this.ctx;
    if (new URL(request.url).search === "?alarm") await storage.setAlarm(Date.now() + DAY);
    const hits = ((await storage.get("hits")) ?? 0) + 1;
    await storage.put("hits", hits);
    return Response.json({ hits, rang: (await storage.get("rang")) ?? 0 });
  }

  async alarm() {
    await this.ctx.storage.put("rang", ((await this.ctx.storage.get("rang")) ?? 0) + 1);
  }
}

export default {
  fetch(request, env) {
    const room = new URL(request.url).pathname.split("/").pop();
    return env.ROOMS.get(env.ROOMS.idFromName(room)).fetch(request);
  },
};
