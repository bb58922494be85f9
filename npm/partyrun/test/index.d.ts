// The types of `partyrun/test`. Times are milliseconds, or a `Date` for points in time.

/** What this package throws itself. `code` is a word that stays; the message is for people. */
export class PartyrunError extends Error {
  readonly code: string;
  /** Status of the answer that was refused, if it is about one. */
  readonly status?: number;
  /** What is pending on the outside, of a `settle` that does not come. */
  readonly pending?: readonly Pending[];
}

export interface StartOptions {
  /** Where the project is. Default: the current folder. */
  cwd?: string;
  /** The server's file, in the place of the configuration's `main`. */
  script?: string;
  /** The configuration's file. */
  config?: string;
  /** Default: any free port. */
  port?: number;
  /** A folder for storage. Default: in memory. */
  persist?: string | false;
  /** Names of the code that are replaced by JavaScript expressions. */
  define?: Record<string, string>;
  /** Environment of the server, beside that of this process. */
  env?: Record<string, string>;
  /** Further flags of `partyrun dev`. */
  args?: readonly string[];
  /** Shows what the server prints, on standard error. */
  log?: boolean;
  /** How long the server may take until it serves. Default: 30 s. */
  timeout?: number;
}

/**
 * A space of its own: on the server of the environment (`partyrun test -- <command>` sets it), or on one that this process
 * starts and that ends with the space. Options that only a server of its own can follow make it start one.
 */
export function start(options?: StartOptions & SpaceOptions): Promise<Space>;

/**
 * The first space of a server that runs; disposing leaves it as it is. Both values are in the server's ready line, and on
 * the terminal of `partyrun dev --control`.
 */
export function connect(options: { control: string; token: string; sanitize?: boolean }): Promise<Space>;

export interface SpaceOptions {
  /** Added to `room.env`. With `port` or `persist`, only texts. */
  vars?: Record<string, unknown>;
  /** Its clock stands still from the start, at this time; `true`: at the system's. */
  clock?: number | Date | true;
  /** What becomes of the rooms' `fetch` without a handler. Default: `refuse`. */
  outbound?: "refuse" | "network";
  /** What it has stored from the start. */
  restore?: Snapshot;
  /** Whether a test fails that leaves something in disorder. Default: true. */
  sanitize?: boolean;
}

/** Rooms, storage, alarms, clock and events of their own, behind a URL of its own. */
export interface Space extends AsyncDisposable {
  /** `http://127.0.0.1:40001` */
  readonly url: string;
  /** `127.0.0.1:40001`, as `partysocket` takes it. */
  readonly host: string;
  readonly clock: Clock;

  /** Another space of the same code, which shares nothing else with this one. */
  isolate(options?: SpaceOptions): Promise<Space>;
  /** Begins anew in place: empty storage, no rooms, no connections. The URL stays. */
  reset(): Promise<void>;

  /** A request as a client sends it. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  room(id: string, options?: { party?: string }): Room;
  /** All rooms that live or have stored something. */
  rooms(options?: { party?: string }): Promise<RoomInfo[]>;
  /** Runs a cron of the configuration. */
  cron(name: string, options?: { time?: number | Date }): Promise<{ ok: boolean; status: number }>;

  /** Has the clock stand still, and moves it: timers, alarms and crons on the way have run when this returns. */
  advance(ms: number, options?: { maxEvents?: number }): Promise<Advanced>;
  /** Waits until all that was sent has been handled and what came of it has been read. Default of `timeout`: 5 s. */
  settle(options?: { timeout?: number }): Promise<{ settled: boolean; pending: Pending[] }>;
  /** What each room waits for, with files and lines. */
  why(): Promise<string>;

  /** The rooms' `fetch` comes to `handler`. If it returns nothing, the request goes where it went without. */
  outbound(handler: OutboundHandler): Promise<Outbound>;
  readonly faults: Faults;

  /** A copy of all that is stored: in memory, or in a file for later. */
  snapshot(options?: { file?: string }): Promise<Snapshot>;
  /** Begins anew with it. */
  restore(snapshot: Snapshot): Promise<void>;

  /** What was logged: events `console`, `error`, `note`, `alarm` and `cron`, the last thousand. */
  logs(fields?: EventFields): Promise<PartyrunEvent[]>;
  /** Listens to all that happens from here on. */
  events(): Promise<Events>;
  /** An error that rooms may throw, and have to before the next check. */
  expectError(pattern: string | RegExp): void;

