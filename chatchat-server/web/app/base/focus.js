/**
 * The focus, where what has it is made anew or goes.
 */

/** What the focus stays within. */
const PLACES = 'dialog, .pane, body';
/** What is one of several, and keeps its id. */
const ROW = '[data-id]';
const REACHED = `a, button, input, select, textarea, ${ROW}`;

/**
 * Remembers where the focus is. The returned function gives it back: to what had it or stands for it now, else to the
 * row in the place of the one that has gone, else to the heading.
 * @param {Element} [within] only if it is in there
 * @returns {() => void}
 */
export function keepFocus(within = document.body) {
  const had = document.activeElement;
  if (!had || had === document.body || !within.contains(had)) return () => {};
  const place = had.closest(PLACES);
  const row = had.closest(ROW);
  const at = [...place.querySelectorAll(ROW)].indexOf(row);
  const name = nameOf(had);
  return () => {
    if (had.isConnected) return had.focus();
    const same = [...place.querySelectorAll(REACHED)].find((one) => nameOf(one) === name);
    const successor = row && [...place.querySelectorAll(ROW)].slice(0, at + 1).at(-1);
    const next = had === row ? successor : successor?.querySelector(REACHED);
    (same ?? next ?? heading(place))?.focus();
  };
}

/**
 * Does something that makes elements anew, or takes them away.
 * @param {Element} element in which it does so
 * @param {() => void} change
 */
export function redraw(element, change) {
  const back = keepFocus(element);
  change();
  back();
}

/** What tells it from all others in its place. */
function nameOf(one) {
  const words = one.matches(ROW) ? '' : (one.ariaLabel ?? one.textContent);
  return [one.closest(ROW)?.dataset.id, one.tagName, one.name, words].join('\n');
}

function heading(place) {
  const found = place.querySelector('h2');
  if (found) found.tabIndex = -1;
  return found;
}
