// What V8 has and TypeScript's library does not, and the prototype of literals, which is no property.

interface PropertyDescriptor {
  __proto__?: null;
}

interface ProxyHandler<T extends object> {
  __proto__?: null;
}

interface ErrorConstructor {
  captureStackTrace(target: object, caller?: Function): void;
  prepareStackTrace?: (error: any, frames: any[]) => any;
  stackTraceLimit: number;
}

interface Error {
  code?: any;
}

interface Uint8Array {
  toBase64(options?: object): string;
  toHex(): string;
}
