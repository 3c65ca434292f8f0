/** What stands before the service cannot reach it, or it says so itself. */
const GATEWAY = new Set([502, 503, 504]);
/** Nobody answers, not in time, not so often, or not yet. */
const PASSING = new Set([0, 408, 429, ...GATEWAY]);

/** Why something did not work, in the terms of the service's RFC 9457 problems. */
export class Problem extends Error {
  /**
   * @param {object} said
   * @param {number} said.status of HTTP; 0 when nobody answered
   * @param {string} said.code stable; see `GET /problems`, and `offline` when the service cannot be reached
   * @param {string} [said.title]
   * @param {string} [said.detail]
   * @param {Array<{field: string, code: string, detail: string}>} [said.errors] what is wrong with which field
   * @param {number | null} [said.retry_after] seconds to wait before trying again
   */
  constructor({ status, code, title = '', detail = '', errors = [], retry_after = null }) {
    super(detail || title || code);
    this.name = 'Problem';
    this.status = status;
    this.code = code;
    this.title = title;
    this.detail = detail;
    this.errors = errors;
    /** Seconds to wait before trying again, if that was said. */
    this.retryAfter = retry_after;
  }

  /** The service cannot be reached now. */
  static offline() {
    return new Problem({ status: 0, code: 'offline', title: 'The service cannot be reached.' });
  }

  /**
   * Reads what a refusing response says.
   * @param {Response} response
   */
  static async from(response) {
    const retry_after = Number(response.headers.get('retry-after')) || null;
    const { status, statusText: title } = response;
    // What stands before the service says so in words of its own.
    const code = GATEWAY.has(status) ? 'unavailable' : 'unknown';
    const unknown = { status, code, title, retry_after };
    try {
      return new Problem({ ...unknown, ...JSON.parse(await response.text()), status, retry_after });
    } catch {
      return new Problem(unknown);
    }
  }

  /** As the service says it, to be kept. */
  toJSON() {
    const { status, code, title, detail, errors, retryAfter: retry_after } = this;
    return { status, code, title, detail, errors, retry_after };
  }

  /** Whether the same may work later, without anybody changing anything. */
  get passes() {
    return PASSING.has(this.status);
  }
}

/**
 * The body of an answer. One that breaks off, or is not what the service writes, is as good as none.
 * @template T
 * @param {Promise<T>} body
 * @param {AbortSignal} [signal] of the call
 * @returns {Promise<T>}
 * @throws {Problem} `offline`
 */
export async function whole(body, signal) {
  try {
    return await body;
  } catch (error) {
    throw signal?.aborted ? error : Problem.offline();
  }
}
