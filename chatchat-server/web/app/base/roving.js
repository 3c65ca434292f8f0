/**
 * One stop for the tab key in a list, arrows within it.
 */

/**
 * Lets arrows, Home and End move through what matches in `host`; only one of them can be reached by the tab key.
 * @param {HTMLElement} host
 * @param {string} selector
 * @param {{ horizontal?: boolean }} [options]
 */
export function rove(host, selector, { horizontal = false } = {}) {
  const all = () => [...host.querySelectorAll(selector)].filter((element) => element.offsetParent !== null);
  const [back, forth] = horizontal ? ['ArrowLeft', 'ArrowRight'] : ['ArrowUp', 'ArrowDown'];

  host.addEventListener('keydown', (event) => {
    const elements = all();
    const at = elements.indexOf(event.target.closest(selector));
    if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const to = { [back]: at - 1, [forth]: at + 1, Home: 0, End: elements.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    elements[Math.max(0, Math.min(to, elements.length - 1))].focus();
  });

  host.addEventListener('focusin', ({ target }) => {
    const chosen = target.closest(selector);
    if (!chosen) return;
    for (const element of host.querySelectorAll(selector)) element.tabIndex = element === chosen ? 0 : -1;
  });
}
