// The same with rooms that hibernate under their sockets.
import Soak from "./server";

export default class Sleeper extends Soak {
  options = { hibernate: true };
}
