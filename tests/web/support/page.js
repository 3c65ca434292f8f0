/**
 * As much of a page as the web client needs to be tried in Node: elements, events, the focus, storages. Nothing is drawn.
 */

class Node {
  parentNode = null;

  get isConnected() {
    return this === document.body || Boolean(this.parentNode?.isConnected);
  }

  remove() {
    this.parentNode?.takes(this);
  }

  replaceWith(...others) {
    const parent = this.parentNode;
    const at = parent.childNodes.indexOf(this);
    this.remove();
    parent.puts(at, others);
  }
}

class Text extends Node {
  constructor(text) {
    super();
    this.textContent = text;
  }
}

class Element extends Node {
  childNodes = [];
  hidden = false;
  disabled = false;
  tabIndex = -1;
  value = '';
  checked = false;
  type = '';
  name = '';
  title = '';
  href = '';
  src = '';
  alt = '';
  htmlFor = '';
  draggable = true;
  required = false;
  readOnly = false;
  multiple = false;
  noValidate = false;
  open = false;
  style = {};
  clientHeight = 0;
  scrollHeight = 0;
  scrollTop = 0;
  #attributes = new Map();
  #listeners = [];

  constructor(tag) {
    super();
    this.tagName = tag.toUpperCase();
  }

  get id() { return this.getAttribute('id') ?? ''; }
  set id(id) { this.setAttribute('id', id); }
  get className() { return this.getAttribute('class') ?? ''; }
  set className(name) { this.setAttribute('class', name); }
  get ariaLabel() { return this.getAttribute('aria-label'); }
  get parentElement() { return this.parentNode; }
  get children() { return this.childNodes.filter((node) => node instanceof Element); }
  get firstElementChild() { return this.children[0] ?? null; }
  get lastElementChild() { return this.children.at(-1) ?? null; }

  get classList() {
    const all = () => this.className.split(' ').filter(Boolean);
    const contains = (name) => all().includes(name);
    const toggle = (name, holds = !contains(name)) => {
      const others = all().filter((one) => one !== name);
      this.className = (holds ? [...others, name] : others).join(' ');
      return holds;
    };
    return { contains, toggle, add: (name) => toggle(name, true), remove: (name) => toggle(name, false) };
  }

