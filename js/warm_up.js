// Runs once, while the snapshot is made: touches what initialises on first use, so that rooms do not.
{
  __partyrun_warm_up();
  const text = new TextEncoder().encode("warm");
  new TextDecoder().decode(text);
  const url = new URL("http://host/path?x=1#y");
  url.searchParams.get("x");
  const request = new Request(url, { method: "POST", body: "b", headers: { a: "b" } });
  request.headers.get("a");
  new Response("b", { headers: { a: "b" } }).clone();
  Response.json({});
  new Headers([["a", "b"]]).entries().next();
  new AbortController().signal.addEventListener("abort", () => {});
  const stream = new ReadableStream({
    start(controller) {
      controller.close();
    },
  });
  stream.getReader();
  new TransformStream();
  new URLSearchParams("a=b").toString();
  atob(btoa("warm"));
  structuredClone({ a: [1] });
  const pair = new WebSocketPair();
  pair[0].addEventListener("message", () => {});
}
