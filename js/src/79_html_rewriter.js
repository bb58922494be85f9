// Loaded by rooms that use it: HTMLRewriter (specification, section 11). The document is rewritten in
// Rust, beside the isolate; it tells of each piece that a listener wants, and waits until the listener
// has finished with it. What the listener did to the piece goes back in one go.
(function () {
  const { core, primordials } = __bootstrap;
  const {
    ArrayBufferIsView,
    ArrayPrototypeFilter,
    ArrayPrototypeFind,
    ArrayPrototypeMap,
    ArrayPrototypePush,
    ObjectDefineProperty,
    ObjectPrototypeIsPrototypeOf,
    PromisePrototypeThen,
    RegExpPrototypeExec,
    SafeArrayIterator,
    SafeMap,
    StringPrototypeIncludes,
    StringPrototypeToLowerCase,
    SymbolIterator,
    TypeError,
    Uint8Array,
  } = primordials;
  const webidl = core.loadExtScript("ext:deno_webidl/00_webidl.js");
  const { Headers } = core.loadExtScript("ext:deno_fetch/20_headers.js");
  const { ReadableStream } = core.loadExtScript("ext:deno_web/06_streams.js");
  const { Response: BaseResponse } = core.loadExtScript("ext:deno_fetch/23_response.js");
  const {
    op_pr_html_check_selector,
    op_pr_html_close,
    op_pr_html_handled,
    op_pr_html_open,
    op_pr_html_write,
  } = core.ops;

  const OVER =
    "This content token is no longer valid. Content tokens are only valid during the execution of the relevant content handler.";

  // A piece of the document while a listener looks at it.
  class Token {
    #event;
    #changes = [];

    constructor(event) {
      this.#event = event;
    }

    // The event that the piece was told with, as changed since.
    static event(token) {
      if (token.#event === null) throw new TypeError(OVER);
      return token.#event;
    }

    static change(token, change) {
      Token.event(token);
      ArrayPrototypePush(token.#changes, change);
      return token;
    }

    // Ends the piece's life; answers what was done to it.
    static finish(token) {
      token.#event = null;
      return token.#changes;
    }

    get removed() {
      return Token.event(this).removed;
    }
  }

  const content = (kind) =>
    function (text, options = undefined) {
      if (typeof text !== "string") text = `${text}`;
      return Token.change(this, { do: kind, content: text, html: options?.html === true });
    };

  function remove() {
    Token.event(this).removed = true;
    return Token.change(this, { do: "remove" });
  }

  // Attribute names and tag names, as the HTML standard restricts them in a source.
  function checkName(name, what, pattern) {
    if (RegExpPrototypeExec(pattern, name) === null) {
      throw new TypeError(`Parser error: \`${name}\` cannot be ${what}.`);
    }
    return name;
  }
  const ATTRIBUTE = /^[^\s/>=]+$/;
  const TAG = /^[A-Za-z][^\s/>]*$/;

  class Element extends Token {
    get tagName() {
      return Token.event(this).name;
    }

    set tagName(name) {
      const event = Token.event(this);
      event.name = StringPrototypeToLowerCase(checkName(`${name}`, "a tag's name", TAG));
      Token.change(this, { do: "setName", name: `${name}` });
    }

    get attributes() {
      return ArrayPrototypeMap(Token.event(this).attributes, (pair) => [...new SafeArrayIterator(pair)])
        [SymbolIterator]();
    }

    get namespaceURI() {
      return Token.event(this).namespace;
    }

    getAttribute(name) {
      const wanted = StringPrototypeToLowerCase(`${name}`);
      return ArrayPrototypeFind(Token.event(this).attributes, ({ 0: known }) => known === wanted)?.[1] ??
        null;
    }

    hasAttribute(name) {
      return this.getAttribute(name) !== null;
    }

    setAttribute(name, value) {
      const { attributes } = Token.event(this);
      const changed = StringPrototypeToLowerCase(checkName(`${name}`, "an attribute's name", ATTRIBUTE));
      const pair = ArrayPrototypeFind(attributes, ({ 0: known }) => known === changed);
      if (pair === undefined) ArrayPrototypePush(attributes, [changed, `${value}`]);
      else pair[1] = `${value}`;
      return Token.change(this, { do: "setAttribute", name: changed, value: `${value}` });
    }

    removeAttribute(name) {
      const event = Token.event(this);
      const gone = StringPrototypeToLowerCase(`${name}`);
      event.attributes = ArrayPrototypeFilter(event.attributes, ({ 0: known }) => known !== gone);
      return Token.change(this, { do: "removeAttribute", name: gone });
    }

    removeAndKeepContent() {
      Token.event(this).removed = true;
      return Token.change(this, { do: "removeAndKeepContent" });
    }

    onEndTag(handler) {
      const event = Token.event(this);
      if (typeof handler !== "function") {
        throw new TypeError(
          "Failed to execute 'onEndTag' on 'Element': parameter 1 is not of type 'function'.",
        );
      }
      if (!event.hasEndTag) throw new TypeError("Parser error: No end tag.");
      Token.change(this, { do: "onEndTag", listener: event.keep(handler) });
    }
  }

  class EndTag extends Token {
    get name() {
      return Token.event(this).name;
    }

    set name(name) {
      Token.event(this).name = checkName(`${name}`, "a tag's name", TAG);
      Token.change(this, { do: "setName", name: `${name}` });
    }
  }

  class Comment extends Token {
    get text() {
      return Token.event(this).text;
    }

    set text(text) {
      if (StringPrototypeIncludes(`${text}`, "-->")) {
        throw new TypeError("Parser error: Comment text shouldn't contain comment closing sequence (`-->`).");
      }
      Token.event(this).text = `${text}`;
      Token.change(this, { do: "setText", text: `${text}` });
    }
  }

  class Text extends Token {
    get text() {
      return Token.event(this).text;
    }

    get lastInTextNode() {
      return Token.event(this).lastInTextNode;
    }
  }

  class Doctype extends Token {
    get name() {
      return Token.event(this).name;
    }

    get publicId() {
      return Token.event(this).publicId;
    }

    get systemId() {
      return Token.event(this).systemId;
    }
  }

  class DocumentEnd extends Token {}

  for (
    const { 0: type, 1: names } of new SafeArrayIterator([
      [Element, ["before", "after", "prepend", "append", "replace", "setInnerContent"]],
      [EndTag, ["before", "after"]],
      [Comment, ["before", "after", "replace"]],
      [Text, ["before", "after", "replace"]],
      [DocumentEnd, ["append"]],
    ])
  ) {
    for (const name of new SafeArrayIterator(names)) {
      ObjectDefineProperty(type.prototype, name, {
        __proto__: null,
        value: content(name),
        writable: true,
        enumerable: true,
        configurable: true,
      });
    }
  }
  for (const type of new SafeArrayIterator([Element, EndTag, Comment, Text, Doctype])) {
    ObjectDefineProperty(type.prototype, "remove", {
      __proto__: null,
      value: remove,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }

  const types = {
    comments: Comment,
    doctype: Doctype,
    element: Element,
    end: DocumentEnd,
    endTag: EndTag,
    text: Text,
  };

  // ---- one document ----

  class Document {
    #rewriter;
    #listeners;
    // Handlers of end tags that are still to come, by their number.
    #endTags = new SafeMap();
    #lastEndTag = 0;

    constructor(listeners, encoding) {
      this.#listeners = listeners;
      this.#rewriter = op_pr_html_open(ArrayPrototypeMap(listeners, ({ wanted }) => wanted), encoding);
    }

    close() {
      op_pr_html_close(this.#rewriter);
    }

    // Feeds the rewriter, null for the end; answers what came out of it.
    async write(chunk) {
      let { event, output } = await op_pr_html_write(this.#rewriter, chunk);
      while (event !== null) {
        ({ event, output } = await op_pr_html_handled(this.#rewriter, await this.#handle(event)));
      }
      return new Uint8Array(output);
    }

    async #handle(event) {
      event.keep = (handler) => {
        this.#endTags.set(++this.#lastEndTag, handler);
        return this.#lastEndTag;
      };
      const token = new types[event.kind](event);
      if (event.kind === "endTag") {
        const handler = this.#endTags.get(event.listener);
        this.#endTags.delete(event.listener);
        await handler(token);
      } else {
        const { handlers } = this.#listeners[event.listener];
        await handlers[event.kind](token);
      }
      return Token.finish(token);
    }
  }

  function bytesOf(chunk) {
    if (typeof chunk === "string") return core.encode(chunk);
    if (ArrayBufferIsView(chunk)) {
      return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    }
    if (core.isAnyArrayBuffer(chunk)) return new Uint8Array(chunk);
    throw new TypeError("This ReadableStream did not return bytes.");
  }

  function rewritten(body, listeners, encoding) {
    const reader = body.getReader();
    let document = null;
    return new ReadableStream({
      __proto__: null,
      type: "bytes",
      async pull(controller) {
        try {
          document ??= new Document(listeners, encoding);
          for (;;) {
            const { done, value } = await reader.read();
            const output = await document.write(done ? null : bytesOf(value));
            if (output.byteLength > 0) controller.enqueue(output);
            if (done) {
              controller.close();
              controller.byobRequest?.respond(0);
            }
            if (done || output.byteLength > 0) return;
          }
        } catch (error) {
          document?.close();
          PromisePrototypeThen(reader.cancel(error), undefined, () => {});
          throw error;
        }
      },
      cancel(reason) {
        document?.close();
        return reader.cancel(reason);
      },
    });
  }

  // Which of the handlers there are.
  function wants(handlers, names) {
    const wanted = {};
    for (const name of new SafeArrayIterator(names)) {
      const handler = handlers?.[name];
      if (handler === undefined) continue;
      if (typeof handler !== "function") {
        throw new TypeError(`The \`${name}\` handler of HTMLRewriter is not a function.`);
      }
      wanted[name] = true;
    }
    return wanted;
  }

  return (Response) => {
    class HTMLRewriter {
      #listeners = [];

      on(selector, handlers) {
        op_pr_html_check_selector(`${selector}`);
        const wanted = wants(handlers, ["element", "comments", "text"]);
        ArrayPrototypePush(this.#listeners, { handlers, wanted: { selector: `${selector}`, ...wanted } });
        return this;
      }

      onDocument(handlers) {
        const wanted = wants(handlers, ["doctype", "comments", "text", "end"]);
        ArrayPrototypePush(this.#listeners, { handlers, wanted: { selector: null, ...wanted } });
        return this;
      }

      transform(response) {
        if (!ObjectPrototypeIsPrototypeOf(BaseResponse.prototype, response)) {
          throw new TypeError(
            "Failed to execute 'transform' on 'HTMLRewriter': parameter 1 is not of type 'Response'.",
          );
        }
        const { body } = response;
        if (body === null) return new Response(null, response);
        const type = response.headers.get("content-type") ?? "";
        const encoding = RegExpPrototypeExec(/charset\s*=\s*"?([^\s;"]+)/i, type)?.[1] ?? "utf-8";
        const headers = new Headers(response.headers);
        headers.delete("content-length");
        return new Response(rewritten(body, [...new SafeArrayIterator(this.#listeners)], encoding), {
          __proto__: null,
          status: response.status,
          statusText: response.statusText,
          headers,
          cf: response.cf,
        });
      }
    }
    webidl.configureInterface(HTMLRewriter);
    return { HTMLRewriter };
  };
})();
