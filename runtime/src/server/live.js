// Runs in a page, not in the server: reloads the page when the server says that something changed.
// The stream is let go while the page is hidden, because a browser holds few connections to a host.
(() => {
  if (typeof document === "undefined" || globalThis.__partyrunLive) return;
  globalThis.__partyrunLive = true;
  const origin = location.port === "PORT" ? "" : "http://127.0.0.1:PORT";
  // The version of the page, where it says one; else the first that is heard of.
  let seen = document.currentScript?.src.match(/\/live\.js\?(\d+)$/)?.[1];
  let source;
  const listen = () => {
    source = new EventSource(`${origin}/__partyrun/live`);
    source.onmessage = ({ data }) => {
      if (seen !== undefined && seen !== data) location.reload();
      seen = data;
    };
  };
  document.addEventListener("visibilitychange", () => {
    source?.close();
    if (!document.hidden) listen();
  });
  if (!document.hidden) listen();
})();
