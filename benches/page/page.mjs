// A page with partysocket as it comes: `node page.mjs <host>` prints each message of its room.
import PartySocket from "partysocket";
import { WebSocket } from "ws";

const socket = new PartySocket({ host: process.argv[2], room: "page", WebSocket });
socket.addEventListener("message", ({ data }) => console.log(data));
