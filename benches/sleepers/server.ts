// What `cargo xtask bench --only many` lets fall asleep: rooms that hibernate under their sockets, and echo.
import type * as Party from "partykit/server";

export default class Sleeper implements Party.Server {
  options = { hibernate: true };

  constructor(readonly room: Party.Room) {}

  onRequest() {
    return new Response(this.room.id);
  }

  onMessage(message: string | ArrayBuffer, sender: Party.Connection) {
    sender.send(message);
  }
}
