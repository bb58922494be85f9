// What the harness is measured with: a room that counts requests, and has an alarm a day away. The workers in `rivals`
// do the same.
import type * as Party from "partykit/server";

const DAY = 24 * 60 * 60 * 1000;

export default class Testing implements Party.Server {
  constructor(readonly room: Party.Room) {}

  async onRequest(request: Party.Request) {
    const { search } = new URL(request.url);
    if (search === "?alarm") await this.room.storage.setAlarm(Date.now() + DAY);
    const hits = ((await this.room.storage.get<number>("hits")) ?? 0) + 1;
    await this.room.storage.put("hits", hits);
    return Response.json({ hits, rang: (await this.room.storage.get<number>("rang")) ?? 0 });
  }

  async onAlarm() {
    await this.room.storage.put("rang", ((await this.room.storage.get<number>("rang")) ?? 0) + 1);
  }

  onMessage(message: string) {
    this.room.broadcast(message);
  }
}
