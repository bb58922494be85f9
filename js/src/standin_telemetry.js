// Stands in for a script of deno_telemetry that deno_fetch loads: tracing is always off.
(function () {
  const { internals, primordials } = __bootstrap;
  const { Symbol } = primordials;
  const nothing = () => {};
  internals.__telemetry = {
    TRACING_ENABLED: false,
    PROPAGATORS: [],
    DID_NOT_ENTER: Symbol("did not enter"),
    ContextManager: { active: nothing },
    builtinTracer: nothing,
    enterSpan: nothing,
    exitSpan: nothing,
  };
})();
