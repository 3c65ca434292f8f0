/**
 * Makes elements. What people have written becomes text nodes only, never markup.
 */

/**
 * An element of HTML.
 *
 * `on…` props are listeners, `class`, `aria-…`, `data-…` and whatever is no property of the element are attributes, all
 * others properties. `null`, `undefined` and, as an attribute outside `aria-…`, `false` leave a prop out.
 * @param {string} tag
 * @param {Record<string, any> | null} [props]
 * @param {...(Node | string | number | false | null | undefined | any[])} children
 * @returns {HTMLElement}
 */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) set(element, name, value);
  element.append(...flat(children));
  return element;
}

/**
 * An element of SVG; its props are attributes.
 * @param {string} tag
 * @param {Record<string, string | number>} [attributes]
 * @param {...Node} children
 * @returns {SVGElement}
 */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/**
 * Puts these in the place of all that is in an element.
 * @param {Element} element
 * @param {...any} children as {@link h} takes them
 */
export function fill(element, ...children) {
  element.replaceChildren(...flat(children));
}

/**
 * Listens until the returned function is called.
 * @param {EventTarget} target
 * @param {string} type
 * @param {(event: any) => void} listener
 * @returns {() => void}
 */
export function on(target, type, listener) {
  target.addEventListener(type, listener);
  return () => target.removeEventListener(type, listener);
}

let last = 0;

/** An id that no other element has, for labels and descriptions. */
export function uniqueId(prefix = 'id') {
  last += 1;
  return `${prefix}-${last}`;
}

function set(element, name, value) {
  if (value === null || value === undefined) return;
  if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
  else if (name.startsWith('aria-')) element.setAttribute(name, String(value));
  else if (name !== 'class' && name !== 'role' && name in element && !isReadOnly(name)) element[name] = value;
  else if (value !== false) element.setAttribute(name, value === true ? '' : String(value));
}

/** Properties that the element has but that only its attribute can change. */
const isReadOnly = (name) => name === 'form' || name === 'list';

const flat = (children) =>
  children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
