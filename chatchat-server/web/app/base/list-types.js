/** The shapes that lists speak of; types alone, nothing that runs. */

/**
 * What a list shows: an array, or anything else that tells its length and what stands at an index.
 * @template T
 * @typedef {{ readonly length: number, at(index: number): T }} Rows
 */

/**
 * @template T
 * @typedef {object} ListOptions
 * @property {(item: T) => string} key What tells an item from all others, for as long as it is the same one.
 * @property {(item: T, element: HTMLElement | undefined, index: number) => HTMLElement} render The row of an item: the
 *   element that it has already, mended, or a new one. A row must have no margin: its height would not be known.
 * @property {number | ((item: T) => number)} estimate How high a row is before it has been seen, in pixels.
 * @property {'list' | 'listbox' | 'feed'} [role] What the list is to a screen reader; `list` by default.
 * @property {string} [label] How a screen reader calls it.
 * @property {boolean} [stick] Whether it stays at its end when rows come there.
 * @property {(item: T, index: number, event: KeyboardEvent) => void} [onActivate] Enter was pressed on a row.
 * @property {(first: number, last: number) => void} [onRange] Other rows are in the document now.
 * @property {() => void} [onScroll] What is in view has changed.
 */

export {};
