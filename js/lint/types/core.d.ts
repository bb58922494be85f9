// What the runtime's JavaScript finds in deno_core, as far as it uses it: names and numbers of arguments. The
// types of what goes in and out are left open, because most of it is user code's.

type Loose<Arguments extends unknown[]> = { [At in keyof Arguments]: any };

/** A method with its object as the first argument. */
type Uncurried<Method> = Method extends (...args: infer Arguments) => unknown
  ? (self: any, ...args: Loose<Arguments>) => any
  : Method;

type Renamed<Name extends string, Key> = Key extends string ? `${Name}${Capitalize<Key>}` : never;

type Statics<Name extends string, Holder> = {
  readonly [Key in keyof Holder as Renamed<Name, Key>]: Holder[Key];
};

type Methods<Name extends string, Prototype> = {
  readonly [Key in keyof Prototype as Renamed<`${Name}Prototype`, Key>]: Uncurried<Prototype[Key]>;
};

type Kept<Name extends string, Constructor extends { prototype: any }> =
  & { readonly [Key in Name]: Constructor }
  & Statics<Name, Constructor>
  & Methods<Name, Constructor["prototype"]>;

type Primordials =
  & Kept<"Array", ArrayConstructor>
  & Kept<"ArrayBuffer", ArrayBufferConstructor>
  & Kept<"BigInt", BigIntConstructor>
  & Kept<"BigInt64Array", BigInt64ArrayConstructor>
  & Kept<"BigUint64Array", BigUint64ArrayConstructor>
  & Kept<"Boolean", BooleanConstructor>
  & Kept<"DataView", DataViewConstructor>
  & Kept<"Date", DateConstructor>
  & Kept<"Error", ErrorConstructor>
  & Kept<"EvalError", EvalErrorConstructor>
  & Kept<"Float32Array", Float32ArrayConstructor>
  & Kept<"Float64Array", Float64ArrayConstructor>
  & Kept<"Function", FunctionConstructor>
  & Kept<"Int16Array", Int16ArrayConstructor>
  & Kept<"Int32Array", Int32ArrayConstructor>
  & Kept<"Int8Array", Int8ArrayConstructor>
  & Kept<"Map", MapConstructor>
  & Kept<"Number", NumberConstructor>
  & Kept<"Object", ObjectConstructor>
  & Kept<"Promise", PromiseConstructor>
  & Kept<"RangeError", RangeErrorConstructor>
  & Kept<"ReferenceError", ReferenceErrorConstructor>
  & Kept<"RegExp", RegExpConstructor>
  & Kept<"Set", SetConstructor>
  & Kept<"String", StringConstructor>
  & Kept<"Symbol", SymbolConstructor>
  & Kept<"SyntaxError", SyntaxErrorConstructor>
  & Kept<"TypeError", TypeErrorConstructor>
  & Kept<"URIError", URIErrorConstructor>
  & Kept<"Uint16Array", Uint16ArrayConstructor>
  & Kept<"Uint32Array", Uint32ArrayConstructor>
  & Kept<"Uint8Array", Uint8ArrayConstructor>
  & Kept<"Uint8ClampedArray", Uint8ClampedArrayConstructor>
  & Kept<"WeakMap", WeakMapConstructor>
  & Kept<"WeakRef", WeakRefConstructor>
  & Kept<"WeakSet", WeakSetConstructor>
  & Statics<"JSON", JSON>
  & Statics<"Math", Math>
  & Statics<"Reflect", typeof Reflect>
  & Methods<"Generator", Generator>
  & Methods<"TypedArray", Uint8Array>
  & {
    readonly ObjectPrototype: any;
    readonly Proxy: ProxyConstructor;
    readonly decodeURIComponent: typeof decodeURIComponent;
    readonly encodeURIComponent: typeof encodeURIComponent;
    readonly globalThis: any;
    readonly indirectEval: (text: string) => any;
    readonly isNaN: typeof isNaN;
    readonly queueMicrotask: typeof queueMicrotask;
    readonly uncurryThis: (method: Function) => (self: any, ...args: any[]) => any;
    readonly SymbolHasInstance: typeof Symbol.hasInstance;
    readonly SymbolIterator: typeof Symbol.iterator;
    readonly SymbolToStringTag: typeof Symbol.toStringTag;
    readonly TypedArrayPrototypeGetSymbolToStringTag: (self: any) => string | undefined;
    readonly SafeArrayIterator: new(list: any) => IterableIterator<any>;
    readonly SafeMapIterator: new(map: any) => IterableIterator<[any, any]>;
    readonly SafeSetIterator: new(set: any) => IterableIterator<any>;
    readonly SafeStringIterator: new(text: any) => IterableIterator<string>;
    readonly SafeMap: new(entries?: any) => Map<any, any>;
    readonly SafeSet: new(members?: any) => Set<any>;
    readonly SafeWeakMap: new(entries?: any) => WeakMap<any, any>;
    readonly SafeWeakSet: new(members?: any) => WeakSet<any>;
    readonly SafeWeakRef: new(target: any) => WeakRef<any>;
    readonly SafeFinalizationRegistry: new(cleanUp: (held: any) => void) => FinalizationRegistry<any>;
    readonly SafeRegExp: new(pattern: string | RegExp, flags?: string) => RegExp;
    readonly SafePromiseAll: (promises: any[]) => Promise<any[]>;
    readonly SafePromiseRace: (promises: any[]) => Promise<any>;
  };

