// Runs once, while the snapshot is made: takes a pretended room through its usual events, so that
// the functions of every room's first moments are in the snapshot compiled. Leaves no trace.
import { core, primordials } from "ext:core/mod.js";
import { useOps } from "ext:partyrun/06_ops.js";
import * as room from "ext:partyrun/40_room.js";
import { forgetHost } from "ext:partyrun/41_stub.js";
import * as worker from "ext:partyrun/50_worker.js";

const { JSONStringify } = primordials;

const answers = {
  op_pr_head_headers: () => [["a", "b"]],
  op_pr_head_client_encoding: () => "gzip",
  op_pr_uuid: () => "id",
  op_pr_ws_records: () => [],
};
const configuration = JSONStringify({
  parties: ["main"],
  party: "main",
  internalId: "",
  env: {},
  bindings: { r2: [], kv: [], vectorize: {}, ai: null },
  processEnv: {},
  colors: { out: false, err: false },
  inspected: false,
  host: "host",
});
const nothing = () => undefined;
const pretended = new Proxy({}, { get: (_, name) => answers[name] ?? nothing });

class Server {
  constructor(room) {
    this.room = room;
  }

  onStart() {
    const { storage } = this.room;
    storage.put("a", 1);
    storage.get("a");
    storage.list();
    storage.delete("a");
  }

  onConnect(connection, { request }) {
    request.headers.get("a");
    connection.send("hello");
    connection.setState({ n: 1 });
    this.room.broadcast("joined", [connection.id]);
  }

  onMessage(message, sender) {
    sender.send(message);
    this.room.broadcast(message);
    [...this.room.getConnections()].length;
  }

  onClose() {}

  /** @returns {Response | Promise<Response>} */
  onRequest(request) {
    return Response.json({ id: this.room.id, url: new URL(request.url).pathname });
  }
}

class Hibernating extends Server {
  options = { hibernate: true };

  async onRequest(request) {
    return new Response(request.method, { status: 201, headers: { "x-a": "b" } });
  }
}

/** `configure` is that of an isolate. */
export function warmUp(configure) {
  useOps(pretended);
  const url = "http://host/parties/main/room?_pk=1";
  for (const server of [Server, Hibernating]) {
    configure(configuration);
    room.assignRoom(server);
    room.onRequest(1, {}, "GET", url, false);
    room.onConnect(2, {}, "GET", url, 1);
    core.runMicrotasks();
    room.onMessage(1, "text");
    core.runMicrotasks();
    room.onClose(1, 1000, "", true);
    core.runMicrotasks();
    room.forget();
    worker.forget();
    forgetHost();
  }
  useOps(undefined);
  leaveHostMemory();
}

// deno_core shows JavaScript memory of its own, which it has freed when the heap is written out: whatever lies there then would become part of
// the snapshot, different each time. Each restored isolate is given such memory anew.
function leaveHostMemory() {
  core.__setTickInfo(new Uint8Array(2));
  core.__setImmediateInfo(new Uint32Array(3));
  core.__setTimerInfo(new Int32Array(1));
}
