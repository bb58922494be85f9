// Stands in for a script of deno_telemetry that deno_fetch loads: there are no spans to update.
(function () {
  const { internals } = __bootstrap;
  const nothing = () => {};
  internals.__telemetryUtil = {
    updateSpanFromClientResponse: nothing,
    updateSpanFromError: nothing,
    updateSpanFromRequest: nothing,
  };
})();
