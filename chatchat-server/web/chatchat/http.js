import { Problem, whole } from './problem.js';

/** Calls of the API over HTTP, with the session's token. */
export class Http {
  #fetch; #tokens;

  /**
   * @param {object} parts
   * @param {typeof globalThis.fetch} parts.fetch
   * @param {string} parts.base where the API is
   * @param {import('./tokens.js').Tokens} parts.tokens
   */
  constructor({ fetch, base, tokens }) {
    this.#fetch = fetch;
    /** Where the API is. @readonly */
    this.base = base;
    this.#tokens = tokens;
  }

  /**
   * Calls as whoever is logged in, if anybody is. A token that is no good any more is renewed on the way.
   * @param {string} method
   * @param {string} path below the API's base, such as `/me`
   * @param {unknown} [body] becomes JSON
   * @param {{signal?: AbortSignal}} [options]
   * @returns {Promise<any>} what the answer holds; null if nothing
   * @throws {Problem}
   */
  async api(method, path, body, options) {
    if (!this.#tokens.userId) return this.stranger(method, path, body, options);
    return read(await this.#authorized((token) => this.#send(method, path, body, token, options)), options?.signal);
  }

  /**
   * Calls as nobody in particular.
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body]
   * @param {{signal?: AbortSignal}} [options]
   * @returns {Promise<any>}
   * @throws {Problem}
   */
  async stranger(method, path, body, options) {
    return read(await this.#send(method, path, body, null, options), options?.signal);
  }

  /**
   * Ends the session of this token.
   * @param {string} token
   * @throws {Problem}
   */
  async logOut(token) {
    await read(await this.#send('POST', '/auth/logout', undefined, token));
  }

  /**
   * Fetches an image or a file.
   * @param {string} path as the service has given it, or below the API's base
   * @returns {Promise<Blob>}
   * @throws {Problem}
   */
  async blob(path) {
    const url = this.#place(path);
    const own = new URL(url).origin === new URL(this.base).origin;
    const open = (/** @type {string | null} */ token) => this.#call(url, { headers: bearer(token) });
    const response = own ? await this.#authorized(open) : await open(null);
    if (!response.ok) throw await Problem.from(response);
    return whole(response.blob());
  }

  /**
   * Uploads an image or a file.
   * @param {Blob} blob
   * @param {string} name
   * @param {{onProgress?: (part: number) => void, signal?: AbortSignal}} [options] `onProgress` hears 0 to 1
   * @returns {Promise<import('./types.js').Attachment>}
   * @throws {Problem}
   */
  async upload(blob, name, { onProgress, signal } = {}) {
    const headers = {
      'content-type': blob.type || 'application/octet-stream',
      'content-disposition': `attachment; filename*=UTF-8''${encoded(name)}`,
    };
    const url = this.#place('/attachments');
    const response = await this.#authorized((token) => {
      const all = { ...headers, ...bearer(token) };
      const watched = onProgress && typeof XMLHttpRequest === 'function';
      if (watched) return watchedUpload(url, all, blob, onProgress, signal);
      return this.#call(url, { method: 'POST', headers: all, body: blob, signal });
    });
    return read(response, signal);
  }

  /** @param {string} path */
  #place(path) {
    if (/^https?:/.test(path)) return path;
    const { origin, pathname } = new URL(this.base);
    return path.startsWith(`${pathname}/`) ? origin + path : this.base + path;
  }

  /**
   * @param {(token: string) => Promise<Response>} call
   * @returns {Promise<Response>}
   */
  async #authorized(call) {
    const token = await this.#tokens.fresh();
    const response = await call(token);
    if (response.status !== 401) return response;
    return call(await this.#tokens.renew(token));
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {unknown} body
   * @param {string | null} token
   * @param {{signal?: AbortSignal}} [options]
   */
  #send(method, path, body, token, { signal } = {}) {
    const raw = body instanceof Blob;
    /** @type {Record<string, string>} */
    const headers = bearer(token);
    if (body !== undefined) headers['content-type'] = raw ? body.type : 'application/json';
    /** @type {RequestInit} */
    const init = { method, headers, signal, body: raw || body === undefined ? body : JSON.stringify(body) };
    // A log-in's cookies come and go here alone.
    if (path.startsWith('/auth/')) init.credentials = 'include';
    return this.#call(this.base + path, init);
  }

  /**
   * @param {string} url
   * @param {RequestInit} init
   */
  async #call(url, init) {
    try {
      return await this.#fetch(url, init);
    } catch (error) {
      if (init.signal?.aborted) throw error;
      throw Problem.offline();
    }
  }
}

/**
 * @param {string | null} token
 * @returns {Record<string, string>}
 */
const bearer = (token) => (token ? { authorization: `Bearer ${token}` } : {});

/**
 * As RFC 8187 wants a file's name.
 * @param {string} name
 */
const encoded = (name) =>
  encodeURIComponent(name).replace(/['()*!]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/**
 * @param {Response} response
 * @param {AbortSignal} [signal]
 */
async function read(response, signal) {
  if (!response.ok) throw await Problem.from(response);
  return whole(
    response.text().then((text) => (text ? JSON.parse(text) : null)),
    signal,
  );
}

/**
 * `fetch` tells nothing of how far an upload has come; this does.
 * @param {string} url
 * @param {Record<string, string>} headers
 * @param {Blob} blob
 * @param {(part: number) => void} onProgress
 * @param {AbortSignal} [signal]
 * @returns {Promise<Response>}
 */
function watchedUpload(url, headers, blob, onProgress, signal) {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const request = new XMLHttpRequest();
    request.open('POST', url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 0);
    request.onload = () => {
      const retry = request.getResponseHeader('retry-after');
      const headers = new Headers(retry ? { 'retry-after': retry } : undefined);
      resolve(new Response(request.responseText || null, { status: request.status, headers }));
    };
    request.onerror = () => reject(Problem.offline());
    request.onabort = () => reject(signal?.reason ?? Problem.offline());
    signal?.addEventListener('abort', () => request.abort(), { once: true });
    request.send(blob);
  });
}
