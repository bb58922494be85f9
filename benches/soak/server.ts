// What `cargo xtask soak` wears out: sockets that echo, writes that are acknowledged once they are
// stored, and alarms that count themselves. The soak rewrites the value of `VERSION` to make it reload.
import type * as Party from "partykit/server";

const VERSION = "v0";

export default class Soak implements Party.Server {
  constructor(readonly room: Party.Room) {}

  async onRequest(request: Party.Request) {
    const { searchParams } = new URL(request.url);
    const { storage } = this.room;
    const put = searchParams.get("put");
    if (searchParams.has("version")) return new Response(VERSION);
    if (put !== null) {
      await storage.put("written", Number(put));
    } else if (searchParams.has("alarm")) {
      await storage.setAlarm(Date.now() + Number(searchParams.get("alarm")));
    } else if (searchParams.has("alarms")) {
      return new Response(`${(await storage.get<number>("alarms")) ?? 0}`);
    }
    return new Response(`${(await storage.get<number>("written")) ?? 0}`);
  }

  async onMessage(message: string | ArrayBuffer, sender: Party.Connection) {
    if (typeof message === "string" && message.startsWith("put:")) {
      await this.room.storage.put("written", Number(message.slice(4)));
    }
    sender.send(message);
  }

  async onAlarm() {
    await this.room.storage.put("alarms", ((await this.room.storage.get<number>("alarms")) ?? 0) + 1);
  }
}
