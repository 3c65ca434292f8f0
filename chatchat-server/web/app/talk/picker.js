import { h } from '../base/dom.js';
import { t } from '../base/words.js';
import { COMMON } from './emoji.js';
import { leadingEmoji } from './segments.js';

/** How many emoji are in a row. */
const ROW = 8;
const GAP = 6;

/** @type {(() => void) | null} */
let closeOpen = null;

/**
 * Lets somebody choose an emoji: from a grid, in which arrows move, or any other one by typing or pasting it.
 * @param {HTMLElement} anchor what it opens beside; it has the focus again in the end
 * @param {(emoji: string) => void} onChoose
 */
export function openPicker(anchor, onChoose) {
  closeOpen?.();
  const hint = h('p', { class: 'picker-hint', role: 'alert', hidden: true }, t('talk.emoji_none'));
  const typed = h('input', {
    type: 'text', class: 'picker-any', 'aria-label': t('talk.emoji_any'), placeholder: t('talk.emoji_hint'),
    autocomplete: 'off', oninput: () => (hint.hidden = true),
  });
  const grid = h('div', { class: 'picker-grid', onkeydown: move }, COMMON.map(choice));
  const form = h('form', { onsubmit: take }, typed, hint);
  const props = { class: 'picker', role: 'dialog', 'aria-label': t('talk.emoji'), onkeydown: escape };
  const picker = h('div', props, grid, form);
  (anchor.closest('dialog, .pane') ?? document.body).append(picker);
  place(picker, anchor);
  anchor.setAttribute('aria-expanded', 'true');
  document.addEventListener('pointerdown', outside, true);
  addEventListener('hashchange', close);
  closeOpen = close;
  grid.firstElementChild.focus();

  function choice(emoji, index) {
    const props = { type: 'button', tabIndex: index === 0 ? 0 : -1, onclick: () => choose(emoji) };
    return h('button', props, emoji);
  }

  function choose(emoji) {
    close();
    onChoose(emoji);
  }

  function take(event) {
    event.preventDefault();
    const emoji = leadingEmoji(typed.value);
    if (emoji) choose(emoji);
    else hint.hidden = false;
  }

  function move(event) {
    const all = [...grid.children];
    const at = all.indexOf(event.target);
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: ROW, ArrowUp: -ROW }[event.key];
    const next = all[at + step];
    if (step === undefined) return;
    event.preventDefault();
    if (!next) return;
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }

  function escape(event) {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    close();
  }

  function outside({ target }) {
    if (!picker.contains(target) && !anchor.contains(target)) close();
  }

  function close() {
    if (closeOpen !== close) return;
    closeOpen = null;
    const hadFocus = picker.contains(document.activeElement);
    picker.remove();
    anchor.setAttribute('aria-expanded', 'false');
    document.removeEventListener('pointerdown', outside, true);
    removeEventListener('hashchange', close);
    if (hadFocus) anchor.focus();
  }
}

/** Above the anchor, or below it where there is more room. */
function place(picker, anchor) {
  const at = anchor.getBoundingClientRect();
  const { width, height } = picker.getBoundingClientRect();
  const above = at.top - height - GAP;
  const top = above >= GAP ? above : Math.min(at.bottom + GAP, innerHeight - height - GAP);
  picker.style.top = `${Math.max(GAP, top)}px`;
  picker.style.left = `${Math.max(GAP, Math.min(at.left, innerWidth - width - GAP))}px`;
}
