// The shapes that the modules share. Nothing of it is left in what is built.

/// <reference types="@cloudflare/workers-types" />

export type Environment = Record<string, any>;

export type Connection = WebSocket & {
  id: string;
  uri: string;
  socket: WebSocket;
  state: unknown;
  setState(state: unknown): unknown;
};

export interface ConnectionContext {
  request: Request;
}

export type Message = string | ArrayBuffer;

export interface Server {
  options?: { hibernate?: boolean };
  getConnectionTags?(connection: Connection, context: ConnectionContext): string[] | Promise<string[]>;
  onStart?(): unknown;
  onConnect?(connection: Connection, context: ConnectionContext): unknown;
  onMessage?(message: Message, connection: Connection): unknown;
  onClose?(connection: Connection): unknown;
  onError?(connection: Connection, error: unknown): unknown;
  onRequest?(request: Request): unknown;
  onAlarm?(): unknown;
}

export type UserClass = new (room: Room) => Server;

export interface UserObject {
  onConnect?(connection: Connection, room: Room, context: ConnectionContext): unknown;
  onMessage?(message: Message, connection: Connection, room: Room): unknown;
  onClose?(connection: Connection, room: Room): unknown;
  onError?(connection: Connection, error: unknown, room: Room): unknown;
  onRequest?(request: Request, room: Room): unknown;
  onAlarm?(room: Room): unknown;
}

export interface Stub {
  fetch(pathOrInit?: string | RequestInit | Request, init?: RequestInit): Promise<Response>;
  connect(): WebSocket;
  socket(pathOrInit?: string | RequestInit, init?: RequestInit): Promise<WebSocket>;
}

export type Parties = Record<string, { get(id: string): Stub }>;

/** What rooms and lobbies are given of the project's surroundings. */
export interface Surroundings {
  env: Environment;
  ai: unknown;
  vectorize: Record<string, unknown>;
  assets: { fetch(path: string): Promise<Response | null> };
  bindings: { r2: Record<string, unknown>; kv: Record<string, unknown> };
  analytics: { writeDataPoint(point?: unknown): void };
}

export interface Room {
  readonly id: string;
  readonly internalID: string;
  readonly name: string;
  readonly storage: DurableObjectStorage;
  readonly context: { readonly parties: Parties };
}

/** What keeps the connections of a room. */
export interface Connections {
  accept(connection: Connection, tags: string[]): void;
  /** A connection whose handshake failed is none. */
  drop(connection: Connection): void;
  get(id: string): Connection | undefined;
  all(tag?: string): IterableIterator<Connection>;
  map(): Map<string, Connection>;
}

/** What a server hears of its connections. Each is done when its handler is, and never rejects. */
export interface Listeners {
  message(message: Message, connection: Connection): Promise<void>;
  close(connection: Connection): Promise<void>;
  error(connection: Connection, error: unknown): Promise<void>;
}
