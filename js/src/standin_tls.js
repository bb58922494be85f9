// Stands in for a script of deno_net that deno_fetch loads: there are no TLS client keys here.
(function () {
  const { TypeError } = __bootstrap.primordials;
  return {
    loadTlsKeyPair() {
      throw new TypeError("TLS client certificates are not supported");
    },
  };
})();
