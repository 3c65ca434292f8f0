/**
 * A client of chatchat for browsers: log-in, one connection that stays, conversations that are live, and an outbox that
 * loses nothing. No dependency, no build step.
 *
 * ```js
 * import { Chatchat } from './chatchat.js';
 *
 * const chat = new Chatchat({ url: location.origin, cookie: true });
 * if (!(await chat.restore())) await chat.login({ email, password });
 * chat.connect();
 * await chat.ready;
 * chat.addEventListener('message', ({ detail: { conversation, message } }) => …);
 * await chat.conversations[0].send({ type: 'text', text: 'Hello' });
 * ```
 * @module
 */

export { Chatchat } from './chatchat/chat.js';
export { Conversation } from './chatchat/conversation.js';
export { Problem } from './chatchat/problem.js';
