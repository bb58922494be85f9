// What `cargo xtask bench` puts its load on: an unmodified PartyKit server, the same file for every
// program measured. The benchmark rewrites the value of `VERSION` to time how soon a save is live.
import type * as Party from "partykit/server";

const VERSION = "v0";

export default class Bench implements Party.Server {
  hits = 0;

  constructor(readonly room: Party.Room) {}

  async onRequest(request: Party.Request) {
    const { search } = new URL(request.url);
    if (search === "?version") return new Response(VERSION);
    this.hits += 1;
    if (search === "?put") await this.room.storage.put("hits", this.hits);
    return Response.json({ room: this.room.id, hits: this.hits });
  }

  onMessage(message: string | ArrayBuffer, sender: Party.Connection) {
    if (typeof message === "string" && message.startsWith("all:")) {
      this.room.broadcast(message, [sender.id]);
    } else {
      sender.send(message);
    }
  }
}
