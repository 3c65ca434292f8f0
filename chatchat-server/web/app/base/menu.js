import { h } from './dom.js';
import { icon } from './icons.js';

/**
 * Menus that open from a button: arrows move, Esc closes and gives the focus back.
 */

/**
 * @typedef {object} Item
 * @property {string} label
 * @property {string} [icon]
 * @property {boolean} [danger]
 * @property {boolean} [checked] makes it a choice that can be on or off
 * @property {() => void} run
 */

/** Closes the menu that is open, and where that is. */
let closeOpen = null;
let openAt = null;

/**
 * Opens a menu at an element, or closes the one that is open there.
 * @param {HTMLElement} anchor the button
 * @param {(Item | false | null | undefined)[]} items
 */
export function openMenu(anchor, items) {
  const wasOpen = openAt === anchor;
  closeOpen?.();
  if (wasOpen) return;
  const menu = h('div', { class: 'menu', role: 'menu', onkeydown: move }, items.filter(Boolean).map(itemButton));
  // Within a dialog, what lies outside cannot be reached; a pane is a landmark.
  (anchor.closest('dialog, .pane') ?? document.body).append(menu);
  place(menu, anchor);
  if (anchor.ariaHasPopup) anchor.ariaExpanded = 'true';
  menu.firstElementChild?.focus();
  document.addEventListener('pointerdown', outside, true);
  addEventListener('hashchange', close);
  addEventListener('resize', close);
  [closeOpen, openAt] = [close, anchor];

  function itemButton(item) {
    const role = item.checked === undefined ? 'menuitem' : 'menuitemcheckbox';
    const props = {
      type: 'button',
      role,
      tabIndex: -1,
      class: item.danger ? 'danger' : '',
      onclick: () => (close(), item.run()),
    };
    if (item.checked !== undefined) props['aria-checked'] = item.checked;
    const mark = item.checked ? 'check' : item.icon;
    return h('button', props, mark ? icon(mark) : h('span', { class: 'icon' }), item.label);
  }

  function move(event) {
    const all = [...menu.children];
    const at = all.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (event.key === 'Escape' || event.key === 'Tab') close();
    else if (to !== undefined) all.at(to % all.length).focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  function outside(event) {
    if (!menu.contains(event.target) && !anchor.contains(event.target)) close();
  }

  function close() {
    if (closeOpen !== close) return;
    [closeOpen, openAt] = [null, null];
    const hadFocus = menu.contains(document.activeElement);
    menu.remove();
    if (anchor.ariaHasPopup) anchor.ariaExpanded = 'false';
    document.removeEventListener('pointerdown', outside, true);
    removeEventListener('hashchange', close);
    removeEventListener('resize', close);
    if (hadFocus) anchor.focus();
  }
}

/**
 * A button that opens a menu.
 * @param {{ label: string, icon?: string, class?: string, content?: any }} look
 * @param {() => (Item | false | null | undefined)[]} items made anew at each opening
 */
export function menuButton({ label, icon: name = 'ellipsis-vertical', class: look = 'icon-button', content }, items) {
  const button = h(
    'button',
    {
      type: 'button',
      class: look,
      'aria-label': label,
      'aria-haspopup': 'menu',
      'aria-expanded': false,
      title: label,
      onclick: () => openMenu(button, items()),
    },
    content ?? icon(name),
  );
  return button;
}

/** Beside the anchor, where there is room. */
function place(menu, anchor) {
  const GAP = 4;
  const at = anchor.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const below = at.bottom + GAP + height <= innerHeight || at.top < height + GAP;
  const left = at.left + width <= innerWidth - GAP ? at.left : at.right - width;
  menu.style.top = `${below ? Math.min(at.bottom + GAP, innerHeight - height - GAP) : at.top - height - GAP}px`;
  menu.style.left = `${Math.max(GAP, left)}px`;
}
