// A party server is no single executable.
const { notImplemented } = require("./parts/refuse.js");

module.exports = {
  isSea: () => false,
  getAsset: notImplemented("sea.getAsset"),
  getAssetAsBlob: notImplemented("sea.getAssetAsBlob"),
  getAssetKeys: notImplemented("sea.getAssetKeys"),
  getRawAsset: notImplemented("sea.getRawAsset"),
};