  /** Connections that are open now may stay open after the next check. */
  mark(): void;
  /** Fails if something is in disorder: connections left open, errors that nobody expected. Closes what is open. */
  check(): Promise<void>;
  /** Checks, and ends the space. */
  dispose(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface Room {
  readonly id: string;
  readonly party: string;
  /** `http://127.0.0.1:40001/parties/main/lobby` */
  readonly url: string;

  /** A request as a client sends it; with `direct`, past `onBeforeRequest`. */
  fetch(path?: string, init?: RequestInit & { direct?: boolean }): Promise<Response>;
  /** A client's connection, open. */
  connect(options?: ConnectOptions): Promise<Connection>;
  info(): Promise<{ live: boolean; stored: boolean; alarm: number | null }>;

  readonly storage: RoomStorage;
  readonly alarm: RoomAlarm;
  connections(): Promise<ServerConnection[]>;

  /** One connection, from the server's side. */
  connection(id: string): RoomConnection;

  /** Its isolate goes, and all in memory with it. `keep` keeps the sockets of rooms that hibernate. */
  evict(options?: { sockets?: "close" | "keep" }): Promise<boolean>;
  /** Starts it anew, as a save does. */
  restart(): Promise<boolean>;
  /**
   * Calls a function in the room, with its server and its `room`. It is sent as its text: it knows its parameters and
   * nothing around it. Arguments and result are structured values.
   */
  run<Server = any, Arguments extends unknown[] = any[], Result = unknown>(
    fn: (server: Server, room: any, ...args: Arguments) => Result,
    ...args: Arguments
  ): Promise<Awaited<Result>>;
}

export interface Clock {
  now(): Promise<number>;
  isFrozen(): Promise<boolean>;
  /** Stands still, at the time it shows or at another. */
  freeze(at?: number | Date): Promise<number>;
  /** Shows another time, which is not before the one it shows; it stands still or goes on as before. */
  set(at: number | Date): Promise<number>;
  /** Shows the system's time again. */
  resume(): Promise<number>;
}

export interface Advanced {
  now: number;
  frozen: boolean;
  /** What has run on the way, in its order. */
  events: { at: number; kind: "timer" | "alarm" | "cron"; party: string | null; room: string | null }[];
}

/** What waits for the outside. */
export interface Pending {
  party: string | null;
  room: string | null;
  what: string;
  at: string | null;
  ms: number;
}

export type OutboundHandler = (
  request: Request,
  from: { party: string | null; room: string | null },
) => Response | undefined | void | Promise<Response | undefined | void>;

export interface Outbound extends AsyncDisposable {
  /** What has come so far. */
  readonly requests: {
    party: string | null;
    room: string | null;
    method: string;
    url: string;
    headers: Headers;
    body: string | undefined;
  }[];
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface Faults {
  /** The next commits fail, of any room or of one. */
  failWrites(options?: { times?: number; room?: string; party?: string }): Promise<void>;
  /** All writes fail, until they are mended. */
  fillDisk(): Promise<void>;
  list(): Promise<unknown[]>;
  /** Mends everything, connections too. */
  mend(): Promise<void>;
}

export type Snapshot = { id: string } | { file: string };

export interface Events extends AsyncDisposable {
  all(fields?: EventFields): PartyrunEvent[];
  /** The first event with these fields, of those that have come or will. Default of `timeout`: 5 s. */
  next(fields?: EventFields, options?: { timeout?: number }): Promise<PartyrunEvent>;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface RoomInfo {
  id: string;
  party: string;
  live: boolean;
  alarm: number | null;
}

export interface RoomStorage {
  get<T = unknown>(key: string): Promise<T | undefined>;
  put(key: string, value: unknown): Promise<void>;
  put(entries: Record<string, unknown> | Map<string, unknown>): Promise<void>;
  /** Whether it was there. */
  delete(key: string): Promise<boolean>;
  list<T = unknown>(options?: ListOptions): Promise<Map<string, T>>;
  clear(): Promise<void>;
}

export interface ListOptions {
  prefix?: string;
  start?: string;
  startAfter?: string;
  end?: string;
  limit?: number;
  reverse?: boolean;
}

export interface RoomAlarm {
  /** When it is due. */
  get(): Promise<number | null>;
  set(time: number | Date): Promise<number>;
  cancel(): Promise<void>;
  /** Runs its handler, whenever it is due. `retry`: it has failed and will be tried again. */
  run(): Promise<{ ran: boolean; retry?: boolean }>;
}

export interface ServerConnection {
  id: string;
  uri: string;
  tags: string[];
  state: unknown;
  hibernates: boolean;
}

export interface RoomConnection {
  close(code?: number, reason?: string): Promise<void>;
  /** Without a Close frame. */
  cut(): Promise<void>;
  /** Delays what the room sends by milliseconds, and loses a share (0 to 1) of it; `seed` says which. Nothing mends it. */
  fault(options?: { delay?: number; drop?: number; seed?: number }): Promise<void>;
}

export interface ConnectOptions {
  /** The connection's id, as `partysocket` gives it. */
  id?: string;
  /** Below the room's URL. */
  path?: string;
  query?: Record<string, string>;
  headers?: HeadersInit;
  protocols?: readonly string[];
  /** For the handshake. Default: 10 s. */
  timeout?: number;
}

export type Message = string | Uint8Array;

export interface Connection extends AsyncDisposable, AsyncIterable<Message> {
  /** As the room has it in `connection.id`. */
  readonly id: string;
  readonly url: string;
  readonly protocol: string;
  readonly isOpen: boolean;
  /** Settles when the connection has ended, whoever ended it. 1006: without a Close frame. */
  readonly closed: Promise<{ code: number; reason: string; clean: boolean }>;

  send(message: string | ArrayBuffer | ArrayBufferView): void;
  /** The next message that was not read. Default of `timeout`: 5 s. */
  nextMessage(options?: { timeout?: number }): Promise<Message>;
  /** The next message, parsed. */
  nextJson<T = any>(options?: { timeout?: number }): Promise<T>;
  /** All messages that have come and were not read. */
  take(): Message[];
  close(code?: number, reason?: string): Promise<{ code: number; reason: string; clean: boolean }>;
  /** Ends the connection without a Close frame, as a lost network does. */
  cut(): Promise<{ code: number; reason: string; clean: boolean }>;
  [Symbol.asyncIterator](): AsyncIterator<Message>;
  [Symbol.asyncDispose](): Promise<void>;
}

export type EventFields = Record<string, string | number | boolean | RegExp>;

export interface PartyrunEvent {
  event: string;
  time: number;
  party?: string;
  room?: string;
  [field: string]: any;
}
