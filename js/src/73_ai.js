// Loaded in isolates whose project has `ai`. Makes `context.ai` as `partykit-ai`'s `Ai` class takes it:
// settings of a gateway, to which it posts a model's inputs. The gateway is the one configured, or
// else an address that only exists here and is answered by an OpenAI-compatible server or a script.
(function () {
  const { primordials } = __bootstrap;
  const {
    ArrayIsArray,
    ArrayPrototypeFind,
    ArrayPrototypeMap,
    ArrayPrototypePop,
    ArrayPrototypeShift,
    ArrayPrototypeSort,
    Error,
    JSONParse,
    JSONStringify,
    ObjectDefineProperty,
    ReflectApply,
    RegExpPrototypeExec,
    SafeArrayIterator,
    SafeRegExp,
    StringPrototypeIncludes,
    StringPrototypeMatch,
    StringPrototypeReplace,
    StringPrototypeSlice,
    StringPrototypeSplit,
    StringPrototypeStartsWith,
    StringPrototypeTrim,
    decodeURIComponent,
    globalThis,
  } = primordials;
  // What user code makes of the globals is its own business.
  const { ReadableStream, Request, Response, TextDecoder, TextEncoder, TransformStream, URL } = globalThis;

  const GATEWAY = "http://ai.partyrun.internal";
  const JSON_TYPE = "application/json";
  const EVENTS = "text/event-stream";
  const DEFAULT_TOKENS = 256;

  class Refusal extends Error {
    constructor(status, message) {
      super(message);
      this.status = status;
    }
  }

  const encoder = new TextEncoder();

  // The class compares the content type as a whole, so nothing may be added to it.
  function jsonAnswer(result) {
    const body = encoder.encode(JSONStringify({ result, success: true, errors: [], messages: [] }));
    return new Response(body, { __proto__: null, headers: { "content-type": JSON_TYPE } });
  }

  function eventAnswer(stream) {
    return new Response(stream, { __proto__: null, headers: { "content-type": EVENTS } });
  }

  const event = (data) =>
    encoder.encode(`data: ${typeof data === "string" ? data : JSONStringify(data)}\n\n`);

  // ---- an OpenAI-compatible server ----

  function chatOf({ messages, prompt }) {
    if (ArrayIsArray(messages)) return messages;
    return [{ role: "user", content: `${prompt}` }];
  }

  // What a text model is asked, and how its words become the result.
  function task(inputs) {
    if (inputs.messages !== undefined || inputs.prompt !== undefined) {
      return { messages: chatOf(inputs), result: (response) => ({ response }) };
    }
    if (inputs.target_lang !== undefined) {
      const content = `Translate from ${
        inputs.source_lang ?? "en"
      } to ${inputs.target_lang}. Answer with the translation only.`;
      return {
        messages: [{ role: "system", content }, { role: "user", content: inputs.text }],
        result: (translated_text) => ({ translated_text }),
      };
    }
    if (inputs.input_text !== undefined) {
      const content = "Summarize the text. Answer with the summary only.";
      return {
        messages: [{ role: "system", content }, { role: "user", content: inputs.input_text }],
        result: (summary) => ({ summary }),
      };
    }
    return null;
  }

  function isEmbedding(model, inputs) {
    return inputs.text !== undefined && inputs.target_lang === undefined &&
      RegExpPrototypeExec(/bge|embed|minilm/i, model) !== null;
  }

  // Turns chunks of a chat answer into the events of Workers AI.
  function translateEvents() {
    let rest = "";
    const decoder = new TextDecoder();
    const line = (text, controller) => {
      if (!StringPrototypeStartsWith(text, "data:")) return;
      const data = StringPrototypeTrim(StringPrototypeSlice(text, 5));
      if (data === "[DONE]") return;
      const response = JSONParse(data).choices?.[0]?.delta?.content;
      if (response) controller.enqueue(event({ response }));
    };
    return new TransformStream({
      __proto__: null,
      transform(chunk, controller) {
        const lines = StringPrototypeSplit(
          rest + decoder.decode(chunk, { stream: true }),
          new SafeRegExp(/\r?\n/),
        );
        rest = ArrayPrototypePop(lines);
        for (const text of new SafeArrayIterator(lines)) line(text, controller);
      },
      flush(controller) {
        line(rest, controller);
        controller.enqueue(event("[DONE]"));
      },
    });
  }

  function openAi({ url, token, model: chatModel, embedding_model: embeddingModel }, fetch) {
    const base = StringPrototypeReplace(url, new SafeRegExp(/\/+$/), "");
    async function post(path, body) {
      const headers = { "content-type": JSON_TYPE };
      if (token) headers.authorization = `Bearer ${token}`;
      let response;
      try {
        response = await fetch(base + path, { method: "POST", headers, body: JSONStringify(body) });
      } catch (error) {
        throw new Refusal(502, `The model server cannot be reached: ${base}: ${error.message}`);
      }
      if (!response.ok) {
        const text = StringPrototypeSlice(await response.text(), 0, 2000);
        throw new Refusal(502, `The model server refused, ${base}${path}: ${response.status} ${text}`);
      }
      return response;
    }
    async function embed(model, { text }) {
      const input = ArrayIsArray(text) ? text : [text];
      const response = await post("/embeddings", { model: embeddingModel ?? model, input });
      const { data } = await response.json();
      const rows = ArrayPrototypeMap(
        ArrayPrototypeSort([...new SafeArrayIterator(data)], (a, b) => a.index - b.index),
        (row) => row.embedding,
      );
      return jsonAnswer({ shape: [rows.length, rows[0]?.length ?? 0], data: rows });
    }
    return async (model, inputs) => {
      if (isEmbedding(model, inputs)) return await embed(model, inputs);
      const asked = task(inputs);
      if (asked === null) {
        throw new Refusal(501, `An OpenAI-compatible server has no such task: ${model}`);
      }
      const response = await post("/chat/completions", {
        model: chatModel ?? model,
        messages: asked.messages,
        max_tokens: inputs.max_tokens ?? DEFAULT_TOKENS,
        stream: !!inputs.stream,
      });
      if (inputs.stream) return eventAnswer(response.body.pipeThrough(translateEvents()));
      const { choices } = await response.json();
      return jsonAnswer(asked.result(choices?.[0]?.message?.content ?? ""));
    };
  }

  // ---- a script ----

  function streamOf(text) {
    const words = StringPrototypeMatch(text, new SafeRegExp(/\s*\S+\s*$|\s*\S+/g)) ?? [];
    return new ReadableStream({
      __proto__: null,
      pull(controller) {
        const response = ArrayPrototypeShift(words);
        if (response !== undefined) return controller.enqueue(event({ response }));
        controller.enqueue(event("[DONE]"));
        controller.close();
      },
    });
  }

  function scripted(replies) {
    return (model, inputs) => {
      const text = JSONStringify(inputs);
      const reply = ArrayPrototypeFind(
        replies,
        (reply) =>
          (reply.model === undefined || reply.model === model) &&
          (reply.match === undefined || StringPrototypeIncludes(text, reply.match)),
      );
      if (reply === undefined) {
        throw new Refusal(404, `The script has no reply for the model \`${model}\` and: ${text}`);
      }
      if (reply.error !== undefined) throw new Refusal(500, `${reply.error}`);
      if (reply.result !== undefined) return jsonAnswer(reply.result);
      const response = `${reply.response ?? ""}`;
      return inputs.stream ? eventAnswer(streamOf(response)) : jsonAnswer({ response });
    };
  }

  // ---- the gateway ----

  const addressOf = (input) =>
    typeof input === "string" ? input : input instanceof URL ? input.href : input?.url ?? "";

  // Answers `fetch` for the gateway; everything else goes on.
  function intercept(answer, base) {
    const gateway = async (input, init) => {
      const request = new Request(input, init);
      const model = decodeURIComponent(StringPrototypeSlice(request.url, GATEWAY.length + 1));
      try {
        return await answer(model, await request.json());
      } catch (error) {
        return new Response(error.message, { __proto__: null, status: error.status ?? 500 });
      }
    };
    const fetch = {
      fetch(input, init) {
        if (StringPrototypeStartsWith(addressOf(input), `${GATEWAY}/`)) return gateway(input, init);
        return ReflectApply(base, this, arguments);
      },
    }.fetch;
    ObjectDefineProperty(fetch, "length", { __proto__: null, value: base.length });
    ObjectDefineProperty(globalThis, "fetch", {
      __proto__: null,
      value: fetch,
      writable: true,
      enumerable: false,
      configurable: true,
    });
  }

  return function (settings) {
    if (settings.gateway !== undefined) return settings.gateway;
    const { fetch } = globalThis;
    const answer = settings.script === undefined ? openAi(settings.openai, fetch) : scripted(settings.script);
    intercept(answer, fetch);
    return { apiGateway: GATEWAY, apiToken: "local" };
  };
})();
