// Runs in a page, not in the server: reloads the page when the server says that something changed, and
// shows what keeps the project from being built, and the errors of its code.
// The stream is let go while the page is hidden, because a browser holds few connections to a host.
(() => {
  if (typeof document === "undefined" || globalThis.__partyrunLive) return;
  globalThis.__partyrunLive = true;
  const script = document.currentScript;
  // Built code may be in a page of another server. A page that has this script by its address is ours,
  // at whatever name and port a tunnel or a container gives it.
  const isOurs = location.port === "PORT" || /\/__partyrun\/live\.js/.test(script?.src);
  const origin = isOurs ? "" : "http://127.0.0.1:PORT";
  // The version of the page, where it says one; else the first that is heard of.
  let seen = script?.src.match(/\/live\.js\?(\d+)$/)?.[1];
  // The number of the problem that stands in the place of the page.
  const instead = script?.dataset.problem;
  // How many errors there were before this page, where it says so; else as many as are first heard of. A page
  // that shows an error itself hears of none.
  const faults = script?.dataset.faults;
  let heard = faults === undefined ? undefined : Number(faults);
  const overlay = createOverlay();
  // Whether there was a problem when the page was loaded: it may lack what was not built.
  let incomplete;
  let notice;
  let source;

  const show = (text) => {
    notice = document.createElement("pre");
    notice.setAttribute("role", "alert");
    notice.title = "Click to hide";
    // Set by script, which a page's own policy for styles permits.
    notice.style.cssText = `all: initial; position: fixed; inset: auto 0 0 0; z-index: 2147483647;
      box-sizing: border-box; max-height: 100vh; overflow: auto; padding: 16px 20px; cursor: pointer;
      font: 14px/1.5 ui-monospace, Menlo, Consolas, monospace; white-space: pre-wrap;
      color: #ffe3e3; background: #2b1114; border-top: 4px solid #e5484d`;
    notice.textContent = text;
    notice.onclick = () => notice.remove();
    document.documentElement.append(notice);
  };

  const tell = (problem) => {
    if (instead !== undefined) {
      if (instead !== String(problem?.number)) location.reload();
      return;
    }
    incomplete ??= problem !== null;
    notice?.remove();
    if (problem) {
      overlay.hide();
      show(problem.text);
    } else if (incomplete) location.reload();
  };

  const fail = (fault) => {
    const isNew = fault.number - (heard ?? fault.number);
    heard = fault.number;
    if (isNew > 0) overlay.show(fault, isNew);
  };

  const listen = () => {
    source = new EventSource(`${origin}/__partyrun/live`);
    source.onmessage = ({ data }) => {
      if (seen !== undefined && seen !== data) location.reload();
      seen = data;
    };
    if (faults !== "none" && instead === undefined) {
      source.addEventListener("fault", ({ data }) => fail(JSON.parse(data)));
    }
    source.addEventListener("problem", ({ data }) => tell(JSON.parse(data)));
  };
  document.addEventListener("visibilitychange", () => {
    source?.close();
    if (!document.hidden) listen();
  });
  if (!document.hidden) listen();
})();
