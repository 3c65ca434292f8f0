/**
 * Opens the way to somewhere by its name, which is loaded when it is first wanted.
 * @param {import('../shell.js').App} app
 */
export const jump = async (app) => (await import('./jump.js')).openJump(app);
