// @ts-check
// The page as a whole: its head, which of its parts is in view by the address, and the link that all of them use.

import { Bindings } from "./bindings.js";
import { Crons } from "./crons.js";
import { announce, announcements, h, mark, write } from "./dom.js";
import { Errors } from "./errors.js";
import { Link } from "./link.js";
import { Logs } from "./logs.js";
import { Requests } from "./requests.js";
import { RoomView } from "./room.js";
import { keyOf, Rooms } from "./rooms.js";

const meta = document.querySelector("meta[name=token]");
const token = meta?.getAttribute("content") ?? "";
// What other code of the page may be given to read has no need of it.
meta?.remove();

const state = h("span", { class: "state", role: "status" }, "Connecting");
const title = h("span", { class: "project" });
const PAGES = {
  rooms: "Rooms",
  requests: "Requests",
  logs: "Logs",
  errors: "Errors",
  crons: "Crons",
  project: "Project",
};
const links = Object.entries(PAGES).map(([name, text]) => h("a", { href: `#${name}` }, text));
const place = h("main", { id: "main" });
/** @type {RoomView | null} */
let room = null;
let shown = "";

const link = new Link(token, (isOpen) => {
  write(state, isOpen ? "Connected" : "No connection, trying again");
  mark(state, "data-open", String(isOpen));
  if (isOpen) greet().catch((error) => announce(error.message, true));
});
const rooms = new Rooms(link, { open: (party, name) => go(`#room/${keyOf(party, name)}`) });
const detail = h("div", { class: "detail" }, h("p", { class: "empty" }, "Choose a room to look into it."));
const pages = {
  rooms: {
    element: h("div", { class: "rooms" }, rooms.element, detail),
    start: () => rooms.start(),
    stop: () => rooms.stop(),
  },
  requests: new Requests(link),
  logs: new Logs(link),
  errors: new Errors(link),
  crons: new Crons(link),
  project: new Bindings(link),
};

document.body.append(
  h("a", {
    href: "#main",
    class: "skip",
    onclick: (event) => (event.preventDefault(), place.querySelector("h1")?.focus()),
  }, "Skip to the page"),
  h(
    "header",
    null,
    h("span", { class: "brand" }, "partyrun"),
    title,
    h("nav", { "aria-label": "Parts of the dashboard" }, links),
    state,
  ),
  place,
  announcements,
);
rooms.listen(() => {
  if (room) room.update(rooms, shown);
});
addEventListener("hashchange", route);
document.addEventListener("visibilitychange", () => rooms.look());
route();

/** Says what is served, and shows it anew. */
async function greet() {
  const server = await link.ask("GET", "/");
  write(title, server.name);
  document.title = `${server.name} – partyrun`;
  rooms.setParties(server.parties);
  route();
}

function go(hash) {
  if (location.hash === hash) route();
  else location.hash = hash;
}

/** Shows what the address names: a page, or `room/<party>/<room>` with the tab behind another slash. */
function route() {
  const [first, party, name, tab] = location.hash.slice(1).split("/");
  const isRoom = first === "room" && name !== undefined;
  const page = isRoom || !Object.hasOwn(PAGES, first) ? "rooms" : first;
  links.forEach((element) => mark(element, "aria-current", element.hash === `#${page}` ? "page" : null));
  if (place.firstChild !== pages[page].element) {
    place.replaceChildren(pages[page].element);
  }
  for (const other of Object.values(pages)) other.stop();
  if (link.isOpen) pages[page].start();
  show(isRoom ? decodeURIComponent(party) : "", isRoom ? name : "", tab ?? "messages");
}

function show(party, name, tab) {
  const key = name === "" ? "" : keyOf(party, name);
  mark(place, "data-room", key === "" ? null : "open");
  if (key === shown) return room?.tabs.show(tab);
  room?.close();
  room = null;
  shown = key;
  rooms.list.activate(key === "" ? null : key);
  if (key === "") return detail.replaceChildren(h("p", { class: "empty" }, "Choose a room to look into it."));
  room = new RoomView(link, party, name, {
    tab,
    moved: (next) => history.replaceState(null, "", `#room/${key}${next === "messages" ? "" : `/${next}`}`),
    close: () => {
      go("#rooms");
      rooms.list.box.focus();
    },
  });
  detail.replaceChildren(room.element);
  room.update(rooms, key);
  room.title.focus();
}
