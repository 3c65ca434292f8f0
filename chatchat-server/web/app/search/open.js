import { lazily } from '../base/lazily.js';

/**
 * Opens the way to somewhere by its name, which is loaded when it is first wanted.
 * @param {import('../shell.js').App} app
 */
export const jump = (app) => lazily(() => import('./jump.js'), ({ openJump }) => openJump(app));
