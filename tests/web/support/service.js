import { setImmediate } from 'node:timers/promises';

/** A token as the service makes them, as far as clients read it. */
export const tokenOf = (userId, serial = 0, sid = 's') =>
  `x.${Buffer.from(JSON.stringify({ sub: userId, sid, serial })).toString('base64url')}.x`;

const json = (body, status = 200) =>
  new Response(body === null ? null : JSON.stringify(body), { status: body === null ? 204 : status });

/** A problem as an answer. */
export const refusal = (status, code, more = {}) => json({ status, code, title: code, detail: '', ...more }, status);

/**
 * A service in the place of the real one, without a network: `routes` answer requests (`'GET /me'`, or a pattern whose
 * groups they get), `ops` answer operations of sockets. What a function throws as a `Response` is a refusal.
 */
export class Service {
  /** Every request, as `METHOD /path?query`. */
  requests = [];
  /** Every socket that was opened, the last one last. */
  sockets = [];
  /** False: nobody answers. */
  reachable = true;

  constructor({ me = 'me', routes = [], ops = {} } = {}) {
    this.me = me;
    this.serial = 0;
    this.routes = [
      ...routes,
      [/^POST \/auth\/refresh$/, () => this.tokens()],
      [/^GET \/me$/, () => ({ id: me, name: 'Me' })],
      [/^GET \/(conversations|friends)\?/, () => ({ items: [], next_cursor: null })],
    ];
    this.ops = { hello: () => this.greeting(), ping: () => ({}), ...ops };
    const service = this;
    /** What a client has in the place of `WebSocket`. */
    this.WebSocket = class {
      constructor() {
        service.sockets.push(this);
        this.said = [];
        setImmediate().then(() => (service.reachable ? this.onopen?.() : this.ends(1006)));
      }
      async send(text) {
        const { op, id, data } = JSON.parse(text);
        this.said.push({ op, data });
        const reply = await service.answers(op, data);
        if (reply) this.hears({ op: 'reply', id, ...reply });
      }
      hears(frame) {
        this.onmessage?.({ data: JSON.stringify(frame) });
      }
      event(event, data, place = {}) {
        this.hears({ op: 'event', event, ...place, data });
      }
      ends(code) {
        this.onclose?.({ code });
      }
      close() {}
    };
    this.fetch = (url, init = {}) => this.#fetched(new URL(url), init);
  }

  get socket() {
    return this.sockets.at(-1);
  }

  tokens() {
    this.serial += 1;
    return { token_type: 'Bearer', access_token: tokenOf(this.me, this.serial), expires_in: 900, refresh_token: 'r' };
  }

  greeting() {
    return { user_id: this.me, session_id: 's', heartbeat_seconds: 30, user_rev: 0, conversations: [], more: false };
  }

  /** What a client needs to speak with this service. */
  options(more = {}) {
    const tokens = { load: () => 'r', save: () => {} };
    return { url: 'http://service.test', fetch: this.fetch, WebSocket: this.WebSocket, tokens, ...more };
  }

  async answers(op, data) {
    await setImmediate();
    try {
      const answer = await this.ops[op](data);
      return answer === undefined ? null : { ok: true, data: answer };
    } catch (refused) {
      return { ok: false, problem: await refused.json() };
    }
  }

  async #fetched(url, init) {
    await setImmediate();
    const request = `${init.method ?? 'GET'} ${url.pathname.replace('/api/v1', '')}${url.search}`;
    this.requests.push(request);
    if (!this.reachable) throw new TypeError('fetch failed');
    for (const [pattern, answer] of this.routes) {
      const found = pattern.exec(request);
      if (!found) continue;
      try {
        return json(await answer(found, init));
      } catch (refused) {
        if (refused instanceof Response) return refused;
        throw refused;
      }
    }
    return refusal(404, 'not_found');
  }
}

/** Waits until it holds. */
export async function until(holds, what = holds) {
  for (let turn = 0; turn < 20_000; turn++) {
    if (holds()) return;
    await setImmediate();
  }
  throw new Error(`this never came to hold: ${what}`);
}

/** Lets all that can go on go on. */
export async function settled(turns = 50) {
  for (let turn = 0; turn < turns; turn++) await setImmediate();
}
