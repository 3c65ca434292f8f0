const ITEM_ROLES = { list: 'listitem', listbox: 'option', feed: 'article' };

/** @typedef {{ element: HTMLElement, index: number }} Row */

/**
 * The rows of a list that are in the document, in order.
 */
export class Mounted {
  #window;
  #role;
  #observer;
  /** @type {Map<string, Row>} */
  #rows = new Map();
  /** @type {WeakMap<Node, string>} */
  #keyOf = new WeakMap();

  /**
   * @param {HTMLElement} window what they are in
   * @param {'list' | 'listbox' | 'feed'} role of the list
   * @param {ResizeObserver} observer hears of their heights
   */
  constructor(window, role, observer) {
    [this.#window, this.#role, this.#observer] = [window, role, observer];
  }

  /** All of them. */
  get all() {
    return this.#rows.values();
  }

  /** @param {string} key */
  element(key) {
    return this.#rows.get(key)?.element;
  }

  /**
   * The row that a node is, or is in.
   * @param {Node} node
   * @returns {Row | undefined}
   */
  around(node) {
    let row = /** @type {Node | null} */ (node);
    while (row && row.parentNode !== this.#window) row = row.parentNode;
    return row ? this.#rows.get(this.#keyOf.get(row) ?? '') : undefined;
  }

  /** Whether a node is a row itself. @param {Node} node */
  isRow(node) {
    return this.#keyOf.has(node);
  }

  /**
   * Puts these rows in the place of those that were there.
   * @param {{ key: string, index: number }[]} rows
   * @param {(index: number, known: HTMLElement | undefined) => HTMLElement} make the element of a row, given the one it has
   * @param {{ count: number, active: number, onLost: () => void }} list `onLost`: the row with the focus is there no more
   */
  show(rows, make, { count, active, onLost }) {
    const before = this.#rows;
    this.#rows = new Map();
    for (const { key, index } of rows) {
      const known = before.get(key)?.element;
      before.delete(key);
      const element = make(index, known);
      if (known && known !== element) this.#replace(known, element);
      this.#describe(element, key, index, count, active);
      this.#rows.set(key, { element, index });
    }
    for (const { element } of before.values()) this.#remove(element, onLost);
    this.#order();
  }

  /** One of them, and what is in it, can be reached by Tab. @param {number} active its index */
  setActive(active) {
    for (const { element, index } of this.#rows.values()) reach(element, index === active);
  }

  #describe(element, key, index, count, active) {
    element.setAttribute('role', ITEM_ROLES[this.#role]);
    element.setAttribute('aria-setsize', String(count));
    element.setAttribute('aria-posinset', String(index + 1));
    reach(element, index === active);
    if (this.#keyOf.get(element) === key) return;
    this.#keyOf.set(element, key);
    this.#observer.observe(element);
  }

  /** The focus goes on to the new element, if it was in the old one. */
  #replace(element, successor) {
    const hadFocus = element.contains(document.activeElement);
    this.#observer.unobserve(element);
    element.replaceWith(successor);
    if (!hadFocus) return;
    successor.tabIndex = -1;
    successor.focus({ preventScroll: true });
  }

  #remove(element, onLost) {
    const hadFocus = element.contains(document.activeElement);
    this.#observer.unobserve(element);
    this.#keyOf.delete(element);
    element.remove();
    if (hadFocus) onLost();
  }

  #order() {
    let next = this.#window.firstElementChild;
    for (const { element } of this.#rows.values()) {
      if (element === next) next = next.nextElementSibling;
      else this.#window.insertBefore(element, next);
    }
  }
}

/** Whether Tab leads to a row, and on to what can be pressed in it. */
function reach(element, isReached) {
  for (const one of [element, ...element.querySelectorAll('a, button')]) one.tabIndex = isReached ? 0 : -1;
}
