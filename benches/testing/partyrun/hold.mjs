// A run that is killed: `node hold.mjs <rooms>` has a socket in each of so many rooms, says so, and waits.
import { start } from "partyrun/test";

const rooms = Number(process.argv[2]);
const party = await start();
for (let room = 0; room < rooms; room++) await party.room(`room-${room}`).connect();
console.log(`holding ${process.pid}`);
setInterval(() => {}, 60_000);
