// A page hears from the server which code runs: what the benchmark times after a save, which rewrites `VERSION`.
import type * as Party from "partykit/server";

const VERSION = "v0";

export default class Page implements Party.Server {
  constructor(readonly room: Party.Room) {}

  onConnect(connection: Party.Connection) {
    connection.send(VERSION);
  }

  onRequest() {
    return new Response(VERSION);
  }
}
