import { Geometry } from './geometry.js';
import { Mounted } from './mounted.js';

/** How far beyond what is in view rows are made, in pixels. */
const MARGIN = 600;
/** How near to its end, in pixels, a list is taken to be there. */
const NEAR = 16;
/** How often heights that turn out otherwise than estimated may move the window within one layout. */
const ROUNDS = 6;

/**
 * @template T
 * @typedef {import('./list-types.js').Rows<T>} Rows
 */

/**
 * @template T
 * @typedef {import('./list-types.js').ListOptions<T>} ListOptions
 */

/**
 * A list of which only the rows in view are in the document, and some beyond: 100 000 rows scroll like ten. Rows have
 * any height, and may change it. What one looks at stays where it is, whatever happens above.
 *
 * `set` takes any new list and compares keys. Who knows what has changed in a long one gives its rows once, by
 * `attach`, and tells of changes by `splice` and `refresh`.
 *
 * One row, and what is in it, can be reached by Tab; arrows, Home, End, Page Up and Page Down go on from there.
 * @template T
 */
export class List {
  #host;
  #options;
  #canvas = document.createElement('div');
  #window = document.createElement('div');
  #geometry = new Geometry();
  /** @type {Rows<T>} */
  #rows = [];
  /** The keys of all rows, after `set`. @type {string[] | null} */
  #keys = null;
  #mounted;
  #range = { first: 0, last: -1 };
  #active = 0;
  #atEnd;
  /** Where the list itself has last scrolled to. */
  #wanted = 0;
  /** The height of the host when it was last looked at. */
  #height = 0;
  /** A row that stays at its place in view until somebody scrolls. @type {{ index: number, top: number } | null} */
  #goal = null;
  #frame = 0;
  /** Whether rows were to be made anew while the list was hidden. */
  #hasMissed = false;
  #observer = new ResizeObserver((entries) => this.#resized(entries));
  #listening = new AbortController();

