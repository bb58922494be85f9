// Runs while the snapshot is made. `parties.<name>.get(id)`: calls to other rooms, in-process and
// past the static handlers (specification, section 2.8).
import { Request, sendToRoom } from "ext:partyrun/10_http.js";
import { makeSocket, WebSocket } from "ext:partyrun/20_websocket.js";

let host = "";
let remembered = false;

// Without a request so far: the address that the server listens on.
export function useHost(listening) {
  host = listening;
}

export function forgetHost() {
  host = "";
  remembered = false;
}

// The host of the first request that this isolate serves is the one in all its stubs' URLs.
export function rememberHost(url) {
  if (remembered || url === undefined) return;
  remembered = true;
  host = new URL(url).host;
}

function checkPath(path) {
  if (!path.startsWith("/")) throw new Error("Path must start with /");
}

class Stub {
  constructor(party, id) {
    const base = () => `http://${host}/parties/${party}/${id}`;
    const send = (request) =>
      sendToRoom(party, id, request, (socket) => makeSocket(socket, false));
    this.fetch = (pathOrInit, maybeInit) => {
      if (typeof pathOrInit !== "string") return send(new Request(base(), pathOrInit ?? undefined));
      checkPath(pathOrInit);
      return send(new Request(base() + pathOrInit, maybeInit));
    };
    this.connect = () => new WebSocket(`ws://${host}/parties/${party}/${id}`);
    this.socket = async (pathOrInit, maybeInit) => {
      let path = "";
      let init = pathOrInit;
      if (typeof pathOrInit === "string") {
        checkPath(pathOrInit);
        path = pathOrInit;
        init = maybeInit;
      }
      const response = await send(
        new Request(base() + path, {
          ...init,
          headers: { upgrade: "websocket", ...init?.headers },
        }),
      );
      const { webSocket } = response;
      if (!webSocket) throw new Error("Expected a websocket response");
      webSocket.accept();
      return webSocket;
    };
  }
}

// `names` has "main" last, as the original lists it.
export function createParties(names) {
  const parties = {};
  for (const name of names) parties[name] = { get: (id) => new Stub(name, `${id}`) };
  return parties;
}
