import { announce } from '../base/announce.js';
import { fill, h, on } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { t } from '../base/words.js';

/** A connection that is back within this time was never away, as far as people are concerned; milliseconds. */
const PATIENCE = 1200;

/**
 * Says how the connection is, when it is not as it should be.
 * @param {any} chat
 */
export function openConnection(chat) {
  const [mark, words] = [h('span', { class: 'connection-mark' }), h('span', null)];
  const now = h('button', { type: 'button', class: 'link', onclick: () => chat.connect() }, t('connection.now'));
  const element = h('div', { class: 'connection', hidden: true }, mark, words, now);
  let drawn = '';
  let timer = 0;
  let counting = 0;
  let shown = 'online';
  let awaySince = 0;
  const stop = on(chat, 'state', ({ detail }) => changed(detail.state, detail.retryAt));
  changed(chat.state, null);
  return { element, close };

  function changed(state, retryAt) {
    clearTimeout(timer);
    clearInterval(counting);
    if (state === 'online') {
      awaySince = 0;
      return show('online');
    }
    awaySince ||= Date.now();
    timer = setTimeout(
      () => {
        show(state, retryAt);
        if (retryAt) counting = setInterval(() => draw(state, retryAt), 1000);
      },
      awaySince + PATIENCE - Date.now(),
    );
  }

  function show(state, retryAt) {
    if (state === 'online' && shown !== 'online') announce(t('connection.back'));
    if (state !== 'online' && shown === 'online') announce(t(`connection.${state}`));
    shown = state;
    element.hidden = state === 'online';
    if (state !== 'online') draw(state, retryAt);
  }

  /** Each part stays: who is about to press the button has the focus there. */
  function draw(state, retryAt) {
    const seconds = retryAt ? Math.ceil((retryAt - Date.now()) / 1000) : 0;
    const waits = state === 'offline' && seconds > 0;
    if (drawn !== state) {
      drawn = state;
      fill(mark, icon(state === 'offline' ? 'wifi-off' : 'loader-circle'));
      mark.firstElementChild.classList.toggle('turning', state !== 'offline');
    }
    words.textContent = waits ? t('connection.offline_retry', { n: seconds }) : t(`connection.${state}`);
    now.hidden = !waits && document.activeElement !== now;
  }

  function close() {
    stop();
    clearTimeout(timer);
    clearInterval(counting);
  }
}