  /**
   * @param {HTMLElement} host What scrolls; it must have a height of its own.
   * @param {ListOptions<T>} options
   */
  constructor(host, options) {
    this.#host = host;
    this.#options = options;
    this.#atEnd = Boolean(options.stick);
    host.classList.add('list');
    this.#canvas.className = 'list-canvas';
    this.#window.className = 'list-window';
    const role = options.role ?? 'list';
    this.#window.setAttribute('role', role);
    if (options.label) this.#window.setAttribute('aria-label', options.label);
    this.#mounted = new Mounted(this.#window, role, this.#observer);
    this.#canvas.append(this.#window);
    host.append(this.#canvas);
    this.#listen();
    this.#observer.observe(host);
  }

  /** Whether the end is in view. */
  get atEnd() {
    return this.#atEnd;
  }

  /** The first and the last row of which something can be seen; `last` is before `first` if there is none. */
  get visible() {
    const top = this.#host.scrollTop;
    const last = this.#geometry.indexAt(top + this.#host.clientHeight - 1);
    return { first: Math.max(0, this.#geometry.indexAt(top)), last };
  }

  /**
   * Shows these rows. Those with a key that was there before keep their height, and what is in view its place.
   * @param {Rows<T>} rows
   */
  set(rows) {
    const before = this.#keys ?? [];
    const keys = Array.from({ length: rows.length }, (_, index) => this.#options.key(rows.at(index)));
    const places = new Map(keys.map((key, index) => [key, index]));
    const heights = new Map(before.map((key, index) => [key, this.#geometry.height(index)]));
    const follow = (/** @type {number} */ index) => followed(before, places, index);
    this.#active = follow(this.#active);
    this.#keepPlace(follow, () => {
      [this.#rows, this.#keys] = [rows, keys];
      const known = keys.map((key, index) => heights.get(key) ?? this.#estimate(index));
      this.#geometry.splice(0, this.#geometry.count, known);
    });
    this.#layout(() => true);
  }

  /**
   * Shows rows that tell of their changes by `splice` and `refresh`.
   * @param {Rows<T>} rows
   */
  attach(rows) {
    this.#rows = rows;
    this.#keys = null;
    this.splice(0, this.#geometry.count, rows.length);
  }

  /**
   * At `at`, `removed` rows have gone, and `added` ones have come.
   * @param {number} at
   * @param {number} removed
   * @param {number} added
   */
  splice(at, removed, added) {
    const isLast = this.#active >= this.#geometry.count - 1 && !this.#window.contains(document.activeElement);
    const follow = (/** @type {number} */ index) => {
      if (index < at) return index;
      return index < at + removed ? Math.max(0, Math.min(index, at + added - 1)) : index + added - removed;
    };
    // Whoever comes to a list that sticks to its end comes to its last row.
    this.#active = this.#options.stick && isLast ? Math.max(0, this.#rows.length - 1) : follow(this.#active);
    this.#keepPlace(follow, () => {
      const heights = Array.from({ length: added }, (_, index) => this.#estimate(at + index));
      this.#geometry.splice(at, removed, heights);
    });
    this.#layout((index) => index >= at && index < at + added);
  }

  /**
   * Makes rows anew, those that are in the document.
   * @param {(index: number) => boolean} [isStale] which; all by default
   */
  refresh(isStale = () => true) {
    for (let index = this.#range.first; index <= this.#range.last; index += 1) {
      if (isStale(index)) return this.#layout(isStale);
    }
  }

  /**
   * Brings a row into view: to the middle, to an edge, or, with `nearest`, only as far as needed.
   * @param {number} index
   * @param {'start' | 'center' | 'end' | 'nearest'} [align]
   */
  scrollTo(index, align = 'nearest') {
    if (index < 0 || index >= this.#geometry.count) return;
    const room = this.#host.clientHeight - this.#geometry.height(index);
    const now = this.#geometry.offset(index) - this.#host.scrollTop;
    const nearest = Math.max(0, Math.min(now, room));
    const top = { start: 0, center: Math.max(0, room / 2), end: room, nearest }[align];
    this.#atEnd = false;
    this.#goal = { index, top };
    this.#scroll(this.#geometry.offset(index) - top);
    this.#layout();
    this.#atEnd = this.#isAtEnd();
    if (this.#atEnd) this.#goal = null;
  }

  /** Goes to the end, and stays there if the list sticks. */
  scrollToEnd() {
    this.#goal = null;
    this.#atEnd = true;
    this.#toEnd();
    this.#layout();
  }

  /** The row at an index, if it is in the document. @param {number} index */
  element(index) {
    const key = index >= 0 && index < this.#rows.length ? this.#options.key(this.#rows.at(index)) : null;
    return key === null ? undefined : this.#mounted.element(key);
  }

  /** The index of the row that Tab reaches. */
  get active() {
    return this.#active;
  }

  /**
   * Moves the focus to a row, into view if it is not.
   * @param {number} [index]
   */
  focus(index = this.#active) {
    if (this.#geometry.count === 0) return this.#host.focus();
    this.#setActive(Math.max(0, Math.min(index, this.#geometry.count - 1)));
    this.scrollTo(this.#active, 'nearest');
    this.element(this.#active)?.focus({ preventScroll: true });
  }

  /** Leaves the host as it was. */
  close() {
    this.#listening.abort();
    this.#observer.disconnect();
    cancelAnimationFrame(this.#frame);
    this.#canvas.remove();
    this.#host.classList.remove('list');
  }

  #listen() {
    const { signal } = this.#listening;
    this.#host.addEventListener('scroll', () => this.#scrolled(), { signal, passive: true });
    this.#host.addEventListener('keydown', (event) => this.#pressed(event), { signal });
    this.#window.addEventListener('focusin', (event) => this.#focused(event), { signal });
  }

  #scrolled() {
    const { scrollTop, clientHeight } = this.#host;
    if (Math.abs(scrollTop - this.#wanted) > 1) this.#goal = null; // somebody has scrolled, not the list itself
    if (clientHeight !== this.#height) this.#fit(); // nobody has scrolled: there is more or less room
    else this.#atEnd = this.#isAtEnd();
    this.#layout();
    this.#options.onScroll?.();
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
    if (target !== this.#host && !this.#mounted.isRow(target)) return;
    const page = Math.max(1, this.visible.last - this.visible.first);
    const to = {
      ArrowUp: this.#active - 1,
      ArrowDown: this.#active + 1,
      PageUp: this.#active - page,
      PageDown: this.#active + page,
      Home: 0,
      End: this.#geometry.count - 1,
    }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      this.focus(to);
    } else if (event.key === 'Enter' && this.#options.onActivate && this.#geometry.count > 0) {
      event.preventDefault();
      this.#options.onActivate(this.#rows.at(this.#active), this.#active, event);
    }
  }

  /** @param {FocusEvent} event */
  #focused(event) {
    const row = this.#mounted.around(/** @type {Node} */ (event.target));
    if (row) this.#setActive(row.index);
  }

  /** @param {number} index */
  #setActive(index) {
    this.#active = index;
    this.#mounted.setActive(index);
    this.#reachable();
  }

  /** Something of the list can always be reached by Tab. */
  #reachable() {
    const { first, last } = this.#range;
    this.#host.tabIndex = this.#active >= first && this.#active <= last ? -1 : 0;
  }

  /** @param {number} index */
  #estimate(index) {
    const { estimate } = this.#options;
    return typeof estimate === 'number' ? estimate : estimate(this.#rows.at(index));
  }

  /**
   * Changes heights or rows, and leaves what is in view where it is: the first row in view that keeps its height.
   * @param {(index: number) => number} follow Where a row is afterwards.
   * @param {() => void} change
   * @param {(index: number) => boolean} [isChanging] Which rows get another height.
   */
  #keepPlace(follow, change, isChanging = () => false) {
    const { scrollTop } = this.#host;
    const sticks = Boolean(this.#options.stick) && this.#atEnd;
    const atStart = scrollTop <= 0 && !this.#goal;
    const index = this.#goal?.index ?? this.#firstInView((row) => !isChanging(row));
    const top = this.#goal?.top ?? this.#geometry.offset(index) - scrollTop;
    change();
    this.#canvas.style.height = `${this.#geometry.total}px`;
    const now = follow(Math.max(0, index));
    if (this.#goal) this.#goal = { index: now, top };
    if (sticks) return this.#toEnd();
    if (atStart) return;
    const wanted = this.#geometry.offset(now) - top;
    if (Math.abs(wanted - this.#host.scrollTop) >= 0.5) this.#scroll(wanted);
  }

  /**
   * The first row in view for which that holds; if there is none, the first one.
   * @param {(index: number) => boolean} holds
   */
  #firstInView(holds) {
    const { first, last } = this.visible;
    for (let index = first; index <= last; index += 1) if (holds(index)) return index;
    return first;
  }

  /** The host has another height. */
  #fit() {
    this.#height = this.#host.clientHeight;
    if (this.#options.stick && this.#atEnd) this.#toEnd();
  }

  #isAtEnd() {
    const { scrollTop, clientHeight, scrollHeight } = this.#host;
    return scrollTop + clientHeight >= scrollHeight - NEAR;
  }

  #toEnd() {
    this.#scroll(this.#host.scrollHeight);
  }

  /** @param {number} top */
  #scroll(top) {
    this.#host.scrollTop = top;
    this.#wanted = this.#host.scrollTop;
  }

  /**
   * Puts the rows in view into the document, and takes the others out of it.
   * @param {(index: number) => boolean} [isStale] Which of those that are there are to be made anew; absent: only the
   *   place in view is another one.
   */
  #layout(isStale) {
    if (this.#host.clientHeight === 0) {
      this.#hasMissed ||= isStale !== undefined; // nothing can be seen now, nor measured
      return;
    }
    let stale = this.#hasMissed ? () => true : isStale;
    this.#hasMissed = false;
    for (let round = 0; round < ROUNDS; round += 1) {
      const { scrollTop, clientHeight } = this.#host;
      const first = Math.max(0, this.#geometry.indexAt(scrollTop - MARGIN));
      const last = this.#geometry.indexAt(scrollTop + clientHeight + MARGIN);
      const isSame = first === this.#range.first && last === this.#range.last;
      if (isSame && !stale) break;
      this.#mount(first, last, stale ?? (() => false));
      stale = undefined;
      if (!this.#measure()) break;
    }
    this.#place();
    if (this.#range.last >= this.#range.first) this.#options.onRange?.(this.#range.first, this.#range.last);
  }

  /**
   * @param {number} first
   * @param {number} last
   * @param {(index: number) => boolean} isStale
   */
  #mount(first, last, isStale) {
    const { key, render } = this.#options;
    this.#range = { first, last };
    const rows = [];
    let isLost = false;
    const there = Math.min(last, this.#rows.length - 1); // some may have gone, of which one hears in a moment
    for (let index = first; index <= there; index += 1) rows.push({ key: key(this.#rows.at(index)), index });
    this.#mounted.show(
      rows,
      (index, known) => (known && !isStale(index) ? known : render(this.#rows.at(index), known, index)),
      { count: this.#rows.length, active: this.#active, onLost: () => (isLost = true) },
    );
    this.#reachable();
    // The row may be there under another key.
    if (isLost) (this.element(this.#active) ?? this.#host).focus({ preventScroll: true });
  }

  /** Takes over the heights of rows that are new or were made anew; whether one was otherwise than thought. */
  #measure() {
    if (this.#host.clientHeight === 0) return false;
    /** @type {Map<number, number>} */
    const changed = new Map();
    for (const { element, index } of this.#mounted.all) {
      const { height } = element.getBoundingClientRect();
      if (height !== this.#geometry.height(index)) changed.set(index, height);
    }
    if (changed.size === 0) return false;
    const change = () => changed.forEach((height, index) => this.#geometry.setHeight(index, height));
    this.#keepPlace((index) => index, change, (index) => changed.has(index));
    return true;
  }

  #place() {
    this.#window.hidden = this.#geometry.count === 0; // a list of nothing is none to a screen reader
    this.#canvas.style.height = `${this.#geometry.total}px`;
    this.#window.style.top = `${this.#geometry.offset(this.#range.first)}px`; // no transform: text would be blurred
  }

  /** @param {ResizeObserverEntry[]} entries */
  #resized(entries) {
    if (entries.some(({ target }) => target === this.#host)) this.#fit();
    if (this.#measure()) this.#place();
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#layout());
  }
}

/**
 * Where the row at `index` is now; if it has gone, the next one that has not.
 * @param {string[]} before
 * @param {Map<string, number>} places
 * @param {number} index
 */
function followed(before, places, index) {
  for (let next = index; next < before.length; next += 1) {
    const place = places.get(before[next]);
    if (place !== undefined) return place;
  }
  return Math.max(0, places.size - 1);
}
