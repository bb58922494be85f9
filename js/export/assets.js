// Static files, asked of the platform's binding with the rules of the original: a file has one path, and
// only `index.html` stands for its folder. Never decides what comes before or after a file.

import { settings } from "./settings.js";

/** @typedef {import("./types").Environment} Environment */

/** The binding's host means nothing, but a URL must have one. */
const HOST = "http://assets.local";

/**
 * The file that a request asks for.
 * @param {Request} request
 * @param {Environment} env
 * @returns {Promise<Response | null>}
 */
export async function fileFor(request, env) {
  if (request.method !== "GET" && request.method !== "HEAD") return null;
  const { pathname } = new URL(request.url);
  const found = await file(pathname, env, request);
  const isNavigation = request.headers.get("sec-fetch-mode") === "navigate";
  if (found || !settings.singlePageApp || !isNavigation) return found;
  return file("/index.html", env, request);
}

/**
 * The page of a project that says what is not found, whatever the method of the request.
 * @param {Environment} env
 */
export async function notFoundPage(env) {
  const page = await file("/404.html", env);
  return page && new Response(page.body, { status: 404, headers: page.headers });
}

/**
 * What user code reads files with.
 * @param {Environment} env
 */
export function assetsOf(env) {
  return {
    /** @param {string} path */
    async fetch(path) {
      if (!path.startsWith("/")) throw new Error("Path must start with /");
      return file(new URL(path, HOST).pathname, env);
    },
  };
}

/**
 * @param {string} pathname
 * @param {Environment} env
 * @param {Request} [request]
 * @returns {Promise<Response | null>}
 */
async function file(pathname, env, request) {
  // No file has an empty name in its path; the binding would pass over it.
  if (!settings.hasAssets || pathname.includes("//")) return null;
  // Throws for what no name can be.
  decodeURIComponent(pathname);
  const path = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
  const headers = new Headers(request?.headers);
  // Files are no sockets, and a file that is not asked of by name is whole.
  for (const name of ["upgrade", "connection"]) headers.delete(name);
  const response = await env.ASSETS.fetch(new Request(HOST + path, { method: request?.method, headers }));
  if (response.status === 404 || (response.status >= 300 && response.status < 400 && response.status !== 304)) {
    await response.body?.cancel();
    return null;
  }
  if (response.headers.has("content-type") || response.body === null) return response;
  const typed = new Response(response.body, response);
  typed.headers.set("content-type", "application/octet-stream");
  return typed;
}
