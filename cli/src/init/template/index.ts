import type * as Party from "partykit/server";

// One instance of this class runs for each room.
export default class Server implements Party.Server {
  constructor(readonly room: Party.Room) {}

  // A client has connected, for example with `new PartySocket({ host, room: "my-room" })`.
  onConnect(connection: Party.Connection, context: Party.ConnectionContext) {
    const { pathname } = new URL(context.request.url);
    console.log(`${connection.id} joined ${this.room.id} at ${pathname}`);
    connection.send("hello from server");
  }

  // A client has sent a message: pass it on to all others in the room.
  onMessage(message: string, sender: Party.Connection) {
    console.log(`${sender.id} in ${this.room.id}: ${message}`);
    this.room.broadcast(`${sender.id}: ${message}`, [sender.id]);
  }

  // `curl http://127.0.0.1:1999/parties/main/my-room`
  onRequest() {
    const count = [...this.room.getConnections()].length;
    return new Response(`Connected to ${this.room.id}: ${count}\n`);
  }
}

Server satisfies Party.Worker;