  get dataset() {
    const key = (name) => `data-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return new Proxy(this, {
      get: (_, name) => this.getAttribute(key(name)) ?? undefined,
      set: (_, name, value) => (this.setAttribute(key(name), value), true),
    });
  }

  get textContent() { return this.childNodes.map((node) => node.textContent).join(''); }
  set textContent(text) { this.replaceChildren(text); }

  setAttribute(name, value) { this.#attributes.set(name, String(value)); }
  getAttribute(name) { return this.#attributes.get(name) ?? null; }
  hasAttribute(name) { return this.#attributes.has(name); }
  removeAttribute(name) { this.#attributes.delete(name); }
  toggleAttribute(name, holds) {
    if (holds) this.setAttribute(name, '');
    else this.removeAttribute(name);
  }

  append(...nodes) { this.puts(this.childNodes.length, nodes); }
  prepend(...nodes) { this.puts(0, nodes); }
  replaceChildren(...nodes) {
    for (const node of [...this.childNodes]) this.takes(node);
    this.append(...nodes);
  }
  insertBefore(node, next) { this.puts(next ? this.childNodes.indexOf(next) : this.childNodes.length, [node]); }

  puts(at, nodes) {
    const all = nodes.map((node) => (node instanceof Node ? node : new Text(String(node))));
    for (const node of all) node.remove();
    this.childNodes.splice(at, 0, ...all);
    for (const node of all) node.parentNode = this;
  }

  takes(node) {
    const hadFocus = node instanceof Element && node.contains(document.activeElement);
    this.childNodes = this.childNodes.filter((one) => one !== node);
    node.parentNode = null;
    if (hadFocus) document.activeElement = document.body;
  }

  contains(node) {
    for (let one = node; one; one = one.parentNode) if (one === this) return true;
    return false;
  }

  matches(selector) { return selector.split(',').some((one) => fits(this, one.trim().split(/\s+/))); }
  closest(selector) { return this.matches(selector) ? this : (this.parentNode?.closest?.(selector) ?? null); }
  querySelector(selector) { return this.querySelectorAll(selector)[0] ?? null; }
  querySelectorAll(selector) {
    return this.children.flatMap((one) => [...(one.matches(selector) ? [one] : []), ...one.querySelectorAll(selector)]);
  }

  focus() {
    const isFocusable = this.tabIndex >= -1 && !this.disabled && !this.closest('[hidden]');
    if (this.isConnected && isFocusable) document.activeElement = this;
  }

  addEventListener(type, listener, { once = false, signal } = {}) {
    const entry = { type, listener, once };
    this.#listeners.push(entry);
    signal?.addEventListener('abort', () => (this.#listeners = this.#listeners.filter((one) => one !== entry)));
  }
  removeEventListener(type, listener) {
    this.#listeners = this.#listeners.filter((one) => one.type !== type || one.listener !== listener);
  }

  /** The fields of a form. */
  get elements() {
    const all = this.querySelectorAll('input, select, textarea, button');
    return Object.assign(all, { namedItem: (name) => all.find((one) => one.name === name) ?? null });
  }

  /** An event happens here, and to all that this is in. */
  happens(type, more = {}) {
    const event = { type, target: this, defaultPrevented: false, ...more };
    event.preventDefault = () => (event.defaultPrevented = true);
    event.stopPropagation = () => (event.isStopped = true);
    for (let one = this; one && !event.isStopped; one = one.parentNode) one.hears(event);
    return event;
  }
  hears(event) {
    event.currentTarget = this;
    for (const entry of this.#listeners.filter(({ type }) => type === event.type)) {
      if (entry.once) this.removeEventListener(entry.type, entry.listener);
      entry.listener(event);
    }
  }

  click() { if (!this.disabled) this.happens('click'); }
  showModal() { this.open = true; }
  close() {
    if (!this.open) return;
    this.open = false;
    this.hears({ type: 'close', target: this });
  }
  scrollIntoView() {}
  getBoundingClientRect() { return { top: 0, left: 0, right: 0, bottom: 0, width: 0, height: 0 }; }
  decode() { return Promise.resolve(); }
}

/** Whether an element fits a selector of this kind: `a.b[c=d]:not(.e)` below others like it. */
function fits(element, [...parts]) {
  const last = parts.pop();
  if (!isSuch(element, last)) return false;
  if (parts.length === 0) return true;
  for (let above = element.parentNode; above; above = above.parentNode) if (fits(above, parts)) return true;
  return false;
}

function isSuch(element, part) {
  const [, tag, rest] = /^([\w-]*|\*)(.*)$/.exec(part);
  if (tag && tag !== '*' && element.tagName !== tag.toUpperCase()) return false;
  const told = [...rest.matchAll(/:not\((.+?)\)|\.([\w-]+)|#([\w-]+)|\[([\w-]+)(?:="?(.*?)"?)?\]|:[\w-]+/g)];
  return told.every(([, not, name, id, attribute, value]) => {
    if (not) return !isSuch(element, not);
    if (name) return element.classList.contains(name);
    if (id) return element.id === id;
    if (!attribute) return false; // nothing is pointed at
    const has = element.getAttribute(attribute) ?? (element[attribute] || null);
    return value === undefined ? has !== null && has !== false : String(has) === value;
  });
}

/** A storage that is there, or, `closed`, one that a browser has closed. */
export function storage() {
  const kept = new Map();
  return {
    get length() { return kept.size; },
    key: (at) => [...kept.keys()][at] ?? null,
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, String(value)),
    removeItem: (key) => void kept.delete(key),
  };
}

const define = (name, value) => Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
const world = new Element('window');

export const document = {
  documentElement: new Element('html'),
  body: new Element('body'),
  activeElement: null,
  title: '',
  visibilityState: 'visible',
  hasFocus: () => true,
  createElement: (tag) => new Element(tag),
  createElementNS: (_, tag) => new Element(tag),
  getElementById: (id) => document.body.querySelector(`#${id}`),
  querySelector: (selector) => document.body.querySelector(selector),
  querySelectorAll: (selector) => document.body.querySelectorAll(selector),
  addEventListener: (...listening) => world.addEventListener(...listening),
  removeEventListener: (...listening) => world.removeEventListener(...listening),
};
document.activeElement = document.body;

define('document', document);
define('Element', Element);
define('location', { hash: '', pathname: '/', href: 'http://chat.test/', origin: 'http://chat.test', reload: () => {} });
define('history', { state: null, replaceState: (_, __, address) => (globalThis.location.hash = address) });
define('navigator', { languages: ['en'], userAgent: '', platform: '' });
define('localStorage', storage());
define('sessionStorage', storage());
define('addEventListener', (...listening) => world.addEventListener(...listening));
define('removeEventListener', (...listening) => world.removeEventListener(...listening));
define('requestAnimationFrame', (draw) => setTimeout(draw));
define('cancelAnimationFrame', (timer) => clearTimeout(timer));
define('matchMedia', () => ({ matches: false }));
define('CSS', { escape: (text) => text });
define('FormData', function FormData(form) { return form.elements.map(({ name, value }) => [name, value]); });
define('IntersectionObserver', class { observe() {} unobserve() {} disconnect() {} });
define('ResizeObserver', class { observe() {} unobserve() {} disconnect() {} });
define('window', globalThis);

/** An event happens to the window. */
export const happens = (type, more) => world.happens(type, more);

/** The first element in the page that fits, which must be there. */
export function see(selector, within = document.body) {
  const found = within.querySelector(selector);
  if (!found) throw new Error(`there is no ${selector}`);
  return found;
}

/** Lets what waits for nothing but promises go on. */
export const soon = () => new Promise((resolve) => setImmediate(resolve));
