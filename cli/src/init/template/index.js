// One instance of this class runs for each room.
/** @implements {import("partykit/server").Server} */
export default class Server {
  /** @param {import("partykit/server").Room} room */
  constructor(room) {
    this.room = room;
  }

  /**
   * A client has connected, for example with `new PartySocket({ host, room: "my-room" })`.
   * @param {import("partykit/server").Connection} connection
   * @param {import("partykit/server").ConnectionContext} context
   */
  onConnect(connection, context) {
    const { pathname } = new URL(context.request.url);
    console.log(`${connection.id} joined ${this.room.id} at ${pathname}`);
    connection.send("hello from server");
  }

  /**
   * A client has sent a message: pass it on to all others in the room.
   * @param {string} message
   * @param {import("partykit/server").Connection} sender
   */
  onMessage(message, sender) {
    console.log(`${sender.id} in ${this.room.id}: ${message}`);
    this.room.broadcast(`${sender.id}: ${message}`, [sender.id]);
  }

  // `curl http://127.0.0.1:1999/parties/main/my-room`
  onRequest() {
    const count = [...this.room.getConnections()].length;
    return new Response(`Connected to ${this.room.id}: ${count}\n`);
  }
}