/** The ops by name: ours, which `types.mjs` reads in ops/src, and those of deno's crates that are used. */
type Ops = { readonly [Name in OpName | DenoOps]: (...args: any[]) => any };
type DenoOps =
  | "op_console_css_to_ansi"
  | "op_console_parse_css"
  | "op_now"
  | "op_timer_now"
  | "op_utf8_to_byte_string";

interface Core {
  /** The console that V8 makes for debuggers, as it was before ours took its place. */
  readonly v8Console: { readonly [name: string]: ((...values: any[]) => void) | undefined };
  cancelTimer(...args: any[]): void;
  createTimer(...args: any[]): any;
  getAsyncContext(): any;
  AsyncVariable: new() => { enter(value: any): any; get(): any };
  decode(bytes: Uint8Array): string;
  defineGlobalProperties(...properties: any[]): void;
  deserialize(bytes: Uint8Array, options?: object): any;
  destructureError(error: any): any;
  encode(text: string): Uint8Array<ArrayBuffer>;
  evalContext(text: string, name: string): any;
  getProxyDetails(proxy: object): [any, any] | null;
  isAnyArrayBuffer(value: any): boolean;
  isArrayBufferView(value: any): boolean;
  isBoxedPrimitive(value: any): boolean;
  isDate(value: any): boolean;
  isMap(value: any): boolean;
  isNativeError(value: any): boolean;
  isProxy(value: any): boolean;
  isRegExp(value: any): boolean;
  isSet(value: any): boolean;
  isStringObject(value: any): boolean;
  loadExtScript(specifier: `ext:${string}`): any;
  ops: Ops;
  propNonEnumerable(value: any): PropertyDescriptor;
  registerErrorBuilder(name: string, build: (message: string) => Error): void;
  registerErrorClass(name: string, constructor: Function): void;
  runMicrotasks(): void;
  __setImmediateInfo(info: Uint32Array): void;
  __setTickInfo(info: Uint8Array): void;
  __setTimerInfo(info: Int32Array): void;
  serialize(value: any, options?: object, failed?: (message: string) => never): Uint8Array;
  setAsyncContext(context: any): void;
  setHandledPromiseRejectionHandler(handler: Function): void;
  setReportExceptionCallback(callback: Function): void;
  setUnhandledPromiseRejectionHandler(handler: Function): void;
  setWasmStreamingCallback(callback: Function): void;
}

export const core: Core;
export const internals: any;
export const primordials: Primordials;
